/* Blocks of coefficients to samples, at 1/8, 1/4, 1/2 and 1/1 of the size. */
#ifndef SRJ_IDCT_H
#define SRJ_IDCT_H

#include <stddef.h>
#include <stdint.h>

#include "header.h"

/* Where the coefficient of a zigzag index lies in a block: transposed, which saves the transforms one transposition. */
extern const uint8_t SRJ_PLACE[SRJ_BLOCK];

/* Multipliers for the coefficients of one component, by place. */
typedef struct {
    int64_t step[SRJ_BLOCK]; /* for 1/8 and 1/4, in 1 / SRJ_STEP */
    float scale[SRJ_BLOCK];  /* for 1/2 and 1/1 */
} srj_weights;

enum { SRJ_STEP = 256 };

/* Prepares for blocks of size x size samples: 1, 2, 4 or 8. */
void srj_weigh(const uint16_t *quantisation, int size, srj_weights *weights);

/* Zigzag index of the last coefficient that a block of that size shows; 0 for DC alone. */
static inline int srj_last_shown(int size) { return size == 1 ? 0 : size == 2 ? 4 : size == 4 ? 24 : 63; }

/* Each fills size x size samples from a block, of which those coefficients that the size shows are read. */
void srj_idct_1(const int16_t *block, const srj_weights *weights, int size, int16_t *samples, ptrdiff_t stride);
void srj_idct_2(const int16_t *block, const srj_weights *weights, int16_t *samples, ptrdiff_t stride);
void srj_idct_4(const int16_t *block, const srj_weights *weights, int16_t *samples, ptrdiff_t stride);
void srj_idct_8(const int16_t *block, const srj_weights *weights, int16_t *samples, ptrdiff_t stride);

#endif
