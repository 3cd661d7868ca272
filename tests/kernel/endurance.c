/* SPDX-License-Identifier: MIT */
/*
 * Thousands of pictures, contexts and surfaces on a real kernel: file descriptors, memory, mappings
 * and the kernel's dma-bufs must not grow.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "va_client.h"

enum { WIDTH = 320, HEIGHT = 240, PICTURES = 2000, WARM_UP = 200 };

static enum client_codec codecs[CLIENT_CODECS];
static unsigned int codec_count;

/* What a leak would show in. */
struct usage {
    unsigned int descriptors; /* open, of this process */
    unsigned int mappings;    /* lines of /proc/self/maps */
    long resident;            /* KiB */
    long dma_bufs;            /* of the whole kernel */
    long slab;                /* KiB, unreclaimable, of the whole kernel */
    long buffers;             /* KiB of vmalloc(), where visl's buffers are; of the whole kernel */
    long available;           /* KiB: what is left for those of the simulated devices, too */
};

static unsigned int count_lines(const char *path)
{
    unsigned int count = 0;
    FILE *file = fopen(path, "r");

    if (!file)
        return 0;
    for (int c; (c = fgetc(file)) != EOF;)
        count += c == '\n';
    fclose(file);
    return count;
}

/* The number after label in a file of lines; -1 when there is none. */
static long number_after(const char *path, const char *label)
{
    char line[256];
    long value = -1;
    FILE *file = fopen(path, "r");

    if (!file)
        return -1;
    while (fgets(line, sizeof(line), file)) {
        const char *at = strstr(line, label);
        if (at)
            value = strtol(at + strlen(label), NULL, 10);
    }
    fclose(file);
    return value;
}

static struct usage measure(void)
{
    return (struct usage){
        .descriptors = client_descriptors(false),
        .mappings = count_lines("/proc/self/maps"),
        .resident = number_after("/proc/self/status", "VmRSS:"),
        .dma_bufs = number_after("/sys/kernel/debug/dma_buf/bufinfo", "Total "),
        .slab = number_after("/proc/meminfo", "SUnreclaim:"),
        .buffers = number_after("/proc/meminfo", "VmallocUsed:"),
        .available = number_after("/proc/meminfo", "MemAvailable:"),
    };
}

/* What else moves the whole kernel's free memory, in KiB: pages of files, lists of each processor.
 */
#define OTHERS 4096

/* slack: what caches may take, in KiB */
static bool not_grown(const struct usage *before, const struct usage *after, long slack)
{
    CHECK(before->dma_bufs >= 0 && before->resident > 0 && before->slab > 0);
    CHECK(before->buffers > 0 && before->available > 0);
    if (after->descriptors > before->descriptors || after->mappings > before->mappings ||
        after->dma_bufs > before->dma_bufs || after->resident > before->resident + slack ||
        after->slab > before->slab + slack || after->buffers > before->buffers + slack ||
        after->available < before->available - slack - OTHERS) {
        fprintf(stderr,
                "grown: descriptors %u to %u, mappings %u to %u, dma-bufs %ld to %ld, resident "
                "%ld to %ld KiB, slab %ld to %ld KiB, buffers %ld to %ld KiB, available %ld to %ld "
                "KiB\n",
                before->descriptors, after->descriptors, before->mappings, after->mappings,
                before->dma_bufs, after->dma_bufs, before->resident, after->resident, before->slab,
                after->slab, before->buffers, after->buffers, before->available, after->available);
        return false;
    }
    return true;
}

/* One picture the way that a player handles it: decoded, read or exported, forgotten. */
static bool one_picture(struct session *session, unsigned int i)
{
    VASurfaceID surface = session->surfaces[i % session->surface_count];
    VADRMPRIMESurfaceDescriptor exported;
    uint64_t hash;

    if (!session_decode(session, surface, i % 3 == 0))
        return false;
    if (i % 4 == 0 && !surface_hash(session->client, surface, WIDTH, HEIGHT, i % 8 == 0, &hash))
        return false;
    if (i % 5 == 0) {
        if (!surface_export(session->client, surface, &exported))
            return false;
        exported_close(&exported);
    }
    return true;
}

