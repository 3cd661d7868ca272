/* SPDX-License-Identifier: MIT */
#include "vp9_headers.h"

#include <string.h>

size_t vp9_header_bytes(const struct vp9_header_parts *parts, uint8_t *bytes)
{
    static struct bit_writer w;
    size_t size;

    memset(&w, 0, sizeof(w));
    bit_writer_string(&w, parts->start);
    bit_writer_string(&w, parts->middle);
    bit_writer_string(&w, parts->loop_filter);
    bit_writer_string(&w, parts->quantization);
    bit_writer_string(&w, parts->segmentation);
    bit_writer_string(&w, parts->tiles);
    bit_writer_u(&w, 16, COMPRESSED_BYTES);
    size = (w.bits + 7) / 8;
    memcpy(bytes, w.rbsp, size);
    memset(bytes + size, 0, COMPRESSED_BYTES);
    return size + COMPRESSED_BYTES;
}
