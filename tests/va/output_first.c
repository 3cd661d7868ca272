/* SPDX-License-Identifier: MIT */
/*
 * A device that returns OUTPUT long before the picture is there, as MediaTek's does: no picture
 * counts as done before it is, no call that may not block does, and none is lost.
 */
#include "client.h"

#include <time.h>

enum { WIDTH = 64, HEIGHT = 64, SURFACES = 3 };

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(void)
{
    struct client client = client_open();
    struct decoder decoder = decoder_open(&client, WIDTH, HEIGHT);
    VASurfaceID surface[SURFACES];

    for (unsigned i = 0; i < SURFACES; i++)
        surface[i] = surface_new(&client, WIDTH, HEIGHT);
    for (unsigned number = 0; number < 2 * SURFACES; number++) {
        VASurfaceID target = surface[number % SURFACES];
        VASurfaceStatus state;
        double start;

        EXPECT(VA_STATUS_SUCCESS, decode(&decoder, target, number));
        start = now();
        EXPECT(VA_STATUS_SUCCESS, vaQuerySurfaceStatus(client.display, target, &state));
        CHECK(state == VASurfaceRendering);
        CHECK(now() - start < 0.1);
        EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client.display, target));
        CHECK(now() - start > 0.2);
        EXPECT(VA_STATUS_SUCCESS, vaQuerySurfaceStatus(client.display, target, &state));
        CHECK(state == VASurfaceReady);
        CHECK(surface_shows(&client, target, number, WIDTH, HEIGHT));
    }
    for (unsigned i = 0; i < SURFACES; i++)
        surface_destroy(&client, surface[i]);
    decoder_close(&decoder);
    client_close(&client);
    return client_result();
}
