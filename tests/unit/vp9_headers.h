/* SPDX-License-Identifier: MIT */
/*
 * Uncompressed VP9 headers, written bit by bit from clause 6.2 of the specification with what each
 * of them says.
 */
#ifndef VP9_HEADERS_H
#define VP9_HEADERS_H

#include "bit_writer.h"
#include "codec/vp9_uncompressed_header.h"

/* Bytes of the compressed header that the headers announce and vp9_header_bytes() appends. */
#define COMPRESSED_BYTES 4

/* The elements that most headers have alike, in their order. */
struct vp9_header_parts {
    const char *start;  /* up to and with the size */
    const char *middle; /* from refresh_frame_context to frame_context_idx */
    const char *loop_filter;
    const char *quantization;
    const char *segmentation;
    const char *tiles;
};

/* 24 bits of frame_sync_code. */
#define SYNC_CODE "01001001 10000011 01000010"

/* 64x48, without a render size of its own. */
#define SIZE_64X48 "0000000000111111 0000000000101111 0"

/* loop_filter_params() with level 0 and no deltas, quantization_params() with base_q_idx 60. */
#define NO_FILTER "000000 000 0"
#define Q_60      "00111100 0 0 0"

/*
 * Writes the parts and header_size_in_bytes to `bytes` (of 512), and COMPRESSED_BYTES bytes.
 * Returns the number of bytes.
 */
size_t vp9_header_bytes(const struct vp9_header_parts *parts, uint8_t *bytes);

#endif
