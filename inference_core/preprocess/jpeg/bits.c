#include "bits.h"

/* Appends unstuffed bytes until the window is full or a marker is met. */
static void fill(srj_stream *s) {
    uint8_t *out = s->window + (s->end - s->window), *full = s->window + SRJ_WINDOW;
    while (out < full && !s->ended) {
        size_t span = (size_t)(s->source_end - s->source), room = (size_t)(full - out);
        span = span < room ? span : room;
        const uint8_t *mark = span ? memchr(s->source, 0xFF, span) : NULL;
        size_t plain = mark ? (size_t)(mark - s->source) : span;
        memcpy(out, s->source, plain);
        out += plain;
        s->source += plain;
        if (!mark) {
            s->ended = s->source == s->source_end;
        } else if (s->source_end - mark < 2) {
            s->ended = 1;
        } else if (mark[1] == 0) {
            *out++ = 0xFF;
            s->source += 2;
        } else if (mark[1] == 0xFF) { /* a fill byte */
            s->source++;
        } else {
            s->ended = 1;
        }
    }
    s->end = out;
    s->limit = s->ended ? s->end : s->end - SRJ_MARGIN;
    memset(out, 0, SRJ_MARGIN); /* there is that much behind a full window */
}

static void begin(srj_stream *s, srj_bits *bits) {
    s->ended = 0;
    s->end = s->window;
    fill(s);
    *bits = (srj_bits){0, 0, s->window};
}

void srj_open_stream(srj_stream *s, const uint8_t *source, const uint8_t *source_end, srj_bits *bits) {
    s->source = source;
    s->source_end = source_end;
    begin(s, bits);
}

void srj_move(srj_stream *s, const uint8_t *next) {
    size_t rest = (size_t)(s->end - next);
    memmove(s->window, next, rest);
    s->end = s->window + rest;
    fill(s);
}

int srj_slide(srj_stream *s, srj_bits *bits) {
    if (s->ended) return !srj_overrun(s, bits);
    srj_move(s, bits->next);
    bits->next = s->window;
    return 1;
}

void srj_adopt_stream(srj_stream *s, const srj_stream *from) {
    *s = *from;
    s->end = s->window + (from->end - from->window);
    s->limit = s->window + (from->limit - from->window);
}

const uint8_t *srj_find_marker(const uint8_t *source, const uint8_t *source_end) {
    while (source_end - source >= 2) {
        source = memchr(source, 0xFF, (size_t)(source_end - source - 1));
        if (!source) break;
        if (source[1] != 0 && source[1] != 0xFF) return source;
        source++;
    }
    return source_end;
}

int srj_is_cut(const srj_stream *s) { return srj_find_marker(s->source, s->source_end) == s->source_end; }

/* How many bytes unstuffing leaves. */
static int64_t unstuffed_size(const uint8_t *from, const uint8_t *to) {
    int64_t size = to - from;
    while (from < to && (from = memchr(from, 0xFF, (size_t)(to - from)))) {
        size--;
        from += 1 + (from + 1 < to && from[1] == 0);
    }
    return size;
}

int64_t srj_bits_from(const srj_stream *s, const uint8_t *source, uint32_t position) {
    return position + 8 * (unstuffed_size(source, s->source) - (s->end - s->window));
}

int srj_restart(srj_stream *s, srj_bits *bits) {
    s->source = srj_find_marker(s->source, s->source_end);
    if (s->source != s->source_end && srj_is_restart(s->source)) {
        s->source += 2;
        begin(s, bits);
        return 1;
    }
    s->ended = 1;
    s->end = s->limit = s->window;
    return 0;
}
