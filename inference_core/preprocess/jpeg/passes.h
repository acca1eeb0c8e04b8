/* The two ways to decode a scan; both put the same samples into its channels. Each returns how many MCUs down to the
 * end of the region were not there. */
#ifndef SRJ_PASSES_H
#define SRJ_PASSES_H

#include "block.h"
#include "scan.h"

/* Every MCU is decoded as it comes. */
long srj_decode_in_one_pass(srj_scan *scan, const uint8_t *data, const uint8_t *data_end);

/* The starts of many blocks are found first, and then what is shown of each is read: for whom that pays. */
int srj_pays_to_find(const srj_scan *scan);
long srj_decode_in_two_passes(srj_scan *scan, const uint8_t *data, const uint8_t *data_end);

/* A function for each pair of block sizes: all four of luma's, or the larger two, times four of chroma's. */
#define SRJ_FOR_CHROMA(make, luma) make(luma, 1) make(luma, 2) make(luma, 4) make(luma, 8)
#define SRJ_LIST_CHROMA(name, luma) {name##_##luma##_1, name##_##luma##_2, name##_##luma##_4, name##_##luma##_8}

/* Which of a list of functions for 1, 2, 4 and 8 is meant. */
static inline int srj_size_index(int size) { return __builtin_ctz((unsigned)size); }

/* Makes a block of size x size DC alone. Returns the index of the last coefficient that such a block shows. */
SRJ_INLINE int srj_clear_block(int16_t *block, int size, uint32_t dc) {
    if (size == 2) block[1] = block[8] = block[9] = 0;
    if (size > 2) memset(block, 0, (size == 4 ? SRJ_BLOCK / 2 : SRJ_BLOCK) * sizeof *block);
    block[0] = (int16_t)dc;
    return srj_last_shown(size);
}

/* Fills size x size samples from a block; `next` is what srj_read_ac returned for it. */
SRJ_INLINE void srj_transform(const int16_t *block, const srj_channel *c, int next, int size, int16_t *samples) {
    if (size == 2) {
        srj_idct_2(block, &c->weights, samples, c->stride);
    } else if (size == 1 || next == SRJ_EMPTY) {
        srj_idct_1(block, &c->weights, size, samples, c->stride);
    } else if (size == 4) {
        srj_idct_4(block, &c->weights, samples, c->stride);
    } else if (next >= SRJ_END && next <= SRJ_END + SRJ_LOW) {
        srj_idct_8_low(block, &c->weights, samples, c->stride);
    } else {
        srj_idct_8(block, &c->weights, samples, c->stride);
    }
}

static inline int srj_chroma_size(const srj_scan *s) { return s->channels > 1 ? s->channel[1].size : s->channel[0].size; }

#endif
