#include "store.h"

#include <sys/mman.h>
#include <unistd.h>

SRJ_INLINE void show_block(const int16_t *kept, uint32_t dc, const srj_channel *c, int size, int16_t *to) {
    int16_t block[SRJ_BLOCK];
    for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) block[y * 8 + x] = kept[y * c->stride + x];
    }
    block[0] = (int16_t)((uint32_t)block[0] + dc);
    srj_transform(block, c, size == 4 && block[1] == SRJ_DC_ALONE ? SRJ_EMPTY : 0, size, to);
}

/* Shows a row of blocks; `size` is a constant wherever this is inlined. */
SRJ_INLINE void show_blocks(const int16_t *kept, uint32_t dc, const srj_channel *c, long blocks, int size, int16_t *to) {
    for (; blocks > 0; blocks--, kept += size, to += size) show_block(kept, dc, c, size, to);
}

static void show_row(const int16_t *kept, uint32_t dc, const srj_channel *c, long blocks, int16_t *to) {
    if (c->size == 1) {
        show_blocks(kept, dc, c, blocks, 1, to);
    } else if (c->size == 2) {
        show_blocks(kept, dc, c, blocks, 2, to);
    } else {
        show_blocks(kept, dc, c, blocks, 4, to);
    }
}

static int16_t *samples_of(const srj_channel *c, long row, long column) {
    return c->samples + row * c->v * c->size * c->stride + column * c->h * c->size;
}

static long least(long a, long b) { return a < b ? a : b; }

void srj_show_kept(const srj_channel *kept, const srj_channel *shown, int columns, srj_run run, uint32_t dc) {
    const ptrdiff_t down = shown->size * shown->stride;
    while (run.count > 0) {
        long part = least(run.count, least(columns - run.from % columns, columns - run.to % columns));
        const int16_t *from = samples_of(kept, run.from / columns, run.from % columns);
        int16_t *to = samples_of(shown, run.to / columns, run.to % columns);
        for (int v = 0; v < shown->v; v++) show_row(from + v * down, dc, shown, part * shown->h, to + v * down);
        run = (srj_run){run.from + part, run.to + part, run.count - part};
    }
}

void srj_release_kept(const srj_channel *kept, long from, long to) {
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t begin = ((uintptr_t)samples_of(kept, from, 0) + page - 1) / page * page;
    const uintptr_t end = (uintptr_t)samples_of(kept, to, 0) / page * page;
    if (begin < end) (void)madvise((void *)begin, end - begin, MADV_DONTNEED);
}
