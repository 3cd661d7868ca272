/* SPDX-License-Identifier: MIT */
/* Surfaces that are exported before they are decoded into, where the device lays pictures of VP9
 * and H.264 out differently and both are in use: each has to fit the decoder that it is for. With
 * an argument, where the device has HEVC alone and no size of pictures before a sequence tells one.
 */
#include "va_client.h"

#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 80, OTHER_SIZE = 176 }; /* no multiples of VP9's 64 */

static bool new_exported(struct session *session, VASurfaceID *surface)
{
    VADRMPRIMESurfaceDescriptor descriptor;

    CHECK_VA(vaCreateSurfaces(session->client->display, VA_RT_FORMAT_YUV420, session->width,
                              session->height, surface, 1, NULL, 0));
    CHECK(surface_export(session->client, *surface, &descriptor));
    exported_close(&descriptor);
    return true;
}

static bool decode_into(struct session *session, VASurfaceID surface)
{
    CHECK(session_decode(session, surface, true));
    CHECK_VA(vaDestroySurfaces(session->client->display, &surface, 1));
    session->reference = VA_INVALID_SURFACE;
    return true;
}

static bool decode_into_new(struct session *session)
{
    VASurfaceID surface;

    CHECK(new_exported(session, &surface));
    return decode_into(session, surface);
}

/* A client that asks what there is: configs come and go. */
static bool probe(struct client *client, enum client_codec codec)
{
    struct session other = session_of(client, codec, OTHER_SIZE, OTHER_SIZE);

    CHECK(session_create_config(&other));
    return session_close(&other);
}

/* Each of the two decoders needs surfaces when the other one, or a probe, was the last to come. */
static bool beside(struct client *client, enum client_codec codec, enum client_codec other_codec)
{
    struct session session, other;

    CHECK(session_open(&session, client, codec, SIZE, SIZE, 0, false));
    CHECK(decode_into_new(&session));
    CHECK(probe(client, other_codec));
    CHECK(decode_into_new(&session));
    CHECK(session_open(&other, client, other_codec, OTHER_SIZE, OTHER_SIZE, 0, false));
    CHECK(decode_into_new(&session));
    CHECK(decode_into_new(&other));
    CHECK(decode_into_new(&session));
    return session_close(&other) && session_close(&session);
}

/* The surface is there before its context. */
static bool before_context(struct client *client, enum client_codec codec, enum client_codec other)
{
    struct session session = session_of(client, codec, SIZE, SIZE);
    VASurfaceID surface;

    CHECK(session_create_config(&session));
    CHECK(probe(client, other));
    CHECK(new_exported(&session, &surface));
    CHECK(session_create_context(&session, false));
    CHECK(decode_into(&session, surface));
    return session_close(&session);
}

static bool hevc(struct client *client)
{
    CHECK(client_open(client));
    CHECK(before_context(client, CLIENT_HEVC, CLIENT_HEVC));
    CHECK(beside(client, CLIENT_HEVC, CLIENT_HEVC));
    return true;
}

static bool all(struct client *client)
{
    CHECK(client_open(client));
    CHECK(beside(client, CLIENT_VP9, CLIENT_H264));
    CHECK(beside(client, CLIENT_H264, CLIENT_VP9));
    CHECK(before_context(client, CLIENT_VP9, CLIENT_H264));
    CHECK(before_context(client, CLIENT_H264, CLIENT_VP9));
    return true;
}

int main(int argc, char **argv)
{
    struct client client = {.render_node = -1};
    bool right = argc > 1 ? hevc(&client) : all(&client);

    (void)argv;
    client_close(&client);
    return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
