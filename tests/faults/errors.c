/* SPDX-License-Identifier: MIT */
/* Pictures that a device returns with errors, late, or under a wrong number; see point[] in
 * points.c. */
#include "point_client.h"
#include "survey.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WIDTH = 96, HEIGHT = 80, SURFACES = 8 };
/* Pictures with errors in a row that are too many: before any came out whole, and after that. As
 * src/decode/outcome.c says. */
enum { MOST_AT_FIRST = 4, MOST_IN_A_ROW = 32 };

static void surfaces_new(struct client *client, VASurfaceID *surfaces)
{
    for (unsigned i = 0; i < SURFACES; i++)
        surfaces[i] = surface_new(client, WIDTH, HEIGHT);
}

static void surfaces_destroy(struct client *client, VASurfaceID *surfaces)
{
    EXPECT(VA_STATUS_SUCCESS, vaDestroySurfaces(client->display, surfaces, SURFACES));
}

static unsigned error_lines;

static void hear(void *context, const char *message)
{
    (void)context;
    error_lines += strstr(message, ": errors in ") != NULL;
}

void decode_error_is_its_surfaces(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surfaces[SURFACES];

    surfaces_new(client, surfaces);
    vaSetErrorCallback(client->display, hear, NULL);
    error_lines = 0;
    for (unsigned bad = 0; bad < SURFACES; bad++) {
        char spec[32];

        snprintf(spec, sizeof(spec), "decode:%u", bad + 1);
        set_faults(spec);
        for (unsigned i = 0; i < SURFACES; i++)
            EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surfaces[i], i));
        for (unsigned i = 0; i < SURFACES; i++) {
            EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client->display, surfaces[i]));
            CHECK(has_error(client, surfaces[i]) == (i == bad));
            CHECK(i == bad || surface_shows(client, surfaces[i], i, WIDTH, HEIGHT));
        }
    }
    /* In so short a time, one message is enough. */
    CHECK(error_lines == 1);
    set_faults("");
    for (unsigned i = 0; i < 2 * SURFACES; i++) {
        CHECK(decodes(&decoder, surfaces[i % SURFACES], i));
        CHECK(!has_error(client, surfaces[i % SURFACES]));
    }
    surfaces_destroy(client, surfaces);
    decoder_close(&decoder);
}

/* So many pictures that fail, the last of which is one too many; whole ones follow. */
static void too_many(struct decoder *decoder, const VASurfaceID *surfaces, unsigned most)
{
    struct client *client = decoder->client;

    set_faults("broken:1");
    for (unsigned i = 1; i <= most + 1; i++) {
        VASurfaceID surface = surfaces[i % SURFACES];

        EXPECT(VA_STATUS_SUCCESS, decode(decoder, surface, i));
        EXPECT(i < most ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_DECODING_ERROR,
               vaSyncSurface(client->display, surface));
        CHECK(has_error(client, surface));
    }
    set_faults("");
    for (unsigned i = 0; i < SURFACES; i++) {
        CHECK(decodes(decoder, surfaces[i], i));
        CHECK(!has_error(client, surfaces[i]));
    }
}

void errors_in_a_row(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surfaces[SURFACES];

    surfaces_new(client, surfaces);
    too_many(&decoder, surfaces, MOST_AT_FIRST);
    too_many(&decoder, surfaces, MOST_IN_A_ROW);
    too_many(&decoder, surfaces, MOST_IN_A_ROW);
    surfaces_destroy(client, surfaces);
    decoder_close(&decoder);
}

/* The kernel's driver gives its hardware up: that is no damaged picture. */
void silent_hardware(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surfaces[SURFACES];

    surfaces_new(client, surfaces);
    CHECK(decodes(&decoder, surfaces[0], 0));
    set_faults("silent:2");
    for (unsigned i = 0; i < 3; i++)
        EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surfaces[i], i));
    for (unsigned i = 0; i < 3; i++) {
        EXPECT(i == 1 ? VA_STATUS_ERROR_DECODING_ERROR : VA_STATUS_SUCCESS,
               vaSyncSurface(client->display, surfaces[i]));
        CHECK(has_error(client, surfaces[i]) == (i == 1));
        CHECK(i == 1 || surface_shows(client, surfaces[i], i, WIDTH, HEIGHT));
    }
    set_faults("");
    CHECK(decodes(&decoder, surfaces[1], 4));
    surfaces_destroy(client, surfaces);
    decoder_close(&decoder);
}

static void sleep_ms(unsigned ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

/* Another process stops this one after 100 ms, for 2 s. */
static pid_t stop_soon(void)
{
    pid_t parent = getpid(), child = fork();

    if (child)
        return child;
    sleep_ms(100);
    kill(parent, SIGSTOP);
    sleep_ms(2000);
    kill(parent, SIGCONT);
    _exit(0);
}

/* The decoder takes half a second for a picture; a process that was stopped until long after its
 * deadline has to look whether the picture is there. */
void stopped_longer_than_its_timeout(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    pid_t child;
    double start;

    CHECK(decodes(&decoder, surface, 1));
    setenv("VIRTDEC_LATENCY_US", "500000", 1);
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 2));
    start = now();
    child = stop_soon();
    EXPECT(VA_STATUS_SUCCESS, vaSyncSurface2(client->display, surface, 1000000000));
    CHECK(now() - start > 2);
    waitpid(child, NULL, 0);
    CHECK(surface_shows(client, surface, 2, WIDTH, HEIGHT));
    /* Who was not stopped waits no longer than wanted. */
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 3));
    start = now();
    EXPECT(VA_STATUS_ERROR_TIMEDOUT, vaSyncSurface2(client->display, surface, 100000000));
    CHECK(now() - start < 0.4);
    EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client->display, surface));
    unsetenv("VIRTDEC_LATENCY_US");
    surface_destroy(client, surface);
    decoder_close(&decoder);
}

/* One CAPTURE buffer comes back as its neighbour, when one picture is in flight and when many are;
 * the context says so within bounds and goes on, and another one does not notice. */
void buffers_with_wrong_indices(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    struct decoder other = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surfaces[SURFACES], beside = surface_new(client, WIDTH, HEIGHT);

    surfaces_new(client, surfaces);
    for (unsigned bad = 0; bad < 2 * SURFACES; bad++) {
        bool at_once = bad % 2;
        unsigned errors = 0;
        double start;
        char spec[32];

        EXPECT(VA_STATUS_SUCCESS, decode(&other, beside, bad));
        EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client->display, beside));
        snprintf(spec, sizeof(spec), "index:%u", bad / 2 + 1);
        set_faults(spec);
        start = now();
        for (unsigned i = 0; i < SURFACES; i++) {
            decode(&decoder, surfaces[i], i);
            if (!at_once)
                errors += vaSyncSurface(client->display, surfaces[i]) != VA_STATUS_SUCCESS;
        }
        for (unsigned i = 0; i < SURFACES; i++) {
            VAStatus status = vaSyncSurface(client->display, surfaces[i]);

            errors += status != VA_STATUS_SUCCESS;
            CHECK(status != VA_STATUS_SUCCESS ||
                  surface_shows(client, surfaces[i], i, WIDTH, HEIGHT));
        }
        CHECK(errors > 0);
        CHECK(now() - start < 3);
        set_faults("");
        CHECK(surface_shows(client, beside, bad, WIDTH, HEIGHT));
        for (unsigned i = 0; i < SURFACES; i++)
            CHECK(decodes(&decoder, surfaces[i], i + bad));
    }
    surface_destroy(client, beside);
    surfaces_destroy(client, surfaces);
    decoder_close(&other);
    decoder_close(&decoder);
}
