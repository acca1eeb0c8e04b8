/* Design note
 *
 * (a) Planes are resized apart, each from its own size to that of the output: chroma is never upsampled first, and
 *     colour is converted for the pixels that come out only.
 * (b) Eight output rows at a time. Each is first blended from whole rows of samples (contiguous, vectorised); the eight
 *     are transposed, and then the filter along x is vectorised too, over the eight rows, whatever its taps.
 * (c) No full-size intermediate: eight rows of floats for each plane.
 * (d) Eight finished rows are eight contiguous bytes where a photo is turned by 90 degrees, so that turning costs
 *     no cache misses either.
 */
#include <stdlib.h>
#include <string.h>

#include "colour.h"
#include "dispatch.h"
#include "filter.h"
#include "resample.h"

enum { ROWS = 8 };

typedef struct {
    const srj_plane *plane;
    srj_filter across, down;
    int begin, columns; /* the samples of a row that any output needs */
    float *rows;        /* [ROWS][columns] */
    float *turned;      /* [columns][ROWS] */
    float *filtered;    /* [canvas width][ROWS] */
} strip;

/* Four rows at a time, so that sums are stored and loaded less often. The order of additions stays that of one by one. */
SRJ_DISPATCH
static void blend_row(const int16_t *samples, ptrdiff_t stride, int columns, const float *weights, int taps, float *row) {
    for (int t = 0; t < taps; t += 4) {
        const int16_t *s[4];
        float w[4];
        for (int i = 0; i < 4; i++) {
            int there = t + i < taps;
            s[i] = samples + (there ? t + i : t) * stride;
            w[i] = there ? weights[t + i] : 0.0f;
        }
        const int16_t *s0 = s[0], *s1 = s[1], *s2 = s[2], *s3 = s[3];
        if (t == 0) {
            for (int x = 0; x < columns; x++) row[x] = w[0] * s0[x] + w[1] * s1[x] + w[2] * s2[x] + w[3] * s3[x];
        } else {
            for (int x = 0; x < columns; x++) row[x] = row[x] + w[0] * s0[x] + w[1] * s1[x] + w[2] * s2[x] + w[3] * s3[x];
        }
    }
}

/* A column of ROWS samples; half of it at a time is in the base instruction set of x86-64 and arm64. */
typedef float column __attribute__((vector_size(ROWS * sizeof(float)), aligned(sizeof(float)), may_alias));

SRJ_DISPATCH
static void filter_rows(const float *turned, const srj_filter *across, int begin, float *filtered) {
    const float *weights = across->weights;
    for (int x = 0; x < across->count; x++, weights += across->taps) {
        const column *source = (const column *)(turned + (ptrdiff_t)(across->first[x] - begin) * ROWS);
        column sum = weights[0] * source[0];
        for (int t = 1; t < across->taps; t++) sum += weights[t] * source[t];
        *(column *)(filtered + (ptrdiff_t)x * ROWS) = sum;
    }
}

static void turn(const float *rows, int columns, float *turned) {
    for (int x = 0; x < columns; x++) {
        for (int r = 0; r < ROWS; r++) turned[(size_t)x * ROWS + r] = rows[(size_t)r * columns + x];
    }
}

/* Filters the output rows [top, top + count) of one plane. */
static void fill_strip(strip *s, int top, int count) {
    for (int r = 0; r < count; r++) {
        const int16_t *samples = s->plane->samples + s->down.first[top + r] * s->plane->stride + s->begin;
        const float *weights = s->down.weights + (size_t)(top + r) * (size_t)s->down.taps;
        blend_row(samples, s->plane->stride, s->columns, weights, s->down.taps, s->rows + (size_t)r * s->columns);
    }
    turn(s->rows, s->columns, s->turned);
    filter_rows(s->turned, &s->across, s->begin, s->filtered);
}

SRJ_DISPATCH
static void convert(const strip *strips, int count, int width, uint8_t *levels) {
    const long pixels = (long)width * ROWS;
    if (count == 1) {
        srj_to_grey(strips[0].filtered, pixels, levels);
    } else {
        srj_to_rgb(strips[0].filtered, strips[1].filtered, strips[2].filtered, pixels, levels);
    }
}

/* Copies `count` rows of levels [3][width][ROWS] to where they belong. */
static void place(const uint8_t *levels, int top, int count, const srj_canvas *canvas) {
    const ptrdiff_t step_x = canvas->step_x; /* in locals, for bytes may alias anything */
    const int width = canvas->width;
    for (int channel = 0; channel < 3; channel++) {
        uint8_t *out = canvas->origin + channel * canvas->step_channel + top * canvas->step_y;
        const uint8_t *source = levels + (size_t)channel * (size_t)width * ROWS;
        if (count == ROWS && canvas->step_y == 1) {
            for (int x = 0; x < width; x++) memcpy(out + x * step_x, source + (size_t)x * ROWS, ROWS);
            continue;
        }
        for (int r = 0; r < count; r++) {
            uint8_t *row = out + r * canvas->step_y;
            for (int x = 0; x < width; x++) row[x * step_x] = source[(size_t)x * ROWS + r];
        }
    }
}

static void close_strip(strip *s) {
    srj_free_filter(&s->across);
    srj_free_filter(&s->down);
    free(s->rows);
    free(s->turned);
    free(s->filtered);
}

static int open_strip(strip *s, const srj_plane *p, const srj_box *box, const srj_canvas *canvas) {
    memset(s, 0, sizeof *s);
    s->plane = p;
    double left = (box->left - p->x) / p->step_x, right = (box->right - p->x) / p->step_x;
    double top = (box->top - p->y) / p->step_y, bottom = (box->bottom - p->y) / p->step_y;
    if (srj_make_filter(&s->across, canvas->width, left, right, p->width, p->blur_x)) return -1;
    if (srj_make_filter(&s->down, canvas->height, top, bottom, p->height, p->blur_y)) return -1;
    s->begin = s->across.first[0];
    s->columns = s->across.first[canvas->width - 1] + s->across.taps - s->begin;
    s->rows = calloc((size_t)s->columns * ROWS, sizeof *s->rows);
    s->turned = malloc((size_t)s->columns * ROWS * sizeof *s->turned);
    s->filtered = malloc((size_t)canvas->width * ROWS * sizeof *s->filtered);
    return s->rows && s->turned && s->filtered ? 0 : -1;
}

int srj_resize(const srj_plane *planes, int count, const srj_box *box, const srj_canvas *canvas) {
    strip strips[3] = {0};
    uint8_t *levels = malloc((size_t)canvas->width * ROWS * 3);
    int status = levels ? 0 : -1;
    for (int i = 0; i < count && !status; i++) status = open_strip(&strips[i], &planes[i], box, canvas);
    for (int top = 0; top < canvas->height && !status; top += ROWS) {
        int rows = canvas->height - top < ROWS ? canvas->height - top : ROWS;
        for (int i = 0; i < count; i++) fill_strip(&strips[i], top, rows);
        convert(strips, count, canvas->width, levels);
        place(levels, top, rows, canvas);
    }
    for (int i = 0; i < count; i++) close_strip(&strips[i]);
    free(levels);
    return status;
}
