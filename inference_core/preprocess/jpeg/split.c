/* Design note
 *
 * (a) Where there are restart markers the picture is split at one of them: decoding begins anew behind each, and the
 *     markers before it say which MCU that is. They do so in damaged files too, because a restart always goes on
 *     behind exactly one marker.
 * (b) Elsewhere the second thread guesses (speculation.h). It stops before the data ends, and the first one goes on
 *     from there as it would have done alone: whatever is odd about the end of a file has one piece of code.
 * (c) The threads share nothing that either writes, so there is no lock. The second one does not know where its
 *     samples belong until the first one meets it; then both make one half of them.
 *
 * What was measured (CPU time of the busier thread, of one thread alone in brackets; blocks of luma and chroma)
 *     48 MP, 1 and 1:     18.5 ms  (35)     12 MP, 1 and 1:    4.7 -  6.7 ms  (9.0 - 13)
 *     48 MP, 1 and 2:     22   ms  (41)     12 MP, 1 and 2:    5.5 -  7.5 ms  (10 - 14)
 *     48 MP, 2 and 4:     32   ms  (57)     12 MP, 2 and 4:    8.1 - 10.2 ms  (15 - 19)
 *
 * What was tried and dropped
 * - All samples of the guess made by the first thread: 4 to 11 % slower for blocks of 4 x 4.
 */
#include "split.h"

#include <pthread.h>
#include <stdlib.h>

#include "progress.h"
#include "speculation.h"

/* A guess leaves SRJ_MARGIN bytes to the other thread. */
enum { SHORT = 4 * SRJ_MARGIN };

typedef struct {
    srj_scan scan;
    srj_progress progress;
    const uint8_t *data, *data_end;
    long from, to;
} later_part;

static void *decode_later_part(void *context) {
    later_part *part = context;
    srj_begin(&part->scan, &part->progress, part->data, part->data_end, 0);
    srj_decode_mcus(&part->scan, &part->progress, part->from, part->to);
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
    srj_begin(s, &p, data, data_end, 0);
    srj_decode_mcus(s, &p, 0, part->from);
    pthread_join(thread, NULL);
    long decoded = srj_finish(s, &p) + srj_finish(&part->scan, &part->progress);
    s->cut = part->scan.cut;
    s->split = 1;
    free(part);
    return srj_mcus(s) - decoded;
}

/* About the middle of the entropy-coded data. A file that does not end with its picture has something behind it, or
 * is cut. */
static const uint8_t *middle_of(const uint8_t *data, const uint8_t *data_end) {
    int ends = data_end - data >= 2 && data_end[-2] == 0xFF && data_end[-1] == 0xD9;
    const uint8_t *middle = data + ((ends ? data_end : srj_find_marker(data, data_end)) - data) / 2;
    while (middle > data && middle[-1] == 0xFF) middle--;
    return middle;
}

/* Decodes whole rows until the guess may be met. Returns the MCU that comes next. */
static long approach(srj_scan *s, srj_progress *p, const uint8_t *middle) {
    long at = 0;
    while (at < srj_mcus(s) && !p->starved && s->stream.end - p->bits.next > s->stream.source - middle) {
        srj_decode_mcus(s, p, at, at + s->columns);
        at += s->columns;
    }
    return at;
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
    srj_begin(s, &p, data, data_end, 0);
    long at = approach(s, &p, part.guess->begin);
    pthread_join(thread, NULL);
    s->split = srj_meet_guess(part.guess, s, &p, at, &part.meeting);
    at = part.meeting.at;
    if (s->split) {
        show_guess(&part);
        at += part.meeting.count;
    }
    srj_close_guess(part.guess);
    srj_decode_mcus(s, &p, at, srj_mcus(s));
    return srj_mcus(s) - srj_finish(s, &p);
}

long srj_decode_split(srj_scan *s, const uint8_t *data, const uint8_t *data_end) {
    s->split = 0;
    return s->restart_interval ? decode_around_restart(s, data, data_end) : decode_with_guess(s, data, data_end);
}
