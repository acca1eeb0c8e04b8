/* Fuzz target: whatever libjpeg reads without a complaint, the decoder reads to the same coefficients.
 *
 * Linked with coefficients.c in the place of the decoder's transforms.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "picture.h"

typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf leave;
} errors;

static void leave(j_common_ptr info) { longjmp(((errors *)info->err)->leave, 1); }

static void say_nothing(j_common_ptr info, int level) {
    if (level < 0) info->err->num_warnings++;
}

static void fail(const char *what, int component, int row, int column, int place) {
    fprintf(stderr, "%s: component %d, block row %d, column %d, coefficient %d\n", what, component, row, column, place);
    abort();
}

/* The decoder's blocks are transposed. A block that is DC alone is filled with it, saturated. */
static void compare_block(const JCOEF *exact, const int16_t *ours, ptrdiff_t stride, int component, int row, int column) {
    int alone = 1;
    for (int i = 1; i < DCTSIZE2; i++) alone = alone && exact[i] == 0;
    int level = exact[0] < SRJ_DARKEST ? SRJ_DARKEST : exact[0] > SRJ_LIGHTEST ? SRJ_LIGHTEST : exact[0];
    if (alone && ours[0] == level && ours[1] == level) return;
    for (int y = 0; y < DCTSIZE; y++) {
        for (int x = 0; x < DCTSIZE; x++) {
            if (ours[x * stride + y] != exact[y * DCTSIZE + x]) fail("another coefficient", component, row, column, y * 8 + x);
        }
    }
}

static void compare_component(j_decompress_ptr info, jvirt_barray_ptr rows, int i, const picture *p) {
    const jpeg_component_info *component = &info->comp_info[i];
    const srj_plane *plane = &p->planes[i];
    for (JDIMENSION row = 0; row < component->height_in_blocks; row++) {
        JBLOCKARRAY blocks = info->mem->access_virt_barray((j_common_ptr)info, rows, row, 1, FALSE);
        for (JDIMENSION column = 0; column < component->width_in_blocks; column++) {
            const int16_t *ours = plane->samples + (ptrdiff_t)row * 8 * plane->stride + (ptrdiff_t)column * 8;
            compare_block(blocks[0][column], ours, plane->stride, i, (int)row, (int)column);
        }
    }
}

/* Leaves by longjmp where libjpeg finds an error. */
static void compare(j_decompress_ptr info, const uint8_t *data, size_t size, const picture *p) {
    jpeg_mem_src(info, data, size);
    jpeg_read_header(info, TRUE);
    jvirt_barray_ptr *coefficients = jpeg_read_coefficients(info);
    if (info->err->num_warnings) return;
    if (p->missing) fail("blocks are missing", 0, 0, 0, 0);
    for (int i = 0; i < info->num_components; i++) compare_component(info, coefficients[i], i, p);
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
    picture p;
    struct jpeg_decompress_struct info;
    errors handler;
    if (!decode_picture(&p, data, size, DCTSIZE, DCTSIZE, srj_decode, NULL, NULL)) return 0;
    info.err = jpeg_std_error(&handler.base);
    handler.base.error_exit = leave;
    handler.base.emit_message = say_nothing;
    jpeg_create_decompress(&info);
    int comparable = !has_fill_bytes(data + p.header.scan, size - p.header.scan);
    if (comparable && !setjmp(handler.leave)) compare(&info, data, size, &p);
    jpeg_destroy_decompress(&info);
    free_picture(&p);
    return 0;
}
