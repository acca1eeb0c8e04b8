/* One block of coefficients: the low ones are kept, the others only stepped over. */
#ifndef SRJ_BLOCK_H
#define SRJ_BLOCK_H

#include "bits.h"
#include "huffman.h"
#include "idct.h"

enum { SRJ_EMPTY = 1 + SRJ_END };

/* Returns the srj_symbol of a code of any length; an invalid one is 17 bits of symbol 0, as in libjpeg. */
SRJ_NOINLINE static int srj_long_symbol(uint64_t word, const srj_canon *canon) {
    for (int length = 1; length <= 16; length++) {
        int code = (int)(word >> (64 - length));
        if (code <= canon->last[length]) return srj_symbol(length, canon->symbols[(code + canon->offset[length]) & 255]);
    }
    return srj_symbol(17, 0);
}

/* The same for AC. */
SRJ_INLINE int srj_ac_symbol(uint64_t word, const srj_tables *tables) {
    int found = tables->symbol[word >> (64 - SRJ_SYMBOL_BITS)];
    return SRJ_LIKELY(found) ? found : srj_long_symbol(word, &tables->ac_canon);
}

/* The number that the first `size` bits stand for (ITU-T T.81, F.2.2.1), without a branch. */
SRJ_INLINE int srj_number(uint64_t word, int size) {
    int bits = (int)(word >> 1 >> (63 - size)), negative = (int)(~word >> 63);
    return bits - (negative << size) + negative;
}

SRJ_INLINE int srj_receive(srj_bits *bits, int size) {
    int value = srj_number(bits->word, size);
    srj_drop(bits, size);
    return value;
}

/* Refills, and adds the coded difference to the DC prediction. At least 44 bits are left afterwards. */
SRJ_INLINE void srj_read_dc(srj_bits *bits, const srj_tables *tables, uint32_t *prediction) {
    srj_refill(bits);
    uint32_t entry = tables->dc[srj_peek(bits, SRJ_VALUE_BITS)];
    if (SRJ_LIKELY(entry)) {
        srj_drop(bits, entry & 63);
        *prediction += (uint32_t)((int32_t)entry >> 16);
    } else {
        int found = srj_long_symbol(bits->word, &tables->dc_canon);
        srj_drop(bits, srj_symbol_length(found));
        *prediction += (uint32_t)srj_receive(bits, srj_symbol_size(found));
        srj_refill(bits);
    }
}

/* Reads an AC symbol that the value table does not hold, and refills. Moves k behind its coefficient. */
SRJ_NOINLINE static int srj_read_long_ac(srj_bits *bits, const srj_tables *tables, int *k) {
    srj_refill(bits);
    int found = srj_ac_symbol(bits->word, tables), advance = srj_symbol_advance(found);
    srj_drop(bits, srj_symbol_length(found));
    *k += advance == SRJ_BLOCK ? SRJ_END : advance;
    int value = srj_receive(bits, srj_symbol_size(found));
    srj_refill(bits);
    return value;
}

/* Reads AC coefficients from zigzag index 1 while the next one is at most `last`, each into its place in `low`.
 * Returns the next index; from 64 on the block is over, and SRJ_EMPTY says that it had no coefficient. */
SRJ_INLINE int srj_read_ac(srj_bits *bits, const srj_tables *tables, int last, int16_t *low) {
    int k = 1;
    for (;;) {
#pragma GCC unroll 3
        for (int look = 0; look < 3; look++) { /* as many as the bits left by srj_read_dc are enough for */
            if (k > last) return k;
            uint32_t entry = tables->ac[srj_peek(bits, SRJ_VALUE_BITS)];
            int value = (int32_t)entry >> 16;
            if (SRJ_LIKELY(entry)) {
                srj_drop(bits, entry & 63);
                k += entry >> 8 & 255;
            } else {
                srj_bits copy = *bits; /* so that the caller's bits may stay in registers */
                value = srj_read_long_ac(&copy, tables, &k);
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
SRJ_NOINLINE static int srj_skip_long_ac(srj_bits *bits, const srj_tables *tables, int k) {
    srj_refill(bits);
    int found = srj_ac_symbol(bits->word, tables);
    srj_drop(bits, srj_symbol_length(found) + srj_symbol_size(found));
    return k + srj_symbol_advance(found);
}

/* Steps over the AC symbols from index k on, several at a time, until the block ends. */
SRJ_INLINE void srj_skip_ac(srj_bits *bits, const srj_tables *tables, int k) {
    do {
        for (;;) {
            srj_refill(bits);
#pragma GCC unroll 3
            for (int look = 0; look < 3; look++) {
                unsigned entry = tables->skip[srj_peek(bits, SRJ_SKIP_BITS)];
                if (SRJ_UNLIKELY(k + (int)(entry >> 8) >= SRJ_BLOCK)) goto slowly;
                srj_drop(bits, (int)(entry & 63));
                if (entry & SRJ_SKIP_END) return;
                k += (int)(entry >> 8);
            }
        }
    slowly:;
        srj_bits copy = *bits; /* so that the caller's bits may stay in registers */
        k = srj_skip_long_ac(&copy, tables, k);
        *bits = copy;
    } while (k < SRJ_BLOCK);
}

#endif
