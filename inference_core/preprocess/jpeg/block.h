/* One block of coefficients: the low ones are kept, the others only stepped over. */
#ifndef SRJ_BLOCK_H
#define SRJ_BLOCK_H

#include "bits.h"
#include "huffman.h"
#include "idct.h"

enum { SRJ_EMPTY = 1 + SRJ_END };

/* Returns bits << 8 | symbol for a code of any length; an invalid one is 17 bits of symbol 0, as in libjpeg. */
SRJ_NOINLINE static int srj_long_symbol(uint64_t word, const srj_canon *canon) {
    for (int length = 1; length <= 16; length++) {
        int code = (int)(word >> (64 - length));
        if (code <= canon->last[length]) return length << 8 | canon->symbols[(code + canon->offset[length]) & 255];
    }
    return 17 << 8;
}

SRJ_INLINE int srj_receive(srj_bits *bits, int size) {
    int value = size ? srj_extend((int)srj_peek(bits, size), size) : 0;
    srj_drop(bits, size);
    return value;
}

/* Refills, and adds the coded difference to the DC prediction. At least 44 bits are left afterwards. */
SRJ_INLINE void srj_read_dc(srj_bits *bits, const srj_dc_table *dc, uint32_t *prediction) {
    srj_refill(bits);
    uint32_t entry = dc->value[srj_peek(bits, SRJ_VALUE_BITS)];
    if (SRJ_LIKELY(entry)) {
        srj_drop(bits, entry & 63);
        *prediction += (uint32_t)((int32_t)entry >> 16);
    } else {
        int found = srj_long_symbol(bits->word, &dc->canon);
        srj_drop(bits, found >> 8);
        *prediction += (uint32_t)srj_receive(bits, found & 15);
        srj_refill(bits);
    }
}

/* Reads an AC symbol that the value table does not hold, and refills. Moves k behind its coefficient. */
SRJ_NOINLINE static int srj_read_long_ac(srj_bits *bits, const srj_ac_table *ac, int *k) {
    srj_refill(bits);
    int found = ac->symbol[srj_peek(bits, SRJ_SYMBOL_BITS)];
    if (!found) found = srj_long_symbol(bits->word, &ac->canon);
    srj_drop(bits, found >> 8);
    int run = found >> 4 & 15, size = found & 15;
    *k += size == 0 && run != 15 ? SRJ_END : run + 1;
    int value = srj_receive(bits, size);
    srj_refill(bits);
    return value;
}

/* Reads AC coefficients from zigzag index 1 while the next one is at most `last`, each into its place in `low`.
 * Returns the next index; from 64 on the block is over, and SRJ_EMPTY says that it had no coefficient. */
SRJ_INLINE int srj_read_ac(srj_bits *bits, const srj_ac_table *ac, int last, int16_t *low) {
    int k = 1;
    for (;;) {
#pragma GCC unroll 3
        for (int look = 0; look < 3; look++) { /* as many as the bits left by srj_read_dc are enough for */
            if (k > last) return k;
            uint32_t entry = ac->value[srj_peek(bits, SRJ_VALUE_BITS)];
            int value = (int32_t)entry >> 16;
            if (SRJ_LIKELY(entry)) {
                srj_drop(bits, entry & 63);
                k += entry >> 8 & 255;
            } else {
                srj_bits copy = *bits; /* so that the caller's bits may stay in registers */
                value = srj_read_long_ac(&copy, ac, &k);
                *bits = copy;
            }
            if (k > SRJ_BLOCK) {
                if (k < SRJ_END) low[SRJ_BLOCK - 1] = (int16_t)value; /* a run beyond the block, as in libjpeg */
                return k;
            }
            low[SRJ_PLACE[k - 1]] = (int16_t)value;
        }
        srj_refill(bits);
    }
}

/* Steps over one AC symbol that the skip table does not hold. Returns the next index. */
SRJ_NOINLINE static int srj_skip_long_ac(srj_bits *bits, const srj_ac_table *ac, int k) {
    srj_refill(bits);
    int found = ac->symbol[srj_peek(bits, SRJ_SYMBOL_BITS)];
    if (!found) found = srj_long_symbol(bits->word, &ac->canon);
    int run = found >> 4 & 15, size = found & 15;
    srj_drop(bits, (found >> 8) + size);
    return size == 0 && run != 15 ? SRJ_BLOCK : k + run + 1;
}

/* Steps over the AC symbols from index k on, several at a time, until the block ends. */
SRJ_INLINE void srj_skip_ac(srj_bits *bits, const srj_ac_table *ac, int k) {
    unsigned taken, passed;
    do {
        for (;;) {
            srj_refill(bits);
#pragma GCC unroll 3
            for (int look = 0; look < 3; look++) {
                unsigned entry = ac->skip[srj_peek(bits, SRJ_SKIP_BITS)];
                taken = entry & 63;
                passed = entry >> 8;
                if (k + (int)passed >= SRJ_BLOCK) goto leaves;
                srj_drop(bits, (int)taken);
                k += (int)passed;
            }
        }
    leaves:
        /* The end of the block, unless what comes before it in the entry passes index 63 already. */
        if (SRJ_LIKELY(taken && passed >= SRJ_SKIP_END && k + (int)passed < SRJ_SKIP_END + SRJ_BLOCK)) {
            srj_drop(bits, (int)taken);
            return;
        }
        srj_bits copy = *bits; /* so that the caller's bits may stay in registers */
        k = srj_skip_long_ac(&copy, ac, k);
        *bits = copy;
    } while (k < SRJ_BLOCK);
}

#endif
