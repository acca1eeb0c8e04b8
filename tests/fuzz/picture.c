#include "picture.h"

#include <stdlib.h>

/* Larger pictures only make a run slower: no code depends on the size. */
enum { MOST_PIXELS = 1 << 18 };

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (!memory) abort();
    return memory;
}

static void set_channel(picture *p, srj_scan *scan, int i, int size) {
    const srj_component *component = &p->header.component[i];
    srj_channel *channel = &scan->channel[i];
    srj_tables *tables = allocate(1, sizeof *tables);
    srj_build_tables(&p->header.dc[component->dc], &p->header.ac[component->ac], tables);
    channel->tables = tables;
    channel->h = component->h;
    channel->v = component->v;
    channel->size = size;
    srj_weigh(p->header.quantisation[component->quantisation], size, &channel->weights);
    srj_lay_plane(&p->header, i, size, &p->region, &p->planes[i]);
    size_t rows = (size_t)(p->region.bottom - p->region.top) * component->v * (size_t)size;
    channel->stride = p->planes[i].stride;
    channel->samples = p->planes[i].samples = allocate(rows * (size_t)channel->stride, sizeof(int16_t));
}

static void free_tables(srj_scan *scan) {
    for (int i = 0; i < scan->channels; i++) free((void *)scan->channel[i].tables);
}

int decode_picture(picture *p, const uint8_t *data, size_t size, int luma, int chroma, decoder *decode,
                   region_chooser *choose, void *context) {
    if (srj_read_header(data, size, &p->header) != SRJ_OK) return 0;
    if ((long)p->header.width * p->header.height > MOST_PIXELS) return 0;
    srj_scan *scan = allocate(1, sizeof *scan);
    srj_grid(&p->header, &scan->columns, &scan->rows);
    p->region = (srj_region){0, 0, scan->columns, scan->rows};
    if (choose) choose(&p->region, context);
    scan->region = p->region;
    scan->restart_interval = p->header.restart_interval;
    scan->channels = p->header.components;
    for (int i = 0; i < scan->channels; i++) set_channel(p, scan, i, i ? chroma : luma);
    p->missing = decode(scan, data + p->header.scan, data + size);
    p->cut = scan->cut;
    free_tables(scan);
    free(scan);
    return 1;
}

void free_picture(picture *p) {
    for (int i = 0; i < p->header.components; i++) free(p->planes[i].samples);
}
