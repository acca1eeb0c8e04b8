#include "huffman.h"

#include <string.h>

static void build_canon(const srj_code *code, srj_canon *canon) {
    int32_t next = 0, index = 0;
    for (int length = 1; length <= 16; length++) {
        int count = code->counts[length];
        canon->offset[length] = index - next;
        canon->last[length] = count ? next + count - 1 : -1;
        index += count;
        next = (next + count) << 1;
    }
    memcpy(canon->symbols, code->symbols, sizeof canon->symbols);
}

/* lut[first bits] = length << 8 | symbol, for codes of at most `bits` bits; 0 for the others. */
static void build_symbols(const srj_code *code, uint16_t *lut, int bits) {
    memset(lut, 0, sizeof *lut << bits);
    int index = 0;
    uint32_t at = 0;
    for (int length = 1; length <= bits; length++) {
        for (int i = 0; i < code->counts[length]; i++, index++) {
            uint16_t entry = (uint16_t)(length << 8 | code->symbols[index]);
            for (uint32_t span = 1u << (bits - length); span > 0; span--) lut[at++] = entry;
        }
    }
}

/* The value in the `size` bits that follow `length` bits in an index of SRJ_VALUE_BITS. */
static uint32_t entry_of(uint32_t index, int length, int size, int advance) {
    uint32_t bits = index >> (SRJ_VALUE_BITS - length - size) & ((1u << size) - 1);
    uint32_t value = (uint16_t)srj_extend((int)bits, size);
    return (uint32_t)(length + size) | (uint32_t)advance << 8 | value << 16;
}

static void build_values(const srj_code *code, uint32_t *value, int is_dc) {
    uint16_t symbols[1 << SRJ_VALUE_BITS];
    build_symbols(code, symbols, SRJ_VALUE_BITS);
    for (uint32_t index = 0; index < 1u << SRJ_VALUE_BITS; index++) {
        int length = symbols[index] >> 8, run = symbols[index] >> 4 & 15, size = symbols[index] & 15;
        int ends = !is_dc && size == 0 && run != 15;
        value[index] = length && length + size <= SRJ_VALUE_BITS ? entry_of(index, length, size, ends ? SRJ_END : run + 1) : 0;
    }
}

/* Chains as many symbols as fit into the index: bits taken | coefficients passed << 8. */
static uint16_t chain(uint32_t index, const uint16_t *symbols) {
    int taken = 0, advance = 0;
    while (taken < SRJ_SKIP_BITS) {
        uint16_t entry = symbols[index << taken & ((1u << SRJ_SKIP_BITS) - 1)];
        int length = entry >> 8, run = entry >> 4 & 15, size = entry & 15;
        if (length == 0 || length > SRJ_SKIP_BITS - taken || taken + length + size > SRJ_SKIP_MOST) break;
        if (size == 0 && run != 15) {
            return (uint16_t)((taken + length) | (advance + SRJ_SKIP_END) << 8);
        }
        if (advance + run + 1 > 63) break;
        taken += length + size;
        advance += run + 1;
    }
    return (uint16_t)(taken ? taken | advance << 8 : 0xFF00);
}

void srj_build_dc(const srj_code *code, srj_dc_table *table) {
    build_canon(code, &table->canon);
    build_values(code, table->value, 1);
}

void srj_build_ac(const srj_code *code, srj_ac_table *table) {
    uint16_t symbols[1 << SRJ_SKIP_BITS];
    build_canon(code, &table->canon);
    build_values(code, table->value, 0);
    build_symbols(code, table->symbol, SRJ_SYMBOL_BITS);
    build_symbols(code, symbols, SRJ_SKIP_BITS);
    for (uint32_t index = 0; index < 1u << SRJ_SKIP_BITS; index++) table->skip[index] = chain(index, symbols);
}
