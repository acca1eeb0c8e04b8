#include "speculation.h"

#include <stdlib.h>

#include "store.h"

/* The other decoding arrives with at most one row behind the point where the guess began. */
enum { MARKED_ROWS = 2, MORE_MARKS = 256 };

static int can_guess(const srj_scan *s) {
    const srj_region *r = &s->region;
    int whole = r->left == 0 && r->top == 0 && r->right == s->columns && r->bottom == s->rows;
    int small = 1;
    for (int i = 0; i < s->channels; i++) small = small && s->channel[i].size <= 4;
    return whole && small && s->restart_interval == 0;
}

/* As much memory as the planes of the whole picture have; it is only touched as far as MCUs come. */
static int allocate(srj_guess *g) {
    g->marks = malloc((size_t)g->most * sizeof *g->marks);
    int complete = g->marks != NULL;
    for (int i = 0; i < g->scan.channels; i++) {
        srj_channel *c = &g->scan.channel[i];
        size_t rows = (size_t)g->scan.rows * (size_t)(c->v * c->size);
        c->samples = malloc(rows * (size_t)c->stride * sizeof *c->samples);
        complete = complete && c->samples;
    }
    return complete;
}

srj_guess *srj_open_guess(const srj_scan *s, const uint8_t *begin, const uint8_t *end) {
    srj_guess *g = can_guess(s) ? malloc(sizeof *g) : NULL;
    if (!g) return NULL;
    g->scan = *s;
    g->scan.kept = 1;
    g->begin = begin;
    g->end = end;
    g->count = 0;
    g->most = (long)MARKED_ROWS * s->columns + MORE_MARKS;
    if (allocate(g)) return g;
    srj_close_guess(g);
    return NULL;
}

void srj_close_guess(srj_guess *g) {
    if (!g) return;
    for (int i = 0; i < g->scan.channels; i++) free(g->scan.channel[i].samples);
    free(g->marks);
    free(g);
}

void srj_decode_guess(srj_guess *g) {
    srj_progress *p = &g->progress;
    long total = srj_mcus(&g->scan);
    srj_begin(&g->scan, p, g->begin, g->end, 1);
    while (p->decoded < g->most && p->decoded < total && !p->finished) {
        srj_mark *mark = &g->marks[p->decoded];
        mark->position = (int64_t)srj_position(&g->scan.stream, &p->bits);
        memcpy(mark->prediction, p->prediction, sizeof mark->prediction);
        srj_decode_mcus(&g->scan, p, p->decoded, p->decoded + 1);
    }
    g->count = p->decoded;
    srj_decode_mcus(&g->scan, p, p->decoded, total);
}

/* Returns the mark where `progress` stands, decoding on as long as there is none; -1 where there will be none. */
static long find_mark(const srj_guess *g, srj_scan *s, srj_progress *p, long *at) {
    uint64_t begin = 8 * (s->stream.taken - srj_unstuffed_size(g->begin, s->stream.source));
    long i = 0;
    for (; *at < srj_mcus(s) && !p->starved; ++*at) {
        int64_t position = (int64_t)(srj_position(&s->stream, &p->bits) - begin);
        while (i < g->count && g->marks[i].position < position) i++;
        if (i == g->count) return -1;
        if (g->marks[i].position == position) return i;
        srj_decode_mcus(s, p, *at, *at + 1);
    }
    return -1;
}

/* Shows a row of kept blocks, whose DCs are too small by `dc`. */
SRJ_INLINE void show_blocks(const srj_channel *to, const int16_t *kept, int16_t *at, long blocks, uint32_t dc, int size) {
    for (; blocks > 0; blocks--, kept += size, at += size) {
        srj_show_kept(kept, to->stride, dc, &to->weights, size, at, to->stride);
    }
}

/* Shows the kept MCUs from `first` on as those from `at` on; neither lot goes beyond its row. */
static void show_mcus(const srj_channel *from, const srj_channel *to, long columns, long first, long at, long count,
                      uint32_t dc) {
    int size = to->size;
    const int16_t *kept = from->samples + first / columns * to->v * size * to->stride + first % columns * to->h * size;
    int16_t *samples = to->samples + at / columns * to->v * size * to->stride + at % columns * to->h * size;
    for (int v = 0; v < to->v; v++, kept += size * to->stride, samples += size * to->stride) {
        if (size == 1) {
            show_blocks(to, kept, samples, count * to->h, dc, 1);
        } else if (size == 2) {
            show_blocks(to, kept, samples, count * to->h, dc, 2);
        } else {
            show_blocks(to, kept, samples, count * to->h, dc, 4);
        }
    }
}

static long least(long a, long b) { return a < b ? a : b; }

void srj_show_guess(const srj_guess *g, const srj_scan *s, const srj_meeting *m, long from, long to) {
    long columns = s->columns;
    while (from < to) {
        long first = m->first + from, at = m->at + from;
        long run = least(to - from, least(columns - first % columns, columns - at % columns));
        for (int i = 0; i < s->channels; i++) {
            show_mcus(&g->scan.channel[i], &s->channel[i], columns, first, at, run, m->dc[i]);
        }
        from += run;
    }
}

int srj_meet_guess(const srj_guess *g, srj_scan *s, srj_progress *p, long at, srj_meeting *m) {
    m->first = s->stream.source < g->begin ? -1 : find_mark(g, s, p, &at);
    m->at = at;
    if (m->first < 0) return 0;
    for (int i = 0; i < SRJ_MAX_COMPONENTS; i++) {
        m->dc[i] = p->prediction[i] - g->marks[m->first].prediction[i];
        p->prediction[i] = g->progress.prediction[i] + m->dc[i];
    }
    m->count = least(g->progress.decoded - m->first, srj_mcus(s) - at);
    srj_adopt_stream(&s->stream, &p->bits, &g->scan.stream, &g->progress.bits);
    p->decoded += m->count;
    return 1;
}
