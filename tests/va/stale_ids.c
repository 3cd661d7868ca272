/* SPDX-License-Identifier: MIT */
/* Ids that a client uses after their objects are gone, and that have become another object's. */
#include "client.h"

#include <stdlib.h>
#include <string.h>
#include <va/va_backend.h>

enum { WIDTH = 320, HEIGHT = 240, MOST_OBJECTS = 65536, MOST_IDS = 200000 };

static VABufferID matrices_new(const struct decoder *decoder)
{
    VAIQMatrixBufferH264 matrices;
    VABufferID buffer;

    memset(&matrices, 16, sizeof(matrices));
    NEED(vaCreateBuffer(decoder->client->display, decoder->context, VAIQMatrixBufferType,
                        sizeof(matrices), 1, &matrices, &buffer));
    return buffer;
}

static bool exists(const struct decoder *decoder, VABufferID buffer)
{
    /* libva exports vaBufferInfo and declares it nowhere. */
    VADriverContextP va = ((VADisplayContextP)decoder->client->display)->pDriverContext;
    unsigned size, count;
    VABufferType type;

    return va->vtable->vaBufferInfo(va, buffer, &type, &size, &count) == VA_STATUS_SUCCESS;
}

/* Creates buffers until one has the id, however long that takes. The others that are left then are
 * `held`. */
static unsigned take_id(const struct decoder *decoder, VABufferID id, VABufferID *held)
{
    VABufferID buffer = VA_INVALID_ID;
    unsigned count = 0;

    /* Until the place of that id is the only one that is free: it is the part of ids that repeats
     * itself first. */
    while (count < MOST_OBJECTS && (uint16_t)(buffer = matrices_new(decoder)) != (uint16_t)id)
        held[count++] = buffer;
    for (unsigned i = 0; i < MOST_IDS && buffer != id; i++) {
        EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(decoder->client->display, buffer));
        buffer = matrices_new(decoder);
    }
    CHECK(buffer == id);
    return count;
}

/* An image whose buffer the client destroyed finds neither another buffer nor destroys it. */
static void image_without_its_buffer(struct client *client)
{
    static VABufferID held[MOST_OBJECTS];
    VADisplay display = client->display;
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VAImage image = image_new(client, VA_FOURCC_NV12, WIDTH, HEIGHT);
    unsigned count;

    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 1));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(display, image.buf));
    count = take_id(&decoder, image.buf, held);
    EXPECT(VA_STATUS_ERROR_INVALID_BUFFER,
           vaGetImage(display, surface, 0, 0, WIDTH, HEIGHT, image.image_id));
    EXPECT(VA_STATUS_ERROR_INVALID_BUFFER,
           vaPutImage(display, surface, image.image_id, 0, 0, WIDTH, HEIGHT, 0, 0, WIDTH, HEIGHT));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(display, image.image_id));
    CHECK(exists(&decoder, image.buf));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(display, image.buf));
    for (unsigned i = 0; i < count; i++)
        EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(display, held[i]));
    CHECK(surface_shows(client, surface, 1, WIDTH, HEIGHT));
    surface_destroy(client, surface);
    decoder_close(&decoder);
}

/* The id of a buffer that is gone is nobody's while a client creates and destroys many others. */
static void ids_are_not_reused_soon(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VABufferID gone = matrices_new(&decoder);

    EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(client->display, gone));
    for (unsigned i = 0; i < MOST_IDS; i++) {
        VABufferID buffer = matrices_new(&decoder);

        if (buffer == gone || !buffer || buffer == VA_INVALID_ID) {
            client_failed(__FILE__, __LINE__, "id 0x%x after %u others", buffer, i);
            break;
        }
        EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(client->display, buffer));
    }
    decoder_close(&decoder);
}

int main(void)
{
    struct client client = client_open();

    image_without_its_buffer(&client);
    ids_are_not_reused_soon(&client);
    client_close(&client);
    return client_result();
}
