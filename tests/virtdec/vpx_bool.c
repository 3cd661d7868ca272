/* SPDX-License-Identifier: MIT */
/* The boolean decoder, see vpx_bool.h. */
#include "vpx_bool.h"

/* Keeps at least 16 bits in value; zeros follow the data. */
static void fill(struct vd_bool *b)
{
    while (b->bits < 16) {
        uint64_t byte = b->next < b->size ? b->data[b->next] : 0;
        b->next++;
        b->value |= byte << (48 - b->bits);
        b->bits += 8;
    }
}

void vd_bool_init(struct vd_bool *b, const uint8_t *data, size_t size)
{
    *b = (struct vd_bool){.data = data, .size = size, .range = 255, .bits = -8};
    fill(b);
}

/* One bool, false with probability / 256. */
unsigned vd_bool_get(struct vd_bool *b, unsigned probability)
{
    unsigned split = 1 + ((b->range - 1) * probability >> 8);
    uint64_t big_split = (uint64_t)split << 56;
    unsigned bit = b->value >= big_split;
    if (bit) {
        b->range -= split;
        b->value -= big_split;
    } else {
        b->range = split;
    }
    int shift = __builtin_clz(b->range) - 24;
    b->range <<= shift;
    b->value <<= shift;
    b->bits -= shift;
    b->position += (size_t)shift;
    fill(b);
    return bit;
}

/* L(bits): most significant bit first. */
unsigned vd_bool_literal(struct vd_bool *b, unsigned bits)
{
    unsigned value = 0;
    for (; bits; bits--)
        value = value * 2 + vd_bool_get(b, 128);
    return value;
}

/* A magnitude and a sign behind a flag; 0 without the flag. */
int vd_bool_optional(struct vd_bool *b, unsigned bits)
{
    if (!vd_bool_literal(b, 1))
        return 0;
    int value = (int)vd_bool_literal(b, bits);
    return vd_bool_literal(b, 1) ? -value : value;
}

/* The coder's value as both standards have it: 8 bits. */
uint8_t vd_bool_value(const struct vd_bool *b)
{
    return (uint8_t)(b->value >> 56);
}

/* Whether more was read than there is. */
bool vd_bool_failed(const struct vd_bool *b)
{
    return b->position > 8 * b->size;
}
