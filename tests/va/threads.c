/* SPDX-License-Identifier: MIT */
/* Decoders in threads, on one display and on several, with one thread that looks at everything. */
#include "client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

enum { WIDTH = 96, HEIGHT = 80, THREADS = 4, SURFACES = 6, PICTURES = 60, MAPS = 200000 };

struct worker {
    pthread_t thread;
    struct client *client;
    unsigned seed;
};

struct mapped {
    struct client *client;
    VAImage image;
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

static void *map_often(void *argument)
{
    struct mapped *mapped = argument;

    for (unsigned i = 0; i < MAPS; i++) {
        image_map(mapped->client, &mapped->image);
        image_unmap(mapped->client, &mapped->image);
    }
    return NULL;
}

/* An image that threads map at the same time is mapped as often as they say. */
static void one_image_in_threads(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    struct mapped mapped = {client};
    pthread_t threads[THREADS];

    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 1));
    if (*client_tiles())
        mapped.image = image_new(client, VA_FOURCC_NV12, WIDTH, HEIGHT);
    else
        NEED(vaDeriveImage(client->display, surface, &mapped.image));
    for (unsigned i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, map_often, &mapped) != 0)
            client_abort();
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    EXPECT(VA_STATUS_ERROR_OPERATION_FAILED, vaUnmapBuffer(client->display, mapped.image.buf));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, mapped.image.image_id));
    surface_destroy(client, surface);
    decoder_close(&decoder);
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
    one_image_in_threads(&shared);
    client_close(&own[0]);
    client_close(&own[1]);
    client_close(&shared);
    return client_result();
}
