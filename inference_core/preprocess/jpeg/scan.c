/* Design note
 *
 * A photo of 12 megapixels becomes a tensor of 224 x 224: of each block of 64 coefficients the output can show one.
 * Libraries know that and use a small inverse transform, yet they still read every coefficient, so that a decode at
 * 1/8 is 95 % Huffman decoding and all of them end up within a few per cent of each other.
 *
 * Why this shape
 * (a) Coefficients that cannot be seen are not read but stepped over, several at a time: a table over the next 13
 *     bits says how many bits and coefficients the symbols take that begin in them, 2.3 on average (huffman.c).
 *     Where a block ends is all that has to be known of it. The DC of every block has to be read: it is a difference.
 * (b) How much of a block is kept, 1, 2 x 2, 4 x 4 or 8 x 8, is chosen for luma and chroma apart and is a constant
 *     in the innermost loops: each pair is a function of its own, made by the compiler.
 * (c) No test for the end of the data inside an MCU: the window over the file has room for the largest MCU behind
 *     the point where it is slid, and behind its end (bits.h). One comparison for each MCU covers the window, the
 *     end of the data and restart intervals. Memory does not grow with the file.
 * (d) Samples stay 16-bit eighths of a level, in planes of their own size: nothing is rounded to bytes, converted to
 *     RGB or upsampled that is then shrunk (resize.c).
 * (e) Plain C over memory of the caller: no allocation here, no global state, so any number of threads may decode.
 *     Two of them may share one picture (split.c).
 * (f) Damage is not an error. Bits that end early leave grey, restarts go on behind a gap, and the caller is told how
 *     many MCUs were not there. An invalid code is read as libjpeg reads it, so both show the same.
 *
 * What was measured (one core of an AMD EPYC at about 3.8 GHz, photos of 3.3 to 4.6 MB; Pillow's draft in the same run)
 *     12 MP to 224:           11.5 - 13.1 ms   28.7 - 34.7 ms   2.4 - 2.6 x; PSNR 41 - 53 dB, 41 - 52 dB with Pillow
 *     12 MP to 224 and 640:   16.2 - 19.6 ms   32.6 - 40.8 ms   1.8 - 2.2 x
 *     48 MP to 224:           33 ms            90 ms            2.7 x
 *     640 x 480 to 224:       1.4 ms           2.0 ms           1.4 x
 * Of the 11.5 ms at 1/8, 8.8 go to stepping over AC, 1 to the low AC of chroma, 0.4 to the resize, 0.3 to unstuffing.
 *
 * What was tried and dropped
 * - A skip table over 12 or 14 bits: 2 % slower each, the one for its shorter chains, the other for the first-level
 *   cache. Shift instructions of BMI2: nothing. Gathers and two interleaved streams: 7 to 15 %, not worth their code.
 * - Unstuffing the whole file first: as fast, but it takes memory of the file's size.
 * - Going on slowly to the end of a block whose code is too long for the table: 5 % slower than one slow step.
 * - DC alone for chroma too at 1/8: 1.2 ms less, 9 dB worse where chroma is subsampled.
 */
#include "scan.h"

#include <limits.h>

#include "block.h"
#include "progress.h"
#include "store.h"

/* Reads a block as far as size x size samples show it. Returns whether it is DC alone, where that was looked at.
 * `size` is a constant wherever this is inlined. */
SRJ_INLINE int read_block(srj_bits *bits, const srj_channel *c, uint32_t *prediction, int size, int16_t *block) {
    srj_read_dc(bits, c->dc, prediction);
    block[0] = (int16_t)*prediction;
    if (size == 1) {
        srj_skip_ac(bits, c->ac, 1);
        return 1;
    }
    if (size == 2) {
        block[1] = block[8] = block[9] = 0;
    } else {
        memset(block + 1, 0, (size == 4 ? 32 : SRJ_BLOCK) * sizeof *block - sizeof *block);
    }
    int k = srj_read_ac(bits, c->ac, srj_last_shown(size), block);
    if (k < SRJ_BLOCK) srj_skip_ac(bits, c->ac, k);
    return k == SRJ_EMPTY;
}

/* `kept` is a constant as well: whether coefficients are stored, and no samples. */
SRJ_INLINE void decode_component(srj_bits *bits, const srj_channel *c, uint32_t *prediction, int size, int kept,
                                 int16_t *at) {
    for (int v = 0; v < c->v; v++, at += size * c->stride) {
        for (int h = 0; h < c->h; h++) {
            int16_t block[SRJ_BLOCK];
            int dc_alone = read_block(bits, c, prediction, size, block);
            if (kept) {
                srj_keep(block, dc_alone, size, at + h * size, c->stride);
            } else {
                srj_show(block, dc_alone, &c->weights, size, at + h * size, c->stride);
            }
        }
    }
}

/* An MCU outside the region: only its DC coefficients count, for the prediction. */
SRJ_NOINLINE static srj_bits skip_mcu(srj_bits bits, const srj_scan *s, uint32_t *prediction) {
    for (int i = 0; i < s->channels; i++) {
        const srj_channel *c = &s->channel[i];
        for (int n = c->h * c->v; n > 0; n--) {
            srj_read_dc(&bits, c->dc, &prediction[i]);
            srj_skip_ac(&bits, c->ac, 1);
        }
    }
    return bits;
}

