/* Blocks of 4 x 4 and 8 x 8: most of the coefficients are read, each MCU straight into samples. */
#include "passes.h"

/* What changes from MCU to MCU. */
typedef struct {
    srj_bits bits;
    uint32_t prediction[SRJ_MAX_COMPONENTS];
    long until_restart; /* MCUs; counts down from the restart interval */
    int starved;        /* no bits are left before the next restart */
    int finished;       /* nor behind it */
    long decoded;       /* MCUs */
} progress;

/* `size` is a constant wherever this is inlined. */
SRJ_INLINE void decode_block(srj_bits *bits, const srj_channel *c, uint32_t *prediction, int size, int16_t *samples) {
    int16_t block[SRJ_BLOCK];
    srj_read_dc(bits, c->tables, prediction);
    int last = srj_clear_block(block, size, *prediction);
    int next = srj_read_ac(bits, c->tables, last, block);
    if (next < SRJ_BLOCK) srj_skip_ac(bits, c->tables, next);
    srj_transform(block, c, next, size, samples);
}

SRJ_INLINE void decode_component(srj_bits *bits, const srj_channel *c, uint32_t *prediction, int size, int16_t *at) {
    for (int v = 0; v < c->v; v++) {
        for (int h = 0; h < c->h; h++) decode_block(bits, c, prediction, size, at + v * size * c->stride + h * size);
    }
}

/* An MCU outside the region: only its DC coefficients count, for the prediction. */
SRJ_NOINLINE static srj_bits skip_mcu(srj_bits bits, const srj_scan *s, uint32_t *prediction) {
    for (int i = 0; i < s->channels; i++) {
        const srj_channel *c = &s->channel[i];
        for (int n = c->h * c->v; n > 0; n--) {
            srj_read_dc(&bits, c->tables, &prediction[i]);
            srj_skip_ac(&bits, c->tables, 1);
        }
    }
    return bits;
}

/* Returns 0 where the MCU's bits are missing. Called where an interval ends or the window may have to slide. */
SRJ_NOINLINE static int prepare_mcu(srj_scan *s, progress *p) {
    if (s->restart_interval && p->until_restart == 0) {
        if (!p->starved && srj_overrun(&s->stream, &p->bits)) p->decoded--; /* the last MCU was noise */
        p->until_restart = s->restart_interval;
        p->finished = !srj_restart(&s->stream, &p->bits);
        p->starved = p->finished;
        memset(p->prediction, 0, sizeof p->prediction);
    }
    if (!p->starved && p->bits.next > s->stream.limit && !srj_slide(&s->stream, &p->bits)) {
        p->starved = 1;
        p->finished = s->restart_interval == 0;
        p->decoded--;
    }
    return !p->starved;
}

/* Decodes a row of MCUs; `luma` and `chroma` are the sizes of blocks, constants wherever this is inlined. */
SRJ_INLINE void decode_row(srj_scan *s, progress *p, int row, int luma, int chroma) {
    int shown = row >= s->region.top;
    int16_t *at[SRJ_MAX_COMPONENTS] = {0};
    int across[SRJ_MAX_COMPONENTS] = {0};
    for (int i = 0; i < s->channels && shown; i++) {
        const srj_channel *c = &s->channel[i];
        across[i] = c->h * c->size;
        at[i] = c->samples + (ptrdiff_t)(row - s->region.top) * c->v * c->size * c->stride;
    }
    for (int column = 0; column < s->columns; column++) {
        int ready = p->until_restart > 0 && !p->starved && p->bits.next <= s->stream.limit;
        if (SRJ_UNLIKELY(!ready)) ready = !p->finished && prepare_mcu(s, p);
        p->until_restart--;
        p->decoded += ready;
        int inside = shown && column >= s->region.left && column < s->region.right;
        if (SRJ_LIKELY(ready && inside)) {
            srj_bits bits = p->bits;
            decode_component(&bits, &s->channel[0], &p->prediction[0], luma, at[0]);
            for (int i = 1; i < s->channels; i++) {
                decode_component(&bits, &s->channel[i], &p->prediction[i], chroma, at[i]);
            }
            p->bits = bits;
        } else if (ready) {
            p->bits = skip_mcu(p->bits, s, p->prediction);
        } else {
            srj_blank(s, (long)row * s->columns + column, 1);
        }
        for (int i = 0; inside && i < s->channels; i++) at[i] += across[i];
    }
}

typedef void (*row_decoder)(srj_scan *, progress *, int);

#define ROW(luma, chroma) \
    static void row_##luma##_##chroma(srj_scan *s, progress *p, int row) { decode_row(s, p, row, luma, chroma); }
SRJ_FOR_CHROMA(ROW, 4)
SRJ_FOR_CHROMA(ROW, 8)

static row_decoder choose(const srj_scan *s) {
    static const row_decoder decoders[2][4] = {SRJ_LIST_CHROMA(row, 4), SRJ_LIST_CHROMA(row, 8)};
    return decoders[s->channel[0].size == 8][srj_size_index(srj_chroma_size(s))];
}

long srj_decode_in_one_pass(srj_scan *s, const uint8_t *data, const uint8_t *data_end) {
    progress p = {.until_restart = s->restart_interval ? s->restart_interval : (long)s->columns * s->rows};
    row_decoder decode = choose(s);
    srj_open_stream(&s->stream, data, data_end, &p.bits);
    for (int row = 0; row < s->region.bottom; row++) decode(s, &p, row);
    if (!p.starved && srj_overrun(&s->stream, &p.bits)) p.decoded--;
    return (long)s->columns * s->region.bottom - p.decoded;
}
