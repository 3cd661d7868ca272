/* SPDX-License-Identifier: MIT */
/* Reads random syntax elements and compares each with a reader that unescapes the data first. */
#include <stdlib.h>

#include "codec/bit_reader.h"

#define MAX_SIZE 4096

struct plain {
    uint8_t data[MAX_SIZE];
    size_t bits;
    size_t position;
};

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void unescape(struct plain *plain, const uint8_t *data, size_t size)
{
    unsigned zeros = 0;

    for (size_t i = 0; i < size; i++) {
        if (zeros >= 2 && data[i] == 3) {
            zeros = 0;
            continue;
        }
        zeros = data[i] == 0 ? zeros + 1 : 0;
        plain->data[plain->bits / 8] = data[i];
        plain->bits += 8;
    }
}

/* Reads u(bits); false at the end of the data. */
static bool plain_u(struct plain *plain, unsigned bits, uint64_t *value)
{
    *value = 0;
    for (unsigned i = 0; i < bits; i++) {
        size_t at = plain->position++;

        if (at >= plain->bits)
            return false;
        *value = *value << 1 | ((plain->data[at / 8] >> (7 - at % 8)) & 1);
    }
    return true;
}

static bool plain_ue(struct plain *plain, uint64_t *value)
{
    unsigned zeros = 0;

    for (;;) {
        if (!plain_u(plain, 1, value))
            return false;
        if (*value)
            break;
        zeros++;
    }
    if (zeros > 31 || !plain_u(plain, zeros, value))
        return false;
    *value += ((uint64_t)1 << zeros) - 1;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first quarter of the input says what to read, the rest is read. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct plain plain;
    size_t commands = size / 4;
    struct bit_reader reader;

    if (size > MAX_SIZE)
        return 0;
    plain = (struct plain){.bits = 0};
    unescape(&plain, data + commands, size - commands);
    bit_reader_init(&reader, data + commands, size - commands);
    for (size_t i = 0; i < commands; i++) {
        uint64_t value = 0;
        uint64_t got = 0;
        bool ok = false;

        if (data[i] < 33) {
            ok = plain_u(&plain, data[i], &value);
            got = bit_reader_u(&reader, data[i]);
        } else if (data[i] < 80) {
            ok = plain_ue(&plain, &value);
            got = bit_reader_ue(&reader);
        } else if (data[i] < 128) {
            ok = plain_ue(&plain, &value);
            value = value % 2 ? value / 2 + 1 : -(value / 2);
            got = (uint64_t)(int64_t)bit_reader_se(&reader);
        } else {
            ok = plain_u(&plain, data[i], &value);
            bit_reader_skip(&reader, data[i]);
            value = 0;
        }
        expect(ok != bit_reader_error(&reader));
        if (!ok) {
            expect(got == 0 && bit_reader_u(&reader, 1) == 0 && bit_reader_error(&reader));
            break;
        }
        expect(got == value);
        expect(bit_reader_position(&reader) == plain.position);
        expect(bit_reader_position_raw(&reader) >= plain.position);
        expect(bit_reader_position_raw(&reader) <= 8 * (size - commands));
    }
    return 0;
}
