# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The Python face of the decoder in C; `_jpeg.pyi` says what it offers."""

from libc.stdint cimport int16_t, uint8_t, uint16_t
from libc.stdlib cimport free, malloc

from functools import lru_cache

import numpy as np


cdef double _MOST = 1 << 17  # beyond any coordinate of a picture, and well within an integer


cdef class _Tables:
    cdef srj_tables* tables

    def __cinit__(self, bytes dc, bytes ac):
        cdef const uint8_t* raw_dc = dc
        cdef const uint8_t* raw_ac = ac
        self.tables = <srj_tables*>malloc(sizeof(srj_tables))
        if self.tables is NULL:
            raise MemoryError
        srj_build_tables(<const srj_code*>raw_dc, <const srj_code*>raw_ac, self.tables)

    def __dealloc__(self):
        free(self.tables)


# Most files carry the tables of ITU-T T.81, K.3; the cache keeps those and a few optimised ones, 42 kB each.
_tables = lru_cache(maxsize=32)(_Tables)


cdef class Header:
    """What the markers before the scan say; see `_jpeg.pyi`."""

    cdef srj_header raw
    cdef readonly int status

    def __cinit__(self, const uint8_t[::1] data):
        self.status = srj_read_header(&data[0], data.shape[0], &self.raw) if data.shape[0] else 1

    @property
    def size(self):
        return (self.raw.width, self.raw.height)

    @property
    def orientation(self):
        return self.raw.orientation

    @property
    def sampling(self):
        return tuple((self.raw.component[i].h, self.raw.component[i].v) for i in range(self.raw.components))

    @property
    def icc_chunks(self):
        return self.raw.icc_chunks

    @property
    def icc(self):
        return slice(self.raw.icc.offset, self.raw.icc.offset + self.raw.icc.size)

    @property
    def xmp(self):
        return slice(self.raw.xmp.offset, self.raw.xmp.offset + self.raw.xmp.size)


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
    """Decoded components, each at a scale of its own; see `_jpeg.pyi`."""

    cdef srj_plane[3] plane
    cdef Py_ssize_t[3] sizes
    cdef int count
    cdef object memory
    cdef readonly long missing
    cdef readonly long total
    cdef readonly bint cut
    cdef readonly bint split

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


cdef bytes _code(const srj_code* code):
    return (<const uint8_t*>code)[: sizeof(srj_code)]


cdef srj_region _mcus(const srj_header* header, box):
    """Return the MCUs that a box of the picture touches, and one around for the sake of interpolation."""
    cdef srj_region region
    cdef int width = 8 * header.h_max, height = 8 * header.v_max
    srj_grid(header, &region.right, &region.bottom)
    region.left = region.top = 0
    if box is not None:
        region.left = min(max(int(box[0]) // width - 1, 0), region.right - 1)
        region.top = min(max(int(box[1]) // height - 1, 0), region.bottom - 1)
        region.right = min(max(int(box[2]) // width + 2, region.left + 1), region.right)
        region.bottom = min(max(int(box[3]) // height + 2, region.top + 1), region.bottom)
    return region


cdef _Tables _tables_of(const srj_header* header, const srj_component* component):
    return _tables(_code(&header.dc[component.dc]), _code(&header.ac[component.ac]))


cdef void _open_channel(srj_scan* scan, const srj_header* header, int index, int size, _Tables tables, srj_plane* plane):
    cdef srj_channel* channel = &scan.channel[index]
    cdef const srj_component* component = &header.component[index]
    channel.tables = tables.tables
    channel.h, channel.v, channel.size = component.h, component.v, size
    srj_weigh(header.quantisation[component.quantisation], size, &channel.weights)
    srj_lay_plane(header, index, size, &scan.region, plane)
    channel.stride = plane.stride


cdef int _lay_out(Planes planes, srj_scan* scan) except -1:
    """Give every channel its part of one piece of memory."""
    cdef Py_ssize_t[3] sizes
    cdef Py_ssize_t rows = scan.region.bottom - scan.region.top, total = 0
    cdef int16_t[::1] memory
    cdef int i
    for i in range(scan.channels):
        sizes[i] = rows * scan.channel[i].v * scan.channel[i].size * scan.channel[i].stride
        total += sizes[i]
    planes.memory = memory = _take(total)
    total = 0
    for i in range(scan.channels):
        planes.sizes[i] = sizes[i]
        planes.plane[i].samples = scan.channel[i].samples = &memory[total]
        total += sizes[i]
    return 0


cdef int _decode_into(
    Planes planes, srj_scan* scan, const uint8_t[::1] data, Header header, tuple sizes, object box, int threads
) except -1:
    """Decode with tables that stay alive for as long as it takes."""
    cdef const uint8_t* begin = &data[0] + header.raw.scan
    cdef const uint8_t* end = &data[0] + data.shape[0]
    cdef int i
    srj_grid(&header.raw, &scan.columns, &scan.rows)
    scan.region = _mcus(&header.raw, box)
    scan.restart_interval = header.raw.restart_interval
    scan.channels = planes.count = header.raw.components
    tables = [_tables_of(&header.raw, &header.raw.component[i]) for i in range(planes.count)]
    for i in range(planes.count):
        _open_channel(scan, &header.raw, i, sizes[i > 0], tables[i], &planes.plane[i])
    _lay_out(planes, scan)
    with nogil:
        planes.missing = srj_decode(scan, begin, end) if threads == 1 else srj_decode_split(scan, begin, end)
    planes.total = srj_mcus(scan)
    planes.cut = scan.cut and planes.missing > 0
    planes.split = threads > 1 and scan.split
    return 0


def decode(const uint8_t[::1] data, Header header, int luma, int chroma, box=None, int threads=1):
    """See `_jpeg.pyi`."""
    cdef Planes planes = Planes()
    if header.status != SRJ_OK or header.raw.scan > <size_t>data.shape[0]:
        raise ValueError("only a file whose header has status 0 can be decoded")
    if luma not in (1, 2, 4, 8) or chroma not in (1, 2, 4, 8):
        raise ValueError("blocks have 1, 2, 4 or 8 samples on a side")
    if threads not in (1, 2):
        raise ValueError("one photo is decoded on 1 or 2 threads")
    cdef srj_scan* scan = <srj_scan*>malloc(sizeof(srj_scan))
    if scan is NULL:
        raise MemoryError
    try:
        _decode_into(planes, scan, data, header, (luma, chroma), box, threads)
        return planes
    finally:
        free(scan)
