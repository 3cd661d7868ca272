/* SPDX-License-Identifier: MIT */
#include "bool_writer.h"

#include <string.h>

void bool_writer_init(struct bool_writer *writer)
{
    memset(writer, 0, sizeof(*writer));
    writer->range = 255;
}

/* Adds an 8-bit number whose first bit has the weight of bit `position`. */
static void add(struct bool_writer *writer, size_t position, unsigned value)
{
    size_t byte = position / 8 + 1;
    unsigned sum = value << (8 - position % 8);

    sum += (unsigned)writer->bytes[byte - 1] << 8 | writer->bytes[byte];
    writer->bytes[byte] = (uint8_t)sum;
    writer->bytes[byte - 1] = (uint8_t)(sum >> 8);
    for (byte--; sum >> 16 && byte > 0; byte--)
        sum = (unsigned)(++writer->bytes[byte - 1] == 0) << 16;
}

void bool_writer_bool(struct bool_writer *writer, uint8_t probability, bool value)
{
    const unsigned split = 1 + ((writer->range - 1) * probability >> 8);

    if (value) {
        add(writer, writer->position, split);
        writer->range -= split;
    } else {
        writer->range = split;
    }
    for (; writer->range < 128; writer->range <<= 1)
        writer->position++;
}

void bool_writer_literal(struct bool_writer *writer, unsigned bits, uint32_t value)
{
    while (bits-- > 0)
        bool_writer_bool(writer, 128, value >> bits & 1);
}

size_t bool_writer_size(const struct bool_writer *writer)
{
    return writer->position / 8 + 2;
}
