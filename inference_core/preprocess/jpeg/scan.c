/* Where the samples of a scan lie. */
#include "scan.h"

#include <string.h>

void srj_grid(const srj_header *h, int *columns, int *rows) {
    *columns = (h->width + 8 * h->h_max - 1) / (8 * h->h_max);
    *rows = (h->height + 8 * h->v_max - 1) / (8 * h->v_max);
}

static int least(int a, int b) { return a < b ? a : b; }

/* Each sample is the mean of `mean` x `mean` samples of its component, of which one stands for `ratio` pixels. A full
 * decode blurs those too where it interpolates between them: twice as many with the weights 3/4 and 1/4. */
static double blur(double ratio, double mean) {
    double decoded = (mean * mean - 1.0) / 12.0;
    double interpolated = (ratio == 2.0 ? 0.75 : (ratio * ratio - 1.0) / 12.0) / (ratio * ratio);
    return (decoded - interpolated) / (mean * mean);
}

void srj_lay_plane(const srj_header *h, int component, int size, const srj_region *region, srj_plane *plane) {
    const srj_component *c = &h->component[component];
    int mcu_x = c->h * size, mcu_y = c->v * size;
    plane->step_x = 8.0 * h->h_max / mcu_x;
    plane->step_y = 8.0 * h->v_max / mcu_y;
    plane->blur_x = blur((double)h->h_max / c->h, 8.0 / size);
    plane->blur_y = blur((double)h->v_max / c->v, 8.0 / size);
    plane->x = 8.0 * h->h_max * region->left;
    plane->y = 8.0 * h->v_max * region->top;
    plane->stride = (ptrdiff_t)(region->right - region->left) * mcu_x;
    int whole_width = (h->width * mcu_x + 8 * h->h_max - 1) / (8 * h->h_max);
    int whole_height = (h->height * mcu_y + 8 * h->v_max - 1) / (8 * h->v_max);
    plane->width = least((int)plane->stride, whole_width - region->left * mcu_x);
    plane->height = least((region->bottom - region->top) * mcu_y, whole_height - region->top * mcu_y);
}

static void blank_mcu(const srj_scan *s, int row, int column) {
    for (int i = 0; i < s->channels; i++) {
        const srj_channel *c = &s->channel[i];
        int width = c->h * c->size, height = c->v * c->size;
        int16_t *to = c->samples + (ptrdiff_t)row * height * c->stride + (ptrdiff_t)column * width;
        for (int y = 0; y < height; y++) memset(to + y * c->stride, 0, (size_t)width * sizeof *to);
    }
}

void srj_blank(const srj_scan *s, long mcu, long count) {
    const srj_region *r = &s->region;
    for (const long end = mcu + count; mcu < end; mcu++) {
        int row = (int)(mcu / s->columns), column = (int)(mcu % s->columns);
        if (row < r->top || row >= r->bottom || column < r->left || column >= r->right) continue;
        blank_mcu(s, row - r->top, column - r->left);
    }
}
