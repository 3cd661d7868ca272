/* SPDX-License-Identifier: MIT */
#ifndef BOOL_DECODER_H
#define BOOL_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The boolean entropy decoder that VP8 (RFC 6386, 7) and VP9 (9.2) share, as far as headers need
 * it: bit by bit, so that its state at any time is the state that both standards speak of.
 *
 * Nothing is allocated and the data is only borrowed. Behind its end stand zero bits, as both
 * standards have it; a decoder that consumed more bits than there are is in error, which is latched
 * and told by bool_decoder_error(). A caller may so parse a whole header and check once, as long as
 * its loops are bounded by something else than the data.
 */
struct bool_decoder {
    const uint8_t *data;
    size_t size;
    size_t position; /* bits shifted out of `value` so far */
    uint8_t value;   /* BoolValue: the 8 bits of data at `position`, less what was decoded */
    uint8_t range;   /* BoolRange: 128 to 255 between two reads */
};

/* Starts at the first bit of `data`, `size` bytes. A NULL `data` with size 0 is all zeros. */
void bool_decoder_init(struct bool_decoder *decoder, const uint8_t *data, size_t size);

/* One bool that is false with probability `probability` / 256, 1 to 255: B(p). */
bool bool_decoder_bool(struct bool_decoder *decoder, uint8_t probability);

/* An unsigned integer of `bits` bools of even chance, most significant first: L(n), 0 to 31. */
uint32_t bool_decoder_literal(struct bool_decoder *decoder, unsigned bits);

/* A bool of even chance: L(1). */
bool bool_decoder_flag(struct bool_decoder *decoder);

/* Bits consumed since the start: those in front of the 8 that `value` is made of. */
size_t bool_decoder_position(const struct bool_decoder *decoder);

/* Whether more bits were consumed than the data has. */
bool bool_decoder_error(const struct bool_decoder *decoder);

#endif
