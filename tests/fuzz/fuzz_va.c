/* SPDX-License-Identifier: MIT */
/*
 * The whole driver over the virtual decoder, driven by a stream of bytes. The first one chooses a
 * device and a codec of it; each operation after it is a VA call, or a picture, whose arguments are
 * mostly what a player would pass, with single values changed where the stream says so, or a fault
 * of the device. Now and then, and after each input that made a fault, clean pictures have to
 * decode.
 *
 * The device keeps time only, in which libavcodec would take more than half: of pictures the driver
 * sees no more than whether they are there. Now and then one is decoded, and its samples are right.
 */
#include "known_picture.h"
#include "va_operations.h"

#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* The virtual decoder's, see personality.c and timing.c there. */
void virtdec_personality(const char *name);
void virtdec_pixels(bool decoded);

static const struct device devices[] = {
    {"hantro", CLIENT_H264}, {"hantro", CLIENT_MPEG2}, {"hantro", CLIENT_HEVC},
    {"hantro", CLIENT_VP8},  {"hantro", CLIENT_VP9},   {"cedrus", CLIENT_H264},
    {"cedrus", CLIENT_HEVC}, {"cedrus", CLIENT_MPEG2}, {"cedrus", CLIENT_VP8},
    {"mtk", CLIENT_H264},    {"mtk", CLIENT_VP8},      {"mtk", CLIENT_VP9},
    {"rkvdec", CLIENT_H264}, {"rkvdec", CLIENT_HEVC},  {"rkvdec", CLIENT_VP9},
    {"rpi", CLIENT_HEVC},
#ifdef V4L2_CID_STATELESS_AV1_FRAME
    {"hantro", CLIENT_AV1},  {"mtk", CLIENT_AV1},
#endif
};

static void must(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

/* A config, a context and surfaces of the device's codec. */
static struct session *prepare(struct run *s, VASurfaceID *surfaces, unsigned count,
                               VAConfigID *config)
{
    VAContextID context = VA_INVALID_ID;

    if (s->client.table.vaCreateConfig(&s->client.va, coded_as[s->device->codec].profile,
                                       VAEntrypointVLD, NULL, 0, config) ||
        s->client.table.vaCreateSurfaces2(&s->client.va, VA_RT_FORMAT_YUV420, SIDE, SIDE, surfaces,
                                          count, NULL, 0) ||
        s->client.table.vaCreateContext(&s->client.va, *config, SIDE, SIDE, 0, surfaces, (int)count,
                                        &context))
        must(false, "no context is to be had");
    return keep_context(s, context, s->device->codec, SIDE, SIDE);
}

/* Two pictures as every player decodes them, whatever came before. */
static void clean_pictures(struct run *s)
{
    VASurfaceID surfaces[2];
    VAConfigID config;
    struct session *session = prepare(s, surfaces, 2, &config);

    for (unsigned i = 0; i < 2; i++) {
        must(decode_picture(s, session, session->codec, surfaces[i], true), "a picture");
        must(!s->client.table.vaSyncSurface(&s->client.va, surfaces[i]), "vaSyncSurface");
    }
    must(!s->client.table.vaDestroyContext(&s->client.va, session->context), "vaDestroyContext");
    must(!s->client.table.vaDestroySurfaces(&s->client.va, surfaces, 2), "vaDestroySurfaces");
    must(!s->client.table.vaDestroyConfig(&s->client.va, config), "vaDestroyConfig");
}

/* Its samples, where the device has the codec of the known picture. */
static void look_at_samples(struct run *s)
{
    const char *wrong = NULL;

    virtdec_pixels(true);
    if (strcmp(s->device->personality, "rpi") != 0)
        wrong = known_picture(&s->client.va);
    virtdec_pixels(false);
    must(!wrong, wrong);
}

static void begin(struct run *s)
{
    static const char *personality = "";
    VASurfaceID surfaces[3];
    VAConfigID config;

    s->device = &devices[byte(&s->in) % COUNT(devices)];
    if (strcmp(personality, s->device->personality) != 0)
        virtdec_personality(s->device->personality);
    personality = s->device->personality;
    virtdec_fault("");
    virtdec_pixels(false);
    vtable_client_open(&s->client);
    s->display.display = &s->client.va;
    prepare(s, surfaces, 3, &config);
    keep(&s->configs, config);
    for (unsigned i = 0; i < 3; i++)
        keep(&s->surfaces, surfaces[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned runs;
    struct run s = {.in = {data, data + size}};

    begin(&s);
    while (s.in.at < s.in.end)
        operate(&s);
    virtdec_fault("");
    if (s.faults || runs % 16 == 0)
        clean_pictures(&s);
    if (runs++ % 64 == 0)
        look_at_samples(&s);
    vtable_client_close(&s.client);
    return 0;
}
