/* Design note
 *
 * (a) A look at the next 13 bits says how many bits and coefficients the symbols take that begin in them. What the next
 *     look has to do depends on what this one found, so looks wait for each other: about 7 cycles each (index, load,
 *     shift), while the processor could do five times as much. Two things waste that: branches that cannot be
 *     predicted, above all "does the block end here?", and the waiting itself.
 * (b) So the end of a block is no branch. Its table entry carries a bit, of which a mask is made, and the mask selects
 *     which table the next look is into: the one for AC, or the one that begins with the DC of the block behind.
 * (c) And two walkers take turns, look by look: one at the front of the window, the other in its middle, where it
 *     guesses that a block starts. Huffman codes mend themselves: after some 15 blocks its starts are the true ones,
 *     which shows as soon as the first walker comes to a start that the second has seen. From there on the second
 *     one's are the first one's. Nothing is taken on trust: whatever the file, these are the starts that one walker
 *     would have found, and where both do not meet one walker has.
 * (d) What the tables cannot tell (long codes, a block whose 64th coefficient ends it) is looked at symbol by symbol.
 */
#include "starts.h"

#include "block.h"

enum { WORTH_TWO = 1024 * 8 }; /* bits from which on a second walker pays */

typedef struct {
    uint32_t position;
    int left;              /* coefficients of the block that are still to come */
    const srj_place *place;
    const uint16_t *table; /* for the next look */
    uint32_t *start;       /* of the block */
} walker;

static walker set_out(const srj_starts *s, uint32_t position, uint32_t *start) {
    *start = position;
    return (walker){position, SRJ_BLOCK, s->place, s->place[s->blocks - 1].skip_whole_next, start};
}

/* Enters the next block, all of whose bits lie behind the position. */
static void enter_next(walker *w) {
    *++w->start = w->position;
    w->left = SRJ_BLOCK;
    w->table = w->place->skip_whole_next;
    w->place = (const srj_place *)((const char *)w->place + w->place->hop);
}

/* Walks over one symbol. */
static void step(walker *w, const uint8_t *window) {
    const srj_tables *t = w->place->tables;
    uint64_t word = srj_bits_at(window, w->position);
    int is_dc = w->left == SRJ_BLOCK;
    int found = is_dc ? srj_long_symbol(word, &t->dc_canon) : srj_ac_symbol(word, t);
    w->position += (uint32_t)(srj_symbol_length(found) + srj_symbol_size(found));
    w->left -= is_dc ? 1 : srj_symbol_advance(found);
    w->table = w->place->skip;
    if (w->left <= 0) enter_next(w);
}

/* Walks on to where a look helps again. */
SRJ_NOINLINE static void step_over(walker *w, const uint8_t *window) {
    const uint32_t *block = w->start;
    unsigned entry = w->table[srj_bits_at(window, w->position) >> (64 - SRJ_SKIP_BITS)];
    if (entry >> 8 == (unsigned)w->left && !(entry & SRJ_SKIP_END)) {
        w->position += entry & 63;
        enter_next(w);
        return;
    }
    do {
        step(w, window);
        entry = w->table[srj_bits_at(window, w->position) >> (64 - SRJ_SKIP_BITS)];
    } while (w->start == block && entry >> 8 >= (unsigned)w->left);
}

/* Returns 0, with nothing changed, where the look is not enough. */
SRJ_INLINE int look(walker *w, uint64_t *word) {
    unsigned entry = w->table[*word >> (64 - SRJ_SKIP_BITS)];
    int left = w->left - (int)(entry >> 8);
    if (SRJ_UNLIKELY(left <= 0)) return 0;
    intptr_t ends = (intptr_t)(int8_t)entry >> 7; /* all bits set, or none */
    *word <<= entry & 63;
    w->position += entry & 63;
    w->start[1] = w->position;
    w->start -= ends;
    w->left = left + ((int)ends & (SRJ_BLOCK - left));
    uintptr_t skip = (uintptr_t)w->place->skip, next = (uintptr_t)w->place->skip_whole_next;
    w->table = (const uint16_t *)(skip ^ ((skip ^ next) & (uintptr_t)ends));
    w->place = (const srj_place *)((const char *)w->place + (w->place->hop & ends));
    return 1;
}

/* Walks until a block starts at `end` or behind it, or there is no room for another start. */
SRJ_NOINLINE static void walk(walker *walking, const uint8_t *window, uint32_t end, const uint32_t *full) {
    walker w = *walking;
    while (*w.start < end && w.start < full) {
        uint64_t word = srj_bits_at(window, w.position);
        if (SRJ_LIKELY(look(&w, &word) && look(&w, &word) && look(&w, &word))) continue;
        *walking = w;
        step_over(walking, window);
        w = *walking;
    }
    *walking = w;
}

