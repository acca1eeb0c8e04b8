/* Design note
 *
 * (a) A picture at 1/2^n is the mean of 2^n x 2^n pixels, restricted to the frequencies that its own samples can
 *     show. Averaging attenuates the cosine of frequency u by a factor of u alone, so the mean is a smaller inverse
 *     transform with other weights: exact for what it keeps, and no pixel of full size is ever made.
 * (b) All constant factors (averaging, normalisation, those of the AAN transform) are folded into the quantisation
 *     table once for each file.
 * (c) Floats at 1/2 and 1/1: 24 bits are enough, and four lanes are in the base instruction set of both x86-64 and
 *     arm64, where a multiplication of 32-bit integers is not.
 */
#include "idct.h"

#include <math.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

typedef float lanes __attribute__((vector_size(16)));
typedef int32_t ints __attribute__((vector_size(16)));
typedef int16_t shorts __attribute__((vector_size(8)));

const uint8_t SRJ_PLACE[SRJ_BLOCK] = {
    0,  8,  1,  2,  9,  16, 24, 17, 10, 3,  4,  11, 18, 25, 32, 40, 33, 26, 19, 12, 5,  6,
    13, 20, 27, 34, 41, 48, 56, 49, 42, 35, 28, 21, 14, 7,  15, 22, 29, 36, 43, 50, 57, 58,
    51, 44, 37, 30, 23, 31, 38, 45, 52, 59, 60, 53, 46, 39, 47, 54, 61, 62, 55, 63,
};

/* What the mean over 8 / size pixels leaves of frequency u, times what the transform of that size expects. */
static double factor(int u, int size) {
    const double pi = 3.14159265358979323846;
    double kept = cos(u * pi / 16);
    if (u == 0) return 1.0;
    if (size == 2) return kept * cos(u * pi / 8);
    return size == 4 && u == 2 ? kept : kept * sqrt(2.0);
}

void srj_weigh(const uint16_t *quantisation, int size, srj_weights *weights) {
    for (int k = 0; k < SRJ_BLOCK; k++) {
        int place = SRJ_PLACE[k];
        double weight = quantisation[k] * factor(place >> 3, size) * factor(place & 7, size);
        weights->step[place] = llrint(ldexp(weight, SRJ_STEP_BITS));
        weights->scale[place] = (float)weight;
    }
}

/* Rounds, saturates and stores four samples twice. */
#ifdef __SSE2__
static inline void store(lanes one, lanes other, int16_t *to, int16_t *to_other) {
    const __m128 shift = _mm_set1_ps(0.5f - SRJ_DARKEST), top = _mm_set1_ps(SRJ_LIGHTEST - SRJ_DARKEST);
    __m128i whole = _mm_cvttps_epi32(_mm_min_ps(_mm_add_ps((__m128)one, shift), top));
    __m128i whole_other = _mm_cvttps_epi32(_mm_min_ps(_mm_add_ps((__m128)other, shift), top));
    __m128i samples = _mm_max_epi16(_mm_packs_epi32(whole, whole_other), _mm_setzero_si128());
    samples = _mm_add_epi16(samples, _mm_set1_epi16(SRJ_DARKEST));
    _mm_storel_epi64((__m128i *)to, samples);
    _mm_storel_epi64((__m128i *)to_other, _mm_unpackhi_epi64(samples, samples));
}
#else
static inline void store_4(lanes values, int16_t *to) {
    const lanes top = {SRJ_LIGHTEST - SRJ_DARKEST, SRJ_LIGHTEST - SRJ_DARKEST, SRJ_LIGHTEST - SRJ_DARKEST,
                       SRJ_LIGHTEST - SRJ_DARKEST};
    lanes above = values + (0.5f - SRJ_DARKEST); /* so that truncation rounds, whatever the sign */
    ints positive = above > 0.0f, within = above < top;
    above = (lanes)((ints)above & positive & within) + (lanes)((ints)top & ~within);
    shorts samples = __builtin_convertvector(__builtin_convertvector(above, ints) + SRJ_DARKEST, shorts);
    memcpy(to, &samples, sizeof samples);
}

static inline void store(lanes one, lanes other, int16_t *to, int16_t *to_other) {
    store_4(one, to);
    store_4(other, to_other);
}
#endif

static inline lanes dequantised(const int16_t *block, const srj_weights *weights, int place) {
    shorts coefficients;
    lanes scales;
    memcpy(&coefficients, block + place, sizeof coefficients);
    memcpy(&scales, weights->scale + place, sizeof scales);
    return __builtin_convertvector(coefficients, lanes) * scales;
}

#ifdef __clang__
#define PICK(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
#define PICK(a, b, i, j, k, l) __builtin_shuffle(a, b, (ints){i, j, k, l})
#endif

static inline void transpose_4(lanes *r0, lanes *r1, lanes *r2, lanes *r3) {
    lanes a = PICK(*r0, *r1, 0, 4, 1, 5), b = PICK(*r2, *r3, 0, 4, 1, 5);
    lanes c = PICK(*r0, *r1, 2, 6, 3, 7), d = PICK(*r2, *r3, 2, 6, 3, 7);
    *r0 = PICK(a, b, 0, 1, 4, 5);
    *r1 = PICK(a, b, 2, 3, 6, 7);
    *r2 = PICK(c, d, 0, 1, 4, 5);
    *r3 = PICK(c, d, 2, 3, 6, 7);
}

