/* SPDX-License-Identifier: MIT */
/* Buffers that are rendered more than once, in another order than they were made or than they
 * should be, or elsewhere. */
#include "client.h"

#include <stdlib.h>
#include <string.h>

enum { WIDTH = 96, HEIGHT = 80, ROWS = 5, FIRST_ROWS = 3 };

static void destroy(struct client *client, VABufferID *buffers, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(client->display, buffers[i]));
}

/* Slice data lies in memory that the decoder reads. Once it has read it, that memory is used again,
 * maybe for the very picture that the data is rendered for then. */
static void slices_made_in_another_order(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID broken = surface_new(client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VABufferID parameters[2], stub[2], first[2], second[2];

    /* All data in one block of memory: a slice without macroblocks, the second one, the first. */
    parameters_new(&decoder, broken, parameters);
    slice_new(&decoder, 0, 0, 0, stub);
    slice_new(&decoder, 8, FIRST_ROWS, ROWS - FIRST_ROWS, second);
    slice_new(&decoder, 8, 0, FIRST_ROWS, first);
    render(&decoder, broken, (VABufferID[]){parameters[0], parameters[1], stub[0], stub[1]}, 4);
    vaSyncSurface(client->display, broken); /* whatever became of that one */
    destroy(client, parameters, 2);

    for (unsigned i = 0; i < 3; i++) {
        parameters_new(&decoder, surface, parameters);
        EXPECT(VA_STATUS_SUCCESS, render(&decoder, surface,
                                         (VABufferID[]){parameters[0], parameters[1], first[0],
                                                        second[0], first[1], second[1]},
                                         6));
        CHECK(surface_shows(client, surface, 8, WIDTH, HEIGHT));
        destroy(client, parameters, 2);
    }
    destroy(client, stub, 2);
    destroy(client, first, 2);
    destroy(client, second, 2);
    surface_destroy(client, surface);
    surface_destroy(client, broken);
    decoder_close(&decoder);
}

/* Arbitrary slice order is outside VA's profiles, and decoders do without it. */
static void slices_in_another_order(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VABufferID buffers[6];

    parameters_new(&decoder, surface, buffers);
    slice_new(&decoder, 4, FIRST_ROWS, ROWS - FIRST_ROWS, buffers + 2);
    slice_new(&decoder, 4, 0, FIRST_ROWS, buffers + 4);
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_PROFILE, render(&decoder, surface, buffers, 6));
    EXPECT(VA_STATUS_ERROR_DECODING_ERROR, vaSyncSurface(client->display, surface));
    destroy(client, buffers, 6);
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 5));
    CHECK(surface_shows(client, surface, 5, WIDTH, HEIGHT));
    surface_destroy(client, surface);
    decoder_close(&decoder);
}

/* A buffer belongs to the context that it was made for. */
static void buffers_of_another_context(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    struct decoder other = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VABufferID buffers[4];

    parameters_new(&decoder, surface, buffers);
    slice_new(&decoder, 3, 0, ROWS, buffers + 2);
    EXPECT(VA_STATUS_ERROR_INVALID_BUFFER, render(&other, surface, buffers, 4));
    for (unsigned i = 0; i < 4; i++)
        EXPECT(VA_STATUS_ERROR_INVALID_BUFFER, render(&other, surface, buffers + i, 1));
    EXPECT(VA_STATUS_SUCCESS, render(&decoder, surface, buffers, 4));
    CHECK(surface_shows(client, surface, 3, WIDTH, HEIGHT));
    destroy(client, buffers, 4);
    surface_destroy(client, surface);
    decoder_close(&other);
    decoder_close(&decoder);
}

static uint8_t *map(struct client *client, VABufferID buffer)
{
    void *data = NULL;

    NEED(vaMapBuffer(client->display, buffer, &data));
    return data;
}

static void unmap(struct client *client, VABufferID buffer)
{
    EXPECT(VA_STATUS_SUCCESS, vaUnmapBuffer(client->display, buffer));
}

/* Of the data that slice parameters speak of. */
static unsigned size_of(struct client *client, VABufferID parameters)
{
    const VASliceParameterBufferH264 *slice = (const void *)map(client, parameters);
    unsigned size = slice->slice_data_size;

    unmap(client, parameters);
    return size;
}

/* Slice data, both with parameters before it. */
static void copy(struct client *client, const VABufferID from[2], const VABufferID to[2])
{
    const unsigned size = size_of(client, from[0]);

    CHECK(size == size_of(client, to[0]));
    memcpy(map(client, to[1]), map(client, from[1]), size);
    unmap(client, to[1]);
    unmap(client, from[1]);
}

