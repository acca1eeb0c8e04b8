/* Design note
 *
 * A photo of 12 megapixels becomes a tensor of 224 x 224: of each block of 64 coefficients the output can show one.
 * Libraries know that and use a small inverse transform, yet they still read every coefficient, so that a decode at
 * 1/8 is 95 % Huffman decoding and all of them end up within a few per cent of each other.
 *
 * Why this shape
 * (a) Coefficients that cannot be seen are not read but stepped over, several at a time: a table over the next 13
 *     bits says how many bits and coefficients the symbols take that begin in them, 2.3 on average (huffman.c).
 *     Where a block ends is all that has to be known of it. The DC of every block has to be read: it is a difference.
 * (b) At 1/8 and 1/4 that is done in two passes over a window of the file that the caches hold. The first finds where
 *     blocks start, without a branch on what the bits say, with two walkers that take turns: the second one guesses
 *     where it begins, which Huffman codes forgive (starts.c). The second pass reads what is shown of blocks whose
 *     starts are known, so none waits for the one before it (mcus.c). At 1/2 and 1/1 most of a block is read, and one
 *     pass is faster (one_pass.c).
 * (c) How much of a block is kept, 1, 2 x 2, 4 x 4 or 8 x 8, is chosen for luma and chroma apart and is a constant
 *     in the innermost loops: each pair is a function of its own, made by the compiler.
 * (d) No test for the end of the data inside an MCU: behind the end of the window there is room for the largest one
 *     (bits.h). Memory does not grow with the file.
 * (e) Samples stay 16-bit eighths of a level, in planes of their own size: nothing is rounded to bytes, converted to
 *     RGB or upsampled that is then shrunk (resize.c).
 * (f) Plain C over memory of the caller: no allocation here, no global state, so any number of threads may decode, and
 *     two of them one large photo (split.c).
 * (g) Damage is not an error. Bits that end early leave grey, restarts go on behind a gap, and the caller is told how
 *     many MCUs were not there. An invalid code is read as libjpeg reads it, so both show the same.
 *
 * What was measured (one core of an AMD EPYC at about 3.8 GHz, 12 MP, 2.9 to 5.0 MB; milliseconds for the decode alone)
 *     blocks of luma and chroma          1, 1    1, 2    2, 2    2, 4    8, 8
 *     one pass, branching                10.5    11.8    14.9    15.9    37.8
 *     two passes, one walker             10.7    12.8    17.0
 *     two passes, two walkers             8.2     9.9    13.7
 *     ends of blocks without a branch     7.2     9.4    12.3    14.6    35.0 (with transforms for low frequencies)
 * docs/benchmarks.md has whole photos beside other libraries, with the quality of each.
 *
 * What was tried and dropped
 * - Skip tables over 12 and 14 to 16 bits: 0 to 16 % slower, for their shorter chains or for the first-level cache. Value
 *   tables over 9 bits: 5 % slower; over 12: 3 % slower at 1/4.
 * - Shift instructions of BMI2, and building for this very processor: nothing, or slower. Gathers: not worth their code.
 * - Selecting between two tables by a load: 14 % slower than by a mask, for it lengthens what every look waits for.
 * - Two passes at 1/2 and 1/1: a fifth slower.
 * - Unstuffing the whole file first: as fast, but it takes memory of the file's size.
 * - DC alone for chroma too at 1/8: 2.2 ms less, 4.5 dB worse where chroma is subsampled.
 */
#include "decode.h"

#include "passes.h"

/* Where most of a block is read, finding its start first does not pay: unless few of the blocks are read. */
int srj_pays_to_find(const srj_scan *s) {
    long shown = (long)(s->region.right - s->region.left) * (s->region.bottom - s->region.top);
    return s->channel[0].size <= 2 || shown < (long)s->columns * s->region.bottom / 4;
}

long srj_decode(srj_scan *s, const uint8_t *data, const uint8_t *data_end) {
    long missing = srj_pays_to_find(s) ? srj_decode_in_two_passes(s, data, data_end) : srj_decode_in_one_pass(s, data, data_end);
    s->cut = missing && srj_is_cut(&s->stream);
    return missing;
}
