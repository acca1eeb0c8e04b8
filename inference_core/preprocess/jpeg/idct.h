/* Blocks of coefficients to samples, at 1/8, 1/4, 1/2 and 1/1 of the size. */
#ifndef SRJ_IDCT_H
#define SRJ_IDCT_H

#include <stddef.h>
#include <stdint.h>

#include "header.h"
#include "planes.h"

/* Where the coefficient of a zigzag index lies in a block: transposed, which saves the transforms one transposition. */
extern const uint8_t SRJ_PLACE[SRJ_BLOCK];

/* Multipliers for the coefficients of one component, by place. */
typedef struct {
    int64_t step[SRJ_BLOCK]; /* for 1/8 and 1/4, in 2^-SRJ_STEP_BITS */
    float scale[SRJ_BLOCK];  /* for 1/2 and 1/1 */
} srj_weights;

enum {
    SRJ_STEP_BITS = 8,
    SRJ_LOW = 10, /* before it, all indices lie in the quarter of the low frequencies */
};

/* Prepares for blocks of size x size samples: 1, 2, 4 or 8. */
void srj_weigh(const uint16_t *quantisation, int size, srj_weights *weights);

/* Zigzag index of the last coefficient that a block of that size shows; 0 for DC alone. */
static inline int srj_last_shown(int size) { return size == 1 ? 0 : size == 2 ? 4 : size == 4 ? 24 : 63; }

/* A sum of coefficients times steps. */
static inline int16_t srj_saturate(int64_t sum) {
    int64_t eighths = sum >> SRJ_STEP_BITS;
    return (int16_t)(eighths < SRJ_DARKEST ? SRJ_DARKEST : eighths > SRJ_LIGHTEST ? SRJ_LIGHTEST : eighths);
}

/* Each fills size x size samples from a block, of which those coefficients that the size shows are read. */
static inline void srj_idct_1(const int16_t *block, const srj_weights *weights, int size, int16_t *to, ptrdiff_t stride) {
    int16_t level = srj_saturate(block[0] * weights->step[0]);
    for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) to[y * stride + x] = level;
    }
}

static inline void srj_idct_2(const int16_t *block, const srj_weights *weights, int16_t *to, ptrdiff_t stride) {
    int64_t mean = block[0] * weights->step[0], both = block[9] * weights->step[9];
    int64_t across = block[8] * weights->step[8], down = block[1] * weights->step[1];
    to[0] = srj_saturate(mean + across + down + both);
    to[1] = srj_saturate(mean - across + down - both);
    to[stride] = srj_saturate(mean + across - down - both);
    to[stride + 1] = srj_saturate(mean - across - down + both);
}

void srj_idct_4(const int16_t *block, const srj_weights *weights, int16_t *to, ptrdiff_t stride);
void srj_idct_8(const int16_t *block, const srj_weights *weights, int16_t *to, ptrdiff_t stride);

/* The same for a block without coefficients from zigzag index SRJ_LOW on. */
void srj_idct_8_low(const int16_t *block, const srj_weights *weights, int16_t *to, ptrdiff_t stride);

#endif