/* A client that has buffers for all its life fills them anew as soon as vaEndPicture returns, while
 * the decoder is at work. */
static void buffers_filled_again(struct client *client)
{
    enum { PICTURES = 12 };
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VABufferID buffers[4], next[2];
    VASurfaceID surfaces[PICTURES];

    for (unsigned i = 0; i < PICTURES; i++) {
        surfaces[i] = surface_new(client, WIDTH, HEIGHT);
        parameters_new(&decoder, surfaces[i], buffers);
        slice_new(&decoder, i, 0, ROWS, i ? next : buffers + 2);
        if (i) {
            copy(client, next, buffers + 2);
            destroy(client, next, 2);
        }
        EXPECT(VA_STATUS_SUCCESS, render(&decoder, surfaces[i], buffers, 4));
        destroy(client, buffers, 2);
    }
    memset(map(client, buffers[3]), 0x55, size_of(client, buffers[2]));
    unmap(client, buffers[3]);
    for (unsigned i = 0; i < PICTURES; i++) {
        CHECK(surface_shows(client, surfaces[i], i, WIDTH, HEIGHT));
        surface_destroy(client, surfaces[i]);
    }
    destroy(client, buffers + 2, 2);
    decoder_close(&decoder);
}

/* The data of all slices in one buffer; the parameters of each in one of their own, or in one, too,
 * that comes after the data. */
static void slices_in_one_buffer_of_data(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VASurfaceID other = surface_new(client, WIDTH, HEIGHT);
    VABufferID parameters[2], first[2], second[2], data = VA_INVALID_ID, both = VA_INVALID_ID;
    VASliceParameterBufferH264 *slice;
    unsigned sizes[2];

    parameters_new(&decoder, surface, parameters);
    slice_new(&decoder, 7, 0, FIRST_ROWS, first);
    slice_new(&decoder, 7, FIRST_ROWS, ROWS - FIRST_ROWS, second);
    sizes[0] = size_of(client, first[0]);
    sizes[1] = size_of(client, second[0]);
    NEED(vaCreateBuffer(client->display, decoder.context, VASliceDataBufferType,
                        sizes[0] + sizes[1], 1, NULL, &data));
    memcpy(map(client, data), map(client, first[1]), sizes[0]);
    memcpy(map(client, data) + sizes[0], map(client, second[1]), sizes[1]);
    unmap(client, first[1]);
    unmap(client, second[1]);
    unmap(client, data);
    unmap(client, data);
    slice = (void *)map(client, second[0]);
    slice->slice_data_offset = sizes[0];
    unmap(client, second[0]);
    EXPECT(VA_STATUS_SUCCESS,
           render(&decoder, surface,
                  (VABufferID[]){parameters[0], parameters[1], first[0], second[0], data}, 5));
    CHECK(surface_shows(client, surface, 7, WIDTH, HEIGHT));
    NEED(vaCreateBuffer(client->display, decoder.context, VASliceParameterBufferType,
                        sizeof(*slice), 2, NULL, &both));
    slice = (void *)map(client, both);
    memcpy(slice, map(client, first[0]), sizeof(*slice));
    memcpy(slice + 1, map(client, second[0]), sizeof(*slice));
    unmap(client, first[0]);
    unmap(client, second[0]);
    unmap(client, both);
    EXPECT(VA_STATUS_SUCCESS,
           render(&decoder, other, (VABufferID[]){data, both, parameters[1], parameters[0]}, 4));
    CHECK(surface_shows(client, other, 7, WIDTH, HEIGHT));
    /* Three buffers of parameters and two of data: which speaks of which? */
    EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER,
           render(&decoder, surface,
                  (VABufferID[]){parameters[0], parameters[1], first[0], second[0], second[0],
                                 first[1], second[1]},
                  7));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(client->display, data));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(client->display, both));
    surface_destroy(client, other);
    destroy(client, first, 2);
    destroy(client, second, 2);
    destroy(client, parameters, 2);
    surface_destroy(client, surface);
    decoder_close(&decoder);
}

int main(void)
{
    struct client client;

    /* Long enough to change what the decoder has not read yet. */
    setenv("VIRTDEC_LATENCY_US", "10000", 1);
    client = client_open();
    slices_made_in_another_order(&client);
    slices_in_another_order(&client);
    buffers_of_another_context(&client);
    buffers_filled_again(&client);
    slices_in_one_buffer_of_data(&client);
    client_close(&client);
    return client_result();
}
