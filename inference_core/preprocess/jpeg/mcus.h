/* MCUs of which it is known where their blocks start. */
#ifndef SRJ_MCUS_H
#define SRJ_MCUS_H

#include "scan.h"

/* Where reading stands. */
typedef struct {
    uint32_t prediction[SRJ_MAX_COMPONENTS];
    const uint32_t *start; /* of the next block */
    long mcu;              /* the next one */
    int kept;              /* whether coefficients are stored in the place of samples: see store.h */
} srj_cursor;

/* Reads the next MCUs; `scan->starts` begins with the starts of their blocks. */
void srj_read_mcus(const srj_scan *scan, srj_cursor *at, long count);

#endif