/* Walks both until one of them is where it should be. */
SRJ_NOINLINE static void walk_both(walker *first, walker *second, const uint8_t *window, uint32_t middle, uint32_t end,
                                   const uint32_t *full, const uint32_t *ahead_full) {
    walker v = *first, w = *second;
    while (*v.start < middle && *w.start < end && v.start < full && w.start < ahead_full) {
        uint64_t near = srj_bits_at(window, v.position), far = srj_bits_at(window, w.position);
        int stuck = 0;
#pragma GCC unroll 3
        for (int n = 0; n < 3; n++) {
            if (SRJ_UNLIKELY(!look(&v, &near))) {
                stuck = 1;
                break;
            }
            if (SRJ_UNLIKELY(!look(&w, &far))) {
                stuck = 2;
                break;
            }
        }
        if (SRJ_LIKELY(!stuck)) continue;
        *first = v;
        *second = w;
        step_over(stuck == 1 ? first : second, window);
        v = *first;
        w = *second;
    }
    *first = v;
    *second = w;
}

/* Leads the first walker on until it meets a start that the second has seen, and lets it go on from where that is. It
 * may have been a few blocks too far already when it met one: then it has all the starts that were asked for. */
static void join(srj_starts *s, walker *first, const walker *second, const uint8_t *window, uint32_t end, const uint32_t *full) {
    const uint32_t *seen = s->ahead;
    uint32_t *at = first->start;
    for (;;) {
        if (at == first->start) walk(first, window, *at < end ? *at + 1 : end, full);
        if (at == first->start) return;
        at++;
        while (seen < second->start && *seen < *at) seen++;
        if (seen == second->start || at >= full) return;
        if (*seen == *at && (seen - s->ahead) % s->period == (at - s->start) % s->period) break;
    }
    ptrdiff_t rest = second->start - seen;
    if (rest > full - at) rest = full - at;
    memcpy(at, seen, (size_t)(rest + 1) * sizeof *at);
    *first = *second;
    first->start = at + rest;
    first->place = s->place + (first->start - s->start) % s->blocks;
}

void srj_open_starts(srj_starts *s, const srj_tables *const *tables, int blocks) {
    s->blocks = blocks;
    s->period = 1;
    s->span = SRJ_LEAST_SPAN;
    s->wary = 0;
    for (int i = 0; i < blocks; i++) {
        int next = i + 1 < blocks ? i + 1 : 0;
        ptrdiff_t hop = (const char *)&s->place[next] - (const char *)&s->place[i];
        s->place[i] = (srj_place){tables[i]->skip, tables[next]->skip_whole, hop, tables[i]};
        if (tables[i] != tables[0]) s->period = blocks;
    }
}

/* Keeps the number of starts in a span at about half of the room for them. */
static void adapt(srj_starts *s, long found, int spanned) {
    if (found > SRJ_MOST_STARTS * 3 / 4) {
        s->span = s->span > SRJ_LEAST_SPAN ? s->span / 2 : SRJ_LEAST_SPAN;
    } else if (spanned && found < SRJ_MOST_STARTS / 4 && s->span < SRJ_WINDOW * 8) {
        s->span *= 2;
    }
}

long srj_find_starts(srj_starts *s, const srj_stream *stream, uint32_t position, long most) {
    const uint8_t *window = stream->window;
    const uint32_t data = (uint32_t)(stream->end - window) * 8;
    if (position >= data) return 0;
    const int spanned = data - position > s->span;
    const uint32_t end = spanned ? position + s->span : data;
    const long room = SRJ_MOST_STARTS / s->blocks < most ? SRJ_MOST_STARTS / s->blocks : most;
    const uint32_t *full = s->start + room * s->blocks;
    walker first = set_out(s, position, s->start);
    if (end - position > WORTH_TWO) {
        uint32_t middle = position + (end - position) / 2;
        walker second = set_out(s, middle, s->ahead);
        const uint32_t *ahead_full = s->ahead + SRJ_MOST_STARTS;
        walk_both(&first, &second, window, middle, end, full, ahead_full);
        walk(&first, window, middle, full);
        walk(&second, window, end, ahead_full);
        join(s, &first, &second, window, end, full);
    }
    walk(&first, window, end, full);
    adapt(s, first.start - s->start, spanned);
    const int last = stream->ended && end == data && !s->wary;
    while (last && first.start < full && (first.start - s->start) % s->blocks) walk(&first, window, UINT32_MAX, first.start + 1);
    long mcus = (first.start < full ? first.start - s->start : full - s->start) / s->blocks;
    while (mcus > 0 && (last ? s->start[(mcus - 1) * s->blocks] >= data : s->start[mcus * s->blocks] > data)) mcus--;
    return mcus;
}
