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

/* lut[first bits] = srj_symbol, for codes of at most `bits` bits; 0 for the others. */
static void build_symbols(const srj_code *code, uint16_t *lut, int bits) {
    memset(lut, 0, sizeof *lut << bits);
    int index = 0;
    uint32_t at = 0;
    for (int length = 1; length <= bits; length++) {
        for (int i = 0; i < code->counts[length]; i++, index++) {
            uint16_t entry = (uint16_t)srj_symbol(length, code->symbols[index]);
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

static void build_values(const srj_code *code, uint32_t *value) {
    uint16_t symbols[1 << SRJ_VALUE_BITS];
    build_symbols(code, symbols, SRJ_VALUE_BITS);
    for (uint32_t index = 0; index < 1u << SRJ_VALUE_BITS; index++) {
        int length = srj_symbol_length(symbols[index]), size = srj_symbol_size(symbols[index]);
        int advance = srj_symbol_advance(symbols[index]);
        if (advance == SRJ_BLOCK) advance = SRJ_END;
        value[index] = length && length + size <= SRJ_VALUE_BITS ? entry_of(index, length, size, advance) : 0;
    }
}

/* Chains as many symbols as fit into the index; `dc` is NULL behind DC. */
static uint16_t chain(uint32_t index, const uint16_t *dc, const uint16_t *ac) {
    int taken = 0, passed = 0;
    while (taken < SRJ_SKIP_BITS) {
        int is_dc = dc && passed == 0;
        int symbol = (is_dc ? dc : ac)[index << taken & ((1u << SRJ_SKIP_BITS) - 1)];
        int length = srj_symbol_length(symbol), bits = length + srj_symbol_size(symbol);
        int advance = is_dc ? 1 : srj_symbol_advance(symbol);
        if (length == 0 || length > SRJ_SKIP_BITS - taken || taken + bits > SRJ_SKIP_MOST) break;
        if (advance == SRJ_BLOCK) return (uint16_t)((taken + bits) | SRJ_SKIP_END | passed << 8);
        if (passed + advance >= SRJ_BLOCK) break;
        taken += bits;
        passed += advance;
    }
    return (uint16_t)(taken ? taken | passed << 8 : SRJ_NO_SKIP);
}

static void build_skips(const srj_code *dc, const srj_code *ac, srj_tables *tables) {
    uint16_t of_dc[1 << SRJ_SKIP_BITS], of_ac[1 << SRJ_SKIP_BITS];
    build_symbols(dc, of_dc, SRJ_SKIP_BITS);
    build_symbols(ac, of_ac, SRJ_SKIP_BITS);
    for (uint32_t index = 0; index < 1u << SRJ_SKIP_BITS; index++) {
        tables->skip[index] = chain(index, NULL, of_ac);
        tables->skip_whole[index] = chain(index, of_dc, of_ac);
    }
}

void srj_build_tables(const srj_code *dc, const srj_code *ac, srj_tables *tables) {
    build_canon(dc, &tables->dc_canon);
    build_canon(ac, &tables->ac_canon);
    build_values(dc, tables->dc);
    build_values(ac, tables->ac);
    build_symbols(ac, tables->symbol, SRJ_SYMBOL_BITS);
    build_skips(dc, ac, tables);
}
