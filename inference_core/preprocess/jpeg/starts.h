/* Finding where blocks start, which is nearly all of the work where few of their coefficients are read. */
#ifndef SRJ_STARTS_H
#define SRJ_STARTS_H

#include "bits.h"
#include "huffman.h"

enum {
    SRJ_MOST_STARTS = 4096,
    SRJ_STARTS_SLACK = 8, /* a walker may go that many blocks further than it is asked to */
};

/* A place among the blocks of an MCU: the tables for what follows DC there, and for the block behind it. */
typedef struct {
    const uint16_t *skip, *skip_whole_next;
    ptrdiff_t hop; /* bytes to the place of the block behind it */
    const srj_tables *tables;
} srj_place;

typedef struct {
    srj_place place[SRJ_MAX_BLOCKS_IN_MCU];
    int blocks; /* of an MCU */
    int period; /* 1 where all blocks share their tables, so that it does not matter which is which; else `blocks` */
    uint32_t span; /* bits that are walked at a time, so that the starts in them have room */
    uint32_t start[SRJ_MOST_STARTS + SRJ_STARTS_SLACK];
    uint32_t ahead[SRJ_MOST_STARTS + SRJ_STARTS_SLACK];
} srj_starts;

/* Prepares for MCUs of these blocks: the tables of each. */
void srj_open_starts(srj_starts *starts, const srj_tables *const *tables, int blocks);

/* Finds where the blocks start from a position in the stream's window on, which must be the start of an MCU.
 * Positions count bits. Returns the MCUs that are whole, at most `most`: start[n * blocks] is where MCU n starts, and
 * the last entry is where the one behind them would. Where the data ends in the window, the MCU in which it ends
 * counts as whole, with zeros for what is missing. 0 means that the window has to be moved first, or nothing is left. */
long srj_find_starts(srj_starts *starts, const srj_stream *stream, uint32_t position, long most);

#endif
