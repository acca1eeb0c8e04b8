# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True, initializedcheck=False
"""The Python face of the decoder in C; `_jpeg.pyi` says what it offers."""

from libc.stdint cimport uint8_t
from libc.stdlib cimport free, malloc

from inference_core.preprocess.jpeg._planes cimport Planes, srj_plane

from functools import lru_cache


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
    """Give every channel the memory of its plane."""
    cdef Py_ssize_t rows = scan.region.bottom - scan.region.top
    cdef int i
    for i in range(planes.count):
        planes.sizes[i] = rows * scan.channel[i].v * scan.channel[i].size * scan.channel[i].stride
    planes.allocate()
    for i in range(planes.count):
        scan.channel[i].samples = planes.plane[i].samples
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
    planes.cut = scan.cut
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
