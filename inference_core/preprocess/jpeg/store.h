/* Coefficients that are kept in the place of samples until the DC of their block is known. */
#ifndef SRJ_STORE_H
#define SRJ_STORE_H

#include "passes.h"

/* Stands for the first AC coefficient of a kept block that is DC alone: no code has a value below -32767. */
enum { SRJ_DC_ALONE = INT16_MIN };

/* Writes the coefficients that a block of 1 x 1, 2 x 2 or 4 x 4 samples shows: as many as there would be samples.
 * `next` is what srj_read_ac returned for it. */
SRJ_INLINE void srj_keep(const int16_t *block, int next, int size, int16_t *to, ptrdiff_t stride) {
    for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) to[y * stride + x] = block[y * 8 + x];
    }
    if (size == 4 && next == SRJ_EMPTY) to[1] = SRJ_DC_ALONE;
}

/* A run of MCUs, counted from the top left: kept as those from `from` on, shown as those from `to` on. */
typedef struct {
    long from, to, count;
} srj_run;

/* Writes the samples of MCUs whose DCs were kept too small by `dc`. Both channels are as wide, whole pictures. */
void srj_show_kept(const srj_channel *kept, const srj_channel *shown, int columns, srj_run run, uint32_t dc);

/* Gives the pages back that hold nothing but rows of MCUs [from, to), which are not needed any more. */
void srj_release_kept(const srj_channel *kept, long from, long to);

#endif
