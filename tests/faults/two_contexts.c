/* SPDX-License-Identifier: MIT */
/* Surfaces that two contexts decode into; see point[] in points.c. */
#include "point_client.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 96, HEIGHT = 80, SURFACES = 3, PICTURES = 500, OTHERS = 40 };

static bool imports(void)
{
    const char *dmabuf = getenv("VIRTDEC_DMABUF");

    return !dmabuf || dmabuf[0] != '0';
}

static void latency(const char *microseconds)
{
    setenv("VIRTDEC_LATENCY_US", microseconds, 1);
}

/* A picture of its own in each context, up to vaRenderPicture. */
static void begin(struct decoder *decoder, VASurfaceID surface, unsigned number)
{
    VADisplay display = decoder->client->display;
    VABufferID buffers[4];

    parameters_new(decoder, surface, buffers);
    slice_new(decoder, number, 0, HEIGHT / 16, buffers + 2);
    EXPECT(VA_STATUS_SUCCESS, vaBeginPicture(display, decoder->context, surface));
    EXPECT(VA_STATUS_SUCCESS, vaRenderPicture(display, decoder->context, buffers, 4));
    for (unsigned i = 0; i < 4; i++)
        EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(display, buffers[i]));
}

/* The surface goes to and fro while its pictures are in flight, and where both contexts have begun
 * before either ends. */
static void to_and_fro(struct client *client, struct decoder decoders[2])
{
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VADisplay display = client->display;

    latency("20000");
    for (unsigned i = 0; i < 6; i++)
        EXPECT(VA_STATUS_SUCCESS, decode(&decoders[i % 2], surface, i));
    CHECK(surface_shows(client, surface, 5, WIDTH, HEIGHT));
    for (unsigned i = 0; i < 4; i++) {
        struct decoder *first = &decoders[i % 2], *second = &decoders[(i + 1) % 2];

        begin(first, surface, 10 + i);
        begin(second, surface, 20 + i);
        EXPECT(VA_STATUS_SUCCESS, vaEndPicture(display, first->context));
        EXPECT(VA_STATUS_SUCCESS, vaEndPicture(display, second->context));
        EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(display, surface));
        CHECK(!has_error(client, surface));
        CHECK(surface_shows(client, surface, 20 + i, WIDTH, HEIGHT));
    }
    latency("0");
    surface_destroy(client, surface);
}

struct submission {
    pthread_t thread;
    struct decoder *decoder;
    VASurfaceID surface;
    unsigned number;
    VAStatus status;
};

static void *submit(void *argument)
{
    struct submission *submission = argument;

    submission->status = decode(submission->decoder, submission->surface, submission->number);
    return NULL;
}

/* A submission that waits for readers, its lock dropped, keeps the surface. */
static void submission_under_way(struct client *client, struct decoder decoders[2])
{
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VADRMPRIMESurfaceDescriptor descriptor;
    struct submission submissions[2];

    if (imports()) {
        CHECK(decodes(&decoders[0], surface, 1));
        NEED(export_surface(client, surface, &descriptor));
        set_faults("readers:1");
        for (unsigned i = 0; i < 2; i++) {
            submissions[i] =
                (struct submission){.decoder = &decoders[i], .surface = surface, .number = 2 + i};
            if (pthread_create(&submissions[i].thread, NULL, submit, &submissions[i]))
                client_abort();
            usleep(200000);
        }
        set_faults("");
        for (unsigned i = 0; i < 2; i++) {
            pthread_join(submissions[i].thread, NULL);
            EXPECT(VA_STATUS_SUCCESS, submissions[i].status);
        }
        CHECK(surface_shows(client, surface, 3, WIDTH, HEIGHT));
        CHECK(export_shows(&descriptor, 3, WIDTH, HEIGHT));
        close_export(&descriptor);
    }
    surface_destroy(client, surface);
}

/* A picture that is begun in another context and never ended stays what it is, whatever the first
 * context decodes meanwhile. */
static void never_ended(struct client *client, struct decoder decoders[2])
{
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT), others[SURFACES];

    for (unsigned i = 0; i < SURFACES; i++)
        others[i] = surface_new(client, WIDTH, HEIGHT);
    CHECK(decodes(&decoders[0], surface, 1));
    begin(&decoders[1], surface, 2);
    for (unsigned i = 0; i < OTHERS; i++)
        CHECK(decodes(&decoders[0], others[i % SURFACES], 3 + i));
    CHECK(surface_shows(client, surface, 1, WIDTH, HEIGHT));
    CHECK(decodes(&decoders[1], surface, 2));
    CHECK(decodes(&decoders[0], surface, 3));
    EXPECT(VA_STATUS_SUCCESS, vaDestroySurfaces(client->display, others, SURFACES));
    surface_destroy(client, surface);
}

void surfaces_of_two_contexts(struct client *client)
{
    struct decoder decoders[2] = {decoder_open(client, WIDTH, HEIGHT),
                                  decoder_open(client, WIDTH, HEIGHT)};
    VASurfaceID surface;
    double start;

    to_and_fro(client, decoders);
    submission_under_way(client, decoders);
    never_ended(client, decoders);
    /* A picture that never comes: the other context is told so, within bounds. */
    surface = surface_new(client, WIDTH, HEIGHT);
    set_faults("hang:1");
    EXPECT(VA_STATUS_SUCCESS, decode(&decoders[0], surface, 1));
    start = now();
    EXPECT(VA_STATUS_ERROR_SURFACE_BUSY, decode(&decoders[1], surface, 2));
    CHECK(now() - start < 6);
    set_faults("");
    decoder_close(&decoders[0]);
    decoder_close(&decoders[1]);
    surface_destroy(client, surface);
}

struct worker {
    pthread_t thread;
    struct client *client;
    const VASurfaceID *surfaces;
    unsigned seed;
};

static void *decode_anywhere(void *argument)
{
    struct worker *worker = argument;
    struct decoder decoder = decoder_open(worker->client, WIDTH, HEIGHT);
    unsigned seed = worker->seed;

    for (unsigned i = 0; i < PICTURES; i++) {
        seed = seed * 1664525u + 1013904223u;
        EXPECT(VA_STATUS_SUCCESS, decode(&decoder, worker->surfaces[(seed >> 8) % SURFACES], i));
    }
    decoder_close(&decoder);
    return NULL;
}

void surfaces_of_two_threads(struct client *client)
{
    VASurfaceID surfaces[SURFACES];
    struct worker workers[2];

    for (unsigned i = 0; i < SURFACES; i++)
        surfaces[i] = surface_new(client, WIDTH, HEIGHT);
    for (unsigned i = 0; i < 2; i++) {
        workers[i] = (struct worker){.client = client, .surfaces = surfaces, .seed = i + 1};
        if (pthread_create(&workers[i].thread, NULL, decode_anywhere, &workers[i]))
            client_abort();
    }
    for (unsigned i = 0; i < 2; i++)
        pthread_join(workers[i].thread, NULL);
    for (unsigned i = 0; i < SURFACES; i++)
        EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client->display, surfaces[i]));
    EXPECT(VA_STATUS_SUCCESS, vaDestroySurfaces(client->display, surfaces, SURFACES));
}
