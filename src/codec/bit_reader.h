/* SPDX-License-Identifier: MIT */
#ifndef BIT_READER_H
#define BIT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads the syntax elements of an H.264 or HEVC NAL unit, most significant bit first, directly from
 * its encoded bytes. It skips emulation_prevention_three_byte (the 03 of 00 00 03, Rec. ITU-T H.264
 * 7.3.1 and H.265 7.3.1.1).
 *
 * The reader allocates nothing and does not own the data. It latches the first error (reading past
 * the end, or an Exp-Golomb code longer than the standard allows): that read and all later ones
 * return 0, and bit_reader_error() returns true. A caller can therefore parse a whole header and
 * check once, as long as something other than the data bounds its loops.
 */
struct bit_reader {
    const uint8_t *data;
    size_t size;
    size_t next;      /* index of the first byte of data that is not loaded yet */
    size_t emulation; /* emulation prevention bytes skipped so far */
    unsigned zeros;   /* consecutive 00 bytes just before next */
    unsigned left;    /* bits of current that are not read yet, 0 to 8 */
    uint8_t current;  /* the byte that was loaded last */
    bool plain;       /* the data has no emulation prevention */
    bool error;
};

/* Starts at the first bit of `data`, which has `size` bytes. NULL with size 0 is an empty unit. */
void bit_reader_init(struct bit_reader *reader, const uint8_t *data, size_t size);

/* The same for a bitstream without emulation prevention (VP9, AV1). */
void bit_reader_init_plain(struct bit_reader *reader, const uint8_t *data, size_t size);

/* u(n): an unsigned integer of `bits` bits, 0 to 32. More than 32 is an error. */
uint32_t bit_reader_u(struct bit_reader *reader, unsigned bits);

/* u(1) as a flag. */
bool bit_reader_flag(struct bit_reader *reader);

/* ue(v), clause 9.1: 0 to 2^32 - 2. */
uint32_t bit_reader_ue(struct bit_reader *reader);

/* se(v), clause 9.1.1: -(2^31 - 1) to 2^31 - 1. */
int32_t bit_reader_se(struct bit_reader *reader);

/* Skips any number of bits. */
void bit_reader_skip(struct bit_reader *reader, size_t bits);

/* Bits read since the start, emulation prevention bytes not counted. */
size_t bit_reader_position(const struct bit_reader *reader);

/*
 * Bits from the start of the data to the end of the last bit read, including emulation prevention
 * bytes before that bit. One that immediately follows that bit does not count.
 */
size_t bit_reader_position_raw(const struct bit_reader *reader);

/* Whether a read failed since bit_reader_init(). */
bool bit_reader_error(const struct bit_reader *reader);

#endif
