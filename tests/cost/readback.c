/* SPDX-License-Identifier: MIT */
/* Reading a picture: vaGetImage and vaDeriveImage next to a memcpy of as many bytes. */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 15

static double least(double a, double b)
{
    return a < b ? a : b;
}

/* Seconds of the fastest of ROUNDS: noise only ever adds. */
static double time_copy(const uint8_t *from, uint8_t *to, size_t size)
{
    double best = 1e9;

    for (unsigned i = 0; i < ROUNDS; i++) {
        double start = now_seconds();

        memcpy(to, from, size);
        best = least(best, now_seconds() - start);
    }
    return best;
}

static void report(const char *what, uint32_t fourcc, size_t size, double seconds)
{
    char name[5] = {0};

    memcpy(name, &fourcc, 4);
    printf("%s %s %zu bytes %.1f us\n", what, name, size, seconds * 1e6);
}

static void get_image(VADisplay display, VASurfaceID surface, VAImageFormat *format, unsigned width,
                      unsigned height)
{
    double best = 1e9;
    VAImage image;
    uint8_t *data;

    if (vaCreateImage(display, format, (int)width, (int)height, &image))
        return;
    for (unsigned i = 0; i < ROUNDS; i++) {
        double start = now_seconds();

        if (vaGetImage(display, surface, 0, 0, width, height, image.image_id)) {
            vaDestroyImage(display, image.image_id);
            return;
        }
        best = least(best, now_seconds() - start);
    }
    report("get", format->fourcc, image.data_size, best);
    if (!vaMapBuffer(display, image.buf, (void **)&data)) {
        uint8_t *copy = malloc(image.data_size);

        if (copy) {
            memset(copy, 1, image.data_size);
            report("copy", format->fourcc, image.data_size, time_copy(data, copy, image.data_size));
        }
        free(copy);
        vaUnmapBuffer(display, image.buf);
    }
    vaDestroyImage(display, image.image_id);
}

/* Deriving, mapping, copying what it shows, and letting go. */
static void derive(VADisplay display, VASurfaceID surface)
{
    double best = 1e9, bare = 1e9;
    uint8_t *copy = NULL;
    VAImage image;

    for (unsigned i = 0; i < ROUNDS; i++) {
        double start = now_seconds(), mapped;
        void *data;

        if (vaDeriveImage(display, surface, &image))
            break;
        if (!vaMapBuffer(display, image.buf, &data)) {
            mapped = now_seconds();
            if (!copy)
                copy = calloc(1, image.data_size);
            if (copy)
                memcpy(copy, data, image.data_size);
            bare = least(bare, now_seconds() - mapped);
            vaUnmapBuffer(display, image.buf);
        }
        vaDestroyImage(display, image.image_id);
        if (i)
            best = least(best, now_seconds() - start);
    }
    if (copy) {
        report("derive", image.format.fourcc, image.data_size, best);
        report("derive-copy", image.format.fourcc, image.data_size, bare);
    }
    free(copy);
}

int readback(VADisplay display, VASurfaceID surface, unsigned width, unsigned height)
{
    int count = vaMaxNumImageFormats(display);
    VAImageFormat *formats = calloc((size_t)count, sizeof(*formats));

    if (!formats || vaQueryImageFormats(display, formats, &count))
        return EXIT_FAILURE;
    for (int i = 0; i < count; i++)
        get_image(display, surface, &formats[i], width, height);
    derive(display, surface);
    free(formats);
    return EXIT_SUCCESS;
}
