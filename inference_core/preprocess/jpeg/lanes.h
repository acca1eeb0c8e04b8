/* Eight samples at a time: weighed sums and transposition, in what any x86-64 has, and in plain C. All is whole numbers,
 * so the same comes out everywhere.
 */
#ifndef SRJ_LANES_H
#define SRJ_LANES_H

#include <stdint.h>
#include <string.h>

#include "bits.h"

enum { SRJ_LANES = 8 };

typedef int16_t srj_samples __attribute__((vector_size(SRJ_LANES * 2)));
typedef uint8_t srj_bytes __attribute__((vector_size(SRJ_LANES * 2)));
typedef int32_t srj_quad __attribute__((vector_size(SRJ_LANES * 2)));

/* Sums of the lower and of the upper four lanes. */
typedef struct {
    srj_quad low, high;
} srj_sums;

#ifdef __clang__
#define SRJ_PICK(type, a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SRJ_PICK(type, a, b, ...) __builtin_shuffle(a, b, (type){__VA_ARGS__})
#endif

/* `count` samples, 8 at most; the other lanes are 0. */
SRJ_INLINE srj_samples srj_load_samples(const int16_t *from, int count) {
    srj_samples samples = {0};
    memcpy(&samples, from, (size_t)count * sizeof *from);
    return samples;
}

/* Adds two samples for each lane, with a weight each. */
#ifdef __SSE2__
#include <emmintrin.h>
SRJ_INLINE void srj_add_pair(srj_sums *sums, srj_samples a, srj_samples b, const int16_t weights[2]) {
    int32_t both;
    memcpy(&both, weights, sizeof both);
    const __m128i weigh = _mm_set1_epi32(both);
    sums->low += (srj_quad)_mm_madd_epi16(_mm_unpacklo_epi16((__m128i)a, (__m128i)b), weigh);
    sums->high += (srj_quad)_mm_madd_epi16(_mm_unpackhi_epi16((__m128i)a, (__m128i)b), weigh);
}
#else
SRJ_INLINE void srj_add_pair(srj_sums *sums, srj_samples a, srj_samples b, const int16_t weights[2]) {
    for (int i = 0; i < 4; i++) {
        sums->low[i] += a[i] * weights[0] + b[i] * weights[1];
        sums->high[i] += a[i + 4] * weights[0] + b[i + 4] * weights[1];
    }
}
#endif

/* Sums by 2^shift, rounded; they must then be within 16 bits. */
SRJ_INLINE srj_samples srj_narrow(const srj_sums *sums, int shift) {
    srj_quad low = (sums->low + (1 << (shift - 1))) >> shift, high = (sums->high + (1 << (shift - 1))) >> shift;
#ifdef __SSE2__
    return (srj_samples)_mm_packs_epi32((__m128i)low, (__m128i)high);
#else
    return SRJ_PICK(srj_samples, (srj_samples)low, (srj_samples)high, 0, 2, 4, 6, 8, 10, 12, 14);
#endif
}

/* Lanes of two in turn. */
SRJ_INLINE srj_samples srj_lower(srj_samples a, srj_samples b) {
    return SRJ_PICK(srj_samples, a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

SRJ_INLINE srj_samples srj_upper(srj_samples a, srj_samples b) {
    return SRJ_PICK(srj_samples, a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/* Rows become columns: interleaved three times with what lies half of them away. */
SRJ_INLINE void srj_transpose(srj_samples r[SRJ_LANES]) {
    for (int step = 0; step < 3; step++) {
        srj_samples mixed[SRJ_LANES];
        for (int i = 0; i < SRJ_LANES / 2; i++) {
            mixed[2 * i] = srj_lower(r[i], r[i + SRJ_LANES / 2]);
            mixed[2 * i + 1] = srj_upper(r[i], r[i + SRJ_LANES / 2]);
        }
        memcpy(r, mixed, sizeof mixed);
    }
}

/* The same for eight rows of bytes, two in each. */
SRJ_INLINE void srj_transpose_bytes(srj_bytes r[SRJ_LANES / 2]) {
    for (int step = 0; step < 3; step++) {
        srj_bytes mixed[SRJ_LANES / 2];
        for (int i = 0; i < SRJ_LANES / 4; i++) {
            srj_bytes a = r[i], b = r[i + SRJ_LANES / 4];
            mixed[2 * i] = SRJ_PICK(srj_bytes, a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            mixed[2 * i + 1] = SRJ_PICK(srj_bytes, a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        }
        memcpy(r, mixed, sizeof mixed);
    }
}

#endif
