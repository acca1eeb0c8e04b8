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

int srj_restart(srj_stream *s, srj_bits *bits) {
    while (s->source_end - s->source >= 2) {
        int marker = s->source[1];
        if (s->source[0] == 0xFF && marker >= 0xD0 && marker <= 0xD7) {
            s->source += 2;
            begin(s, bits);
            return 1;
        }
        if (s->source[0] == 0xFF && marker != 0 && marker != 0xFF) break;
        const uint8_t *mark = memchr(s->source + 1, 0xFF, (size_t)(s->source_end - s->source - 1));
        s->source = mark ? mark : s->source_end;
    }
    s->ended = 1;
    s->end = s->limit = s->window;
    return 0;
}
