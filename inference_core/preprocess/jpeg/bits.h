/* The entropy-coded bits of a scan: a small window over the file, without its byte stuffing.
 *
 * The window is slid once for many MCUs, so reading inside an MCU needs no test: the most that one MCU can
 * take lies behind the point where the window is slid, and behind the end of the data there is as much room.
 */
#ifndef SRJ_BITS_H
#define SRJ_BITS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "header.h"

#define SRJ_INLINE static inline __attribute__((always_inline))
#define SRJ_NOINLINE __attribute__((noinline))
#define SRJ_LIKELY(x) __builtin_expect(!!(x), 1)
#define SRJ_UNLIKELY(x) __builtin_expect(!!(x), 0)

enum {
    SRJ_WINDOW = 32 * 1024,
    /* 64 symbols of at most 16 + 15 bits in each block, and the 8 bytes that a refill may look ahead. */
    SRJ_MARGIN = SRJ_MAX_BLOCKS_IN_MCU * SRJ_BLOCK * 31 / 8 + 64,
};

/* The next bits, most significant first. Bits below `count` mirror bytes at `next`: refilling twice is harmless. */
typedef struct {
    uint64_t word;
    int count;
    const uint8_t *next;
} srj_bits;

typedef struct {
    const uint8_t *source, *source_end; /* stuffed bytes that the window has not taken yet */
    const uint8_t *end;                 /* of the data in the window */
    const uint8_t *limit;               /* beyond it `srj_slide` must be called before the next MCU */
    const uint8_t *written;             /* everything in the window from here on is zero */
    uint64_t taken;                     /* bytes that have come into the window so far */
    int ended;                          /* a marker, or the end of the file, lies behind the window */
    int wary;                           /* stops before an MCU might reach beyond the data */
    uint8_t window[SRJ_WINDOW + SRJ_MARGIN];
} srj_stream;

/* Starts at the first entropy-coded byte. Returns 0 where the stream is to be wary and too short for an MCU. */
int srj_open_stream(srj_stream *stream, const uint8_t *source, const uint8_t *source_end, int wary, srj_bits *bits);

/* Makes room for another MCU. Returns 0 where more bits were read than there are before the next marker, or where a
 * wary stream has not enough of them left. */
int srj_slide(srj_stream *stream, srj_bits *bits);

/* Goes on behind the next restart marker. Returns 0 where another marker, or none, comes first. */
int srj_restart(srj_stream *stream, srj_bits *bits);

/* Goes on where a wary stream has stopped, no longer wary. */
void srj_adopt_stream(srj_stream *stream, srj_bits *bits, const srj_stream *from, const srj_bits *from_bits);

/* Bytes that unstuffing leaves of the source between two points; neither may split a stuffed pair. */
uint64_t srj_unstuffed_size(const uint8_t *from, const uint8_t *to);

/* Returns where the next marker begins, or `source_end`. */
const uint8_t *srj_find_marker(const uint8_t *source, const uint8_t *source_end);

static inline int srj_is_restart(const uint8_t *marker) { return marker[1] >= 0xD0 && marker[1] <= 0xD7; }

/* Bits read since the stream was opened, as long as no restart came. */
static inline uint64_t srj_position(const srj_stream *stream, const srj_bits *bits) {
    return 8 * (stream->taken - (uint64_t)(stream->end - bits->next)) - (uint64_t)bits->count;
}

/* Whether more bits were read than there were. */
SRJ_INLINE int srj_overrun(const srj_stream *stream, const srj_bits *bits) {
    return (bits->next - stream->end) * 8 > bits->count;
}

/* Afterwards there are at least 56 bits. */
SRJ_INLINE void srj_refill(srj_bits *bits) {
    uint64_t ahead;
    memcpy(&ahead, bits->next, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    ahead = __builtin_bswap64(ahead);
#endif
    bits->word |= ahead >> bits->count;
    bits->next += (63 - bits->count) >> 3;
    bits->count |= 56;
}

SRJ_INLINE void srj_drop(srj_bits *bits, int count) {
    bits->word <<= count;
    bits->count -= count;
}

SRJ_INLINE unsigned srj_peek(const srj_bits *bits, int count) { return (unsigned)(bits->word >> (64 - count)); }

#endif
