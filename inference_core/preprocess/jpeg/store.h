/* How a block comes into a plane: as samples, or as the coefficients that samples are made of once its DC is known. */
#ifndef SRJ_STORE_H
#define SRJ_STORE_H

#include "bits.h"
#include "idct.h"

/* Stands for the first AC coefficient of a kept block that is DC alone: no code has a value below -32767. */
enum { SRJ_DC_ALONE = INT16_MIN };

/* Writes size x size samples; `size` is a constant wherever these are inlined. */
SRJ_INLINE void srj_show(const int16_t *block, int dc_alone, const srj_weights *weights, int size, int16_t *to,
                         ptrdiff_t stride) {
    if (size == 2) {
        srj_idct_2(block, weights, to, stride);
    } else if (size == 1 || dc_alone) {
        srj_idct_1(block, weights, size, to, stride);
    } else if (size == 4) {
        srj_idct_4(block, weights, to, stride);
    } else {
        srj_idct_8(block, weights, to, stride);
    }
}

/* Writes the coefficients that a block of 1 x 1, 2 x 2 or 4 x 4 samples shows: as many as there would be samples. */
SRJ_INLINE void srj_keep(const int16_t *block, int dc_alone, int size, int16_t *to, ptrdiff_t stride) {
    for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) to[y * stride + x] = block[y * 8 + x];
    }
    if (size == 4 && dc_alone) to[1] = SRJ_DC_ALONE;
}

/* Writes the samples of a block that was kept with a DC too small by `dc`. */
SRJ_INLINE void srj_show_kept(const int16_t *kept, ptrdiff_t kept_stride, uint32_t dc, const srj_weights *weights,
                              int size, int16_t *to, ptrdiff_t stride) {
    int16_t block[SRJ_BLOCK];
    for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) block[y * 8 + x] = kept[y * kept_stride + x];
    }
    block[0] = (int16_t)((uint32_t)block[0] + dc);
    srj_show(block, size == 4 && block[1] == SRJ_DC_ALONE, weights, size, to, stride);
}

#endif
