/* SPDX-License-Identifier: MIT */
/* Decoders in threads, on one display and on several, with one thread that looks at everything. */
#include "client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { WIDTH = 96, HEIGHT = 80, THREADS = 4, SURFACES = 6, PICTURES = 60 };

struct worker {
    pthread_t thread;
    struct client *client;
    unsigned seed;
};

static _Atomic VASurfaceID watched[THREADS];
static atomic_bool over;

static void *decode_many(void *argument)
{
    struct worker *worker = argument;
    struct decoder decoder = decoder_open(worker->client, WIDTH, HEIGHT);
    VASurfaceID surfaces[SURFACES];
    unsigned seed = worker->seed;

    for (unsigned i = 0; i < SURFACES; i++)
        surfaces[i] = surface_new(worker->client, WIDTH, HEIGHT);
    for (unsigned n = 0; n < PICTURES; n++) {
        unsigned last = n - (SURFACES - 1);

        EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surfaces[n % SURFACES], seed + n));
        watched[seed % THREADS] = surfaces[n % SURFACES];
        if (n >= SURFACES - 1)
            CHECK(surface_shows(worker->client, surfaces[last % SURFACES], seed + last, WIDTH,
                                HEIGHT));
        /* A new surface and a new context now and then, while others are in flight. */
        if (n % 16 == 15) {
            surface_destroy(worker->client, surfaces[last % SURFACES]);
            surfaces[last % SURFACES] = surface_new(worker->client, WIDTH, HEIGHT);
        }
        if (n % 25 == 24) {
            decoder_close(&decoder);
            decoder = decoder_open(worker->client, WIDTH, HEIGHT);
        }
    }
    for (unsigned i = 0; i < SURFACES; i++)
        EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(worker->client->display, surfaces[i]));
    decoder_close(&decoder);
    EXPECT(VA_STATUS_SUCCESS, vaDestroySurfaces(worker->client->display, surfaces, SURFACES));
    return NULL;
}

/* Looks at surfaces that others decode into and destroy. */
static void *watch(void *argument)
{
    struct client *client = argument;

    while (!over) {
        for (unsigned i = 0; i < THREADS; i++) {
            VASurfaceID surface = watched[i];
            VASurfaceStatus status;
            VAImage image;

            if (vaQuerySurfaceStatus(client->display, surface, &status) == VA_STATUS_SUCCESS)
                CHECK(status == VASurfaceReady || status == VASurfaceRendering);
            vaSyncSurface2(client->display, surface, 0);
            if (vaDeriveImage(client->display, surface, &image) == VA_STATUS_SUCCESS)
                EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
        }
        usleep(500);
    }
    return NULL;
}

static void start(struct worker *worker, struct client *client, unsigned seed)
{
    worker->client = client;
    worker->seed = seed;
    if (pthread_create(&worker->thread, NULL, decode_many, worker) != 0)
        client_abort();
}

int main(void)
{
    struct client shared = client_open(), own[2] = {client_open(), client_open()};
    struct worker workers[THREADS + 2];
    pthread_t watcher;

    for (unsigned i = 0; i < THREADS; i++)
        start(&workers[i], &shared, i);
    for (unsigned i = 0; i < 2; i++)
        start(&workers[THREADS + i], &own[i], 100 + i);
    if (pthread_create(&watcher, NULL, watch, &shared) != 0)
        client_abort();
    for (unsigned i = 0; i < THREADS + 2; i++)
        pthread_join(workers[i].thread, NULL);
    over = true;
    pthread_join(watcher, NULL);
    client_close(&own[0]);
    client_close(&own[1]);
    client_close(&shared);
    return client_result();
}
