/* libjpeg as the reference: encodes with any sampling, and compares every decoded block with ours. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "decode.h"

typedef struct {
    struct jpeg_error_mgr manager;
    jmp_buf leave;
} errors;

static void leave(j_common_ptr info) { longjmp(((errors *)info->err)->leave, 1); }
static void quiet(j_common_ptr info) { (void)info; }

static struct jpeg_error_mgr *silent(errors *e) {
    jpeg_std_error(&e->manager);
    e->manager.error_exit = leave;
    e->manager.output_message = quiet;
    return &e->manager;
}

/* Encodes RGB or grey pixels. Returns the size, 0 where libjpeg refuses; `out` has room for `room` bytes. */
unsigned long encode(const uint8_t *pixels, int width, int height, int components, int quality, int h, int v,
                     int restart, int optimise, uint8_t *out, unsigned long room) {
    struct jpeg_compress_struct c;
    errors e;
    unsigned char *buffer = NULL;
    unsigned long size = 0;
    c.err = silent(&e);
    if (setjmp(e.leave)) {
        jpeg_destroy_compress(&c);
        free(buffer);
        return 0;
    }
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &buffer, &size);
    c.image_width = (JDIMENSION)width;
    c.image_height = (JDIMENSION)height;
    c.input_components = components;
    c.in_color_space = components == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, quality, FALSE);
    c.comp_info[0].h_samp_factor = h;
    c.comp_info[0].v_samp_factor = v;
    c.restart_interval = (unsigned)restart;
    c.optimize_coding = optimise;
    jpeg_start_compress(&c, TRUE);
    for (int y = 0; y < height; y++) {
        JSAMPROW row = (JSAMPROW)(pixels + (size_t)y * width * components);
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    size = size <= room ? size : 0;
    if (size) memcpy(out, buffer, size);
    free(buffer);
    return size;
}

static void reconstruct(const JCOEF *natural, const srj_channel *c, int16_t *samples) {
    int16_t block[SRJ_BLOCK];
    for (int i = 0; i < SRJ_BLOCK; i++) block[(i & 7) * 8 + (i >> 3)] = natural[i];
    int empty = 1;
    for (int i = 1; i < SRJ_BLOCK; i++) empty &= block[i] == 0;
    if (c->size == 1 || (empty && c->size > 2)) {
        srj_idct_1(block, &c->weights, c->size, samples, c->size);
    } else if (c->size == 2) {
        srj_idct_2(block, &c->weights, samples, c->size);
    } else if (c->size == 4) {
        srj_idct_4(block, &c->weights, samples, c->size);
    } else {
        srj_idct_8(block, &c->weights, samples, c->size);
    }
}

/* How many blocks of a component differ from what libjpeg's coefficients would give. */
static long differing(struct jpeg_decompress_struct *d, jvirt_barray_ptr array, int index, const srj_channel *c) {
    jpeg_component_info *info = &d->comp_info[index];
    long count = 0;
    for (JDIMENSION y = 0; y < info->height_in_blocks; y++) {
        JBLOCKARRAY rows = d->mem->access_virt_barray((j_common_ptr)d, array, y, 1, FALSE);
        for (JDIMENSION x = 0; x < info->width_in_blocks; x++) {
            int16_t expected[SRJ_BLOCK];
            reconstruct(rows[0][x], c, expected);
            const int16_t *found = c->samples + (ptrdiff_t)y * c->size * c->stride + (ptrdiff_t)x * c->size;
            int same = 1;
            for (int i = 0; i < c->size; i++) {
                same &= !memcmp(expected + i * c->size, found + i * c->stride, (size_t)c->size * sizeof *found);
            }
            count += !same;
        }
    }
    return count;
}

/* Decodes with ours into fresh planes. Returns the scan, NULL where it is refused; free with `discard`. */
static srj_scan *decode(const uint8_t *data, size_t size, int luma, int chroma, long *missing) {
    static srj_header h;
    if (srj_read_header(data, size, &h) != SRJ_OK) return NULL;
    srj_scan *s = calloc(1, sizeof *s);
    srj_grid(&h, &s->columns, &s->rows);
    s->region = (srj_region){0, 0, s->columns, s->rows};
    s->restart_interval = h.restart_interval;
    s->channels = h.components;
    for (int i = 0; i < h.components; i++) {
        const srj_component *from = &h.component[i];
        srj_tables *tables = malloc(sizeof *tables);
        srj_plane plane;
        srj_build_tables(&h.dc[from->dc], &h.ac[from->ac], tables);
        srj_channel *c = &s->channel[i];
        *c = (srj_channel){.tables = tables, .h = from->h, .v = from->v, .size = i ? chroma : luma};
        srj_weigh(h.quantisation[from->quantisation], c->size, &c->weights);
        srj_lay_plane(&h, i, c->size, &s->region, &plane);
        c->stride = plane.stride;
        c->samples = calloc((size_t)(c->stride * s->rows) * (size_t)(c->v * c->size), sizeof *c->samples);
    }
    *missing = srj_decode(s, data + h.scan, data + size);
    return s;
}

static void discard(srj_scan *s) {
    for (int i = 0; i < s->channels; i++) {
        free((void *)s->channel[i].tables);
        free(s->channel[i].samples);
    }
    free(s);
}

/* Returns how many blocks and MCUs differ; -1 where libjpeg has an objection, -2 where ours refuses. */
long compare(const uint8_t *data, unsigned long size, int luma, int chroma) {
    struct jpeg_decompress_struct d;
    errors e;
    srj_scan *volatile scan = NULL;
    d.err = silent(&e);
    if (setjmp(e.leave)) {
        jpeg_destroy_decompress(&d);
        if (scan) discard(scan);
        return -1;
    }
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, data, size);
    jpeg_read_header(&d, TRUE);
    jvirt_barray_ptr *arrays = jpeg_read_coefficients(&d);
    if (d.err->num_warnings) longjmp(e.leave, 1);
    long count = 0;
    scan = decode(data, size, luma, chroma, &count);
    for (int i = 0; scan && i < scan->channels; i++) count += differing(&d, arrays[i], i, &scan->channel[i]);
    jpeg_destroy_decompress(&d);
    if (!scan) return -2;
    discard(scan);
    return count;
}
