/* The one EXIF tag that changes pixels. */
#include "header.h"

enum { ORIENTATION_TAG = 0x0112, ENTRY_SIZE = 12, TYPE_SHORT = 3, TYPE_LONG = 4 };

typedef struct {
    const uint8_t *bytes;
    size_t size;
    int little_endian;
} tiff;

static uint32_t read16(const tiff *t, size_t at) {
    if (t->size < 2 || at > t->size - 2) return 0;
    const uint8_t *p = t->bytes + at;
    return t->little_endian ? p[0] | (uint32_t)p[1] << 8 : (uint32_t)p[0] << 8 | p[1];
}

static uint32_t read32(const tiff *t, size_t at) {
    uint32_t first = read16(t, at), second = read16(t, at + 2);
    return t->little_endian ? first | second << 16 : first << 16 | second;
}

int srj_exif_orientation(const uint8_t *bytes, size_t size) {
    if (size < 8) return 0;
    tiff t = {bytes, size, bytes[0] == 'I'};
    size_t directory = read32(&t, 4);
    uint32_t entries = read16(&t, directory);
    for (uint32_t i = 0; i < entries; i++) {
        size_t at = directory + 2 + (size_t)i * ENTRY_SIZE;
        if (at + ENTRY_SIZE > size) return 0;
        if (read16(&t, at) != ORIENTATION_TAG) continue;
        uint32_t type = read16(&t, at + 2);
        uint32_t value = type == TYPE_SHORT ? read16(&t, at + 8) : type == TYPE_LONG ? read32(&t, at + 8) : 0;
        return value >= 1 && value <= 8 ? (int)value : 0;
    }
    return 0;
}
