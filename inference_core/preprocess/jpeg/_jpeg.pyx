# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The Python face of the decoder in C; `_jpeg.pyi` says what it offers."""

from libc.stdint cimport int16_t, uint8_t, uint16_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy

from functools import lru_cache

import numpy as np


cdef extern from "header.h" nogil:
    ctypedef enum srj_status:
        SRJ_OK
    ctypedef struct srj_span:
        size_t offset, size
    ctypedef struct srj_code:
        uint8_t counts[17]
        uint8_t symbols[256]
    ctypedef struct srj_component:
        uint8_t h, v, quantisation, dc, ac
    ctypedef struct srj_header:
        int width, height, components, h_max, v_max, restart_interval, orientation, icc_chunks
        srj_component component[3]
        srj_span icc, xmp
        uint16_t quantisation[4][64]
        srj_code dc[4]
        srj_code ac[4]
        size_t scan
    srj_status srj_read_header(const uint8_t* data, size_t size, srj_header* header)

cdef extern from "huffman.h" nogil:
    ctypedef struct srj_dc_table:
        pass
    ctypedef struct srj_ac_table:
        pass
    void srj_build_dc(const srj_code* code, srj_dc_table* table)
    void srj_build_ac(const srj_code* code, srj_ac_table* table)

cdef extern from "planes.h" nogil:
    ctypedef struct srj_plane:
        int16_t* samples
        Py_ssize_t stride
        int width, height
        double x, y, step_x, step_y, blur_x, blur_y

cdef extern from "scan.h" nogil:
    ctypedef struct srj_weights:
        pass
    ctypedef struct srj_region:
        int left, top, right, bottom
    ctypedef struct srj_channel:
        const srj_dc_table* dc
        const srj_ac_table* ac
        int h, v, size
        srj_weights weights
        int16_t* samples
        Py_ssize_t stride
    ctypedef struct srj_scan:
        int columns, rows, restart_interval, channels, cut
        srj_channel channel[3]
        srj_region region
    void srj_weigh(const uint16_t* quantisation, int size, srj_weights* weights)
    void srj_grid(const srj_header* header, int* columns, int* rows)
    void srj_lay_plane(const srj_header* header, int component, int size, const srj_region* region, srj_plane* plane)
    long srj_decode(srj_scan* scan, const uint8_t* data, const uint8_t* data_end)

cdef extern from "resample.h" nogil:
    ctypedef struct srj_canvas:
        uint8_t* origin
        Py_ssize_t step_x, step_y, step_channel
        int width, height
    ctypedef struct srj_box:
        double left, top, right, bottom
    int srj_resize(const srj_plane* planes, int count, const srj_box* box, const srj_canvas* canvas)
    void srj_warp(const srj_plane* planes, int count, const double* map, int samples, const srj_canvas* canvas)


cdef double _MOST = 1 << 17  # beyond any coordinate of a picture, and well within an integer


cdef class _DcTable:
    cdef srj_dc_table* table

    def __cinit__(self, bytes code):
        cdef const uint8_t* raw = code
        self.table = <srj_dc_table*>malloc(sizeof(srj_dc_table))
        if self.table is NULL:
            raise MemoryError
        srj_build_dc(<const srj_code*>raw, self.table)

    def __dealloc__(self):
        free(self.table)


cdef class _AcTable:
    cdef srj_ac_table* table

    def __cinit__(self, bytes code):
        cdef const uint8_t* raw = code
        self.table = <srj_ac_table*>malloc(sizeof(srj_ac_table))
        if self.table is NULL:
            raise MemoryError
        srj_build_ac(<const srj_code*>raw, self.table)

    def __dealloc__(self):
        free(self.table)


# Most files carry the tables of ITU-T T.81, K.3; the cache keeps those and a few optimised ones.
_dc_table = lru_cache(maxsize=32)(_DcTable)
_ac_table = lru_cache(maxsize=32)(_AcTable)


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


cdef class Planes:
    """Decoded components, each at a scale of its own; see `_jpeg.pyi`."""

    cdef srj_plane plane[3]
    cdef int count
    cdef readonly tuple samples
    cdef readonly long missing
    cdef readonly long total
    cdef readonly bint cut

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
    if out.shape[0] != 3 or out.shape[1] < 1 or out.shape[2] < 1:
        raise ValueError("out must be [3, height, width], not empty")
    canvas.origin = &out[0, out.shape[1] - 1 if flip_y else 0, out.shape[2] - 1 if flip_x else 0]
    canvas.step_channel = out.strides[0]
    canvas.step_x, canvas.step_y = -step_x if flip_x else step_x, -step_y if flip_y else step_y
    canvas.width, canvas.height = out.shape[2], out.shape[1]
    if orientation >= 5:
        canvas.step_x, canvas.step_y = canvas.step_y, canvas.step_x
        canvas.width, canvas.height = canvas.height, canvas.width
    return canvas


cdef bytes _code(srj_code* code):
    return (<uint8_t*>code)[: sizeof(srj_code)]


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


def decode(const uint8_t[::1] data, Header header, int luma, int chroma, box=None):
    """See `_jpeg.pyi`."""
    cdef srj_header* raw = &header.raw
    cdef Planes planes = Planes()
    cdef srj_channel* channel
    cdef const int16_t[:, ::1] memory
    cdef const uint8_t* begin
    cdef const uint8_t* end
    cdef int i
    if header.status != SRJ_OK or raw.scan > <size_t>data.shape[0]:
        raise ValueError("only a file whose header has status 0 can be decoded")
    if luma not in (1, 2, 4, 8) or chroma not in (1, 2, 4, 8):
        raise ValueError("blocks have 1, 2, 4 or 8 samples on a side")
    cdef srj_scan* scan = <srj_scan*>malloc(sizeof(srj_scan))
    if scan is NULL:
        raise MemoryError
    try:
        srj_grid(raw, &scan.columns, &scan.rows)
        scan.region = _mcus(raw, box)
        scan.restart_interval = raw.restart_interval
        scan.channels = planes.count = raw.components
        kept = []
        for i in range(raw.components):
            channel = &scan.channel[i]
            dc, ac = _dc_table(_code(&raw.dc[raw.component[i].dc])), _ac_table(_code(&raw.ac[raw.component[i].ac]))
            channel.dc, channel.ac = (<_DcTable>dc).table, (<_AcTable>ac).table
            channel.h, channel.v, channel.size = raw.component[i].h, raw.component[i].v, chroma if i else luma
            srj_weigh(raw.quantisation[raw.component[i].quantisation], channel.size, &channel.weights)
            srj_lay_plane(raw, i, channel.size, &scan.region, &planes.plane[i])
            rows = (scan.region.bottom - scan.region.top) * channel.v * channel.size
            array = np.zeros((rows, planes.plane[i].stride), np.int16)
            memory = array
            planes.plane[i].samples = channel.samples = <int16_t*>&memory[0, 0]
            channel.stride = planes.plane[i].stride
            kept.append((array, dc, ac))
        begin, end = &data[0] + raw.scan, &data[0] + data.shape[0]
        with nogil:
            planes.missing = srj_decode(scan, begin, end)
        planes.cut = scan.cut and planes.missing > 0
        planes.total = <long>scan.columns * scan.region.bottom
        planes.samples = tuple(array for array, _, _ in kept)
        return planes
    finally:
        free(scan)
