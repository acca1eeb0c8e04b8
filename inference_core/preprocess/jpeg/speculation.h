/* The later part of a scan without restarts, decoded before it is known which part of the picture that is.
 *
 * Decoding begins at some byte of the scan as if an MCU began there. Huffman codes synchronise themselves: after some
 * 15 blocks of noise, blocks are read where they are. What that does not tell is which MCU it is, and what the DC
 * coefficients are differences to, so coefficients are kept. Another decoding that comes from the beginning of the scan
 * to the bit where the guess saw an MCU begin supplies both: from that bit on both read the same.
 */
#ifndef SRJ_SPECULATION_H
#define SRJ_SPECULATION_H

#include "two_pass.h"

/* More MCUs than are found at a time, so that the other decoding arrives among those that are marked. */
enum { SRJ_MARKS = SRJ_MOST_STARTS + 1024 };

typedef struct {
    srj_scan scan; /* of an imaginary picture that begins where the guess does */
    srj_progress progress;
    const uint8_t *begin, *end;
    long count; /* of marks */
    int64_t mark[SRJ_MARKS]; /* bits behind `begin`, for each of the first MCUs */
} srj_guess;

/* Prepares to decode `scan` from a byte on, which must not be the second one of a stuffed pair. Returns NULL without
 * memory, and where a guess cannot help: with restarts, for parts of pictures, for blocks of 8 x 8. */
srj_guess *srj_open_guess(const srj_scan *scan, const uint8_t *begin, const uint8_t *end);
void srj_close_guess(srj_guess *guess);

/* Decodes, up to where bits might be lacking. Memory is only touched as far as MCUs come. */
void srj_decode_guess(srj_guess *guess);

/* Where a guess belongs. */
typedef struct {
    long first;  /* MCU of the guess that is known */
    long at;     /* the same MCU of the picture */
    long count;  /* MCUs from there on */
    uint32_t dc[SRJ_MAX_COMPONENTS]; /* by which the guess has the DC coefficients too small */
} srj_meeting;

/* Decodes on until the guess is met, and moves `progress` to the end of the guess. Returns 0 where it is not met. */
int srj_meet_guess(const srj_guess *guess, srj_scan *scan, srj_progress *progress, srj_meeting *meeting);

/* Fills in the samples of the MCUs [from, to) of those that were met, once; the guess lets go of their memory. */
void srj_show_guess(const srj_guess *guess, const srj_scan *scan, const srj_meeting *meeting, long from, long to);

#endif
