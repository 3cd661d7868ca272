/* SPDX-License-Identifier: MIT */
/*
 * How long it takes to unpack pictures of NV15 to P010, next to memcpy() of as many bytes as are
 * written and to taking the samples one by one.
 * Usage: bench_nv15 [WIDTH HEIGHT]
 */
#include "pixels/nv15.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 60

struct picture {
    uint8_t *packed, *unpacked, *copy;
    uint32_t width, lines;
    size_t packed_pitch, pitch; /* bytes */
};

static void unpack(const struct picture *picture)
{
    for (size_t y = 0; y < picture->lines; y++)
        nv15_unpack(picture->unpacked + y * picture->pitch,
                    picture->packed + y * picture->packed_pitch, 0, picture->width);
}

static void copy(const struct picture *picture)
{
    for (size_t y = 0; y < picture->lines; y++)
        memcpy(picture->copy + y * picture->pitch, picture->unpacked + y * picture->pitch,
               2 * (size_t)picture->width);
}

static void one_by_one(const struct picture *picture)
{
    for (size_t y = 0; y < picture->lines; y++) {
        const uint8_t *line = picture->packed + y * picture->packed_pitch;
        uint8_t *to = picture->copy + y * picture->pitch;

        for (size_t x = 0; x < picture->width; x++) {
            const uint8_t *from = line + x * 10 / 8;
            unsigned value = (from[0] | (unsigned)from[1] << 8) >> x * 10 % 8 & 0x3ff;

            to[2 * x] = (uint8_t)(value << 6);
            to[2 * x + 1] = (uint8_t)(value >> 2);
        }
    }
}

/* The best of all rounds, in ms. */
static double measure(void (*work)(const struct picture *), const struct picture *picture)
{
    double best = 1e9;

    for (unsigned i = 0; i < ROUNDS; i++) {
        struct timespec start, end;
        double ms;

        clock_gettime(CLOCK_MONOTONIC, &start);
        work(picture);
        clock_gettime(CLOCK_MONOTONIC, &end);
        ms = 1e3 * (double)(end.tv_sec - start.tv_sec) +
             1e-6 * (double)(end.tv_nsec - start.tv_nsec);
        best = ms < best ? ms : best;
    }
    return best;
}

static bool report(const struct picture *picture)
{
    double copied, unpacked = measure(unpack, picture), slow = measure(one_by_one, picture);

    if (memcmp(picture->copy, picture->unpacked, picture->pitch * picture->lines) != 0) {
        fprintf(stderr, "the two ways to unpack differ\n");
        return false;
    }
    copied = measure(copy, picture);
    printf("%u samples a line, %u lines: nv15_unpack %.2f ms, one by one %.2f ms, memcpy %.2f ms: "
           "%.2f times memcpy\n",
           picture->width, picture->lines, unpacked, slow, copied, unpacked / copied);
    return true;
}

int main(int argc, char **argv)
{
    const uint32_t width = argc == 3 ? (uint32_t)strtoul(argv[1], NULL, 10) : 3840;
    const uint32_t height = argc == 3 ? (uint32_t)strtoul(argv[2], NULL, 10) : 2160;
    struct picture picture = {
        .width = width,
        .lines = height + height / 2,
        .packed_pitch = ((size_t)width + 3) / 4 * 5,
        .pitch = 2 * (size_t)width,
    };
    bool done = false;

    if (!width || !height || width > 16384 || height > 16384)
        return EXIT_FAILURE;
    picture.packed = malloc(picture.packed_pitch * picture.lines);
    picture.unpacked = malloc(picture.pitch * picture.lines);
    picture.copy = malloc(picture.pitch * picture.lines);
    if (picture.packed && picture.unpacked && picture.copy) {
        for (size_t i = 0; i < picture.packed_pitch * picture.lines; i++)
            picture.packed[i] = (uint8_t)(i * 37 + i / 251);
        done = report(&picture);
    }
    free(picture.packed);
    free(picture.unpacked);
    free(picture.copy);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
