/* Blocks of which few coefficients are shown. Where they start is found first (starts.c). Then none has to wait for
 * the one before it, and the processor reads several of them at a time.
 */
#include "passes.h"

typedef struct {
    uint32_t prediction[SRJ_MAX_COMPONENTS];
    const uint32_t *start; /* of the next block */
    long mcu;              /* the next one */
} cursor;

/* Any block. Returns the next index, as srj_read_ac does. */
SRJ_INLINE int read_any(const uint8_t *window, uint32_t position, const srj_tables *tables, uint32_t *prediction, int size,
                        int16_t *block) {
    srj_bits bits = srj_start_at(window, position);
    srj_read_dc(&bits, tables, prediction);
    int last = srj_clear_block(block, size, *prediction);
    return last ? srj_read_ac(&bits, tables, last, block) : 0;
}

/* The lowest coefficients, where the tables do not know a code among them. */
SRJ_NOINLINE static void read_long(const uint8_t *window, uint32_t position, const srj_tables *tables, uint32_t *prediction,
                                   int size, int16_t *block) {
    read_any(window, position, tables, prediction, size, block);
}

/* Reads DC alone. Returns the bits that it took, 0 where the table does not know its code. */
SRJ_INLINE int read_dc(uint64_t word, const srj_tables *tables, uint32_t *prediction, int16_t *block) {
    uint32_t entry = tables->dc[word >> (64 - SRJ_VALUE_BITS)];
    *prediction += (uint32_t)((int32_t)entry >> 16);
    block[0] = (int16_t)*prediction;
    return entry & 63;
}

/* Reads DC, and the coefficients with zigzag indices 1, 2 and 4 without a branch on what they are. Returns 0 where the
 * tables do not know a code among them, or the bits at hand are too few. */
SRJ_INLINE int read_lowest(uint64_t word, const srj_tables *tables, uint32_t *prediction, int16_t *block) {
    int across = 0, down = 0, both = 0;
    int next = 1, taken = read_dc(word, tables, prediction, block);
    if (SRJ_UNLIKELY(!taken)) return 0;
    word <<= taken;
#pragma GCC unroll 4
    for (int n = 0; n < 4; n++) {
        uint32_t entry = tables->ac[word >> (64 - SRJ_VALUE_BITS)];
        int value = (int32_t)entry >> 16;
        if (SRJ_LIKELY(entry)) {
            taken += entry & 63;
            next += entry >> 8 & 255;
            word <<= entry & 63;
        } else {
            int found = srj_ac_symbol(word, tables), length = srj_symbol_length(found), size = srj_symbol_size(found);
            taken += length + size;
            next += srj_symbol_advance(found);
            value = srj_number(word << length, size);
            word <<= length;
            word <<= size;
        }
        if (n < 1) across |= value & -(next == 2);
        if (n < 2) down |= value & -(next == 3);
        both |= value & -(next == 5);
    }
    block[8] = (int16_t)across;
    block[1] = (int16_t)down;
    block[9] = (int16_t)both;
    return (next > 4) & (taken <= 57);
}

/* `size` is a constant wherever this is inlined. */
SRJ_INLINE void read_block(const uint8_t *window, uint32_t position, const srj_channel *c, uint32_t *prediction, int size,
                           int16_t *samples) {
    int16_t block[SRJ_BLOCK];
    int next = 0;
    if (size <= 2) {
        uint64_t word = srj_bits_at(window, position);
        uint32_t before = *prediction;
        int known = size == 1 ? read_dc(word, c->tables, prediction, block) : read_lowest(word, c->tables, prediction, block);
        if (SRJ_UNLIKELY(!known)) {
            *prediction = before;
            read_long(window, position, c->tables, prediction, size, block);
        }
    } else {
        next = read_any(window, position, c->tables, prediction, size, block);
    }
    srj_transform(block, c, next, size, samples);
}

SRJ_INLINE void read_component(const uint8_t *window, cursor *at, const srj_channel *c, int component, int size, int16_t *to) {
    for (int v = 0; v < c->v; v++) {
        for (int h = 0; h < c->h; h++) {
            int16_t *samples = to + v * size * c->stride + h * size;
            read_block(window, *at->start++, c, &at->prediction[component], size, samples);
        }
    }
}

/* MCUs outside the region: only their DC coefficients count, for the prediction. */
static void pass_over(const srj_scan *s, cursor *at, int count) {
    for (; count > 0; count--) {
        for (int i = 0; i < s->channels; i++) {
            const srj_channel *c = &s->channel[i];
            for (int n = c->h * c->v; n > 0; n--) {
                int16_t block[SRJ_BLOCK];
                read_any(s->stream.window, *at->start++, c->tables, &at->prediction[i], 1, block);
            }
        }
    }
}

