# Planes, as the decoder fills them, and what of the C headers they need.
from libc.stdint cimport int16_t, uint8_t


cdef extern from "planes.h" nogil:
    ctypedef struct srj_plane:
        int16_t* samples
        Py_ssize_t stride
        int width, height
        double x, y, step_x, step_y, blur_x, blur_y

cdef extern from "resample.h" nogil:
    ctypedef struct srj_canvas:
        uint8_t* origin
        Py_ssize_t step_x, step_y, step_channel
        int width, height, channels
    ctypedef struct srj_box:
        double left, top, right, bottom
    int srj_resize(const srj_plane* planes, int count, const srj_box* box, const srj_canvas* canvas)
    void srj_warp(const srj_plane* planes, int count, const double* map, int samples, const srj_canvas* canvas)


cdef class Planes:
    cdef srj_plane[3] plane
    cdef Py_ssize_t[3] sizes  # samples
    cdef int count
    cdef object memory
    cdef readonly long missing
    cdef readonly long total
    cdef readonly bint cut
    cdef readonly bint split

    # Gives each of the `count` planes its part of one piece of memory, with anything in it.
    cdef int allocate(self) except -1
