/* SPDX-License-Identifier: MIT */
#include "pixels/nv15.h"

#include <endian.h>
#include <stddef.h>
#include <string.h>

#define GROUP_SAMPLES 4u
#define GROUP_BYTES   5u
#define LOAD_BYTES    sizeof(uint64_t)

/* Unpacks two groups at a time where the processor can shuffle the bytes of a vector. */
#if defined(__has_builtin) && !defined(NV15_SCALAR)
#if __has_builtin(__builtin_shufflevector) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#if defined(__aarch64__)
#define HAVE_VECTORS  1
#define VECTOR_TARGET /* any */
#elif defined(__x86_64__)
#define HAVE_VECTORS  1
#define VECTOR_TARGET __attribute__((target("ssse3")))
#endif
#endif
#endif

/* Moves sample i of a group (bits 10 i to 10 i + 9) to the upper 10 bits of the i-th 16-bit
 * word. */
static uint64_t spread(uint64_t group)
{
    const uint64_t upper = 0xffc0;

    return (group << 6 & upper) | (group << 12 & upper << 16) | (group << 18 & upper << 32) |
           (group << 24 & upper << 48);
}

/* Unpacks samples `first` to `first + count - 1`, all of one group. */
static void unpack_some(uint8_t *to, const uint8_t *from, unsigned first, unsigned count)
{
    uint64_t group = 0, samples;

    memcpy(&group, from, GROUP_BYTES);
    samples = htole64(spread(le64toh(group)));
    memcpy(to, (const uint8_t *)&samples + 2 * (size_t)first, 2 * (size_t)count);
}

#ifdef HAVE_VECTORS
typedef uint8_t bytes __attribute__((vector_size(16)));
typedef uint16_t words __attribute__((vector_size(16)));

#define VECTOR_SAMPLES (sizeof(words) / sizeof(uint16_t))
#define VECTOR_BYTES   (VECTOR_SAMPLES / GROUP_SAMPLES * GROUP_BYTES)
/* A load reads six bytes beyond its samples: those must belong to samples, too. */
#define VECTOR_LEAST (sizeof(bytes) / GROUP_BYTES * GROUP_SAMPLES + GROUP_SAMPLES)

/* Unpacks from the start of a group as many samples as whole vectors hold, and returns how many. */
VECTOR_TARGET static uint32_t unpack_vectors(uint8_t *to, const uint8_t *from, uint32_t count)
{
    const words up = {64, 16, 4, 1, 64, 16, 4, 1}; /* as shifts by 6, 4, 2 and 0 */
    uint32_t done = 0;

    for (; count - done >= VECTOR_LEAST; done += VECTOR_SAMPLES) {
        bytes packed;
        words samples;

        memcpy(&packed, from, sizeof(packed));
        /* Pairs the two bytes that each sample lies in. */
        packed =
            __builtin_shufflevector(packed, packed, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 6, 7, 7, 8, 8, 9);
        samples = (words)packed * up & 0xffc0;
        memcpy(to, &samples, sizeof(samples));
        to += sizeof(samples);
        from += VECTOR_BYTES;
    }
    return done;
}

static uint32_t unpack_fast(uint8_t *to, const uint8_t *from, uint32_t count)
{
#ifdef __x86_64__
    if (!__builtin_cpu_supports("ssse3"))
        return 0;
#endif
    return unpack_vectors(to, from, count);
}
#else
static uint32_t unpack_fast(uint8_t *to, const uint8_t *from, uint32_t count)
{
    (void)to;
    (void)from;
    (void)count;
    return 0;
}
#endif

void nv15_unpack(uint8_t *to, const uint8_t *line, uint32_t first, uint32_t count)
{
    const uint8_t *from = line + (size_t)(first / GROUP_SAMPLES) * GROUP_BYTES;
    const unsigned skip = first % GROUP_SAMPLES;
    uint32_t done;

    if (skip && count) {
        unsigned head = GROUP_SAMPLES - skip < count ? GROUP_SAMPLES - skip : count;

        unpack_some(to, from, skip, head);
        to += 2 * (size_t)head;
        from += GROUP_BYTES;
        count -= head;
    }
    done = unpack_fast(to, from, count);
    to += 2 * (size_t)done;
    from += (size_t)done / GROUP_SAMPLES * GROUP_BYTES;
    count -= done;
    /* A load reads three bytes of the next group, so a next group must exist. */
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
