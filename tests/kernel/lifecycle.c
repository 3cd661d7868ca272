/* SPDX-License-Identifier: MIT */
/*
 * The life of surfaces, contexts and configs on a real kernel, in every order that VA allows.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cases.h"
#include "va_client.h"

enum { SMALL_WIDTH = 320, SMALL_HEIGHT = 240, LARGE_WIDTH = 1280, LARGE_HEIGHT = 720 };

static enum client_codec codecs[CLIENT_CODECS];
static unsigned int codec_count;

/* Decodes count pictures round the session's surfaces; each must change its surface, or be a job of
 * the device that writes none. */
static bool decode_some(struct session *session, unsigned int count)
{
    uint64_t before = 0, after;

    if (!client_ran_jobs(0))
        return false;
    for (unsigned int i = 0; i < count; i++) {
        VASurfaceID surface = session->surfaces[session->decoded % session->surface_count];
        if (!session_decode(session, surface, true) || !client_ran_jobs(1) ||
            !surface_hash(session->client, surface, session->width, session->height, i % 2 == 0,
                          &after))
            return false;
        CHECK(after != before || !client_content());
        before = after;
    }
    return true;
}

static bool surfaces_small_then_large(bool with_context)
{
    for (unsigned int c = 0; c < codec_count; c++) {
        struct client client;
        struct session small, large;

        if (!client_open(&client) ||
            !session_open(&small, &client, codecs[c], SMALL_WIDTH, SMALL_HEIGHT, 4, with_context))
            return false;
        if (with_context && !decode_some(&small, 6))
            return false;
        if (!session_close(&small) ||
            !session_open(&large, &client, codecs[c], LARGE_WIDTH, LARGE_HEIGHT, 4, true) ||
            !decode_some(&large, 6) || !session_close(&large))
            return false;
        client_close(&client);
    }
    return true;
}

static bool small_large_without_context(void)
{
    struct client client;
    struct session session = {.client = &client};

    if (!client_open(&client))
        return false;
    for (unsigned int i = 0; i < 20; i++) {
        session.width = i % 2 ? LARGE_WIDTH : SMALL_WIDTH;
        session.height = i % 2 ? LARGE_HEIGHT : SMALL_HEIGHT;
        if (!session_create_surfaces(&session, 8) || !session_destroy_surfaces(&session))
            return false;
    }
    client_close(&client);
    return surfaces_small_then_large(false);
}

static bool small_large_with_context(void)
{
    return surfaces_small_then_large(true);
}

/* Surfaces of another size come and go while a context decodes. */
static bool small_large_while_streaming(void)
{
    for (unsigned int c = 0; c < codec_count; c++) {
        struct client client;
        struct session session, other = {.client = &client};

        if (!client_open(&client) ||
            !session_open(&session, &client, codecs[c], SMALL_WIDTH, SMALL_HEIGHT, 4, true))
            return false;
        for (unsigned int i = 0; i < 6; i++) {
            other.width = i % 2 ? LARGE_WIDTH : 64;
            other.height = i % 2 ? LARGE_HEIGHT : 64;
            if (!decode_some(&session, 3) || !session_create_surfaces(&other, 5) ||
                !decode_some(&session, 3) || !session_destroy_surfaces(&other))
                return false;
        }
        /* one more surface of the stream's own size, created late, is a target as any other */
        other.width = session.width;
        other.height = session.height;
        if (!session_create_surfaces(&other, 1) ||
            !session_decode(&session, other.surfaces[0], true) ||
            !session_destroy_surfaces(&other) || !session_close(&session))
            return false;
        client_close(&client);
    }
    return true;
}

/* The surfaces outlive a context and are decoded into by the next one, of another size too. */
static bool context_recreated(void)
{
    for (unsigned int c = 0; c < codec_count; c++) {
        struct client client;

        if (!client_open(&client))
            return false;
        for (unsigned int i = 0; i < 6; i++) {
            struct session session;
            bool large = i % 2;
            if (!session_open(&session, &client, codecs[c], large ? LARGE_WIDTH : SMALL_WIDTH,
                              large ? LARGE_HEIGHT : SMALL_HEIGHT, 4, i % 3 != 0) ||
                !decode_some(&session, 5) || !session_close(&session))
                return false;
        }
        client_close(&client);
    }
    return true;
}

