/* Planes to pixels: antialiased resize and affine warp, colour, orientation, packing. */
#ifndef SRJ_RESAMPLE_H
#define SRJ_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "planes.h"

/* Where pixels go: the steps (bytes, perhaps negative) carry orientation and the layout of the caller's memory. */
typedef struct {
    uint8_t *origin; /* red (or luma) of the first pixel */
    ptrdiff_t step_x, step_y, step_channel;
    int width, height;
    int channels; /* 3, or 1 for luma alone */
} srj_canvas;

/* A box of the full-size picture, stored order. */
typedef struct {
    double left, top, right, bottom;
} srj_box;

/* Fills the canvas, in stored order, with the box. `count` planes: 1 (grey) or 3 (YCbCr); a canvas of one channel shows
 * the first. Returns 0, or -1 without
 * memory. The same bytes come out on every machine. */
int srj_resize(const srj_plane *planes, int count, const srj_box *box, const srj_canvas *canvas);

/* Fills a canvas of 3 channels through a 2 x 3 map from its continuous coordinates to those of the full-size picture, stored
 * order. Each pixel is the mean of samples x samples bilinear points; outside the picture is black. */
void srj_warp(const srj_plane *planes, int count, const double map[6], int samples, const srj_canvas *canvas);

#endif
