/* SPDX-License-Identifier: MIT */
#ifndef TOY_HOOK_H
#define TOY_HOOK_H

#include "codec/codec.h"
#include "toy.h"

struct toy_header {
    uint8_t id;
    uint8_t size;
};

struct toy_context {
    uint32_t pictures;
    uint32_t committed;
};

struct toy_surface {
    uint16_t number;
};

/* Parses two bytes of slice data. */
VAStatus toy_read_header(const struct picture *picture, unsigned slice, struct toy_header *header,
                         struct build_error *error);

/* Counts pictures; the render target remembers its number. */
VAStatus toy_prepare(struct picture *picture, struct build_error *error);

/* Counts the pictures that were accepted. */
void toy_commit(struct picture *picture);

/* Fills one slice's points: 100 times the slice's number, and counting. */
VAStatus toy_fill_points(const struct picture *picture, unsigned slice, unsigned count,
                         struct toy_ctrl_point *points, struct build_error *error);

/* Fills references[].number and flags. */
VAStatus toy_fill_references(const struct picture *picture, struct toy_ctrl_frame *frame,
                             struct build_error *error);

#endif
