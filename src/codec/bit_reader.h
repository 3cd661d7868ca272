/* SPDX-License-Identifier: MIT */
#ifndef BIT_READER_H
#define BIT_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads the syntax elements of an H.264 or HEVC NAL unit, most significant bit first, straight from
 * its encoded bytes: emulation_prevention_three_byte (the 03 of 00 00 03, Rec. ITU-T H.264 7.3.1
 * and H.265 7.3.1.1) is stepped over and never seen by the caller.
 *
 * Nothing is allocated and the data is only borrowed. The first error (reading past the end, or an
 * Exp-Golomb code longer than the standard allows) is latched: that read and all later ones return
 * 0, and bit_reader_error() tells. A caller may so parse a whole header and check once, as long as
 * its loops are bounded by something else than the data.
 */
struct bit_reader {
    const uint8_t *data;
    size_t size;
    size_t next;      /* index of the first byte of data that is not loaded yet */
    size_t emulation; /* emulation prevention bytes stepped over so far */
    unsigned zeros;   /* consecutive 00 bytes just before next */
    unsigned left;    /* bits of current that are not read yet, 0 to 8 */
    uint8_t current;  /* the byte that was loaded last */
    bool plain;       /* 00 00 03 means just that */
    bool error;
};

/* Starts at the first bit of `data`, `size` bytes. A NULL `data` with size 0 is an empty unit.
 */
void bit_reader_init(struct bit_reader *reader, const uint8_t *data, size_t size);

/* The same for a bitstream without emulation prevention, as VP9 and AV1 have it. */
void bit_reader_init_plain(struct bit_reader *reader, const uint8_t *data, size_t size);

/* u(n): an unsigned integer of `bits` bits, 0 to 32. More than 32 is an error. */
uint32_t bit_reader_u(struct bit_reader *reader, unsigned bits);

/* u(1) as a flag. */
bool bit_reader_flag(struct bit_reader *reader);

/* ue(v), clause 9.1: 0 to 2^32 - 2. */
uint32_t bit_reader_ue(struct bit_reader *reader);

/* se(v), clause 9.1.1: -(2^31 - 1) to 2^31 - 1. */
int32_t bit_reader_se(struct bit_reader *reader);

/* Steps over `bits` bits, any number. */
void bit_reader_skip(struct bit_reader *reader, size_t bits);

/* Bits read since the start, emulation prevention bytes not counted. */
size_t bit_reader_position(const struct bit_reader *reader);

/*
 * Bits from the start of the data to just behind the last bit read, emulation prevention bytes
 * before that bit counted. One that follows that bit immediately is not counted.
 */
size_t bit_reader_position_raw(const struct bit_reader *reader);

/* Whether a read failed since bit_reader_init(). */
bool bit_reader_error(const struct bit_reader *reader);

#endif
