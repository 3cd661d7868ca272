/* SPDX-License-Identifier: MIT */
/*
 * What a player asked of VA-API while it decoded a stream, and the pictures that software makes of
 * the same stream.
 *
 * The file: RECORDING_MAGIC, then records of 32-bit words in the machine's byte order; the first is
 * the kind. Surface ids are those of the recorded run; a player finds and replaces them in
 * parameter buffers.
 */
#ifndef RECORDING_H
#define RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORDING_MAGIC 0x31524156u /* "VAR1" */

enum record_kind {
    RECORD_SURFACE = 1, /* id, width, height, VA_RT_FORMAT_* */
    RECORD_CONTEXT,     /* VAProfile, width, height */
    RECORD_PICTURE,     /* surface id, number of buffers; each: type, size, count, the bytes */
    RECORD_OUTPUT,      /* surface id: the picture is shown */
};

struct recorded_buffer {
    uint32_t type, size, count;
    const uint8_t *data; /* size * count bytes, inside the recording */
};

struct record {
    enum record_kind kind;
    uint32_t surface;       /* SURFACE, PICTURE, OUTPUT */
    uint32_t width, height; /* SURFACE, CONTEXT */
    uint32_t format;        /* SURFACE: VA_RT_FORMAT_*; CONTEXT: VAProfile */
    struct recorded_buffer *buffers;
    unsigned num_buffers;
};

struct recording {
    uint8_t *bytes;
    struct record *records;
    unsigned num_records, num_outputs;
    uint8_t *truth;         /* num_outputs pictures, planar 4:2:0, or NULL */
    unsigned width, height; /* of each; 0: each is as large as its surface */
};

/* Reads a recording and, unless `truth` is NULL, the software's pictures (raw yuv420p, each of
 * width x height samples; with 0 and 0, as large as the surface). Ends the program when the files
 * are unusable. */
struct recording *recording_load(const char *path, const char *truth, unsigned width,
                                 unsigned height);
/* Forgets what comes after so many pictures are shown. */
void recording_cut(struct recording *recording, unsigned outputs);
void recording_free(struct recording *recording);

#endif
