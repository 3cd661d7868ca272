/* SPDX-License-Identifier: MIT */
#include "nv15.h"

#include <endian.h>
#include <string.h>

#define GROUP_SAMPLES 4u
#define GROUP_BYTES   5u
#define LOAD_BYTES    sizeof(uint64_t)

/* Sample i of a group, bits 10 i to 10 i + 9, goes to the upper 10 bits of the i-th 16. */
static uint64_t spread(uint64_t group)
{
    const uint64_t upper = 0xffc0;

    return (group << 6 & upper) | (group << 12 & upper << 16) | (group << 18 & upper << 32) |
           (group << 24 & upper << 48);
}

/* Samples `first` to `first + count - 1`, all of one group. */
static void unpack_some(uint8_t *to, const uint8_t *from, unsigned first, unsigned count)
{
    uint64_t group = 0, samples;

    memcpy(&group, from, GROUP_BYTES);
    samples = htole64(spread(le64toh(group)));
    memcpy(to, (const uint8_t *)&samples + 2 * (size_t)first, 2 * (size_t)count);
}

void nv15_unpack(uint8_t *to, const uint8_t *line, uint32_t first, uint32_t count)
{
    const uint8_t *from = line + (size_t)(first / GROUP_SAMPLES) * GROUP_BYTES;
    const unsigned skip = first % GROUP_SAMPLES;

    if (skip && count) {
        unsigned head = GROUP_SAMPLES - skip < count ? GROUP_SAMPLES - skip : count;

        unpack_some(to, from, skip, head);
        to += 2 * (size_t)head;
        from += GROUP_BYTES;
        count -= head;
    }
    /* A load takes three bytes of the next group, so there has to be one. */
    for (; count > GROUP_SAMPLES; count -= GROUP_SAMPLES) {
        uint64_t group;

        memcpy(&group, from, LOAD_BYTES);
        group = htole64(spread(le64toh(group)));
        memcpy(to, &group, LOAD_BYTES);
        to += LOAD_BYTES;
        from += GROUP_BYTES;
    }
    if (count)
        unpack_some(to, from, 0, count);
}
