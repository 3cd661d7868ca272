/* SPDX-License-Identifier: MIT */
/* What a client has mapped stays where it is as long as it is mapped, and no longer; and access by
 * the CPU is told to the kernel until that knows of it. */
#include "client.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 96, HEIGHT = 80, LARGE_WIDTH = 208, LARGE_HEIGHT = 144, SIZE = 1000, ROUNDS = 50 };

/* How a buffer comes to its end after its OUTPUT buffer did. */
enum ending {
    UNMAPPED,  /* and mapped once more */
    DESTROYED, /* while it is mapped */
    NUM_ENDINGS
};

static unsigned mappings(void)
{
    FILE *file = fopen("/proc/self/maps", "re");
    unsigned count = 0;
    int c;

    if (!file)
        client_abort();
    while ((c = getc(file)) != EOF)
        count += c == '\n';
    fclose(file);
    return count;
}

static VABufferID data_new(const struct decoder *decoder, uint8_t **data)
{
    VABufferID buffer;
    void *pointer = NULL;

    NEED(vaCreateBuffer(decoder->client->display, decoder->context, VASliceDataBufferType, SIZE, 1,
                        NULL, &buffer));
    NEED(vaMapBuffer(decoder->client->display, buffer, &pointer));
    *data = pointer;
    return buffer;
}

static bool holds(const uint8_t *data, uint8_t value)
{
    for (unsigned i = 0; i < SIZE; i++)
        if (data[i] != value)
            return false;
    return true;
}

/* The client writes and reads behind its pointer. */
static void end(struct client *client, VABufferID buffer, uint8_t *data, enum ending ending)
{
    void *again = NULL;

    memset(data, 0x5a, SIZE);
    if (ending == UNMAPPED) {
        EXPECT(VA_STATUS_SUCCESS, vaUnmapBuffer(client->display, buffer));
        EXPECT(VA_STATUS_SUCCESS, vaMapBuffer(client->display, buffer, &again));
        CHECK(again && holds(again, 0x5a));
        EXPECT(VA_STATUS_SUCCESS, vaUnmapBuffer(client->display, buffer));
    } else {
        CHECK(holds(data, 0x5a));
    }
    EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(client->display, buffer));
}

static void outlives_its_context(struct client *client, enum ending ending)
{
    unsigned before = 0, after;

    for (unsigned i = 0; i <= ROUNDS; i++) {
        struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
        uint8_t *data[2];
        VABufferID buffer[2] = {data_new(&decoder, &data[0]), data_new(&decoder, &data[1])};

        decoder_close(&decoder);
        for (unsigned j = 0; j < 2; j++)
            end(client, buffer[j], data[j], ending);
        if (!i)
            before = mappings();
    }
    after = mappings();
    if (after >= before + ROUNDS / 2)
        client_failed(__FILE__, __LINE__, "%u mappings, then %u", before, after);
}

/* Slice data of a picture that is never rendered, while the size of pictures changes. */
static void outlives_its_queue(struct client *client, enum ending ending)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID small = surface_new(client, WIDTH, HEIGHT);
    VASurfaceID large = surface_new(client, LARGE_WIDTH, LARGE_HEIGHT);
    unsigned before = 0, after;

    for (unsigned i = 0; i <= ROUNDS; i++) {
        uint8_t *data;
        VABufferID buffer = data_new(&decoder, &data);

        decoder.width = i % 2 ? WIDTH : LARGE_WIDTH;
        decoder.height = i % 2 ? HEIGHT : LARGE_HEIGHT;
        EXPECT(VA_STATUS_SUCCESS, decode(&decoder, i % 2 ? small : large, i));
        end(client, buffer, data, ending);
        CHECK(surface_shows(client, i % 2 ? small : large, i, decoder.width, decoder.height));
        if (i < 2)
            before = mappings();
    }
    after = mappings();
    if (after >= before + ROUNDS / 2)
        client_failed(__FILE__, __LINE__, "%u mappings, then %u", before, after);
    surface_destroy(client, small);
    surface_destroy(client, large);
    decoder_close(&decoder);
}

/* The kernel may ask for DMA_BUF_IOCTL_SYNC to be repeated. What it does not do at all is told. */
static void access_is_repeated(struct client *client, const char *faults)
{
    void (*set_faults)(const char *) = (void (*)(const char *))dlsym(RTLD_DEFAULT, "virtdec_fault");
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VAImage image = image_new(client, VA_FOURCC_NV12, WIDTH, HEIGHT), derived;
    void *data;

    if (!set_faults)
        client_abort();
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 7));
    EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client->display, surface));
    /* Of the first copy start (1), start (2), end (3), end (4), of the second start (5). */
    set_faults(faults);
    EXPECT(VA_STATUS_SUCCESS,
           vaGetImage(client->display, surface, 0, 0, WIDTH, HEIGHT, image.image_id));
    CHECK(image_shows(&image, image_map(client, &image), 7, 0, 0, WIDTH, HEIGHT));
    image_unmap(client, &image);
    EXPECT(VA_STATUS_ERROR_OPERATION_FAILED,
           vaGetImage(client->display, surface, 0, 0, WIDTH, HEIGHT, image.image_id));
    EXPECT(VA_STATUS_SUCCESS, vaDeriveImage(client->display, surface, &derived));
    set_faults(faults);
    EXPECT(VA_STATUS_SUCCESS, vaMapBuffer(client->display, derived.buf, &data));
    EXPECT(VA_STATUS_SUCCESS, vaUnmapBuffer(client->display, derived.buf));
    EXPECT(VA_STATUS_ERROR_OPERATION_FAILED, vaMapBuffer(client->display, derived.buf, &data));
    EXPECT(VA_STATUS_ERROR_OPERATION_FAILED, vaUnmapBuffer(client->display, derived.buf));
    set_faults("");
    EXPECT(VA_STATUS_SUCCESS, vaMapBuffer(client->display, derived.buf, &data));
    EXPECT(VA_STATUS_SUCCESS, vaUnmapBuffer(client->display, derived.buf));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, derived.image_id));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client->display, image.image_id));
    surface_destroy(client, surface);
    decoder_close(&decoder);
}

int main(void)
{
    struct client client = client_open();

    for (enum ending ending = 0; ending < NUM_ENDINGS; ending++) {
        outlives_its_context(&client, ending);
        outlives_its_queue(&client, ending);
    }
    access_is_repeated(&client, "DMA_BUF_SYNC:1:EAGAIN,DMA_BUF_SYNC:3:EAGAIN,DMA_BUF_SYNC:5:EIO");
    access_is_repeated(&client, "DMA_BUF_SYNC:1:EINTR,DMA_BUF_SYNC:3:EINTR,DMA_BUF_SYNC:5:EIO");
    client_close(&client);
    return client_result();
}