static bool context_recreated_over_surfaces(void)
{
    for (unsigned int c = 0; c < codec_count; c++) {
        struct client client;
        struct session session;

        if (!client_open(&client) ||
            !session_open(&session, &client, codecs[c], SMALL_WIDTH, SMALL_HEIGHT, 4, true))
            return false;
        for (unsigned int i = 0; i < 4; i++) {
            uint64_t before, after;
            VASurfaceID last;

            if (!decode_some(&session, 5))
                return false;
            last = session.reference;
            if (!surface_hash(&client, last, SMALL_WIDTH, SMALL_HEIGHT, true, &before))
                return false;
            CHECK_VA(vaDestroyContext(client.display, session.context));
            /* the picture is the client's: it stays when its decoder goes */
            if (!surface_hash(&client, last, SMALL_WIDTH, SMALL_HEIGHT, true, &after))
                return false;
            CHECK(before == after);
            CHECK_VA(vaCreateContext(client.display, session.config, SMALL_WIDTH, SMALL_HEIGHT,
                                     VA_PROGRESSIVE, session.surfaces, (int)session.surface_count,
                                     &session.context));
            session.reference = VA_INVALID_SURFACE;
            session.decoded = 0;
        }
        if (!session_close(&session))
            return false;
        client_close(&client);
    }
    return true;
}

/* Two decoders at once. */
static bool side_by_side(enum client_codec one, enum client_codec other)
{
    struct client client;
    struct session first, second;

    if (!client_open(&client) ||
        !session_open(&first, &client, one, SMALL_WIDTH, SMALL_HEIGHT, 4, true) ||
        !session_open(&second, &client, other, LARGE_WIDTH, LARGE_HEIGHT, 5, true))
        return false;
    for (unsigned int i = 0; i < 20; i++)
        if (!decode_some(&first, 1) || !decode_some(&second, 2))
            return false;
    if (!session_close(&first) || !decode_some(&second, 5) || !session_close(&second))
        return false;
    client_close(&client);
    return true;
}

/* Each codec beside the next one, where the device has several. */
static bool two_codecs(void)
{
    for (unsigned int c = 0; c < codec_count; c++)
        if (!side_by_side(codecs[c], codecs[(c + 1) % codec_count]))
            return false;
    return true;
}

static bool one_codec(enum client_codec codec)
{
    struct client client;
    struct session session;

    if (!client_open(&client) ||
        !session_open(&session, &client, codec, SMALL_WIDTH, SMALL_HEIGHT, 4, true) ||
        !decode_some(&session, 60) || !session_close(&session))
        return false;
    client_close(&client);
    return true;
}

static bool codecs_in_processes(void)
{
    pid_t children[CLIENT_CODECS];
    bool good = true;

    for (unsigned int c = 0; c < codec_count; c++) {
        children[c] = fork();
        CHECK(children[c] >= 0);
        if (children[c] == 0)
            _exit(one_codec(codecs[c]) ? 0 : 1);
    }
    for (unsigned int c = 0; c < codec_count; c++) {
        int status = -1;
        waitpid(children[c], &status, 0);
        good &= status == 0;
    }
    return good;
}

/* What a client can destroy at the end. */
enum thing { CONTEXT, SURFACES, CONFIG, IMAGE, PARAMETERS, THINGS };

static bool destroy(struct session *session, enum thing thing, VAImageID image, VABufferID buffer)
{
    VADisplay display = session->client->display;

    switch (thing) {
    case CONTEXT:
        CHECK_VA(vaDestroyContext(display, session->context));
        return true;
    case SURFACES:
        return session_destroy_surfaces(session);
    case CONFIG:
        CHECK_VA(vaDestroyConfig(display, session->config));
        return true;
    case IMAGE:
        CHECK_VA(vaDestroyImage(display, image));
        return true;
    default:
        CHECK_VA(vaDestroyBuffer(display, buffer));
        return true;
    }
}

/* Decodes, then destroys in the given order without waiting. A derived image is mapped and read
 * until it goes. */
