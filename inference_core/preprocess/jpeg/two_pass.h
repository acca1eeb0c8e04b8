/* A scan that is decoded in two passes, a part at a time. */
#ifndef SRJ_TWO_PASS_H
#define SRJ_TWO_PASS_H

#include "mcus.h"

/* What changes from part to part. */
typedef struct {
    srj_cursor at;
    uint32_t position; /* of the next MCU in the window; counts bits */
} srj_progress;

/* Begins at an entropy-coded byte where predictions are 0: with an MCU counted from the top left of the picture. */
void srj_begin(srj_scan *scan, srj_progress *progress, long mcu, const uint8_t *data, const uint8_t *data_end);

/* Decodes some MCUs, all before the next marker, and at most `most`. Returns how many; 0 where nothing is left. */
long srj_decode_some(srj_scan *scan, srj_progress *progress, long most);

/* Decodes up to an MCU, beyond restarts too. Returns how many were not there; those are grey. */
long srj_decode_to(srj_scan *scan, srj_progress *progress, long to);

#endif
