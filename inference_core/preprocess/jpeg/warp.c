/* Design note
 *
 * (a) Pieces of rows, each in three steps: where the points lie, the four samples around each, what is between them. The
 *     first and the last are loops that compilers vectorise; the one between only copies.
 * (b) Points outside are moved to the next place all around which nothing is, rather than left out by a branch.
 * (c) Places are found in doubles, and in a way that is exact for planes that hold a part of the picture: a chip is the
 *     same from a part as from the whole.
 */
#include <string.h>

#include "colour.h"
#include "dispatch.h"
#include "resample.h"

enum { PIECE = 64, PLANES = 3 };

/* Where points of a piece lie in a plane: below and right of a sample, by how much. */
typedef struct {
    int32_t x[PIECE], y[PIECE];
    float right[PIECE], down[PIECE];
} places;

/* The samples around each point. */
typedef struct {
    int16_t near[PIECE], beside[PIECE], below[PIECE], across[PIECE];
} corners;

/* Points in a row: the first one, in continuous coordinates of the canvas, and how many. */
typedef struct {
    double u, v;
    int count;
} points;

/* Keeps a place between samples within [-1, length]; what is no number goes to -1. */
static inline double bounded(double place, double length) {
    place = place > -1.0 ? place : -1.0;
    return place < length ? place : length;
}

SRJ_DISPATCH
static void locate(const srj_plane *p, const double m[6], const points *row, places *found) {
    const double scale_x = 1.0 / p->step_x, scale_y = 1.0 / p->step_y, width = p->width, height = p->height;
    const double m0 = m[0], m3 = m[3], x0 = m[1] * row->v + m[2], y0 = m[4] * row->v + m[5], u = row->u;
    const double left = p->x, top = p->y;
    for (int i = 0; i < PIECE; i++) {
        double x = bounded((m0 * (u + i) + x0 - left) * scale_x - 0.5, width);
        double y = bounded((m3 * (u + i) + y0 - top) * scale_y - 0.5, height);
        int32_t column = (int32_t)(x + 1.0) - 1, line = (int32_t)(y + 1.0) - 1;
        found->x[i] = column;
        found->y[i] = line;
        found->right[i] = (float)(x - column);
        found->down[i] = (float)(y - line);
    }
}

static int16_t sample(const srj_plane *p, int x, int y, int16_t outside) {
    return x >= 0 && x < p->width && y >= 0 && y < p->height ? p->samples[y * p->stride + x] : outside;
}

static void collect(const srj_plane *p, const places *at, int count, int16_t outside, corners *c) {
    for (int i = 0; i < count; i++) {
        const int x = at->x[i], y = at->y[i];
        if (x >= 0 && x + 1 < p->width && y >= 0 && y + 1 < p->height) {
            const int16_t *near = p->samples + y * p->stride + x, *below = near + p->stride;
            c->near[i] = near[0];
            c->beside[i] = near[1];
            c->below[i] = below[0];
            c->across[i] = below[1];
        } else {
            c->near[i] = sample(p, x, y, outside);
            c->beside[i] = sample(p, x + 1, y, outside);
            c->below[i] = sample(p, x, y + 1, outside);
            c->across[i] = sample(p, x + 1, y + 1, outside);
        }
    }
}

SRJ_DISPATCH
static void add_between(const corners *c, const places *at, float *restrict sums) {
    for (int i = 0; i < PIECE; i++) {
        float dx = at->right[i], dy = at->down[i];
        float above = (1 - dx) * c->near[i] + dx * c->beside[i], below = (1 - dx) * c->below[i] + dx * c->across[i];
        sums[i] += (1 - dy) * above + dy * below;
    }
}

static int same_grid(const srj_plane *a, const srj_plane *b) {
    return a->width == b->width && a->height == b->height && a->x == b->x && a->y == b->y && a->step_x == b->step_x &&
           a->step_y == b->step_y;
}

/* Adds one point for each pixel of a piece to the sums of every plane. */
static void add_points(const srj_plane *planes, int count, const double m[6], const points *row, float sums[PLANES][PIECE]) {
    places at;
    corners around = {{0}, {0}, {0}, {0}};
    for (int c = 0; c < count; c++) {
        if (c < 2 || !same_grid(&planes[c], &planes[c - 1])) locate(&planes[c], m, row, &at);
        collect(&planes[c], &at, row->count, c ? 0 : SRJ_DARKEST, &around);
        add_between(&around, &at, sums[c]);
    }
}

SRJ_DISPATCH
static void convert(float sums[PLANES][PIECE], int count, float share, uint8_t *rgb) {
    for (int c = 0; c < count; c++) {
        for (int i = 0; i < PIECE; i++) sums[c][i] *= share;
    }
    if (count == 1) {
        srj_to_grey(sums[0], PIECE, rgb);
    } else {
        srj_to_rgb(sums[0], sums[1], sums[2], PIECE, rgb);
    }
}

static void warp_piece(const srj_plane *planes, int count, const double m[6], int samples, int u, int v, int width,
                       uint8_t rgb[PLANES * PIECE]) {
    float sums[PLANES][PIECE];
    memset(sums, 0, sizeof sums);
    for (int j = 0; j < samples; j++) {
        for (int i = 0; i < samples; i++) {
            points row = {u + (i + 0.5) / samples, v + (j + 0.5) / samples, width};
            add_points(planes, count, m, &row, sums);
        }
    }
    convert(sums, count, 1.0f / (float)(samples * samples), rgb);
}

void srj_warp(const srj_plane *planes, int count, const double map[6], int samples, const srj_canvas *canvas) {
    const ptrdiff_t step_x = canvas->step_x; /* in a local, for bytes may alias anything */
    for (int v = 0; v < canvas->height; v++) {
        for (int u = 0; u < canvas->width; u += PIECE) {
            int width = canvas->width - u < PIECE ? canvas->width - u : PIECE;
            uint8_t rgb[PLANES * PIECE];
            warp_piece(planes, count, map, samples, u, v, width, rgb);
            for (int c = 0; c < PLANES; c++) {
                uint8_t *out = canvas->origin + v * canvas->step_y + u * step_x + c * canvas->step_channel;
                for (int i = 0; i < width; i++) out[i * step_x] = rgb[c * PIECE + i];
            }
        }
    }
}
