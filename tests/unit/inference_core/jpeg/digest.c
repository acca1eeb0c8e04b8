/* Prints hashes of what the decoder makes of each file that it is given: samples, resized pixels, warped pixels. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"

enum { MOST_BYTES = 1 << 20, SIDE = 37, SIZES = 4 };

static uint64_t hash(uint64_t state, const void *data, size_t size) {
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++) state = (state ^ bytes[i]) * 1099511628211u;
    return state;
}

static uint64_t hash_samples(const picture *p) {
    uint64_t state = 14695981039346656037u;
    for (int i = 0; i < p->header.components; i++) {
        const srj_plane *plane = &p->planes[i];
        state = hash(state, plane->samples, (size_t)(plane->stride * plane->height) * sizeof *plane->samples);
    }
    return state;
}

static uint64_t hash_canvas(const uint8_t *pixels) { return hash(14695981039346656037u, pixels, 3 * SIDE * SIDE); }

static void print_picture(const char *name, int luma, const picture *p) {
    static uint8_t pixels[3 * SIDE * SIDE];
    const srj_canvas canvas = {pixels, 3, 3 * SIDE, 1, SIDE, SIDE, 3};
    const srj_box box = {0.3, 0.7, p->header.width * 0.9, p->header.height * 0.8};
    const double map[6] = {0.9, 0.3, 1.7, -0.3, 0.9, 5.1};
    printf("%s %d %ld %016llx", name, luma, p->missing, (unsigned long long)hash_samples(p));
    if (srj_resize(p->planes, p->header.components, &box, &canvas)) abort();
    printf(" %016llx", (unsigned long long)hash_canvas(pixels));
    srj_warp(p->planes, p->header.components, map, 2, &canvas);
    printf(" %016llx\n", (unsigned long long)hash_canvas(pixels));
}

static void print_file(const char *path, const uint8_t *data, size_t size) {
    const char *slash = strrchr(path, '/');
    for (int i = 0; i < SIZES; i++) {
        picture p;
        int luma = 1 << i;
        if (!decode_picture(&p, data, size, luma, luma, i & 1 ? srj_decode : srj_decode_split, NULL, NULL)) return;
        print_picture(slash ? slash + 1 : path, luma, &p);
        free_picture(&p);
    }
}

int main(int argc, char **argv) {
    static uint8_t data[MOST_BYTES];
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "rb");
        if (!file) return perror(argv[i]), 1;
        print_file(argv[i], data, fread(data, 1, sizeof data, file));
        fclose(file);
    }
    return 0;
}
