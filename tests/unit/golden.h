/* SPDX-License-Identifier: MIT */
#ifndef GOLDEN_H
#define GOLDEN_H

#include "bit_writer.h"
#include "codec/codec.h"
#include "unit.h"

/*
 * Stands in for the runtime around a codec's control builder: stages a picture's buffers, calls
 * prepare and build, keeps context and surface state from picture to picture. The golden tests fill
 * VA's structs and write the kernel's by hand, both from the standard's syntax of one small stream.
 */

#define GOLDEN_SURFACES  4
#define GOLDEN_MAX_BYTES 262144 /* with arrays of as many elements as the table allows */
#define GOLDEN_NAL_BYTES 256

struct golden_surface {
    VASurfaceID id;
    uint64_t timestamp; /* NO_TIMESTAMP until it has been decoded to */
    bool kept;          /* a later picture may refer to it */
    _Alignas(max_align_t) uint8_t state[SURFACE_STATE_SIZE];
};

struct golden {
    const struct codec *codec;
    struct reference_lookup lookup;
    struct golden_surface surface[GOLDEN_SURFACES];
    struct picture picture;
    struct slice slice;
    uint64_t timestamp;
    struct coded_format format;
    struct control_set set;
    _Alignas(max_align_t) uint8_t context[GOLDEN_MAX_BYTES];
    _Alignas(max_align_t) uint8_t controls[GOLDEN_MAX_BYTES];
};

/* The id of surface `i`. */
#define GOLDEN_SURFACE(i) ((VASurfaceID)(100 + (i)))

/* A new context of the codec called `codec`, on a device that has all its controls. */
void golden_open(struct golden *golden, const char *codec, VAProfile profile);

/* Starts a picture into GOLDEN_SURFACE(`surface`); a second field of the same frame continues. */
void golden_begin(struct golden *golden, unsigned surface);

/* Stages `data`, one element of the codec's buffer of VA type `type`; borrowed until built. */
void golden_render(struct golden *golden, VABufferType type, const void *data);

/* Prepares and builds the picture of the one slice `data`, `size` bytes; fails on an error. */
void golden_build(struct golden *golden, const uint8_t *data, size_t size);

/* Fails unless the codec refuses to prepare that picture, with `expected`. */
void golden_refuse(struct golden *golden, const uint8_t *data, size_t size, VAStatus expected);

/* Fails unless the codec asks for `expected` for the picture built last. */
void golden_assert_format(const struct golden *golden, struct coded_format expected);

/* The payload of control `id` in the set built last; fails if there is none, or of wrong size. */
const void *golden_payload(const struct golden *golden, uint32_t id);

/* Whether the set built last has control `id`. */
bool golden_has(const struct golden *golden, uint32_t id);

/* Fails unless the payload of control `id` equals `expected`; prints each field that differs. */
void golden_assert(const struct golden *golden, uint32_t id, const void *expected, size_t size);

#endif
