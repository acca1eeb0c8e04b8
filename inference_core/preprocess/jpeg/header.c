#include "header.h"

#include <string.h>

enum {
    SOF0 = 0xC0, SOF1 = 0xC1, DHT = 0xC4, JPG = 0xC8, DAC = 0xCC, SOF15 = 0xCF,
    RST0 = 0xD0, RST7 = 0xD7, SOI = 0xD8, EOI = 0xD9, SOS = 0xDA, DQT = 0xDB, DRI = 0xDD,
    APP0 = 0xE0, APP1 = 0xE1, APP2 = 0xE2, APP14 = 0xEE, TEM = 0x01,
};

/* What tells the colour space where the components alone do not. */
typedef struct {
    int jfif, adobe, adobe_transform, frame;
} hints;

static int read16(const uint8_t *p) { return p[0] << 8 | p[1]; }

static int begins_with(const uint8_t *p, size_t size, const char *magic, size_t length) {
    return size >= length && memcmp(p, magic, length) == 0;
}

static srj_status read_quantisation(const uint8_t *p, size_t size, srj_header *h) {
    while (size > 0) {
        int wide = p[0] >> 4, table = p[0] & 15;
        size_t needed = 1 + SRJ_BLOCK * (wide ? 2u : 1u);
        if (wide > 1 || table > 3 || size < needed) return SRJ_CORRUPT_HEADER;
        for (int k = 0; k < SRJ_BLOCK; k++) {
            h->quantisation[table][k] = (uint16_t)(wide ? read16(p + 1 + 2 * k) : p[1 + k]);
        }
        h->quantisation_defined |= (uint8_t)(1 << table);
        p += needed;
        size -= needed;
    }
    return SRJ_OK;
}

/* No length may have more codes than its bits leave free; a DC symbol is a number of bits. */
static int is_code(const srj_code *code, int total, int is_dc) {
    int free_codes = 1;
    for (int length = 1; length <= 16; length++) {
        free_codes = 2 * free_codes - code->counts[length];
        if (free_codes < 0) return 0;
    }
    for (int k = 0; is_dc && k < total; k++) {
        if (code->symbols[k] > 15) return 0;
    }
    return 1;
}

static srj_status read_codes(const uint8_t *p, size_t size, srj_header *h) {
    while (size > 0) {
        if (size < 17 || p[0] >> 4 > 1 || (p[0] & 15) > 3) return SRJ_CORRUPT_HEADER;
        int is_dc = p[0] >> 4 == 0;
        srj_code *code = is_dc ? &h->dc[p[0] & 15] : &h->ac[p[0] & 15];
        size_t total = 0;
        for (int length = 1; length <= 16; length++) total += p[length];
        if (total > 256 || size < 17 + total) return SRJ_CORRUPT_HEADER;
        memset(code, 0, sizeof *code);
        code->counts[0] = 1;
        memcpy(code->counts + 1, p + 1, 16);
        memcpy(code->symbols, p + 17, total);
        if (!is_code(code, (int)total, is_dc)) return SRJ_CORRUPT_HEADER;
        p += 17 + total;
        size -= 17 + total;
    }
    return SRJ_OK;
}

static srj_status read_frame(const uint8_t *p, size_t size, int marker, srj_header *h) {
    if (size < 6) return SRJ_CORRUPT_HEADER;
    h->height = read16(p + 1);
    h->width = read16(p + 3);
    if (marker != SOF0 && marker != SOF1) return SRJ_NOT_BASELINE;
    if (p[0] != 8) return SRJ_UNUSUAL_PRECISION;
    if (h->width == 0) return SRJ_CORRUPT_HEADER;
    if (h->height == 0) return SRJ_UNUSUAL_SCAN;
    if (p[5] != 1 && p[5] != 3) return SRJ_UNUSUAL_COLOUR;
    h->components = p[5];
    if (size < 6 + 3 * (size_t)h->components) return SRJ_CORRUPT_HEADER;
    for (int i = 0; i < h->components; i++) {
        const uint8_t *q = p + 6 + 3 * i;
        srj_component c = {.id = q[0], .h = q[1] >> 4, .v = q[1] & 15, .quantisation = q[2]};
        if (c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 || c.quantisation > 3) return SRJ_CORRUPT_HEADER;
        h->h_max = c.h > h->h_max ? c.h : h->h_max;
        h->v_max = c.v > h->v_max ? c.v : h->v_max;
        h->component[i] = c;
    }
    return SRJ_OK;
}

/* Guesses as libjpeg does: JFIF means YCbCr, then Adobe decides, then the names of the components. */
static int is_ycbcr(const srj_header *h, const hints *seen) {
    if (seen->jfif) return 1;
    if (seen->adobe) return seen->adobe_transform != 0;
    return !(h->component[0].id == 'R' && h->component[1].id == 'G' && h->component[2].id == 'B');
}

