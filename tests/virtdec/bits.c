/* SPDX-License-Identifier: MIT */
/* Bit strings, see bits.h. */
#include <stdlib.h>
#include <string.h>

#include "bits.h"

static uint8_t *grow(struct vd_writer *w, size_t more)
{
    if (w->failed)
        return NULL;
    if (w->size + more > w->room) {
        size_t room = (w->size + more) * 2;
        uint8_t *data = realloc(w->data, room);
        if (!data) {
            w->failed = true;
            return NULL;
        }
        w->data = data;
        w->room = room;
    }
    uint8_t *at = w->data + w->size;
    w->size += more;
    return at;
}

/* Appends count (0..32) bits, the highest first. */
void vd_put_bits(struct vd_writer *w, unsigned count, uint32_t value)
{
    while (count--) {
        if (!w->free_bits) {
            uint8_t *byte = grow(w, 1);
            if (!byte)
                return;
            *byte = 0;
            w->free_bits = 8;
        }
        w->free_bits--;
        w->data[w->size - 1] |= (uint8_t)((value >> count & 1) << w->free_bits);
    }
}

/* Appends an unsigned Exp-Golomb code (ITU-T H.264 9.1). */
void vd_put_ue(struct vd_writer *w, uint32_t value)
{
    uint64_t code = (uint64_t)value + 1;
    unsigned length = 0;
    while (code >> length > 1)
        length++;
    vd_put_bits(w, length, 0);
    if (length == 32)
        vd_put_bits(w, 1, 1);
    vd_put_bits(w, length == 32 ? 32 : length + 1, (uint32_t)code);
}

/* Appends a signed Exp-Golomb code. */
void vd_put_se(struct vd_writer *w, int32_t value)
{
    int64_t wide = value;
    vd_put_ue(w, (uint32_t)(wide > 0 ? 2 * wide - 1 : -2 * wide));
}

/* Fills up to a byte boundary: first the given bit, then zeros (1: rbsp_trailing_bits). */
void vd_put_align(struct vd_writer *w, unsigned bit)
{
    if (bit)
        vd_put_bits(w, 1, 1);
    w->free_bits = 0;
}

/* Appends whole bytes; the position must be byte-aligned. */
void vd_put_bytes(struct vd_writer *w, const uint8_t *data, size_t size)
{
    uint8_t *to = size ? grow(w, size) : NULL;
    if (to)
        memcpy(to, data, size);
    w->free_bits = 0;
}

/* Appends start code, one byte of NAL header and an RBSP with emulation prevention (7.3.1). */
void vd_put_nal(struct vd_writer *w, uint8_t header, const struct vd_writer *rbsp)
{
    const uint8_t start[4] = {0, 0, 0, 1};
    unsigned zeros = 0;
    vd_put_bytes(w, start, sizeof(start));
    vd_put_bytes(w, &header, 1);
    for (size_t i = 0; i < rbsp->size; i++) {
        const uint8_t escape = 3;
        if (zeros == 2 && rbsp->data[i] <= 3) {
            vd_put_bytes(w, &escape, 1);
            zeros = 0;
        }
        vd_put_bytes(w, &rbsp->data[i], 1);
        zeros = rbsp->data[i] ? 0 : zeros + 1;
    }
    w->failed |= rbsp->failed;
}

/* Empties a writer and keeps its memory. */
void vd_writer_clear(struct vd_writer *w)
{
    w->size = 0;
    w->free_bits = 0;
    w->failed = false;
}

/* Frees a writer's memory. */
void vd_writer_free(struct vd_writer *w)
{
    free(w->data);
    *w = (struct vd_writer){0};
}

/* Starts reading behind the NAL header. */
void vd_reader_init(struct vd_reader *r, const uint8_t *data, size_t size)
{
    *r = (struct vd_reader){.data = data, .size = size};
}

static unsigned get_bit(struct vd_reader *r)
{
    if (!r->bit && r->zeros >= 2 && r->at < r->size && r->data[r->at] == 3) {
        r->at++;
        r->skipped++;
        r->zeros = 0;
    }
    if (r->at >= r->size) {
        r->failed = true;
        return 0;
    }
    unsigned value = r->data[r->at] >> (7 - r->bit) & 1;
    r->consumed++;
    if (++r->bit == 8) {
        r->bit = 0;
        r->zeros = r->data[r->at] ? 0 : r->zeros + 1;
        r->at++;
    }
    return value;
}

/* Reads count (0..32) bits. */
uint32_t vd_get_bits(struct vd_reader *r, unsigned count)
{
    uint32_t value = 0;
    while (count--)
        value = value << 1 | get_bit(r);
    return value;
}

/* Reads an unsigned Exp-Golomb code. */
uint32_t vd_get_ue(struct vd_reader *r)
{
    unsigned length = 0;
    while (!get_bit(r)) {
        if (r->failed || ++length > 32) {
            r->failed = true;
            return 0;
        }
    }
    return (uint32_t)((UINT64_C(1) << length) - 1 + vd_get_bits(r, length));
}

/* Reads a signed Exp-Golomb code. */
int32_t vd_get_se(struct vd_reader *r)
{
    uint32_t code = vd_get_ue(r);
    int64_t half = ((int64_t)code + 1) / 2;
    return (int32_t)(code & 1 ? half : -half);
}
