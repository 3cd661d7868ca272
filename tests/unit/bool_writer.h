/* SPDX-License-Identifier: MIT */
#ifndef BOOL_WRITER_H
#define BOOL_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOL_WRITER_MAX_BYTES 8192

/*
 * The boolean entropy encoder of RFC 6386, 7.3, in its plainest form: `bytes` is the low end of the
 * interval as one long binary fraction, of which 8 bits at `position` are still in play.
 */
struct bool_writer {
    uint8_t bytes[BOOL_WRITER_MAX_BYTES];
    size_t position; /* bits */
    unsigned range;
};

void bool_writer_init(struct bool_writer *writer);

/* Appends a bool that is false with probability `probability` / 256. */
void bool_writer_bool(struct bool_writer *writer, uint8_t probability, bool value);

/* Appends `value` as L(`bits`). */
void bool_writer_literal(struct bool_writer *writer, unsigned bits, uint32_t value);

/* Bytes that hold all of it. */
size_t bool_writer_size(const struct bool_writer *writer);

#endif
