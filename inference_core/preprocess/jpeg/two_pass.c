/* Blocks of which few coefficients are shown. Where they start is found first (starts.c); what is shown of them is read
 * then (mcus.c).
 */
#include "two_pass.h"

#include "passes.h"

static void open_places(srj_scan *s) {
    const srj_tables *tables[SRJ_MAX_BLOCKS_IN_MCU];
    int blocks = 0;
    for (int i = 0; i < s->channels; i++) {
        for (int n = s->channel[i].h * s->channel[i].v; n > 0; n--) tables[blocks++] = s->channel[i].tables;
    }
    srj_open_starts(&s->starts, tables, blocks);
}

void srj_begin(srj_scan *s, srj_progress *p, long mcu, const uint8_t *data, const uint8_t *data_end) {
    srj_bits unused;
    *p = (srj_progress){.at.mcu = mcu};
    open_places(s);
    srj_open_stream(&s->stream, data, data_end, &unused);
}

static uint32_t bits_in_window(const srj_stream *stream) { return (uint32_t)(stream->end - stream->window) * 8; }

long srj_decode_some(srj_scan *s, srj_progress *p, long most) {
    srj_stream *stream = &s->stream;
    if (!stream->ended && bits_in_window(stream) < p->position + s->starts.span) {
        srj_move(stream, stream->window + p->position / 8);
        p->position %= 8;
    }
    long found = srj_find_starts(&s->starts, stream, p->position, most);
    srj_read_mcus(s, &p->at, found);
    if (found) p->position = s->starts.start[found * s->starts.blocks];
    return found;
}

/* Decodes the MCUs up to the next restart. Returns how many of them were not there. */
static long decode_interval(srj_scan *s, srj_progress *p, long mcus) {
    long left = mcus;
    for (long found = 1; left > 0 && found; left -= found) found = srj_decode_some(s, p, left);
    srj_blank(s, p->at.mcu, left);
    p->at.mcu += left;
    return left + (p->position > bits_in_window(&s->stream)); /* the last one was there in part */
}

/* Returns 0 where there is no restart any more. */
static int restart(srj_scan *s, srj_progress *p) {
    srj_bits unused;
    p->position = 0;
    memset(p->at.prediction, 0, sizeof p->at.prediction);
    return srj_restart(&s->stream, &unused);
}

long srj_decode_to(srj_scan *s, srj_progress *p, long to) {
    const long interval = s->restart_interval ? s->restart_interval : to;
    long missing = 0;
    for (;;) {
        long left = to - p->at.mcu;
        missing += decode_interval(s, p, interval < left ? interval : left);
        left = to - p->at.mcu;
        if (left == 0) return missing;
        if (!restart(s, p)) {
            srj_blank(s, p->at.mcu, left);
            p->at.mcu = to;
            return missing + left;
        }
    }
}

long srj_decode_in_two_passes(srj_scan *s, const uint8_t *data, const uint8_t *data_end) {
    srj_progress p;
    srj_begin(s, &p, 0, data, data_end);
    return srj_decode_to(s, &p, srj_mcus(s));
}
