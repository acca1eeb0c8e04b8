/* Design note
 *
 * (a) Where there are restart markers the picture is split at one of them: decoding begins anew behind each, and the
 *     markers before it say which MCU that is. They do so in damaged files too, because a restart always goes on
 *     behind exactly one marker.
 * (b) Elsewhere the second thread guesses (speculation.h). It stops before the data ends, and the first one goes on
 *     from there as it would have done alone: whatever is odd about the end of a file has one piece of code.
 * (c) The threads share nothing that either writes, so there is no lock. The second one does not know where its
 *     samples belong until the first one meets it; then both make one half of them.
 * (d) Only what is decoded in two passes is split: that is what large photos need. Until the meeting one part of the
 *     picture is samples and the other is kept coefficients, which take as much memory; pages of these are given back
 *     as they turn into samples. So both together never take much more than the planes do.
 *
 * What was measured (CPU time of the busier thread, of one thread alone in brackets; blocks of luma and chroma)
 *     48 MP, 1 and 1:     11.3 ms  (21.3)     12 MP, 1 and 1:    3.1 - 5.0 ms  (5.5 -  9.2)
 *     48 MP, 1 and 2:     15.2 ms  (27.7)     12 MP, 1 and 2:    4.0 - 5.7 ms  (7.2 - 10.9)
 *     48 MP, 2 and 4:     26.6 ms  (45.0)     12 MP, 2 and 4:    7.2 - 8.6 ms  (12.2 - 15.2)
 *     12 MP with restart markers, 1 and 2:    4.4 ms  (8.5)
 *     Memory for 48 MP, 1 and 2: 5.2 - 5.4 MB  (4.5), and 6.7 MB without giving back.
 *
 * What was tried and dropped
 * - All samples of the guess made by the first thread: 4 to 11 % slower for blocks of 4 x 4.
 * - The guess beginning at the very middle: its thread was 5 to 10 % busier than the other for chroma of 2 x 2.
 */
#include "split.h"

#include <pthread.h>
#include <stdlib.h>

#include "decode.h"
#include "passes.h"
#include "speculation.h"
#include "two_pass.h"

enum {
    SHORT = 8 * 1024, /* bytes of a scan in which a guess would hardly begin */
    SHARE = 33,       /* 64ths of the data before a guess: its memory comes page by page, so it gets a little less */
};

typedef struct {
    srj_scan scan;
    const uint8_t *data, *data_end;
    long from, to; /* MCUs */
    long missing;
} later_part;

static void *decode_later_part(void *context) {
    later_part *part = context;
    srj_progress p;
    srj_begin(&part->scan, &p, part->from, part->data, part->data_end);
    part->missing = srj_decode_to(&part->scan, &p, part->to);
    return NULL;
}

/* Finds the last restart before the middle of the data; `from` stays 0 where there is none that is of use. */
static void find_restart(later_part *part, const uint8_t *data) {
    const uint8_t *middle = data + (part->data_end - data) / 2;
    const uint8_t *marker = srj_find_marker(data, part->data_end);
    while (marker < middle && srj_is_restart(marker) && part->from + part->scan.restart_interval < part->to) {
        part->from += part->scan.restart_interval;
        part->data = marker + 2;
        marker = srj_find_marker(part->data, part->data_end);
    }
}

static long decode_around_restart(srj_scan *s, const uint8_t *data, const uint8_t *data_end) {
    pthread_t thread;
    srj_progress p;
    later_part *part = malloc(sizeof *part);
    if (!part) return srj_decode(s, data, data_end);
    *part = (later_part){.scan = *s, .data_end = data_end, .to = srj_mcus(s)};
    find_restart(part, data);
    if (part->from == 0 || pthread_create(&thread, NULL, decode_later_part, part)) {
        free(part);
        return srj_decode(s, data, data_end);
    }
    srj_begin(s, &p, 0, data, data_end);
    long missing = srj_decode_to(s, &p, part->from);
    pthread_join(thread, NULL);
    missing += part->missing;
    s->cut = missing && srj_is_cut(&part->scan.stream);
    s->split = 1;
    free(part);
    return missing;
}

/* About the middle of the entropy-coded data. A file that does not end with its picture has something behind it, or
 * is cut. */
static const uint8_t *middle_of(const uint8_t *data, const uint8_t *data_end) {
    int ends = data_end - data >= 2 && data_end[-2] == 0xFF && data_end[-1] == 0xD9;
    const uint8_t *middle = data + ((ends ? data_end : srj_find_marker(data, data_end)) - data) * SHARE / 64;
    while (middle > data && middle[-1] == 0xFF) middle--;
    return middle;
}

/* Decodes for as long as that does not go beyond the middle. */
static void approach(srj_scan *s, srj_progress *p, const uint8_t *middle) {
    const srj_stream *stream = &s->stream;
    long found = 1;
    while (found && stream->end - stream->window - (ptrdiff_t)((p->position + s->starts.span) / 8) > stream->source - middle) {
        found = srj_decode_some(s, p, srj_mcus(s) - p->at.mcu);
    }
}

static void *decode_guess(void *guess) {
    srj_decode_guess(guess);
    return NULL;
}

typedef struct {
    srj_guess *guess;
    srj_scan *scan;
    srj_meeting meeting;
} guessed_part;

static void *show_later_half(void *context) {
    guessed_part *part = context;
    srj_show_guess(part->guess, part->scan, &part->meeting, part->meeting.count / 2, part->meeting.count);
    return NULL;
}

static void show_guess(guessed_part *part) {
    pthread_t thread;
    int alone = pthread_create(&thread, NULL, show_later_half, part);
    srj_show_guess(part->guess, part->scan, &part->meeting, 0, part->meeting.count / 2);
    if (alone) {
        show_later_half(part);
    } else {
        pthread_join(thread, NULL);
    }
}

static long decode_with_guess(srj_scan *s, const uint8_t *data, const uint8_t *data_end) {
    pthread_t thread;
    srj_progress p;
    if (data_end - data < SHORT) return srj_decode(s, data, data_end);
    guessed_part part = {.scan = s, .guess = srj_open_guess(s, middle_of(data, data_end), data_end)};
    if (!part.guess || pthread_create(&thread, NULL, decode_guess, part.guess)) {
        srj_close_guess(part.guess);
        return srj_decode(s, data, data_end);
    }
    srj_begin(s, &p, 0, data, data_end);
    approach(s, &p, part.guess->begin);
    pthread_join(thread, NULL);
    s->split = srj_meet_guess(part.guess, s, &p, &part.meeting);
    if (s->split) show_guess(&part);
    srj_close_guess(part.guess);
    long missing = srj_decode_to(s, &p, srj_mcus(s));
    s->cut = missing && srj_is_cut(&s->stream);
    return missing;
}

long srj_decode_split(srj_scan *s, const uint8_t *data, const uint8_t *data_end) {
    s->split = 0;
    if (!srj_pays_to_find(s)) return srj_decode(s, data, data_end);
    return s->restart_interval ? decode_around_restart(s, data, data_end) : decode_with_guess(s, data, data_end);
}
