/* The decoder: one interleaved baseline scan to planes. Plain C, without Python, without allocation. */
#ifndef SRJ_SCAN_H
#define SRJ_SCAN_H

#include "bits.h"
#include "header.h"
#include "huffman.h"
#include "idct.h"
#include "planes.h"

/* One component: its tables, the samples on a side of its blocks (1, 2, 4 or 8), and where its samples go. */
typedef struct {
    const srj_dc_table *dc;
    const srj_ac_table *ac;
    int h, v, size;
    srj_weights weights;
    int16_t *samples; /* zeroed, as srj_lay_plane says */
    ptrdiff_t stride;
} srj_channel;

typedef struct {
    int columns, rows; /* of MCUs */
    int restart_interval;
    int channels;
    srj_channel channel[SRJ_MAX_COMPONENTS];
    srj_region region;
    int kept;  /* whether coefficients are stored rather than samples, for blocks of at most 4 x 4: see store.h */
    int cut;   /* set by srj_decode: the file ends without a marker behind what was read */
    int split; /* set by srj_decode_split: whether a second thread had a part in it */
    srj_stream stream;
} srj_scan;

/* How many MCUs there are down to the end of the region. */
static inline long srj_mcus(const srj_scan *scan) { return (long)scan->columns * scan->region.bottom; }

/* Decodes into the channels' samples. Returns how many of the MCUs were not there. */
long srj_decode(srj_scan *scan, const uint8_t *data, const uint8_t *data_end);

#endif
