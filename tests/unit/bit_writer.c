/* SPDX-License-Identifier: MIT */
#include "bit_writer.h"

#include <stdlib.h>

static void put(struct bit_writer *writer, unsigned bit)
{
    if (writer->bits >= 8 * sizeof(writer->rbsp))
        abort();
    writer->rbsp[writer->bits / 8] |= (uint8_t)(bit << (7 - writer->bits % 8));
    writer->bits++;
}

void bit_writer_string(struct bit_writer *writer, const char *bits)
{
    for (; *bits; bits++)
        if (*bits == '0' || *bits == '1')
            put(writer, *bits == '1');
}

void bit_writer_u(struct bit_writer *writer, unsigned bits, uint32_t value)
{
    while (bits-- > 0)
        put(writer, (value >> bits) & 1);
}

/* 9.1: the binary form of value + 1 behind as many zeros as it has bits after the first. */
void bit_writer_ue(struct bit_writer *writer, uint32_t value)
{
    uint64_t code = (uint64_t)value + 1;
    unsigned length = 0;

    while (code >> (length + 1))
        length++;
    bit_writer_u(writer, length, 0);
    for (unsigned i = length + 1; i-- > 0;)
        put(writer, (code >> i) & 1);
}

void bit_writer_se(struct bit_writer *writer, int32_t value)
{
    bit_writer_ue(writer, value > 0 ? 2 * (uint32_t)value - 1 : 2 * (uint32_t)(-(int64_t)value));
}

size_t bit_writer_nal(const struct bit_writer *writer, uint8_t *nal, size_t size)
{
    size_t written = 0;
    unsigned zeros = 0;

    for (size_t i = 0; i < (writer->bits + 7) / 8; i++) {
        uint8_t byte = writer->rbsp[i];

        if (writer->bits - 8 * i < 8)
            byte |= (uint8_t)(0xff >> (writer->bits % 8));
        if (written + 2 > size)
            abort();
        if (zeros == 2 && byte <= 3) {
            nal[written++] = 3;
            zeros = 0;
        }
        nal[written++] = byte;
        zeros = byte == 0 ? zeros + 1 : 0;
    }
    return written;
}
