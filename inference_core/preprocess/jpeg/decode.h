/* The decoder: a scan to planes. Plain C, without Python, without allocation. */
#ifndef SRJ_DECODE_H
#define SRJ_DECODE_H

#include "scan.h"

/* Decodes into the channels' samples. Returns how many MCUs down to the end of the region were not there. */
long srj_decode(srj_scan *scan, const uint8_t *data, const uint8_t *data_end);

#endif
