/* A JPEG decoded into planes that are exactly as large as they must be: what fuzz targets share. */
#ifndef FUZZ_PICTURE_H
#define FUZZ_PICTURE_H

#include "decode.h"
#include "resample.h"
#include "split.h"

typedef struct {
    srj_header header;
    srj_region region;
    srj_plane planes[SRJ_MAX_COMPONENTS];
    long missing; /* MCUs */
    int cut;
} picture;

/* srj_decode or srj_decode_split. */
typedef long decoder(srj_scan *scan, const uint8_t *data, const uint8_t *data_end);

/* Chooses the blocks to decode; the region comes in as all of the picture. */
typedef void region_chooser(srj_region *region, void *context);

/* Decodes with blocks of luma x luma and chroma x chroma samples. Returns 0 for what the decoder leaves to another
 * one and for what would take too long to fuzz; then there is nothing to free. */
int decode_picture(picture *p, const uint8_t *data, size_t size, int luma, int chroma, decoder *decode,
                   region_chooser *choose, void *context);

void free_picture(picture *p);

#endif
