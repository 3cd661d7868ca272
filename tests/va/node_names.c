/* SPDX-License-Identifier: MIT */
/*
 * Video nodes whose names in /dev are not those that sysfs has for them (a container's), and that
 * change while the driver runs. Of the two devices the second one alone decodes large pictures.
 */
#include "client.h"
#include "device_opens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 176, HEIGHT = 144, LARGE_WIDTH = 2560, LARGE_HEIGHT = 1440 };

static char said[4096];

static void hear(void *context, const char *message)
{
    size_t length = strlen(said);

    (void)context;
    snprintf(said + length, sizeof(said) - length, "%s", message);
}

/* The names that both nodes have from now on; NULL: those of sysfs. */
static void rename_nodes(const char *names)
{
    if (names)
        setenv("VIRTDEC_VIDEO_NAMES", names, 1);
    else
        unsetenv("VIRTDEC_VIDEO_NAMES");
}

static bool decodes(struct client *client, unsigned width, unsigned height)
{
    struct decoder decoder = decoder_open(client, width, height);
    VASurfaceID surface = surface_new(client, width, height);
    bool right = decode(&decoder, surface, 1) == VA_STATUS_SUCCESS &&
                 surface_shows(client, surface, 1, width, height);

    surface_destroy(client, surface);
    decoder_close(&decoder);
    return right;
}

/* Each size on its device, and none opened but that. */
static void both_decode(struct client *client)
{
    device_faults(NULL);
    CHECK(decodes(client, WIDTH, HEIGHT));
    CHECK(device_opened_alone(0));
    device_faults(NULL);
    CHECK(decodes(client, LARGE_WIDTH, LARGE_HEIGHT));
    CHECK(device_opened_alone(1));
}

/* By such names from the start. */
static void named(const char *names)
{
    struct client client;

    rename_nodes(names);
    client = client_open();
    both_decode(&client);
    client_close(&client);
    rename_nodes(NULL);
}

/* The names change after vaInitialize, in the middle of a stream. */
static void renamed(const char *names)
{
    struct client client = client_open();
    struct decoder decoder = decoder_open(&client, LARGE_WIDTH, LARGE_HEIGHT);
    VASurfaceID surfaces[2] = {surface_new(&client, LARGE_WIDTH, LARGE_HEIGHT),
                               surface_new(&client, LARGE_WIDTH, LARGE_HEIGHT)};

    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surfaces[0], 1));
    rename_nodes(names);
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surfaces[1], 2));
    for (unsigned i = 0; i < 2; i++) {
        CHECK(surface_shows(&client, surfaces[i], i + 1, LARGE_WIDTH, LARGE_HEIGHT));
        surface_destroy(&client, surfaces[i]);
    }
    decoder_close(&decoder);
    both_decode(&client);
    client_close(&client);
    rename_nodes(NULL);
}

/* The very number has gone to another device. */
static void replaced(void)
{
    struct client client = client_open();
    struct decoder decoder = decoder_open(&client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(&client, WIDTH, HEIGHT);
    VASurfaceID other = surface_new(&client, LARGE_WIDTH, LARGE_HEIGHT);
    VAContextID context;
    VAImage image;

    vaSetErrorCallback(client.display, hear, NULL);
    setenv("VIRTDEC_BUS", "elsewhere", 1);
    said[0] = '\0';
    EXPECT(VA_STATUS_ERROR_OPERATION_FAILED,
           vaCreateContext(client.display, decoder.config, WIDTH, HEIGHT, 0, NULL, 0, &context));
    CHECK(strstr(said, "/dev/video0 is no longer hantro-vpu at platform:vpu121"));
    EXPECT(VA_STATUS_ERROR_ALLOCATION_FAILED, vaDeriveImage(client.display, other, &image));
    /* What is open stays open, and a context has memory for its first pictures. */
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 1));
    CHECK(surface_shows(&client, surface, 1, WIDTH, HEIGHT));
    unsetenv("VIRTDEC_BUS");
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 2));
    CHECK(surface_shows(&client, surface, 2, WIDTH, HEIGHT));
    surface_destroy(&client, surface);
    surface_destroy(&client, other);
    decoder_close(&decoder);
    client_close(&client);
}

int main(void)
{
    static const char *const names[] = {"video1,video0", "video7,video0", "decoder,decoder-large",
                                        "video70,video71"};

    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        named(names[i]);
        renamed(names[i]);
    }
    replaced();
    return client_result();
}
