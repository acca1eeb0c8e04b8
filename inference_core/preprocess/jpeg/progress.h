/* A scan while it is decoded, MCU by MCU. */
#ifndef SRJ_PROGRESS_H
#define SRJ_PROGRESS_H

#include "scan.h"

/* What changes from MCU to MCU. */
typedef struct {
    srj_bits bits;
    uint32_t prediction[SRJ_MAX_COMPONENTS];
    long until_restart; /* MCUs; counts down from the restart interval */
    int starved;        /* no bits are left before the next restart */
    int finished;       /* nor behind it */
    long decoded;       /* MCUs */
} srj_progress;

/* Begins at an entropy-coded byte where predictions are 0. A wary one finishes before an MCU might lack bits. */
void srj_begin(srj_scan *scan, srj_progress *progress, const uint8_t *data, const uint8_t *data_end, int wary);

/* Decodes the MCUs [from, to), counted from the top left of the picture; fewer where the data is at its end. */
void srj_decode_mcus(srj_scan *scan, srj_progress *progress, long from, long to);

/* Ends the decoding and says whether the file is cut. Returns how many MCUs were there. */
long srj_finish(srj_scan *scan, srj_progress *progress);

#endif
