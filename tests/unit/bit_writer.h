/* SPDX-License-Identifier: MIT */
#ifndef BIT_WRITER_H
#define BIT_WRITER_H

#include <stddef.h>
#include <stdint.h>

#define BIT_WRITER_MAX_BYTES 8192

/* Assembles the RBSP of a NAL unit bit by bit. Start with a zeroed struct. */
struct bit_writer {
    uint8_t rbsp[BIT_WRITER_MAX_BYTES];
    size_t bits;
};

/* Appends the 0 and 1 characters of `bits`; spaces are for the reader. */
void bit_writer_string(struct bit_writer *writer, const char *bits);

/* Appends `value` as u(`bits`). */
void bit_writer_u(struct bit_writer *writer, unsigned bits, uint32_t value);

void bit_writer_ue(struct bit_writer *writer, uint32_t value);
void bit_writer_se(struct bit_writer *writer, int32_t value);

/*
 * Writes the bytes of the RBSP, the last one filled up with ones, to `nal` (of `size` bytes,
 * enough), with an emulation_prevention_three_byte wherever 7.4.1 wants one.
 *
 * Returns the number of bytes written
 */
size_t bit_writer_nal(const struct bit_writer *writer, uint8_t *nal, size_t size);

#endif
