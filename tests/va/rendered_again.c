/* SPDX-License-Identifier: MIT */
/* Buffers that are rendered more than once, in another order than they were made or than they
 * should be, or elsewhere. */
#include "client.h"

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

int main(void)
{
    struct client client = client_open();

    slices_made_in_another_order(&client);
    slices_in_another_order(&client);
    buffers_of_another_context(&client);
    client_close(&client);
    return client_result();
}