/* Returns 0 where the MCU's bits are missing. Called where an interval ends or the window may have to slide. */
SRJ_NOINLINE static int prepare_mcu(srj_scan *s, srj_progress *p) {
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
        p->decoded -= srj_overrun(&s->stream, &p->bits);
    }
    return !p->starved;
}

/* Decodes the MCUs [from, to) of a row; `luma`, `chroma` and `kept` are constants wherever this is inlined. */
SRJ_INLINE void decode_row(srj_scan *s, srj_progress *p, int row, int from, int to, int luma, int chroma, int kept) {
    const srj_region *region = &s->region;
    int shown = row >= region->top, skipped = from < region->right ? from : region->right;
    int16_t *at[SRJ_MAX_COMPONENTS] = {0};
    int across[SRJ_MAX_COMPONENTS] = {0};
    for (int i = 0; i < s->channels && shown; i++) {
        const srj_channel *c = &s->channel[i];
        across[i] = c->h * c->size;
        at[i] = c->samples + (ptrdiff_t)(row - region->top) * c->v * c->size * c->stride;
        if (skipped > region->left) at[i] += (skipped - region->left) * across[i];
    }
    for (int column = from; column < to && !p->finished; column++) {
        int ready = p->until_restart > 0 && !p->starved && p->bits.next <= s->stream.limit;
        if (SRJ_UNLIKELY(!ready)) ready = prepare_mcu(s, p);
        p->until_restart--;
        p->decoded += ready;
        int inside = shown && column >= region->left && column < region->right;
        if (SRJ_LIKELY(ready && inside)) {
            srj_bits bits = p->bits;
            decode_component(&bits, &s->channel[0], &p->prediction[0], luma, kept, at[0]);
            for (int i = 1; i < s->channels; i++) {
                decode_component(&bits, &s->channel[i], &p->prediction[i], chroma, kept, at[i]);
            }
            p->bits = bits;
        } else if (ready) {
            p->bits = skip_mcu(p->bits, s, p->prediction);
        }
        for (int i = 0; inside && i < s->channels; i++) at[i] += across[i];
    }
}

typedef void (*row_decoder)(srj_scan *, srj_progress *, int, int, int);

#define ROW(luma, chroma, kept)                                                                            \
    static void row_##luma##_##chroma##_##kept(srj_scan *s, srj_progress *p, int row, int from, int to) { \
        decode_row(s, p, row, from, to, luma, chroma, kept);                                               \
    }
#define ROWS(luma) ROW(luma, 1, 0) ROW(luma, 2, 0) ROW(luma, 4, 0) ROW(luma, 8, 0)
#define KEPT_ROWS(luma) ROW(luma, 1, 1) ROW(luma, 2, 1) ROW(luma, 4, 1)
ROWS(1) ROWS(2) ROWS(4) ROWS(8)
KEPT_ROWS(1) KEPT_ROWS(2) KEPT_ROWS(4)
#define ROW_DECODERS(luma) {row_##luma##_1_0, row_##luma##_2_0, row_##luma##_4_0, row_##luma##_8_0}
#define KEPT_ROW_DECODERS(luma) {row_##luma##_1_1, row_##luma##_2_1, row_##luma##_4_1}

static row_decoder choose(const srj_scan *s) {
    static const row_decoder decoders[4][4] = {ROW_DECODERS(1), ROW_DECODERS(2), ROW_DECODERS(4), ROW_DECODERS(8)};
    static const row_decoder keepers[3][3] = {KEPT_ROW_DECODERS(1), KEPT_ROW_DECODERS(2), KEPT_ROW_DECODERS(4)};
    int chroma = s->channels > 1 ? s->channel[1].size : s->channel[0].size;
    int i = __builtin_ctz((unsigned)s->channel[0].size), j = __builtin_ctz((unsigned)chroma);
    return s->kept ? keepers[i][j] : decoders[i][j];
}

void srj_begin(srj_scan *s, srj_progress *p, const uint8_t *data, const uint8_t *data_end, int wary) {
    *p = (srj_progress){.until_restart = s->restart_interval ? s->restart_interval : LONG_MAX};
    p->finished = !srj_open_stream(&s->stream, data, data_end, wary, &p->bits);
}

void srj_decode_mcus(srj_scan *s, srj_progress *p, long from, long to) {
    row_decoder decode = choose(s);
    int row = (int)(from / s->columns), column = (int)(from % s->columns);
    for (; from < to && !p->finished; row++, column = 0) {
        int end = to - from < s->columns - column ? column + (int)(to - from) : s->columns;
        decode(s, p, row, column, end);
        from += end - column;
    }
}

long srj_finish(srj_scan *s, srj_progress *p) {
    if (!p->starved && srj_overrun(&s->stream, &p->bits)) p->decoded--;
    s->cut = s->stream.source_end - s->stream.source < 2;
    return p->decoded;
}

long srj_decode(srj_scan *s, const uint8_t *data, const uint8_t *data_end) {
    srj_progress p;
    srj_begin(s, &p, data, data_end, 0);
    srj_decode_mcus(s, &p, 0, srj_mcus(s));
    return srj_mcus(s) - srj_finish(s, &p);
}
