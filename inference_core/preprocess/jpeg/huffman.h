/* Huffman tables that answer in one look for several symbols at a time. */
#ifndef SRJ_HUFFMAN_H
#define SRJ_HUFFMAN_H

#include <stdint.h>

#include "header.h"

enum {
    SRJ_VALUE_BITS = 12, /* a symbol and its value fit into that many bits nearly always */
    SRJ_SYMBOL_BITS = 10,
    SRJ_SKIP_BITS = 13,
    SRJ_SKIP_MOST = 18,  /* bits that one look may skip: three looks fit into one refill */
    SRJ_SKIP_END = 128,  /* added to the bits of a skip where the block ends */
    SRJ_NO_SKIP = 0xFF00,
    SRJ_END = 128,       /* added to the coefficients of a value where the block ends */
};

/* Canonical codes of every length, for what the tables below cannot answer. */
typedef struct {
    int32_t last[17];   /* last code of each length, -1 for none */
    int32_t offset[17]; /* symbol index minus code */
    uint8_t symbols[256];
} srj_canon;

/* The codes of a component. Entries are
 * skip[]: bits | coefficients << 8, SRJ_NO_SKIP where the index is not enough;
 * dc[], ac[]: bits | run + 1, or SRJ_END << 8 | signed value << 16, 0 where the index is not enough;
 * symbol[]: as srj_symbol makes them, 0 where the index is not enough. */
typedef struct {
    uint16_t skip[1 << SRJ_SKIP_BITS];       /* behind DC */
    uint16_t skip_whole[1 << SRJ_SKIP_BITS]; /* at the start of a block: DC, and what follows */
    uint32_t dc[1 << SRJ_VALUE_BITS];
    uint32_t ac[1 << SRJ_VALUE_BITS];
    uint16_t symbol[1 << SRJ_SYMBOL_BITS];   /* of AC */
    srj_canon dc_canon, ac_canon;
} srj_tables;

void srj_build_tables(const srj_code *dc, const srj_code *ac, srj_tables *tables);

/* Length of the code | bits of the value behind it << 5 | coefficients << 9: SRJ_BLOCK of them where the block ends. */
static inline int srj_symbol(int length, int symbol) {
    int run = symbol >> 4, size = symbol & 15;
    return length | size << 5 | (size == 0 && run != 15 ? SRJ_BLOCK : run + 1) << 9;
}

static inline int srj_symbol_length(int symbol) { return symbol & 31; }
static inline int srj_symbol_size(int symbol) { return symbol >> 5 & 15; }
static inline int srj_symbol_advance(int symbol) { return symbol >> 9; }

/* The number that `size` bits stand for (ITU-T T.81, F.2.2.1). */
static inline int srj_extend(int bits, int size) {
    return size && bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}

#endif
