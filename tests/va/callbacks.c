/* SPDX-License-Identifier: MIT */
/* A client's callbacks run outside the driver: they may call it, and wait for whom it keeps
 * waiting. */
#include "client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 96, HEIGHT = 80, ROUNDS = 100, THREADS = 4, DEADLOCK = 60 /* s */ };

/* Renders so many slices' parameters without their data, which is refused with one message. */
static void refused(struct decoder *decoder, VASurfaceID surface, unsigned slices)
{
    VADisplay display = decoder->client->display;
    VABufferID buffers[2 + THREADS], data[THREADS];

    parameters_new(decoder, surface, buffers);
    for (unsigned i = 0; i < slices; i++) {
        VABufferID slice[2];

        slice_new(decoder, 1, 0, HEIGHT / 16, slice);
        buffers[2 + i] = slice[0];
        data[i] = slice[1];
    }
    EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER, render(decoder, surface, buffers, 2 + slices));
    for (unsigned i = 0; i < 2 + slices; i++)
        EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(display, buffers[i]));
    for (unsigned i = 0; i < slices; i++)
        EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(display, data[i]));
}

/* What a callback does, and what it saw. */
struct listener {
    struct decoder *decoder;
    VASurfaceID surface, other;
    pthread_mutex_t mutex;
    atomic_uint messages;
};

/* Decodes another picture with the context whose picture was refused. */
static void decode_in_callback(void *argument, const char *message)
{
    struct listener *listener = argument;
    struct client *client = listener->decoder->client;
    VASurfaceStatus status;

    CHECK(!strncmp(message, "v4l2-stateless: ", 16) && strchr(message, '\n'));
    listener->messages++;
    EXPECT(VA_STATUS_SUCCESS, vaQuerySurfaceStatus(client->display, listener->surface, &status));
    EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client->display, listener->surface));
    EXPECT(VA_STATUS_SUCCESS, decode(listener->decoder, listener->other, 3));
    CHECK(surface_shows(client, listener->other, 3, WIDTH, HEIGHT));
}

static void calls_from_callbacks(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    struct listener listener = {.decoder = &decoder,
                                .surface = surface_new(client, WIDTH, HEIGHT),
                                .other = surface_new(client, WIDTH, HEIGHT)};

    vaSetErrorCallback(client->display, decode_in_callback, &listener);
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, listener.surface, 1));
    refused(&decoder, listener.surface, 1);
    CHECK(listener.messages == 1);
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, listener.surface, 2));
    CHECK(surface_shows(client, listener.surface, 2, WIDTH, HEIGHT));
    CHECK(listener.messages == 1);
    vaSetErrorCallback(client->display, NULL, NULL);
    surface_destroy(client, listener.surface);
    surface_destroy(client, listener.other);
    decoder_close(&decoder);
}

static void lock_in_callback(void *argument, const char *message)
{
    struct listener *listener = argument;

    (void)message;
    usleep(500); /* until the other thread has it */
    pthread_mutex_lock(&listener->mutex);
    listener->messages++;
    pthread_mutex_unlock(&listener->mutex);
}

static atomic_bool over;

/* Calls VA, for the same context, with the client's mutex locked. */
static void *call_with_mutex(void *argument)
{
    struct listener *listener = argument;
    VADisplay display = listener->decoder->client->display;
    uint8_t byte = 0;

    while (!over) {
        VASurfaceStatus status;
        VABufferID buffer;

        pthread_mutex_lock(&listener->mutex);
        EXPECT(VA_STATUS_SUCCESS, vaQuerySurfaceStatus(display, listener->surface, &status));
        EXPECT(VA_STATUS_SUCCESS, vaCreateBuffer(display, listener->decoder->context,
                                                 VASliceDataBufferType, 1, 1, &byte, &buffer));
        EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(display, buffer));
        pthread_mutex_unlock(&listener->mutex);
        usleep(50);
    }
    return NULL;
}

static void client_s_mutex(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    struct listener listener = {.decoder = &decoder,
                                .surface = surface_new(client, WIDTH, HEIGHT),
                                .mutex = PTHREAD_MUTEX_INITIALIZER};
    pthread_t thread;

    vaSetErrorCallback(client->display, lock_in_callback, &listener);
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, listener.surface, 1));
    over = false;
    if (pthread_create(&thread, NULL, call_with_mutex, &listener) != 0)
        client_abort();
    for (unsigned i = 0; i < ROUNDS; i++)
        refused(&decoder, listener.surface, 1);
    over = true;
    pthread_join(thread, NULL);
    CHECK(listener.messages == ROUNDS);
    vaSetErrorCallback(client->display, NULL, NULL);
    surface_destroy(client, listener.surface);
    decoder_close(&decoder);
}

static __thread unsigned slices_of_thread, messages_of_thread;

static void hear_own(void *argument, const char *message)
{
    unsigned slices = 0;

    (void)argument;
    messages_of_thread++;
    if (sscanf(message, "v4l2-stateless: %u buffers", &slices) != 1 || slices != slices_of_thread)
        client_failed(__FILE__, __LINE__, "in the thread of %u slices: %s", slices_of_thread,
                      message);
}

struct worker {
    pthread_t thread;
    struct client *client;
    unsigned slices;
};

static void *be_refused(void *argument)
{
    struct worker *worker = argument;
    struct decoder decoder = decoder_open(worker->client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(worker->client, WIDTH, HEIGHT);

    slices_of_thread = worker->slices;
    for (unsigned i = 0; i < ROUNDS; i++)
        refused(&decoder, surface, worker->slices);
    CHECK(messages_of_thread == ROUNDS);
    surface_destroy(worker->client, surface);
    decoder_close(&decoder);
    return NULL;
}

/* A thread hears what its own calls have caused, all of it, and nothing else. */
static void own_messages(struct client *client)
{
    struct worker workers[THREADS];

    vaSetErrorCallback(client->display, hear_own, NULL);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.client = client, .slices = i + 1};
        if (pthread_create(&workers[i].thread, NULL, be_refused, &workers[i]) != 0)
            client_abort();
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    vaSetErrorCallback(client->display, NULL, NULL);
}

int main(void)
{
    struct client client = client_open();

    alarm(DEADLOCK);
    calls_from_callbacks(&client);
    client_s_mutex(&client);
    own_messages(&client);
    client_close(&client);
    return client_result();
}
