# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""Decoded components and what is made of them; `_planes.pyi` says what they offer."""

from libc.stdint cimport int16_t, uint8_t

import numpy as np


cdef double _MOST = 1 << 17  # beyond any coordinate of a picture, and well within an integer


# Memory for planes that nobody uses at present, smallest first. Fresh memory comes page by page from the operating
# system, which costs as much as decoding a small photo; what is kept here has been paid for. Guarded by the GIL.
cdef list _spare = []
cdef int _MOST_SPARE = 4
cdef Py_ssize_t _LARGEST_SPARE = 3 << 20  # samples


cdef object _take(Py_ssize_t size):
    """Return int16 [at least size], with anything in it."""
    cdef Py_ssize_t i
    for i in range(len(_spare)):
        if len(_spare[i]) >= size:
            return _spare.pop(i)
    return np.empty(size, np.int16)


cdef int _give_back(object memory) except -1:
    if len(memory) <= _LARGEST_SPARE:
        _spare.append(memory)
        _spare.sort(key=len)
        if len(_spare) > _MOST_SPARE:
            _spare.pop(0)
    return 0


cdef class Planes:
    """Decoded components, each at a scale of its own; see `_planes.pyi`."""

    cdef int allocate(self) except -1:
        cdef Py_ssize_t total = 0
        cdef int16_t[::1] memory
        cdef int i
        for i in range(self.count):
            total += self.sizes[i]
        self.memory = memory = _take(total)
        total = 0
        for i in range(self.count):
            self.plane[i].samples = &memory[total]
            total += self.sizes[i]
        return 0

    def __dealloc__(self):
        if self.memory is not None:
            _give_back(self.memory)

    @property
    def samples(self):
        ends = np.cumsum([self.sizes[i] for i in range(self.count)])
        parts = np.split(self.memory[: ends[-1]].copy(), ends[:-1])
        return tuple(part.reshape(-1, self.plane[i].stride) for i, part in enumerate(parts))

    def resize_into(self, box, out, int orientation):
        cdef srj_box source = srj_box(box[0], box[1], box[2], box[3])
        cdef srj_canvas canvas = _canvas(out, orientation)
        cdef int failed
        if not (0 <= source.left < source.right <= _MOST and 0 <= source.top < source.bottom <= _MOST):
            raise ValueError("the box must lie inside the picture")
        with nogil:
            failed = srj_resize(self.plane, self.count, &source, &canvas)
        if failed:
            raise MemoryError

    def warp_into(self, const double[:, :] matrix, int samples, out):
        cdef double[6] flat
        cdef srj_canvas canvas = _canvas(out, 1)
        cdef int i
        if canvas.channels != 3:
            raise ValueError("out must be [3, height, width]")
        if samples < 1 or matrix.shape[0] < 2 or matrix.shape[1] != 3:
            raise ValueError("the matrix must be 2 x 3 or 3 x 3, and each pixel at least one sample")
        for i in range(6):
            flat[i] = matrix[i // 3, i % 3]
        with nogil:
            srj_warp(self.plane, self.count, flat, samples, &canvas)


cdef srj_canvas _canvas(uint8_t[:, :, :] out, int orientation) except *:
    """Lay a canvas in stored order over upright memory."""
    cdef bint flip_x = orientation in (2, 3, 6, 7), flip_y = orientation in (3, 4, 7, 8)
    cdef Py_ssize_t step_x = out.strides[2], step_y = out.strides[1]
    cdef srj_canvas canvas
    if out.shape[0] not in (1, 3) or out.shape[1] < 1 or out.shape[2] < 1:
        raise ValueError("out must be [3, height, width], or [1, height, width] for luma, not empty")
    canvas.channels = out.shape[0]
    canvas.origin = &out[0, out.shape[1] - 1 if flip_y else 0, out.shape[2] - 1 if flip_x else 0]
    canvas.step_channel = out.strides[0]
    canvas.step_x, canvas.step_y = -step_x if flip_x else step_x, -step_y if flip_y else step_y
    canvas.width, canvas.height = out.shape[2], out.shape[1]
    if orientation >= 5:
        canvas.step_x, canvas.step_y = canvas.step_y, canvas.step_x
        canvas.width, canvas.height = canvas.height, canvas.width
    return canvas
