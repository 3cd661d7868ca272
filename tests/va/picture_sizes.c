/* SPDX-License-Identifier: MIT */
/* Pictures below the device's least size of 48x48, or larger than their surface: what is coded as
 * whole macroblocks may show less than it has, the rest is refused. */
#include "va_client.h"

#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CODECS "mpeg2,h264,hevc,vp8,vp9,av1"

enum { LEAST = 48, SURFACE = 96 };

#define TOO_SMALL " is outside "
#define TOO_LARGE " is too small for a picture of "

static char said[1024];
static unsigned int lines;

static void hear(void *context, const char *message)
{
    (void)context;
    snprintf(said, sizeof(said), "%s", message);
    lines++;
}

/* What vaEndPicture says of a picture of that size, in a context for `announced`. */
static bool decode(struct client *client, enum client_codec codec, unsigned int announced,
                   unsigned int width, unsigned int height, VAStatus *status)
{
    struct session session;

    CHECK(session_open(&session, client, codec, announced, announced, 1, true));
    session.width = width;
    session.height = height;
    lines = 0;
    client_quiet = true;
    session_decode(&session, session.surfaces[0], false);
    client_quiet = false;
    *status = session.ended;
    return session_close(&session);
}

static bool decodes(struct client *client, enum client_codec codec, unsigned int announced,
                    unsigned int width, unsigned int height)
{
    VAStatus status = VA_STATUS_ERROR_UNKNOWN;

    CHECK(decode(client, codec, announced, width, height, &status));
    CHECK_VA(status);
    CHECK(!lines);
    return true;
}

static bool refuses(struct client *client, enum client_codec codec, unsigned int announced,
                    unsigned int width, unsigned int height, const char *why)
{
    VAStatus status = VA_STATUS_SUCCESS;

    CHECK(decode(client, codec, announced, width, height, &status));
    CHECK(status == VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
    CHECK(lines == 1);
    CHECK(strstr(said, why));
    return true;
}

static bool whole_macroblocks(struct client *client, enum client_codec codec)
{
    CHECK(decodes(client, codec, 40, 40, 40));
    CHECK(decodes(client, codec, LEAST, 40, 33));
    CHECK(decodes(client, codec, LEAST, 33, 40));
    CHECK(refuses(client, codec, LEAST, 32, 40, TOO_SMALL));
    CHECK(refuses(client, codec, LEAST, 40, 32, TOO_SMALL));
    return true;
}

static bool any_size(struct client *client, enum client_codec codec)
{
    CHECK(decodes(client, codec, LEAST, LEAST, LEAST));
    CHECK(refuses(client, codec, 40, 40, 40, TOO_SMALL));
    CHECK(refuses(client, codec, LEAST, 40, LEAST, TOO_SMALL));
    CHECK(refuses(client, codec, LEAST, LEAST, 40, TOO_SMALL));
    CHECK(refuses(client, codec, 2 * LEAST, 40, 40, TOO_SMALL));
    return true;
}

/* `cropping`: samples of a picture that may not be shown, in whole coding blocks; VA does not tell
 * them. */
static bool larger_than_surface(struct client *client, enum client_codec codec,
                                unsigned int cropping)
{
    const unsigned int most = SURFACE + cropping;

    CHECK(decodes(client, codec, SURFACE, most, SURFACE));
    CHECK(decodes(client, codec, SURFACE, SURFACE, most));
    CHECK(refuses(client, codec, SURFACE, most + 16, SURFACE, TOO_LARGE));
    CHECK(refuses(client, codec, SURFACE, SURFACE, most + 16, TOO_LARGE));
    CHECK(refuses(client, codec, SURFACE, 1280, 720, TOO_LARGE));
    return true;
}

static bool all_codecs(struct client *client)
{
    enum client_codec codecs[CLIENT_CODECS];
    unsigned int count = client_codecs(codecs);

    CHECK(client_open(client));
    vaSetErrorCallback(client->display, hear, NULL);
    for (unsigned int i = 0; i < count; i++) {
        bool macroblocks =
            codecs[i] == CLIENT_MPEG2 || codecs[i] == CLIENT_H264 || codecs[i] == CLIENT_VP8;

        CHECK(macroblocks ? whole_macroblocks(client, codecs[i]) : any_size(client, codecs[i]));
        CHECK(larger_than_surface(client, codecs[i],
                                  codecs[i] == CLIENT_HEVC   ? 56
                                  : codecs[i] == CLIENT_H264 ? 16
                                                             : 0));
    }
    return true;
}

int main(void)
{
    struct client client = {.render_node = -1};
    bool right;

    setenv("CLIENT_CODECS", CODECS, 1);
    right = all_codecs(&client);
    client_close(&client);
    return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
