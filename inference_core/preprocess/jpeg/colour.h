/* YCbCr samples to RGB levels (JFIF 1.02). */
#ifndef SRJ_COLOUR_H
#define SRJ_COLOUR_H

#include <stdint.h>

#include "planes.h"

static inline uint8_t srj_level(float value) {
    value = value + 0.5f;
    value = value > 0.0f ? value : 0.0f;
    value = value < 255.0f ? value : 255.0f;
    return (uint8_t)value;
}

/* Converts `count` pixels of samples in eighths; `out` holds red, green and blue, `count` levels each. */
static inline void srj_to_rgb(const float *y, const float *cb, const float *cr, long count, uint8_t *restrict out) {
    const float unit = 1.0f / SRJ_UNIT;
    uint8_t *restrict green = out + count, *restrict blue = out + 2 * count;
    for (long i = 0; i < count; i++) {
        float luma = y[i] * unit + 128.0f;
        out[i] = srj_level(luma + 1.402f * unit * cr[i]);
        green[i] = srj_level(luma - 0.344136f * unit * cb[i] - 0.714136f * unit * cr[i]);
        blue[i] = srj_level(luma + 1.772f * unit * cb[i]);
    }
}

static inline void srj_to_grey(const float *y, long count, uint8_t *restrict out) {
    for (long i = 0; i < count; i++) {
        out[i] = out[count + i] = out[2 * count + i] = srj_level(y[i] * (1.0f / SRJ_UNIT) + 128.0f);
    }
}

#endif
