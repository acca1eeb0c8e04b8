/* One interleaved baseline scan: what is decoded of it, how, and where the samples go. */
#ifndef SRJ_SCAN_H
#define SRJ_SCAN_H

#include "bits.h"
#include "header.h"
#include "huffman.h"
#include "idct.h"
#include "planes.h"
#include "starts.h"

/* A rectangle of MCUs; the others are stepped over. */
typedef struct {
    int left, top, right, bottom;
} srj_region;

/* One component: its tables, the samples on a side of its blocks (1, 2, 4 or 8), and where its samples go. */
typedef struct {
    const srj_tables *tables;
    int h, v, size;
    srj_weights weights;
    int16_t *samples; /* as srj_lay_plane says; all of them are written */
    ptrdiff_t stride;
} srj_channel;

typedef struct {
    int columns, rows; /* of MCUs */
    int restart_interval;
    int channels;
    srj_channel channel[SRJ_MAX_COMPONENTS];
    srj_region region;
    int cut;   /* set by srj_decode: MCUs are missing, and the file ends without a marker */
    int split; /* set by srj_decode_split: whether a second thread had a part in it */
    srj_stream stream;
    srj_starts starts;
} srj_scan;

/* How many MCUs a picture has across and down. */
void srj_grid(const srj_header *header, int *columns, int *rows);

/* The plane that a component fills when `region` is decoded with blocks of size x size; samples are left alone. */
void srj_lay_plane(const srj_header *header, int component, int size, const srj_region *region, srj_plane *plane);

/* How many MCUs there are down to the end of the region. */
static inline long srj_mcus(const srj_scan *scan) { return (long)scan->columns * scan->region.bottom; }

/* Makes `count` MCUs grey, those of them that are in the region. */
void srj_blank(const srj_scan *scan, long mcu, long count);

#endif
