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
    SRJ_SKIP_END = 64,   /* added to the coefficients of a skip where the block ends */
    SRJ_END = 128,       /* added to those of a value where the block ends */
};

/* Canonical codes of every length, for what the tables below cannot answer. */
typedef struct {
    int32_t last[17];   /* last code of each length, -1 for none */
    int32_t offset[17]; /* symbol index minus code */
    uint8_t symbols[256];
} srj_canon;

/* value[] entries: bits taken | run + 1, or SRJ_END << 8 | signed value << 16. 0: not here. */
typedef struct {
    uint32_t value[1 << SRJ_VALUE_BITS];
    srj_canon canon;
} srj_dc_table;

typedef struct {
    uint16_t skip[1 << SRJ_SKIP_BITS];     /* bits | coefficients << 8; 0xFF00: not here */
    uint32_t value[1 << SRJ_VALUE_BITS];
    uint16_t symbol[1 << SRJ_SYMBOL_BITS]; /* bits << 8 | symbol; 0: not here */
    srj_canon canon;
} srj_ac_table;

void srj_build_dc(const srj_code *code, srj_dc_table *table);
void srj_build_ac(const srj_code *code, srj_ac_table *table);

/* The number that `size` bits stand for (ITU-T T.81, F.2.2.1). */
static inline int srj_extend(int bits, int size) {
    return size && bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}

#endif
