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
    int ended;                          /* a marker, or the end of the file, lies behind the window */
    uint8_t window[SRJ_WINDOW + SRJ_MARGIN];
} srj_stream;

/* Starts at the first entropy-coded byte. */
void srj_open_stream(srj_stream *stream, const uint8_t *source, const uint8_t *source_end, srj_bits *bits);

/* Goes on where another stream stands. */
void srj_adopt_stream(srj_stream *stream, const srj_stream *from);

/* Returns where the next marker begins, or `source_end`. */
const uint8_t *srj_find_marker(const uint8_t *source, const uint8_t *source_end);

SRJ_INLINE int srj_is_restart(const uint8_t *marker) { return marker[1] >= 0xD0 && marker[1] <= 0xD7; }

/* Forgets the window's bytes before `next`, and takes as many as there is room for. */
void srj_move(srj_stream *stream, const uint8_t *next);

/* Makes room for another MCU. Returns 0 where more bits were read than there are before the next marker. */
int srj_slide(srj_stream *stream, srj_bits *bits);

/* Goes on behind the next restart marker. Returns 0 where another marker, or none, comes first. */
int srj_restart(srj_stream *stream, srj_bits *bits);

/* Whether the source ends without a marker behind what was read; how much more the window has taken makes no difference. */
int srj_is_cut(const srj_stream *stream);

/* Counts the bits from a byte of the source, which the window has taken, to a position in the window, which may lie
 * before it. The byte must not be the second one of a stuffed pair. */
int64_t srj_bits_from(const srj_stream *stream, const uint8_t *source, uint32_t position);

/* Whether more bits were read than there were. */
SRJ_INLINE int srj_overrun(const srj_stream *stream, const srj_bits *bits) {
    return (bits->next - stream->end) * 8 > bits->count;
}

/* Eight bytes, the first of them the most significant. */
SRJ_INLINE uint64_t srj_load(const uint8_t *from) {
    uint64_t word;
    memcpy(&word, from, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* At least 57 bits from a position, which counts bits. */
SRJ_INLINE uint64_t srj_bits_at(const uint8_t *window, uint32_t position) {
    return srj_load(window + (position >> 3)) << (position & 7);
}

SRJ_INLINE srj_bits srj_start_at(const uint8_t *window, uint32_t position) {
    return (srj_bits){srj_bits_at(window, position), 56 - (int)(position & 7), window + (position >> 3) + 7};
}

/* Afterwards there are at least 56 bits. */
SRJ_INLINE void srj_refill(srj_bits *bits) {
    bits->word |= srj_load(bits->next) >> bits->count;
    bits->next += (63 - bits->count) >> 3;
    bits->count |= 56;
}

SRJ_INLINE void srj_drop(srj_bits *bits, int count) {
    bits->word <<= count;
    bits->count -= count;
}

SRJ_INLINE unsigned srj_peek(const srj_bits *bits, int count) { return (unsigned)(bits->word >> (64 - count)); }

#endif
