/* Fuzz target: whatever libjpeg reads without a complaint, the decoder reads to the same coefficients.
 *
 * Linked with coefficients.c in the place of the decoder's transforms. Every file is decoded at 1/8, 1/4 and 1/1: in two
 * passes and in one.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "picture.h"

enum { SIZES = 3 };
static const int BLOCK_SIZES[SIZES] = {1, 2, DCTSIZE};

typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf leave;
} errors;

static void leave(j_common_ptr info) { longjmp(((errors *)info->err)->leave, 1); }

static void say_nothing(j_common_ptr info, int level) {
    if (level < 0) info->err->num_warnings++;
}

static void fail(const char *what, int size, int component, int row, int column) {
    fprintf(stderr, "%s: blocks of %d, component %d, block row %d, column %d\n", what, size, component, row, column);
    abort();
}

/* What the decoder makes of a block of coefficients; its blocks are transposed. `alone` says that it saw no AC. */
static void transform(const JCOEF *exact, const srj_weights *weights, int size, int alone, int16_t *samples) {
    int16_t block[DCTSIZE2];
    for (int i = 0; i < DCTSIZE2; i++) block[(i & 7) * 8 + (i >> 3)] = exact[i];
    if (size == 2) {
        srj_idct_2(block, weights, samples, size);
    } else if (size == 1 || alone) {
        srj_idct_1(block, weights, size, samples, size);
    } else {
        srj_idct_8(block, weights, samples, size);
    }
}

static int same_block(const int16_t *ours, ptrdiff_t stride, const JCOEF *exact, const srj_weights *weights, int size) {
    int without_ac = 1, same[2] = {1, 1};
    for (int i = 1; i < DCTSIZE2; i++) without_ac = without_ac && exact[i] == 0;
    for (int alone = 0; alone < 2; alone++) {
        int16_t samples[DCTSIZE2];
        transform(exact, weights, size, alone, samples);
        for (int y = 0; y < size; y++) {
            same[alone] &= !memcmp(ours + y * stride, samples + y * size, (size_t)size * sizeof *samples);
        }
    }
    return same[0] || (without_ac && same[1]); /* zeros may have been coded all the same */
}

static void compare_component(j_decompress_ptr info, jvirt_barray_ptr rows, int i, const picture *p, int size) {
    const jpeg_component_info *component = &info->comp_info[i];
    const srj_plane *plane = &p->planes[i];
    srj_weights weights;
    srj_weigh(p->header.quantisation[0], size, &weights);
    for (JDIMENSION row = 0; row < component->height_in_blocks; row++) {
        JBLOCKARRAY blocks = info->mem->access_virt_barray((j_common_ptr)info, rows, row, 1, FALSE);
        for (JDIMENSION column = 0; column < component->width_in_blocks; column++) {
            const int16_t *ours = plane->samples + (ptrdiff_t)row * size * plane->stride + (ptrdiff_t)column * size;
            if (same_block(ours, plane->stride, blocks[0][column], &weights, size)) continue;
            fail("other coefficients", size, i, (int)row, (int)column);
        }
    }
}

/* Leaves by longjmp where libjpeg finds an error. */
static void compare(j_decompress_ptr info, const uint8_t *data, size_t size, const picture *pictures) {
    jpeg_mem_src(info, data, size);
    jpeg_read_header(info, TRUE);
    jvirt_barray_ptr *coefficients = jpeg_read_coefficients(info);
    if (info->err->num_warnings) return;
    for (int s = 0; s < SIZES; s++) {
        if (pictures[s].missing) fail("blocks are missing", BLOCK_SIZES[s], 0, 0, 0);
        for (int i = 0; i < info->num_components; i++) {
            compare_component(info, coefficients[i], i, &pictures[s], BLOCK_SIZES[s]);
        }
    }
}

/* Fill bytes inside a scan make libjpeg-turbo decode an MCU twice over, without clearing it in between. */
static int has_fill_bytes(const uint8_t *data, size_t size) {
    for (size_t i = 1; i < size; i++) {
        if (data[i - 1] == 0xFF && data[i] == 0xFF) return 1;
    }
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    picture pictures[SIZES];
    struct jpeg_decompress_struct info;
    errors handler;
    for (int s = 0; s < SIZES; s++) { /* all are refused, or none is */
        if (!decode_picture(&pictures[s], data, size, BLOCK_SIZES[s], BLOCK_SIZES[s], NULL, NULL)) return 0;
    }
    info.err = jpeg_std_error(&handler.base);
    handler.base.error_exit = leave;
    handler.base.emit_message = say_nothing;
    jpeg_create_decompress(&info);
    const size_t scan = pictures[0].header.scan;
    int comparable = !has_fill_bytes(data + scan, size - scan);
    if (comparable && !setjmp(handler.leave)) compare(&info, data, size, pictures);
    jpeg_destroy_decompress(&info);
    for (int s = 0; s < SIZES; s++) free_picture(&pictures[s]);
    return 0;
}
