/* Fuzz target: no JPEG may make the decoder read or write where it must not, overflow, or hang; and two threads make
 * of it what one makes.
 *
 * Scale, region, crop, output size and orientation are drawn from a hash of the file, so that the corpus holds plain
 * JPEGs and each mutation tries other ones.
 */
#include <stdio.h>
#include <stdlib.h>

#include "picture.h"

enum { MOST_OUTPUT = 40 };

typedef struct {
    uint64_t state;
} dice;

static dice hash(const uint8_t *data, size_t size) {
    dice d = {14695981039346656037u};
    for (size_t i = 0; i < size; i++) d.state = (d.state ^ data[i]) * 1099511628211u;
    return d;
}

static int draw(dice *d, int count) {
    d->state = d->state * 6364136223846793005u + 1442695040888963407u;
    return (int)((d->state >> 33) % (uint64_t)count);
}

static void draw_region(srj_region *region, void *context) {
    dice *d = context;
    if (draw(d, 2)) return;
    region->left = draw(d, region->right);
    region->top = draw(d, region->bottom);
    region->right = region->left + 1 + draw(d, region->right - region->left);
    region->bottom = region->top + 1 + draw(d, region->bottom - region->top);
}

/* A canvas over memory of exactly its size, in any orientation, planar or interleaved. */
static srj_canvas draw_canvas(dice *d, int channels, uint8_t **memory) {
    srj_canvas canvas = {.width = 1 + draw(d, MOST_OUTPUT), .height = 1 + draw(d, MOST_OUTPUT), .channels = channels};
    int transposed = draw(d, 2), flip_x = draw(d, 2), flip_y = draw(d, 2), planar = draw(d, 2);
    ptrdiff_t pixels = (ptrdiff_t)canvas.width * canvas.height, pixel = planar ? 1 : channels;
    *memory = malloc((size_t)(pixels * channels));
    if (!*memory) abort();
    canvas.step_channel = planar ? pixels : 1;
    canvas.step_x = transposed ? pixel * canvas.height : pixel;
    canvas.step_y = transposed ? pixel : pixel * canvas.width;
    canvas.origin = *memory;
    if (flip_x) {
        canvas.origin += canvas.step_x * (canvas.width - 1);
        canvas.step_x = -canvas.step_x;
    }
    if (flip_y) {
        canvas.origin += canvas.step_y * (canvas.height - 1);
        canvas.step_y = -canvas.step_y;
    }
    return canvas;
}

static void resize(const picture *p, dice *d) {
    uint8_t *memory;
    srj_canvas canvas = draw_canvas(d, draw(d, 4) ? 3 : 1, &memory);
    double width = p->header.width, height = p->header.height;
    srj_box box = {draw(d, 1000) * width / 1000, draw(d, 1000) * height / 1000, 0, 0};
    box.right = box.left + (1 + draw(d, 1000)) * (width - box.left) / 1000;
    box.bottom = box.top + (1 + draw(d, 1000)) * (height - box.top) / 1000;
    srj_resize(p->planes, p->header.components, &box, &canvas);
    free(memory);
}

static void warp(const picture *p, dice *d) {
    uint8_t *memory;
    srj_canvas canvas = draw_canvas(d, 3, &memory);
    double map[6];
    for (int i = 0; i < 6; i++) map[i] = (draw(d, 4001) - 2000) / 100.0;
    srj_warp(p->planes, p->header.components, map, 1 + draw(d, 3), &canvas);
    free(memory);
}

static void fail(const char *what, int component) {
    fprintf(stderr, "two threads decode otherwise: %s of component %d\n", what, component);
    abort();
}

static void compare(const picture *one, const picture *two) {
    if (one->missing != two->missing) fail("missing MCUs", 0);
    if (one->cut != two->cut) fail("the end", 0);
    for (int i = 0; i < one->header.components; i++) {
        const srj_plane *a = &one->planes[i], *b = &two->planes[i];
        if (memcmp(a->samples, b->samples, (size_t)(a->stride * a->height) * sizeof *a->samples)) fail("samples", i);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    dice d = hash(data, size);
    picture one, two;
    int luma = 1 << draw(&d, 4), chroma = 1 << draw(&d, 4);
    dice same = d;
    if (!decode_picture(&one, data, size, luma, chroma, srj_decode, draw_region, &d)) return 0;
    decode_picture(&two, data, size, luma, chroma, srj_decode_split, draw_region, &same);
    compare(&one, &two);
    free_picture(&two);
    resize(&one, &d);
    warp(&one, &d);
    free_picture(&one);
    return 0;
}