static bool destroy_in_order(struct client *client, enum client_codec codec,
                             const enum thing order[THINGS])
{
    struct session session;
    VABufferID buffer;
    VAImage image;
    void *data;
    volatile uint8_t sum = 0;

    if (!session_open(&session, client, codec, SMALL_WIDTH, SMALL_HEIGHT, 4, true) ||
        !decode_some(&session, 2))
        return false;
    CHECK_VA(vaDeriveImage(client->display, session.reference, &image));
    CHECK_VA(vaMapBuffer(client->display, image.buf, &data));
    CHECK_VA(vaCreateBuffer(client->display, session.context, VASliceDataBufferType, 100, 1, NULL,
                            &buffer));
    for (unsigned int i = 1; i < session.surface_count; i++)
        if (!session_decode(&session, session.surfaces[(i + 1) % session.surface_count], false))
            return false;
    for (unsigned int i = 0; i < THINGS; i++) {
        if (!destroy(&session, order[i], image.image_id, buffer))
            return false;
        if (order[i] == IMAGE)
            data = NULL;
        for (size_t at = 0; data && at < image.data_size; at += 4096)
            sum = (uint8_t)(sum + ((uint8_t *)data)[at]);
    }
    return true;
}

static bool next_permutation(enum thing order[THINGS])
{
    int i = THINGS - 2, j = THINGS - 1;

    while (i >= 0 && order[i] >= order[i + 1])
        i--;
    if (i < 0)
        return false;
    while (order[j] <= order[i])
        j--;
    enum thing swap = order[i];
    order[i] = order[j];
    order[j] = swap;
    for (int a = i + 1, b = THINGS - 1; a < b; a++, b--) {
        swap = order[a];
        order[a] = order[b];
        order[b] = swap;
    }
    return true;
}

static bool destroy_in_every_order(void)
{
    struct client client;
    enum thing order[THINGS] = {CONTEXT, SURFACES, CONFIG, IMAGE, PARAMETERS};
    unsigned int tried = 0;

    if (!client_open(&client))
        return false;
    do {
        if (!destroy_in_order(&client, codecs[tried % codec_count], order)) {
            fprintf(stderr, "order %d %d %d %d %d\n", order[0], order[1], order[2], order[3],
                    order[4]);
            return false;
        }
        tried++;
    } while (next_permutation(order));
    CHECK(tried == 120);
    client_close(&client);
    return true;
}

/* vaTerminate with everything alive and frames in flight, then a new start. */
static bool terminate_with_everything_alive(void)
{
    for (unsigned int i = 0; i < 6; i++) {
        struct client client;
        struct session session;

        if (!client_open(&client) || !session_open(&session, &client, codecs[i % codec_count],
                                                   SMALL_WIDTH, SMALL_HEIGHT, 4, true))
            return false;
        for (unsigned int k = 0; k < 4; k++)
            if (!session_decode(&session, session.surfaces[k], false))
                return false;
        client_close(&client);
    }
    return true;
}

static bool surfaces_64(void)
{
    for (unsigned int c = 0; c < codec_count; c++) {
        struct client client;
        struct session session;

        if (!client_open(&client) || !session_open(&session, &client, codecs[c], SMALL_WIDTH,
                                                   SMALL_HEIGHT, CLIENT_MAX_SURFACES, c == 0))
            return false;
        if (!decode_some(&session, 2 * CLIENT_MAX_SURFACES) || !session_close(&session))
            return false;
        client_close(&client);
    }
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"surfaces small, then large, without a context", small_large_without_context, 0},
        {"surfaces small, then large, with a context", small_large_with_context, 0},
        {"surfaces of other sizes while streaming", small_large_while_streaming, 0},
        {"context recreated at another size", context_recreated, 0},
        {"context recreated over its surfaces", context_recreated_over_surfaces, 0},
        {"two codecs in one process", two_codecs, 0},
        {"codecs in processes of their own", codecs_in_processes, 0},
        {"destroyed in every order", destroy_in_every_order, 60},
        {"terminated with everything alive", terminate_with_everything_alive, 0},
        {"64 surfaces", surfaces_64, 60},
        {NULL, NULL, 0},
    };
    codec_count = client_codecs(codecs);
    if (codec_count == 0 || !client_count_jobs())
        return 2;
    return run_cases("lifecycle", cases, argc, argv);
}
