/* SPDX-License-Identifier: MIT */
#ifndef BOOL_DECODER_H
#define BOOL_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The boolean entropy decoder that VP8 (RFC 6386, 7) and VP9 (9.2) share, for headers only. It
 * works bit by bit, so that its state is always the one that both standards define.
 *
 * The decoder allocates nothing and does not own the data. Zero bits follow its end, as both
 * standards define it. If the decoder consumes more bits than the data has, it latches an error,
 * which bool_decoder_error() returns. A caller can therefore parse a whole header and check once,
 * as long as something other than the data bounds its loops.
 */
struct bool_decoder {
    const uint8_t *data;
    size_t size;
    size_t position; /* bits shifted out of `value` so far */
    uint8_t value;   /* BoolValue: the 8 bits of data at `position`, minus what was decoded */
    uint8_t range;   /* BoolRange: 128 to 255 between two reads */
};

/* Starts at the first bit of `data`, which has `size` bytes. NULL with size 0 is all zeros. */
void bool_decoder_init(struct bool_decoder *decoder, const uint8_t *data, size_t size);

/* One bool that is false with probability `probability` / 256, 1 to 255: B(p). */
bool bool_decoder_bool(struct bool_decoder *decoder, uint8_t probability);

/* An unsigned integer of `bits` bools of even probability, most significant first: L(n), 0 to
 * 31. */
uint32_t bool_decoder_literal(struct bool_decoder *decoder, unsigned bits);

/* A bool of even probability: L(1). */
bool bool_decoder_flag(struct bool_decoder *decoder);

/* Bits consumed since the start: those before the 8 in `value`. */
size_t bool_decoder_position(const struct bool_decoder *decoder);

/* Whether more bits were consumed than the data has. */
bool bool_decoder_error(const struct bool_decoder *decoder);

#endif