/* Reads MCUs of a row that are inside the region; `luma` and `chroma` are constants wherever this is inlined. */
SRJ_INLINE void read_mcus(const srj_scan *s, cursor *at, int row, int column, int count, int luma, int chroma) {
    int16_t *to[SRJ_MAX_COMPONENTS] = {0};
    cursor local = *at;
    for (int i = 0; i < s->channels; i++) {
        const srj_channel *c = &s->channel[i];
        to[i] = c->samples + (ptrdiff_t)(row - s->region.top) * c->v * c->size * c->stride;
        to[i] += (ptrdiff_t)(column - s->region.left) * c->h * c->size;
    }
    for (; count > 0; count--) {
        for (int i = 0; i < s->channels; i++) {
            const srj_channel *c = &s->channel[i];
            int size = i ? chroma : luma;
            read_component(s->stream.window, &local, c, i, size, to[i]);
            to[i] += c->h * size;
        }
    }
    *at = local;
}

typedef void (*mcu_reader)(const srj_scan *, cursor *, int, int, int);

#define READER(luma, chroma)                                                                         \
    static void read_##luma##_##chroma(const srj_scan *s, cursor *at, int row, int column, int count) { \
        read_mcus(s, at, row, column, count, luma, chroma);                                          \
    }
SRJ_FOR_CHROMA(READER, 1)
SRJ_FOR_CHROMA(READER, 2)
SRJ_FOR_CHROMA(READER, 4)
SRJ_FOR_CHROMA(READER, 8)

static mcu_reader choose(const srj_scan *s) {
    static const mcu_reader readers[4][4] = {SRJ_LIST_CHROMA(read, 1), SRJ_LIST_CHROMA(read, 2), SRJ_LIST_CHROMA(read, 4),
                                             SRJ_LIST_CHROMA(read, 8)};
    return readers[srj_size_index(s->channel[0].size)][srj_size_index(srj_chroma_size(s))];
}

static int clamp(int value, int low, int high) { return value < low ? low : value > high ? high : value; }

/* Reads the MCUs of a row from `column` up to `end`. */
static void read_row(const srj_scan *s, cursor *at, int row, int column, int end, mcu_reader read) {
    int shown = row >= s->region.top && row < s->region.bottom;
    int left = shown ? clamp(s->region.left, column, end) : end;
    int right = shown ? clamp(s->region.right, left, end) : end;
    pass_over(s, at, left - column);
    if (right > left) read(s, at, row, left, right - left);
    pass_over(s, at, end - right);
}

/* Reads MCUs whose starts are known. */
static void read_found(const srj_scan *s, cursor *at, long count, mcu_reader read) {
    const long end = at->mcu + count;
    at->start = s->starts.start;
    while (at->mcu < end) {
        int row = (int)(at->mcu / s->columns), column = (int)(at->mcu % s->columns);
        int part = s->columns - column < end - at->mcu ? s->columns - column : (int)(end - at->mcu);
        read_row(s, at, row, column, column + part, read);
        at->mcu += part;
    }
}

static void open_places(srj_scan *s) {
    const srj_tables *tables[SRJ_MAX_BLOCKS_IN_MCU];
    int blocks = 0;
    for (int i = 0; i < s->channels; i++) {
        for (int n = s->channel[i].h * s->channel[i].v; n > 0; n--) tables[blocks++] = s->channel[i].tables;
    }
    srj_open_starts(&s->starts, tables, blocks);
}

/* Reads some MCUs from a position in the window on, which moves with the window. Returns how many. */
static long read_some(srj_scan *s, cursor *at, uint32_t *position, long most, mcu_reader read) {
    srj_stream *stream = &s->stream;
    if (!stream->ended && (uint32_t)(stream->end - stream->window) * 8 < *position + s->starts.span) {
        srj_move(stream, stream->window + *position / 8);
        *position %= 8;
    }
    long found = srj_find_starts(&s->starts, stream, *position, most);
    read_found(s, at, found, read);
    if (found) *position = s->starts.start[found * s->starts.blocks];
    return found;
}

/* Reads the MCUs up to the next restart. Returns how many of them were not there. */
static long read_interval(srj_scan *s, cursor *at, long mcus, mcu_reader read) {
    uint32_t position = 0;
    long left = mcus;
    memset(at->prediction, 0, sizeof at->prediction);
    for (long found = 1; left > 0 && found; left -= found) found = read_some(s, at, &position, left, read);
    srj_blank(s, at->mcu, left);
    at->mcu += left;
    int noise = left < mcus && position > (uint32_t)(s->stream.end - s->stream.window) * 8; /* the last one, in part */
    return left + noise;
}

long srj_decode_in_two_passes(srj_scan *s, const uint8_t *data, const uint8_t *data_end) {
    const long total = (long)s->columns * s->region.bottom;
    const mcu_reader read = choose(s);
    srj_bits unused;
    cursor at = {.mcu = 0};
    long missing = 0;
    open_places(s);
    srj_open_stream(&s->stream, data, data_end, &unused);
    while (at.mcu < total) {
        if (at.mcu && !srj_restart(&s->stream, &unused)) {
            srj_blank(s, at.mcu, total - at.mcu);
            return missing + total - at.mcu;
        }
        long interval = s->restart_interval ? s->restart_interval : total;
        missing += read_interval(s, &at, interval < total - at.mcu ? interval : total - at.mcu, read);
    }
    return missing;
}
