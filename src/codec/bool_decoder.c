/* SPDX-License-Identifier: MIT */
#include "codec/bool_decoder.h"

static unsigned bit_at(const struct bool_decoder *decoder, size_t position)
{
    if (position / 8 >= decoder->size)
        return 0;
    return decoder->data[position / 8] >> (7 - position % 8) & 1;
}

void bool_decoder_init(struct bool_decoder *decoder, const uint8_t *data, size_t size)
{
    *decoder = (struct bool_decoder){
        .data = data,
        .size = data ? size : 0,
        .range = 255,
    };
    if (data && size)
        decoder->value = data[0];
}

bool bool_decoder_bool(struct bool_decoder *decoder, uint8_t probability)
{
    const unsigned split = 1 + ((decoder->range - 1u) * probability >> 8);
    const bool result = decoder->value >= split;
    unsigned range = split;
    unsigned value = decoder->value;

    if (result) {
        range = decoder->range - split;
        value -= split;
    }
    /* In valid data `value` is less than `range`, so no bit of it is lost here. */
    while (range < 128) {
        range <<= 1;
        value = value << 1 | bit_at(decoder, decoder->position + 8);
        decoder->position++;
    }
    decoder->range = (uint8_t)range;
    decoder->value = (uint8_t)value;
    return result;
}

uint32_t bool_decoder_literal(struct bool_decoder *decoder, unsigned bits)
{
    uint32_t value = 0;

    while (bits-- > 0)
        value = value << 1 | bool_decoder_bool(decoder, 128);
    return value;
}

bool bool_decoder_flag(struct bool_decoder *decoder)
{
    return bool_decoder_bool(decoder, 128);
}

size_t bool_decoder_position(const struct bool_decoder *decoder)
{
    return decoder->position;
}

bool bool_decoder_error(const struct bool_decoder *decoder)
{
    return decoder->position > 8 * decoder->size;
}
