/* SPDX-License-Identifier: MIT */
#include "pixels/nc30.h"

#include <endian.h>
#include <stddef.h>
#include <string.h>

/* Moves sample i of a group (bits 10 i to 10 i + 9) to the upper 10 bits of the i-th 16-bit
 * word. */
static uint64_t spread(uint32_t group)
{
    const uint64_t upper = 0xffc0, samples = group;

    return (samples << 6 & upper) | (samples << 12 & upper << 16) | (samples << 18 & upper << 32);
}

static uint64_t load(const uint8_t *from)
{
    uint32_t group;

    memcpy(&group, from, sizeof(group));
    return htole64(spread(le32toh(group)));
}

/* Unpacks samples `first` to `first + count - 1`, all of one group. */
static void unpack_some(uint8_t *to, const uint8_t *from, unsigned first, unsigned count)
{
    const uint64_t samples = load(from);

    memcpy(to, (const uint8_t *)&samples + 2 * (size_t)first, 2 * (size_t)count);
}

void nc30_unpack(uint8_t *to, const uint8_t *line, uint32_t first, uint32_t count)
{
    const uint8_t *from = line + (size_t)(first / NC30_GROUP_SAMPLES) * NC30_GROUP_BYTES;
    const unsigned skip = first % NC30_GROUP_SAMPLES;

    if (skip && count) {
        const unsigned head =
            NC30_GROUP_SAMPLES - skip < count ? NC30_GROUP_SAMPLES - skip : (unsigned)count;

        unpack_some(to, from, skip, head);
        to += 2 * (size_t)head;
        from += NC30_GROUP_BYTES;
        count -= head;
    }
    /* A store writes two bytes that belong to the next group's samples, so a next group must
     * exist. */
    for (; count > NC30_GROUP_SAMPLES; count -= NC30_GROUP_SAMPLES) {
        const uint64_t samples = load(from);

        memcpy(to, &samples, sizeof(samples));
        to += 2 * (size_t)NC30_GROUP_SAMPLES;
        from += NC30_GROUP_BYTES;
    }
    if (count)
        unpack_some(to, from, 0, count);
}
