/* Decoded components, each at a scale of its own. */
#ifndef SRJ_PLANES_H
#define SRJ_PLANES_H

#include <stddef.h>
#include <stdint.h>

#include "header.h"

enum {
    SRJ_UNIT = 8,         /* samples are eighths of a level, with 0 for the level 128 */
    SRJ_DARKEST = -1024,  /* level 0 */
    SRJ_LIGHTEST = 1016,  /* level 255 */
};

/* Samples of one component. Sample (i, j) covers [x + i * step_x, x + (i + 1) * step_x) of the full-size picture. */
typedef struct {
    int16_t *samples;
    ptrdiff_t stride; /* samples from row to row */
    int width, height;
    double x, y, step_x, step_y;
    double blur_x, blur_y; /* what decoding has blurred more than a full decode does; variance in samples squared */
} srj_plane;

/* A rectangle of MCUs; the others are stepped over. */
typedef struct {
    int left, top, right, bottom;
} srj_region;

/* How many MCUs a picture has across and down. */
void srj_grid(const srj_header *header, int *columns, int *rows);

/* The plane that a component fills when `region` is decoded with blocks of size x size; samples are left alone. */
void srj_lay_plane(const srj_header *header, int component, int size, const srj_region *region, srj_plane *plane);

#endif