static inline void transform_4(lanes r[4]) {
    const float near = 0.9238795325f, far = 0.3826834324f; /* cos(pi / 8), cos(3 pi / 8) */
    lanes even = r[0] + r[2], odd = r[0] - r[2];
    lanes outer = near * r[1] + far * r[3], inner = far * r[1] - near * r[3];
    r[0] = even + outer;
    r[1] = odd + inner;
    r[2] = odd - inner;
    r[3] = even - outer;
}

void srj_idct_4(const int16_t *block, const srj_weights *weights, int16_t *to, ptrdiff_t stride) {
    lanes r[4];
    for (int u = 0; u < 4; u++) r[u] = dequantised(block, weights, 8 * u);
    transform_4(r);
    transpose_4(&r[0], &r[1], &r[2], &r[3]);
    transform_4(r);
    store(r[0], r[1], to, to + stride);
    store(r[2], r[3], to + 2 * stride, to + 3 * stride);
}

/* The last step of a transform over eight: even and odd frequencies meet. */
static inline void combine_8(lanes *r, lanes e0, lanes e1, lanes e2, lanes e3, lanes o0, lanes o1, lanes o2, lanes o3) {
    r[0] = e0 + o0;
    r[2] = e1 + o1;
    r[4] = e2 + o2;
    r[6] = e3 + o3;
    r[8] = e3 - o3;
    r[10] = e2 - o2;
    r[12] = e1 - o1;
    r[14] = e0 - o0;
}

/* Arai, Agui and Nakajima (1988), as in libjpeg's float transform; r[2 * i] is row i. */
static inline void transform_8(lanes *r) {
    const float root = 1.414213562f;
    lanes sum = r[0] + r[8], difference = r[0] - r[8], both = r[4] + r[12];
    lanes turned = (r[4] - r[12]) * root - both;
    lanes e0 = sum + both, e3 = sum - both, e1 = difference + turned, e2 = difference - turned;
    lanes z13 = r[10] + r[6], z10 = r[10] - r[6], z11 = r[2] + r[14], z12 = r[2] - r[14];
    lanes z5 = (z10 + z12) * 1.847759065f;
    lanes o0 = z11 + z13;
    lanes o1 = z5 - z10 * 2.613125930f - o0;
    lanes o2 = (z11 - z13) * root - o1;
    lanes o3 = z5 - z12 * 1.082392200f - o2;
    combine_8(r, e0, e1, e2, e3, o0, o1, o2, o3);
}

static inline void transpose_8(lanes *r) {
    transpose_4(&r[0], &r[2], &r[4], &r[6]);
    transpose_4(&r[9], &r[11], &r[13], &r[15]);
    transpose_4(&r[1], &r[3], &r[5], &r[7]);
    transpose_4(&r[8], &r[10], &r[12], &r[14]);
    for (int i = 0; i < 4; i++) {
        lanes corner = r[2 * i + 1];
        r[2 * i + 1] = r[2 * i + 8];
        r[2 * i + 8] = corner;
    }
}

void srj_idct_8(const int16_t *block, const srj_weights *weights, int16_t *to, ptrdiff_t stride) {
    lanes r[16];
    for (int i = 0; i < 16; i++) r[i] = dequantised(block, weights, 4 * i);
    transform_8(r);
    transform_8(r + 1);
    transpose_8(r);
    transform_8(r);
    transform_8(r + 1);
    for (int y = 0; y < 8; y++) store(r[2 * y], r[2 * y + 1], to + y * stride, to + y * stride + 4);
}

/* transform_8 where the upper half of the frequencies is zero. */
static inline void transform_8_low(lanes *r) {
    const float root = 1.414213562f;
    lanes r0 = r[0], both = r[4], z11 = r[2], z13 = r[6];
    lanes turned = both * root - both;
    lanes e0 = r0 + both, e3 = r0 - both, e1 = r0 + turned, e2 = r0 - turned;
    lanes z5 = (z11 - z13) * 1.847759065f;
    lanes o0 = z11 + z13;
    lanes o1 = z5 + z13 * 2.613125930f - o0;
    lanes o2 = (z11 - z13) * root - o1;
    lanes o3 = z5 - z11 * 1.082392200f - o2;
    combine_8(r, e0, e1, e2, e3, o0, o1, o2, o3);
}

void srj_idct_8_low(const int16_t *block, const srj_weights *weights, int16_t *to, ptrdiff_t stride) {
    lanes r[16];
    for (int u = 0; u < 4; u++) r[2 * u] = dequantised(block, weights, 8 * u);
    transform_8_low(r);
    transpose_4(&r[0], &r[2], &r[4], &r[6]);
    transpose_4(&r[8], &r[10], &r[12], &r[14]);
    for (int u = 0; u < 4; u++) r[2 * u + 1] = r[2 * u + 8];
    transform_8_low(r);
    transform_8_low(r + 1);
    for (int y = 0; y < 8; y++) store(r[2 * y], r[2 * y + 1], to + y * stride, to + y * stride + 4);
}
