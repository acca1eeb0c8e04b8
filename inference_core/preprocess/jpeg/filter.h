/* The weights of an antialiasing triangle filter along one axis. */
#ifndef SRJ_FILTER_H
#define SRJ_FILTER_H

typedef struct {
    int count;      /* outputs */
    int taps;       /* weights for each output */
    int *first;     /* [count] first sample of each output */
    float *weights; /* [count][taps] */
} srj_filter;

/* Lays `count` outputs over the samples [start, end) of `length` samples that are blurred by `blur` (a variance,
 * samples squared; negative where they still lack blur). Returns 0, or -1 without memory; then there is nothing to free. */
int srj_make_filter(srj_filter *filter, int count, double start, double end, int length, double blur);
void srj_free_filter(srj_filter *filter);

#endif
