#include "speculation.h"

#include <stdlib.h>

#include "store.h"

enum { BAND = 16 }; /* rows of MCUs whose memory is released at a time: they fill many pages */

static int can_guess(const srj_scan *s) {
    const srj_region *r = &s->region;
    int whole = r->left == 0 && r->top == 0 && r->right == s->columns && r->bottom == s->rows;
    int small = 1;
    for (int i = 0; i < s->channels; i++) small = small && s->channel[i].size <= 4;
    return whole && small && s->restart_interval == 0;
}

/* As much as the planes of the whole picture have. */
static int allocate(srj_guess *g) {
    int complete = 1;
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
    g->begin = begin;
    g->end = end;
    g->count = 0;
    if (allocate(g)) return g;
    srj_close_guess(g);
    return NULL;
}

void srj_close_guess(srj_guess *g) {
    if (!g) return;
    for (int i = 0; i < g->scan.channels; i++) free(g->scan.channel[i].samples);
    free(g);
}

/* Marks the MCUs that were decoded last. */
static void mark(srj_guess *g, long found) {
    if (g->count == SRJ_MARKS) return;
    int64_t window = srj_bits_from(&g->scan.stream, g->begin, 0);
    for (long n = 0; n < found && g->count < SRJ_MARKS; n++) {
        g->mark[g->count++] = window + g->scan.starts.start[n * g->scan.starts.blocks];
    }
}

void srj_decode_guess(srj_guess *g) {
    srj_scan *s = &g->scan;
    srj_progress *p = &g->progress;
    long found = 1;
    srj_begin(s, p, 0, g->begin, g->end);
    p->at.kept = 1;
    s->starts.wary = 1;
    while (found) {
        found = srj_decode_some(s, p, srj_mcus(s) - p->at.mcu);
        mark(g, found);
    }
}

/* Returns the mark where `progress` stands, decoding on as long as there is none; -1 where there will be none. What it
 * decodes the guess has decoded too, so that is little at a time. */
static long find_mark(const srj_guess *g, srj_scan *s, srj_progress *p) {
    long i = 0;
    do {
        s->starts.span = SRJ_LEAST_SPAN;
        if (s->stream.source < g->begin) continue;
        int64_t position = srj_bits_from(&s->stream, g->begin, p->position);
        while (i < g->count && g->mark[i] < position) i++;
        if (i == g->count) return -1;
        if (g->mark[i] == position) return i;
    } while (srj_decode_some(s, p, srj_mcus(s) - p->at.mcu));
    return -1;
}

/* The DC coefficient before those of an MCU. */
static uint32_t prediction(const srj_guess *g, const srj_channel *c, long mcu) {
    if (mcu == 0) return 0;
    long row = (mcu - 1) / g->scan.columns * c->v + c->v - 1, column = (mcu - 1) % g->scan.columns * c->h + c->h - 1;
    return (uint32_t)c->samples[row * c->size * c->stride + column * c->size];
}

int srj_meet_guess(const srj_guess *g, srj_scan *s, srj_progress *p, srj_meeting *m) {
    const srj_cursor *at = &g->progress.at;
    m->first = find_mark(g, s, p);
    if (m->first < 0) return 0;
    long guessed = at->mcu - m->first, left = srj_mcus(s) - p->at.mcu;
    m->at = p->at.mcu;
    m->count = guessed < left ? guessed : left;
    for (int i = 0; i < s->channels; i++) {
        m->dc[i] = p->at.prediction[i] - prediction(g, &g->scan.channel[i], m->first);
        p->at.prediction[i] = at->prediction[i] + m->dc[i];
    }
    srj_adopt_stream(&s->stream, &g->scan.stream);
    p->position = g->progress.position;
    p->at.mcu += m->count;
    return 1;
}

void srj_show_guess(const srj_guess *g, const srj_scan *s, const srj_meeting *m, long from, long to) {
    const long band = (long)BAND * s->columns;
    while (from < to) {
        srj_run run = {m->first + from, m->at + from, to - from};
        if (run.count > band - run.from % band) run.count = band - run.from % band;
        long first_row = (run.from + s->columns - 1) / s->columns, end_row = (run.from + run.count) / s->columns;
        for (int i = 0; i < s->channels; i++) {
            srj_show_kept(&g->scan.channel[i], &s->channel[i], s->columns, run, m->dc[i]);
            srj_release_kept(&g->scan.channel[i], first_row, end_row);
        }
        from += run.count;
    }
}
