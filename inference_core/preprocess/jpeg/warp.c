#include <math.h>

#include "colour.h"
#include "resample.h"

static float sample(const srj_plane *p, long x, long y, float outside) {
    return x >= 0 && x < p->width && y >= 0 && y < p->height ? p->samples[y * p->stride + x] : outside;
}

/* Bilinear between the centres of samples; (x, y) in full-size pixels. */
static float point(const srj_plane *p, double x, double y, float outside) {
    x = (x - p->x) / p->step_x - 0.5;
    y = (y - p->y) / p->step_y - 0.5;
    /* The test also keeps the casts below within the range of an integer. */
    if (!(x > -1.0 && x < p->width && y > -1.0 && y < p->height)) return outside;
    double left = floor(x), top = floor(y);
    float dx = (float)(x - left), dy = (float)(y - top);
    long i = (long)left, j = (long)top;
    float above = (1 - dx) * sample(p, i, j, outside) + dx * sample(p, i + 1, j, outside);
    float below = (1 - dx) * sample(p, i, j + 1, outside) + dx * sample(p, i + 1, j + 1, outside);
    return (1 - dy) * above + dy * below;
}

static void warp_pixel(const srj_plane *planes, int count, const double m[6], int samples, double u, double v, float *sums) {
    for (int j = 0; j < samples; j++) {
        for (int i = 0; i < samples; i++) {
            double a = u + (i + 0.5) / samples, b = v + (j + 0.5) / samples;
            double x = m[0] * a + m[1] * b + m[2], y = m[3] * a + m[4] * b + m[5];
            for (int c = 0; c < count; c++) sums[c] += point(&planes[c], x, y, c ? 0.0f : SRJ_DARKEST);
        }
    }
    for (int c = 0; c < count; c++) sums[c] /= (float)(samples * samples);
}

void srj_warp(const srj_plane *planes, int count, const double map[6], int samples, const srj_canvas *canvas) {
    for (int v = 0; v < canvas->height; v++) {
        for (int u = 0; u < canvas->width; u++) {
            float sums[3] = {0};
            uint8_t rgb[3], *out = canvas->origin + v * canvas->step_y + u * canvas->step_x;
            warp_pixel(planes, count, map, samples, u, v, sums);
            if (count == 1) {
                srj_to_grey(&sums[0], 1, rgb);
            } else {
                srj_to_rgb(&sums[0], &sums[1], &sums[2], 1, rgb);
            }
            for (int c = 0; c < 3; c++) out[c * canvas->step_channel] = rgb[c];
        }
    }
}