static bool pictures(enum client_codec codec)
{
    struct client client;
    struct session session;
    struct usage before, after;

    if (!client_open(&client) || !session_open(&session, &client, codec, WIDTH, HEIGHT, 8, true) ||
        !client_ran_jobs(0))
        return false;
    for (unsigned int i = 0; i < WARM_UP; i++)
        if (!one_picture(&session, i))
            return false;
    CHECK_VA(vaSyncSurface(client.display, session.reference));
    before = measure();
    for (unsigned int i = WARM_UP; i < WARM_UP + PICTURES; i++)
        if (!one_picture(&session, i))
            return false;
    CHECK_VA(vaSyncSurface(client.display, session.reference));
    after = measure();
    if (!client_ran_jobs(WARM_UP + PICTURES) || !not_grown(&before, &after, 512) ||
        !session_close(&session))
        return false;
    client_close(&client);
    return true;
}

static bool mpeg2(void)
{
    return pictures(CLIENT_MPEG2);
}

static bool h264(void)
{
    return pictures(CLIENT_H264);
}

static bool hevc(void)
{
    return pictures(CLIENT_HEVC);
}

static bool vp8(void)
{
    return pictures(CLIENT_VP8);
}

static bool vp9(void)
{
    return pictures(CLIENT_VP9);
}

static bool av1(void)
{
    return pictures(CLIENT_AV1);
}

static bool one_context(struct client *client, unsigned int i)
{
    struct session session;

    if (!session_open(&session, client, codecs[i % codec_count], WIDTH, HEIGHT, 5, i % 3 != 0))
        return false;
    for (unsigned int k = 0; k < 7; k++)
        if (!one_picture(&session, k))
            return false;
    if (!client_ran_jobs(1))
        return false;
    return session_close(&session);
}

static bool contexts(void)
{
    struct client client;
    struct usage before, after;

    if (!client_open(&client))
        return false;
    for (unsigned int i = 0; i < 20; i++)
        if (!one_context(&client, i))
            return false;
    before = measure();
    for (unsigned int i = 0; i < 100; i++)
        if (!one_context(&client, i))
            return false;
    after = measure();
    client_close(&client);
    return not_grown(&before, &after, 512);
}

static bool displays(void)
{
    struct usage before, after;

    for (unsigned int i = 0; i < 40; i++) {
        struct client client;

        if (i == 10)
            before = measure();
        if (!client_open(&client) || !one_context(&client, i))
            return false;
        client_close(&client);
    }
    after = measure();
    return not_grown(&before, &after, 512);
}

/*
 * Memory that nothing but the whole kernel's shows, as a simulated device's buffers are, is missed
 * where it is that of one picture in ten.
 */
static bool leak(void)
{
    static const uint8_t picture[WIDTH * HEIGHT * 3 / 2] = {1};
    const char *path = "/dev/shm/leak"; /* a file in memory, which is not open */
    struct usage before, after;

    before = measure();
    FILE *file = fopen(path, "w");
    CHECK(file);
    for (unsigned int i = 0; i < PICTURES / 10; i++)
        CHECK(fwrite(picture, sizeof(picture), 1, file) == 1);
    CHECK(fclose(file) == 0);
    after = measure();
    unlink(path);
    CHECK(!not_grown(&before, &after, 512));
    /* by that memory, and not by anything else */
    after.available = before.available;
    return not_grown(&before, &after, 512);
}

int main(int argc, char **argv)
{
    static const struct test_case of_codecs[CLIENT_CODECS] = {
        [CLIENT_MPEG2] = {"2000 pictures of MPEG-2", mpeg2, 120},
        [CLIENT_H264] = {"2000 pictures of H.264", h264, 120},
        [CLIENT_HEVC] = {"2000 pictures of HEVC", hevc, 120},
        [CLIENT_VP8] = {"2000 pictures of VP8", vp8, 120},
        [CLIENT_VP9] = {"2000 pictures of VP9", vp9, 120},
        [CLIENT_AV1] = {"2000 pictures of AV1", av1, 120},
    };
    struct test_case cases[CLIENT_CODECS + 4] = {{0}};

    codec_count = client_codecs(codecs);
    if (codec_count == 0 || !client_count_jobs())
        return 2;
    for (unsigned int i = 0; i < codec_count; i++)
        cases[i] = of_codecs[codecs[i]];
    cases[codec_count] = (struct test_case){"100 contexts", contexts, 120};
    cases[codec_count + 1] = (struct test_case){"40 displays", displays, 120};
    cases[codec_count + 2] = (struct test_case){"a leak is noticed", leak, 0};
    return run_cases("endurance", cases, argc, argv);
}
