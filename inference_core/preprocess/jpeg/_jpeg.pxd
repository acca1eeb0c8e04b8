# What of the C headers the Python face needs.
from libc.stdint cimport int16_t, uint8_t, uint16_t


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
    ctypedef struct srj_tables:
        pass
    void srj_build_tables(const srj_code* dc, const srj_code* ac, srj_tables* tables)

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
        const srj_tables* tables
        int h, v, size
        srj_weights weights
        int16_t* samples
        Py_ssize_t stride
    ctypedef struct srj_scan:
        int columns, rows, restart_interval, channels, cut, split
        srj_channel channel[3]
        srj_region region
    void srj_weigh(const uint16_t* quantisation, int size, srj_weights* weights)
    void srj_grid(const srj_header* header, int* columns, int* rows)
    void srj_lay_plane(const srj_header* header, int component, int size, const srj_region* region, srj_plane* plane)
    long srj_mcus(const srj_scan* scan)
    long srj_decode(srj_scan* scan, const uint8_t* data, const uint8_t* data_end)

cdef extern from "split.h" nogil:
    long srj_decode_split(srj_scan* scan, const uint8_t* data, const uint8_t* data_end)

cdef extern from "resample.h" nogil:
    ctypedef struct srj_canvas:
        uint8_t* origin
        Py_ssize_t step_x, step_y, step_channel
        int width, height
        int channels
    ctypedef struct srj_box:
        double left, top, right, bottom
    int srj_resize(const srj_plane* planes, int count, const srj_box* box, const srj_canvas* canvas)
    void srj_warp(const srj_plane* planes, int count, const double* map, int samples, const srj_canvas* canvas)
