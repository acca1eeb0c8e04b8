/* Stands in for the decoder's inverse transforms: what lands in the planes is the coefficients themselves. */
#include <string.h>

#include "idct.h"

const uint8_t SRJ_PLACE[SRJ_BLOCK] = {
    0,  8,  1,  2,  9,  16, 24, 17, 10, 3,  4,  11, 18, 25, 32, 40, 33, 26, 19, 12, 5,  6,
    13, 20, 27, 34, 41, 48, 56, 49, 42, 35, 28, 21, 14, 7,  15, 22, 29, 36, 43, 50, 57, 58,
    51, 44, 37, 30, 23, 31, 38, 45, 52, 59, 60, 53, 46, 39, 47, 54, 61, 62, 55, 63,
};

/* DC, and the three beside it that 2 x 2 samples are made of, weighted so that each of them shows. */
void srj_weigh(const uint16_t *quantisation, int size, srj_weights *weights) {
    (void)quantisation;
    memset(weights, 0, sizeof *weights);
    weights->step[0] = 1 << SRJ_STEP_BITS;
    if (size == 2) weights->step[1] = weights->step[8] = weights->step[9] = 1 << SRJ_STEP_BITS;
}

void srj_idct_4(const int16_t *block, const srj_weights *weights, int16_t *to, ptrdiff_t stride) {
    (void)weights;
    for (int y = 0; y < 4; y++) memcpy(to + y * stride, block + y * 8, 4 * sizeof *block);
}

void srj_idct_8(const int16_t *block, const srj_weights *weights, int16_t *to, ptrdiff_t stride) {
    (void)weights;
    for (int y = 0; y < 8; y++) memcpy(to + y * stride, block + y * 8, 8 * sizeof *block);
}

void srj_idct_8_low(const int16_t *block, const srj_weights *weights, int16_t *to, ptrdiff_t stride) {
    srj_idct_8(block, weights, to, stride);
}
