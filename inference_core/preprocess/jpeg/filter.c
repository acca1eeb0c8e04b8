#include "filter.h"

#include <math.h>
#include <stdlib.h>

/* Half the width of the triangle, in samples. Variances add up, and that of a triangle is half^2 / 6: so the filter
 * gives only what the samples have not been blurred by yet. */
static double half_width(double scale, double blur) {
    double squared = scale * scale - 6.0 * blur;
    return squared > 1.0 ? sqrt(squared) : 1.0;
}

static int clamp(double value, int low, int high) {
    return value < low ? low : value > high ? high : (int)value;
}

static void weigh(float *weights, int taps, int first, double centre, double half) {
    double total = 0.0;
    for (int t = 0; t < taps; t++) {
        double weight = 1.0 - fabs(first + t + 0.5 - centre) / half;
        weights[t] = weight > 0.0 ? (float)weight : 0.0f;
        total += weights[t];
    }
    for (int t = 0; t < taps; t++) {
        weights[t] = total > 0.0 ? (float)(weights[t] / total) : t == 0;
    }
}

int srj_make_filter(srj_filter *f, int count, double start, double end, int length, double blur) {
    double scale = (end - start) / count, half = half_width(scale, blur);
    double taps = ceil(2 * half) + 1;
    f->count = count;
    f->taps = taps < length ? (int)taps : length;
    f->first = malloc((size_t)count * sizeof *f->first);
    f->weights = malloc((size_t)count * (size_t)f->taps * sizeof *f->weights);
    if (!f->first || !f->weights) {
        srj_free_filter(f);
        return -1;
    }
    for (int i = 0; i < count; i++) {
        double centre = start + (i + 0.5) * scale;
        f->first[i] = clamp(floor(centre - half), 0, length - f->taps);
        weigh(f->weights + (size_t)i * (size_t)f->taps, f->taps, f->first[i], centre, half);
    }
    return 0;
}

void srj_free_filter(srj_filter *f) {
    free(f->first);
    free(f->weights);
    f->first = NULL;
    f->weights = NULL;
}
