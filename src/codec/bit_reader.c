/* SPDX-License-Identifier: MIT */
#include "codec/bit_reader.h"

void bit_reader_init(struct bit_reader *reader, const uint8_t *data, size_t size)
{
    *reader = (struct bit_reader){.data = data, .size = data ? size : 0};
}

void bit_reader_init_plain(struct bit_reader *reader, const uint8_t *data, size_t size)
{
    bit_reader_init(reader, data, size);
    reader->plain = true;
}

static void fail(struct bit_reader *reader)
{
    reader->error = true;
    reader->left = 0;
    reader->next = reader->size;
}

static bool load_byte(struct bit_reader *reader)
{
    if (!reader->plain && reader->next < reader->size && reader->zeros >= 2 &&
        reader->data[reader->next] == 0x03) {
        reader->next++;
        reader->emulation++;
        reader->zeros = 0;
    }
    if (reader->next >= reader->size)
        return false;
    reader->current = reader->data[reader->next++];
    reader->zeros = reader->current == 0 ? reader->zeros + (reader->zeros < 2) : 0;
    reader->left = 8;
    return true;
}

uint32_t bit_reader_u(struct bit_reader *reader, unsigned bits)
{
    uint64_t value = 0;

    if (bits > 32)
        fail(reader);
    if (reader->error)
        return 0;
    while (bits > 0) {
        unsigned take;

        if (reader->left == 0 && !load_byte(reader)) {
            fail(reader);
            return 0;
        }
        take = bits < reader->left ? bits : reader->left;
        reader->left -= take;
        bits -= take;
        value = (value << take) |
                (((uint64_t)reader->current >> reader->left) & (((uint64_t)1 << take) - 1));
    }
    return (uint32_t)value;
}

bool bit_reader_flag(struct bit_reader *reader)
{
    return bit_reader_u(reader, 1) != 0;
}

uint32_t bit_reader_ue(struct bit_reader *reader)
{
    unsigned leading_zero_bits = 0;

    while (!bit_reader_flag(reader)) {
        leading_zero_bits++;
        if (reader->error || leading_zero_bits > 31) {
            fail(reader);
            return 0;
        }
    }
    if (leading_zero_bits == 0)
        return 0;
    uint32_t suffix = bit_reader_u(reader, leading_zero_bits);
    uint32_t value = ((uint32_t)1 << leading_zero_bits) - 1 + suffix;

    /* A suffix beyond the end was read as 0; the prefix alone is not a value. */
    return reader->error ? 0 : value;
}

int32_t bit_reader_se(struct bit_reader *reader)
{
    uint32_t code_num = bit_reader_ue(reader);
    /* At most 2^31 - 1, since code_num is at most 2^32 - 2. */
    int32_t magnitude = (int32_t)(code_num / 2 + code_num % 2);

    return code_num % 2 ? magnitude : -magnitude;
}

void bit_reader_skip(struct bit_reader *reader, size_t bits)
{
    while (bits > 0 && !reader->error) {
        unsigned step = bits < 32 ? (unsigned)bits : 32;

        bit_reader_u(reader, step);
        bits -= step;
    }
}

size_t bit_reader_position(const struct bit_reader *reader)
{
    return (reader->next - reader->emulation) * 8 - reader->left;
}

size_t bit_reader_position_raw(const struct bit_reader *reader)
{
    return reader->next * 8 - reader->left;
}

bool bit_reader_error(const struct bit_reader *reader)
{
    return reader->error;
}
