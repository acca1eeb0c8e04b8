/* Decoded components, each at a scale of its own. */
#ifndef SRJ_PLANES_H
#define SRJ_PLANES_H

#include <stddef.h>
#include <stdint.h>

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

#endif
