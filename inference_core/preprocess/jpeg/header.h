/* What the markers before the first scan of a JPEG say. */
#ifndef SRJ_HEADER_H
#define SRJ_HEADER_H

#include <stddef.h>
#include <stdint.h>

enum { SRJ_MAX_COMPONENTS = 3, SRJ_MAX_BLOCKS_IN_MCU = 10, SRJ_BLOCK = 64 };

/* Why a file is not decoded here; what is well-formed but unusual is another decoder's. */
typedef enum {
    SRJ_OK = 0,
    SRJ_NOT_JPEG,
    SRJ_TRUNCATED_HEADER,
    SRJ_CORRUPT_HEADER,
    SRJ_NOT_BASELINE,      /* progressive, arithmetic, lossless, hierarchical */
    SRJ_UNUSUAL_PRECISION, /* other than 8 bits */
    SRJ_UNUSUAL_COLOUR,    /* neither grey nor YCbCr */
    SRJ_UNUSUAL_SCAN,      /* not everything in one interleaved scan, or the height comes later */
} srj_status;

/* A Huffman code as DHT carries it: how many codes have each length, and their symbols in order. */
typedef struct {
    uint8_t counts[17]; /* counts[0] is 1 where the code is defined */
    uint8_t symbols[256];
} srj_code;

typedef struct {
    uint8_t id, h, v;            /* sampling factors, 1..4 */
    uint8_t quantisation;        /* which of the tables, 0..3 */
    uint8_t dc, ac;              /* which of the codes, 0..3 */
} srj_component;

/* A part of the file; empty where size is 0. */
typedef struct {
    size_t offset, size;
} srj_span;

typedef struct {
    int width, height;           /* stored, 1..65535 */
    int components;              /* 1 or 3 */
    srj_component component[SRJ_MAX_COMPONENTS];
    int h_max, v_max;
    int restart_interval;        /* MCUs; 0 for none */
    int orientation;             /* of EXIF, 1..8; 0 where it says none */
    int icc_chunks;              /* how many APP2 segments carry a colour profile */
    srj_span icc, xmp;           /* payloads of the first ones */
    uint16_t quantisation[4][SRJ_BLOCK]; /* in zigzag order */
    uint8_t quantisation_defined;        /* a bit for each table */
    srj_code dc[4], ac[4];
    size_t scan;                 /* where the entropy-coded bytes begin */
} srj_header;

/* Reads the markers up to the first scan. The header is filled as far as the status allows. */
srj_status srj_read_header(const uint8_t *data, size_t size, srj_header *header);

/* Finds the orientation in the TIFF structure of an EXIF segment; 0 where there is none. */
int srj_exif_orientation(const uint8_t *tiff, size_t size);

#endif
