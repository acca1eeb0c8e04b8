# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Compiled resize and warp; `_kernels_py` says what they mean.

Design note
-----------
(a) Rows first. Each output row is the weighted sum of whole source rows, a loop over contiguous
    bytes that compilers vectorise; only that one row is then reduced along x. The usual order
    (columns first) spends most of its time in short, unvectorisable taps.
(b) Floats between the passes, in one row buffer: no full-size intermediate picture, one rounding
    instead of two. The result is within one level of Pillow's.
(c) Orientation costs nothing: it only decides where a finished pixel is written. So a photo is
    resized in stored order and never turned at full size.
(d) The GIL is released for all of the arithmetic: photos are prepared on threads.
"""

from libc.math cimport fabs, floor
from libc.stdint cimport int64_t, uint8_t

import numpy as np


cdef void _triangle(
    double start, double scale, int source, int count, int width,
    int[::1] first, int[::1] taps, float[:, ::1] weights,
) noexcept nogil:
    """Fill the weights of a triangle filter as wide as the shrinking asks for (as Pillow does)."""
    cdef double stretch = scale if scale > 1.0 else 1.0
    cdef double centre, total, weight
    cdef int i, k, low, high
    for i in range(count):
        centre = start + (i + 0.5) * scale
        low = <int>(centre - stretch + 0.5) if centre - stretch + 0.5 > 0 else 0
        high = <int>(centre + stretch + 0.5)
        high = high if high < source else source
        low = low if low < high else high - 1
        high = high if high - low <= width else low + width
        total = 0.0
        for k in range(low, high):
            weight = 1.0 - fabs((k - centre + 0.5) / stretch)
            weight = weight if weight > 0.0 else 0.0
            weights[i, k - low] = <float>weight
            total += weight
        for k in range(high - low):
            weights[i, k] = <float>(weights[i, k] / total) if total > 0.0 else <float>1.0
        first[i] = low
        taps[i] = high - low


cdef inline uint8_t _level(float value) noexcept nogil:
    if value >= 255.0:
        return 255
    return <uint8_t>(value + <float>0.5) if value > 0.0 else 0


cdef void _blend_rows(
    const uint8_t[:, :, ::1] pixels, int first, int taps, const float* weights, float* row, int length,
) noexcept nogil:
    cdef const uint8_t* source
    cdef float weight
    cdef int i, k
    for k in range(taps):
        source = &pixels[first + k, 0, 0]
        weight = weights[k]
        if k == 0:
            for i in range(length):
                row[i] = weight * source[i]
        else:
            for i in range(length):
                row[i] += weight * source[i]


cdef void _write_row(
    const float* row, const int[::1] first, const int[::1] taps, const float[:, ::1] weights,
    int y, int orientation, uint8_t[:, :, :] out,
) noexcept nogil:
    """Reduce one blended row along x and write its pixels where they lie in the upright output."""
    cdef bint transposed = orientation >= 5
    cdef bint flip_x = orientation in (2, 3, 6, 7), flip_y = orientation in (3, 4, 7, 8)
    cdef float red, green, blue, weight
    cdef const float* texel
    cdef Py_ssize_t u, v, x, k
    for x in range(first.shape[0]):
        red = green = blue = 0.0
        texel = &row[first[x] * 3]
        for k in range(taps[x]):
            weight = weights[x, k]
            red += weight * texel[3 * k]
            green += weight * texel[3 * k + 1]
            blue += weight * texel[3 * k + 2]
        u = y if transposed else x
        v = x if transposed else y
        u = out.shape[2] - 1 - u if flip_x else u
        v = out.shape[1] - 1 - v if flip_y else v
        out[0, v, u] = _level(red)
        out[1, v, u] = _level(green)
        out[2, v, u] = _level(blue)


def resize_into(const uint8_t[:, :, ::1] pixels, box, int orientation, uint8_t[:, :, :] out):
    """See `_kernels_py.resize_into`."""
    cdef int height = out.shape[2] if orientation >= 5 else out.shape[1]
    cdef int width = out.shape[1] if orientation >= 5 else out.shape[2]
    cdef int source_height = pixels.shape[0], source_width = pixels.shape[1]
    cdef double left = box[0], top = box[1]
    cdef double scale_x = (box[2] - left) / width, scale_y = (box[3] - top) / height
    if pixels.shape[2] != 3 or out.shape[0] != 3:
        raise ValueError("pixels must be [H, W, 3] and out [3, h, w]")
    if not (0 <= left < box[2] <= source_width and 0 <= top < box[3] <= source_height):
        raise ValueError("the box must lie inside the pixels")
    cdef int room_x = 2 * (<int>scale_x + 1) + 2, room_y = 2 * (<int>scale_y + 1) + 2
    cdef int[::1] first_x = np.empty(width, np.intc), first_y = np.empty(height, np.intc)
    cdef int[::1] taps_x = np.empty(width, np.intc), taps_y = np.empty(height, np.intc)
    cdef float[:, ::1] weights_x = np.empty((width, room_x), np.float32)
    cdef float[:, ::1] weights_y = np.empty((height, room_y), np.float32)
    cdef float[::1] row = np.empty(source_width * 3, np.float32)
    cdef int y
    with nogil:
        _triangle(left, scale_x, source_width, width, room_x, first_x, taps_x, weights_x)
        _triangle(top, scale_y, source_height, height, room_y, first_y, taps_y, weights_y)
        for y in range(height):
            _blend_rows(pixels, first_y[y], taps_y[y], &weights_y[y, 0], &row[0], source_width * 3)
            _write_row(&row[0], first_x, taps_x, weights_x, y, orientation, out)


cdef inline void _add_texel(
    const uint8_t[:, :, ::1] pixels, Py_ssize_t x, Py_ssize_t y, double weight, double* sums,
) noexcept nogil:
    if 0 <= x < pixels.shape[1] and 0 <= y < pixels.shape[0]:
        sums[0] += weight * pixels[y, x, 0]
        sums[1] += weight * pixels[y, x, 1]
        sums[2] += weight * pixels[y, x, 2]


cdef void _add_point(
    const uint8_t[:, :, ::1] pixels, double x, double y, double* sums
) noexcept nogil:
    # The test also keeps the casts below within the range of an integer.
    if not (-1.0 < x < pixels.shape[1] and -1.0 < y < pixels.shape[0]):
        return
    cdef double left = floor(x), top = floor(y)
    cdef double right_part = x - left, bottom_part = y - top
    cdef Py_ssize_t i = <Py_ssize_t>left, j = <Py_ssize_t>top
    _add_texel(pixels, i, j, (1 - right_part) * (1 - bottom_part), sums)
    _add_texel(pixels, i + 1, j, right_part * (1 - bottom_part), sums)
    _add_texel(pixels, i, j + 1, (1 - right_part) * bottom_part, sums)
    _add_texel(pixels, i + 1, j + 1, right_part * bottom_part, sums)


def warp_into(const uint8_t[:, :, ::1] pixels, matrix, int samples, uint8_t[:, :, :] out):
    """See `_kernels_py.warp_into`."""
    if pixels.shape[2] != 3 or out.shape[0] != 3:
        raise ValueError("pixels must be [H, W, 3] and out [3, h, w]")
    cdef double a = matrix[0, 0], b = matrix[0, 1], c = matrix[0, 2]
    cdef double d = matrix[1, 0], e = matrix[1, 1], f = matrix[1, 2]
    cdef double x, y, share = 1.0 / (samples * samples)
    cdef double[3] sums
    cdef Py_ssize_t u, v, i, j
    with nogil:
        for v in range(out.shape[1]):
            for u in range(out.shape[2]):
                sums[0] = sums[1] = sums[2] = 0.0
                for j in range(samples):
                    y = v + (j + 0.5) / samples
                    for i in range(samples):
                        x = u + (i + 0.5) / samples
                        _add_point(pixels, a * x + b * y + c - 0.5, d * x + e * y + f - 0.5, sums)
                out[0, v, u] = _level(<float>(sums[0] * share))
                out[1, v, u] = _level(<float>(sums[1] * share))
                out[2, v, u] = _level(<float>(sums[2] * share))


cdef void _add_edges(
    const uint8_t* above, const uint8_t* row, const uint8_t* below, Py_ssize_t left, Py_ssize_t right, int64_t* sums,
) noexcept nogil:
    """Add the Laplacian of pixels [left, right) of a row, and its squares: 2048 of those fit into 31 bits."""
    cdef Py_ssize_t x
    cdef int total = 0, squares = 0
    cdef short edge  # 16 bits, which compilers multiply and add in pairs
    for x in range(left, right):
        edge = <short>(above[x] + below[x] + row[x - 1] + row[x + 1] - 4 * row[x])
        total += edge
        squares += edge * edge
    sums[0] += total
    sums[1] += squares


cdef int _check_tiles(const int[::1] edges, Py_ssize_t length) except -1:
    cdef Py_ssize_t i
    cdef bint inside = edges.shape[0] >= 2 and edges[0] >= 0 and edges[edges.shape[0] - 1] <= length
    for i in range(1, edges.shape[0]):
        inside = inside and edges[i - 1] < edges[i]
    if not inside:
        raise ValueError("tiles must lie inside the Laplacian, and none may be empty")
    return 0


def laplacian_variances(const uint8_t[:, ::1] grey, const int[::1] rows, const int[::1] columns):
    """See `_kernels_py.laplacian_variances`."""
    cdef Py_ssize_t bands = rows.shape[0] - 1, tiles = columns.shape[0] - 1, i, j
    cdef int y
    cdef double size, mean
    if grey.shape[1] > 2048:
        raise ValueError("the picture must be at most 2048 pixels wide")
    _check_tiles(rows, grey.shape[0] - 2)
    _check_tiles(columns, grey.shape[1] - 2)
    cdef int64_t[:, ::1] sums = np.empty((tiles, 2), np.int64)
    cdef double[:, ::1] variances = np.empty((bands, tiles))
    with nogil:
        for i in range(bands):
            sums[:, :] = 0
            for y in range(rows[i] + 1, rows[i + 1] + 1):
                for j in range(tiles):
                    _add_edges(
                        &grey[y - 1, 0], &grey[y, 0], &grey[y + 1, 0], columns[j] + 1, columns[j + 1] + 1, &sums[j, 0]
                    )
            for j in range(tiles):
                size = <double>(rows[i + 1] - rows[i]) * (columns[j + 1] - columns[j])
                mean = sums[j, 0] / size
                variances[i, j] = sums[j, 1] / size - mean * mean
    return np.asarray(variances)


def histogram(const uint8_t[:, ::1] grey):
    """See `_kernels_py.histogram`."""
    cdef int64_t[:, ::1] counts = np.zeros((4, 256), np.int64)
    cdef Py_ssize_t x, y
    with nogil:
        for y in range(grey.shape[0]):
            for x in range(grey.shape[1]):
                # Four counters for each level: a level that comes again need not wait for the one before.
                counts[x & 3, grey[y, x]] += 1
    return np.asarray(counts).sum(axis=0)
