#include "bits.h"

/* What lies behind the data must not depend on what the window held before: damage has to look the same always. */
static void settle(srj_stream *s) {
    uint8_t *end = s->window + (s->end - s->window);
    if (s->ended && s->written > end) {
        memset(end, 0, (size_t)(s->written - end));
        s->written = end;
    }
    if (s->written < end) s->written = end;
    ptrdiff_t size = end - s->window, margin = s->ended && !s->wary ? 0 : SRJ_MARGIN;
    s->limit = end - (margin < size ? margin : size);
}

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
    s->taken += (uint64_t)(out - s->end);
    s->end = out;
    settle(s);
}

static void begin(srj_stream *s, srj_bits *bits) {
    s->ended = 0;
    s->end = s->window;
    fill(s);
    *bits = (srj_bits){0, 0, s->window};
}

static int enough(const srj_stream *s, const srj_bits *bits) { return !s->wary || s->end - bits->next >= SRJ_MARGIN; }

int srj_open_stream(srj_stream *s, const uint8_t *source, const uint8_t *source_end, int wary, srj_bits *bits) {
    memset(s->window, 0, sizeof s->window);
    s->written = s->window;
    s->source = source;
    s->source_end = source_end;
    s->wary = wary;
    s->taken = 0;
    begin(s, bits);
    return enough(s, bits);
}

int srj_slide(srj_stream *s, srj_bits *bits) {
    if (s->ended) return !s->wary && !srj_overrun(s, bits);
    size_t rest = (size_t)(s->end - bits->next);
    memmove(s->window, bits->next, rest);
    bits->next = s->window;
    s->end = s->window + rest;
    fill(s);
    return enough(s, bits);
}

void srj_adopt_stream(srj_stream *s, srj_bits *bits, const srj_stream *from, const srj_bits *from_bits) {
    *s = *from;
    *bits = *from_bits;
    bits->next = s->window + (from_bits->next - from->window);
    s->end = s->window + (from->end - from->window);
    s->written = s->window + (from->written - from->window);
    s->wary = 0;
    settle(s);
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

uint64_t srj_unstuffed_size(const uint8_t *from, const uint8_t *to) {
    uint64_t size = (uint64_t)(to - from);
    while (from < to && (from = memchr(from, 0xFF, (size_t)(to - from)))) {
        size--;
        from += 1 + (from + 1 < to && from[1] == 0);
    }
    return size;
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