/* A component alone is not interleaved: its blocks follow each other whatever its factors say. */
static int blocks_in_mcu(srj_header *h) {
    if (h->components == 1) {
        h->h_max = h->v_max = h->component[0].h = h->component[0].v = 1;
        return 1;
    }
    int blocks = 0;
    for (int i = 0; i < h->components; i++) blocks += h->component[i].h * h->component[i].v;
    return blocks;
}

static srj_status read_scan(const uint8_t *p, size_t size, const hints *seen, srj_header *h) {
    if (!seen->frame || size < 1 || size < 4 + 2 * (size_t)p[0]) return SRJ_CORRUPT_HEADER;
    if (p[0] != h->components) return SRJ_UNUSUAL_SCAN;
    const uint8_t *spectrum = p + 1 + 2 * p[0];
    if (spectrum[0] != 0 || spectrum[1] != 63 || spectrum[2] != 0) return SRJ_UNUSUAL_SCAN;
    for (int i = 0; i < h->components; i++) {
        srj_component *c = &h->component[i];
        if (p[1 + 2 * i] != c->id) return SRJ_UNUSUAL_SCAN;
        c->dc = p[2 + 2 * i] >> 4;
        c->ac = p[2 + 2 * i] & 15;
        if (c->dc > 3 || c->ac > 3 || !h->dc[c->dc].counts[0] || !h->ac[c->ac].counts[0]) return SRJ_CORRUPT_HEADER;
        if (!(h->quantisation_defined >> c->quantisation & 1)) return SRJ_CORRUPT_HEADER;
    }
    if (h->components == 3 && !is_ycbcr(h, seen)) return SRJ_UNUSUAL_COLOUR;
    return blocks_in_mcu(h) > SRJ_MAX_BLOCKS_IN_MCU ? SRJ_CORRUPT_HEADER : SRJ_OK;
}

static void read_application(const uint8_t *p, size_t size, size_t offset, int marker, srj_header *h, hints *seen) {
    static const char xmp[] = "http://ns.adobe.com/xap/1.0/";
    if (marker == APP0 && begins_with(p, size, "JFIF", 5)) seen->jfif = 1;
    if (marker == APP1 && begins_with(p, size, "Exif\0", 6) && h->orientation == 0) {
        h->orientation = srj_exif_orientation(p + 6, size - 6);
    }
    if (marker == APP1 && begins_with(p, size, xmp, sizeof xmp) && h->xmp.size == 0) {
        h->xmp = (srj_span){offset + sizeof xmp, size - sizeof xmp};
    }
    if (marker == APP2 && size > 14 && begins_with(p, size, "ICC_PROFILE", 12)) {
        if (h->icc_chunks++ == 0) h->icc = (srj_span){offset + 14, size - 14};
    }
    if (marker == APP14 && size >= 12 && begins_with(p, size, "Adobe", 5)) {
        seen->adobe = 1;
        seen->adobe_transform = p[11];
    }
}

static int is_frame(int marker) {
    return marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC;
}

static int stands_alone(int marker) { return marker == SOI || marker == TEM || (marker >= RST0 && marker <= RST7); }

static srj_status read_segment(const uint8_t *p, size_t size, size_t offset, int marker, srj_header *h, hints *seen) {
    if (marker == DQT) return read_quantisation(p, size, h);
    if (marker == DHT) return read_codes(p, size, h);
    if (marker == DRI) {
        if (size < 2) return SRJ_CORRUPT_HEADER;
        h->restart_interval = read16(p);
    } else if (is_frame(marker)) {
        if (seen->frame++) return SRJ_CORRUPT_HEADER;
        return read_frame(p, size, marker, h);
    } else {
        read_application(p, size, offset, marker, h, seen);
    }
    return SRJ_OK;
}

srj_status srj_read_header(const uint8_t *data, size_t size, srj_header *h) {
    memset(h, 0, sizeof *h);
    if (size < 3 || data[0] != 0xFF || data[1] != SOI || data[2] != 0xFF) return SRJ_NOT_JPEG;
    hints seen = {0};
    size_t at = 2;
    while (size - at >= 4) {
        int marker = data[at + 1];
        if (data[at] != 0xFF || marker == 0xFF) { /* garbage or fill between segments */
            at++;
        } else if (stands_alone(marker) || marker == 0) {
            at += 2;
        } else {
            if (marker == EOI) return SRJ_CORRUPT_HEADER;
            size_t length = (size_t)read16(data + at + 2);
            if (length < 2) return SRJ_CORRUPT_HEADER;
            if (size - at - 2 < length) return SRJ_TRUNCATED_HEADER;
            const uint8_t *payload = data + at + 4;
            h->scan = at + 2 + length;
            if (marker == SOS) return read_scan(payload, length - 2, &seen, h);
            srj_status status = read_segment(payload, length - 2, at + 4, marker, h, &seen);
            if (status != SRJ_OK) return status;
            at += 2 + length;
        }
    }
    return SRJ_TRUNCATED_HEADER;
}
