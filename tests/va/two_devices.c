/* SPDX-License-Identifier: MIT */
/*
 * Two decoders with one profile, as on RK3588: a small one, of pictures up to 1920x1088, and a
 * large one. The argument says which of the virtual decoder's two it is that is small.
 */
#include "client.h"
#include "device_opens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

enum { WIDTH = 176, HEIGHT = 144, LARGE_WIDTH = 2560, LARGE_HEIGHT = 1440 };
/* Of H.264 on the large one, of both codecs on the small one. */
enum { MAX_WIDTH = 4096, MAX_HEIGHT = 2560, SMALL_MAX_WIDTH = 1920, SMALL_MAX_HEIGHT = 1088 };

static unsigned small_device, large_device;
static char said[4096];

static void hear(void *context, const char *message)
{
    size_t length = strlen(said);

    (void)context;
    snprintf(said + length, sizeof(said) - length, "%s", message);
}

/* The plan for one of the two: its next opens fail. */
static void opens_fail(unsigned device, const char *error)
{
    char plan[128];
    size_t length = 0;

    for (unsigned i = 1; i <= 4; i++)
        length += (size_t)snprintf(plan + length, sizeof(plan) - length, "%sopen%u:%u:%s",
                                   i > 1 ? "," : "", device, i, error);
    device_faults(plan);
}

static unsigned attribute_of(struct client *client, VAProfile profile, VAConfigAttribType type)
{
    VAConfigAttrib attribute = {.type = type};

    NEED(vaGetConfigAttributes(client->display, profile, VAEntrypointVLD, &attribute, 1));
    return attribute.value;
}

/* A profile's limits are those of the device that can do most. */
static void limits(struct client *client)
{
    VASurfaceAttrib attributes[32];
    unsigned count = 32;
    VAConfigID config;

    CHECK(attribute_of(client, VAProfileH264High, VAConfigAttribMaxPictureWidth) == MAX_WIDTH);
    CHECK(attribute_of(client, VAProfileH264High, VAConfigAttribMaxPictureHeight) == MAX_HEIGHT);
    CHECK(attribute_of(client, VAProfileVP8Version0_3, VAConfigAttribMaxPictureWidth) ==
          SMALL_MAX_WIDTH);
    CHECK(attribute_of(client, VAProfileVP8Version0_3, VAConfigAttribMaxPictureHeight) ==
          SMALL_MAX_HEIGHT);
    NEED(vaCreateConfig(client->display, VAProfileH264High, VAEntrypointVLD, NULL, 0, &config));
    NEED(vaQuerySurfaceAttributes(client->display, config, attributes, &count));
    for (unsigned i = 0; i < count; i++) {
        if (attributes[i].type == VASurfaceAttribMaxWidth)
            CHECK(attributes[i].value.value.i == MAX_WIDTH);
        if (attributes[i].type == VASurfaceAttribMaxHeight)
            CHECK(attributes[i].value.value.i == MAX_HEIGHT);
    }
    EXPECT(VA_STATUS_SUCCESS, vaDestroyConfig(client->display, config));
}

static bool shows(struct client *client, struct decoder *decoder, VASurfaceID surface,
                  unsigned number)
{
    return decode(decoder, surface, number) == VA_STATUS_SUCCESS &&
           vaSyncSurface(client->display, surface) == VA_STATUS_SUCCESS &&
           surface_shows(client, surface, number, decoder->width, decoder->height);
}

static bool decodes(struct client *client, unsigned width, unsigned height)
{
    struct decoder decoder = decoder_open(client, width, height);
    VASurfaceID surface = surface_new(client, width, height);
    bool right = shows(client, &decoder, surface, 1) && shows(client, &decoder, surface, 2);

    surface_destroy(client, surface);
    decoder_close(&decoder);
    return right;
}

/* Small pictures leave the large device alone. */
static void by_size(struct client *client)
{
    device_faults(NULL);
    CHECK(decodes(client, WIDTH, HEIGHT));
    CHECK(device_opened_alone(small_device));
    device_faults(NULL);
    CHECK(decodes(client, SMALL_MAX_WIDTH, 1080));
    CHECK(device_opened_alone(small_device));
    device_faults(NULL);
    CHECK(decodes(client, LARGE_WIDTH, LARGE_HEIGHT));
    CHECK(device_opened_alone(large_device));
}

/* The VA status of a context of that size. */
static VAStatus try_context(struct client *client, int width, int height)
{
    VAConfigID config;
    VAContextID context;
    VAStatus status;

    NEED(vaCreateConfig(client->display, VAProfileH264High, VAEntrypointVLD, NULL, 0, &config));
    status = vaCreateContext(client->display, config, width, height, 0, NULL, 0, &context);
    if (status == VA_STATUS_SUCCESS)
        EXPECT(VA_STATUS_SUCCESS, vaDestroyContext(client->display, context));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyConfig(client->display, config));
    return status;
}

/* Busy, gone, or in whatever trouble: the next one decodes. */
static void next_one(struct client *client)
{
    static const char *const errors[] = {"EBUSY", "ENODEV", "ENOENT", "ENOMEM", "EACCES"};
    char plan[128];

    for (unsigned i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        opens_fail(small_device, errors[i]);
        said[0] = '\0';
        CHECK(decodes(client, WIDTH, HEIGHT));
        CHECK(strstr(said, " decodes instead of "));
    }
    /* The first one refuses after it was opened. */
    device_faults("S_FMT:1:EBUSY");
    said[0] = '\0';
    CHECK(decodes(client, WIDTH, HEIGHT));
    CHECK(strstr(said, " decodes instead of "));
    device_faults("REQBUFS:1:ENOMEM");
    CHECK(decodes(client, WIDTH, HEIGHT));

    opens_fail(large_device, "EBUSY");
    EXPECT(VA_STATUS_ERROR_OPERATION_FAILED, try_context(client, LARGE_WIDTH, LARGE_HEIGHT));
    snprintf(plan, sizeof(plan), "open0:1:EBUSY,open1:1:EBUSY");
    device_faults(plan);
    EXPECT(VA_STATUS_ERROR_OPERATION_FAILED, try_context(client, WIDTH, HEIGHT));
    device_faults(NULL);
    EXPECT(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, try_context(client, MAX_WIDTH + 1, HEIGHT));
    EXPECT(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, try_context(client, WIDTH, MAX_HEIGHT + 1));
    CHECK(decodes(client, WIDTH, HEIGHT));
}

static VAStatus export_surface(struct client *client, VASurfaceID surface,
                               VADRMPRIMESurfaceDescriptor *descriptor)
{
    return vaExportSurfaceHandle(client->display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                 VA_EXPORT_SURFACE_READ_ONLY, descriptor);
}

/* A context that is told of the surface, which has been exported. */
static void decode_exported(struct client *client, VASurfaceID surface, unsigned width,
                            unsigned height)
{
    struct decoder decoder = {.client = client, .width = width, .height = height, .bit_depth = 8};

    NEED(vaCreateConfig(client->display, VAProfileH264High, VAEntrypointVLD, NULL, 0,
                        &decoder.config));
    NEED(vaCreateContext(client->display, decoder.config, (int)width, (int)height, 0, &surface, 1,
                         &decoder.context));
    CHECK(shows(client, &decoder, surface, 3));
    decoder_close(&decoder);
}

/* Memory that is needed before any context comes from the device that a context would get, and a
 * context is opened on the device that its surfaces' memory came from. */
static void surfaces_first(struct client *client)
{
    VADRMPRIMESurfaceDescriptor descriptor;
    VASurfaceID surface;

    for (unsigned i = 0; i < 3; i++) {
        const bool large = i == 1, elsewhere = i == 2;
        const unsigned width = large ? LARGE_WIDTH : WIDTH, height = large ? LARGE_HEIGHT : HEIGHT;

        surface = surface_new(client, width, height);
        device_faults(NULL);
        /* Now the small device cannot be had, at first. */
        if (elsewhere)
            opens_fail(small_device, "EBUSY");
        NEED(export_surface(client, surface, &descriptor));
        CHECK(descriptor.width == width && descriptor.height == height);
        close(descriptor.objects[0].fd);
        CHECK(elsewhere || device_opened_alone(large ? large_device : small_device));
        device_faults(NULL);
        decode_exported(client, surface, width, height);
        CHECK(device_opened_alone(large || elsewhere ? large_device : small_device));
        surface_destroy(client, surface);
    }
}

/* Memory of one device, exported, and a context on the other one that nobody told of it: rkvdec
 * wants more room behind the samples than VPU121 does. */
static void memory_of_the_other(struct client *client)
{
    for (unsigned i = 0; i < 2; i++) {
        const bool fits = i == 0;
        VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
        VADRMPRIMESurfaceDescriptor descriptor;
        struct decoder decoder;

        device_faults(NULL);
        if (fits)
            opens_fail(small_device, "EBUSY");
        NEED(export_surface(client, surface, &descriptor));
        device_faults(NULL);
        if (!fits)
            opens_fail(small_device, "EBUSY");
        decoder = decoder_open(client, WIDTH, HEIGHT);
        if (fits) {
            CHECK(device_opened_alone(small_device));
            CHECK(shows(client, &decoder, surface, 5));
        } else {
            EXPECT(VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE, decode(&decoder, surface, 5));
        }
        close(descriptor.objects[0].fd);
        decoder_close(&decoder);
        surface_destroy(client, surface);
    }
    device_faults(NULL);
}

/* One surface that both devices decode into, one after the other. */
static void shared_surface(struct client *client)
{
    VASurfaceID surface = surface_new(client, LARGE_WIDTH, LARGE_HEIGHT);
    struct decoder first = decoder_open(client, WIDTH, HEIGHT);
    struct decoder second = decoder_open(client, LARGE_WIDTH, LARGE_HEIGHT);

    for (unsigned i = 0; i < 4; i++)
        CHECK(shows(client, i % 2 ? &second : &first, surface, i));
    decoder_close(&first);
    decoder_close(&second);
    surface_destroy(client, surface);
}

/* The stream outgrows the device in mid-context: the client is told, and makes a new one. */
static void outgrows(struct client *client)
{
    VASurfaceID surface = surface_new(client, LARGE_WIDTH, LARGE_HEIGHT);
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT), fresh;

    CHECK(shows(client, &decoder, surface, 1));
    decoder.width = LARGE_WIDTH;
    decoder.height = LARGE_HEIGHT;
    said[0] = '\0';
    EXPECT(VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED, decode(&decoder, surface, 2));
    CHECK(strstr(said, " is outside "));
    fresh = decoder_open(client, LARGE_WIDTH, LARGE_HEIGHT);
    CHECK(shows(client, &fresh, surface, 3));
    decoder.width = WIDTH;
    decoder.height = HEIGHT;
    CHECK(shows(client, &decoder, surface, 4));
    decoder_close(&fresh);
    decoder_close(&decoder);
    surface_destroy(client, surface);
}

/* The user decides. */
static void pinned(const char *variable, const char *kind, unsigned device)
{
    const bool is_small = device == small_device;
    struct client client;
    char path[32];

    snprintf(path, sizeof(path), "/dev/%s%u", kind, device);
    setenv(variable, path, 1);
    client = client_open();
    unsetenv(variable);
    CHECK(attribute_of(&client, VAProfileH264High, VAConfigAttribMaxPictureWidth) ==
          (is_small ? SMALL_MAX_WIDTH : MAX_WIDTH));
    device_faults(NULL);
    CHECK(decodes(&client, WIDTH, HEIGHT));
    CHECK(device_opened_alone(device));
    EXPECT(is_small ? VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED : VA_STATUS_SUCCESS,
           try_context(&client, LARGE_WIDTH, LARGE_HEIGHT));
    client_close(&client);
}

int main(int argc, char **argv)
{
    struct client client;

    small_device = argc > 1 && !strcmp(argv[1], "1");
    large_device = 1 - small_device;
    client = client_open();
    vaSetErrorCallback(client.display, hear, NULL);
    vaSetInfoCallback(client.display, hear, NULL);
    limits(&client);
    by_size(&client);
    next_one(&client);
    surfaces_first(&client);
    memory_of_the_other(&client);
    shared_surface(&client);
    outgrows(&client);
    client_close(&client);
    for (unsigned device = 0; device < 2; device++) {
        pinned("LIBVA_V4L2_REQUEST_MEDIA_PATH", "media", device);
        pinned("LIBVA_V4L2_REQUEST_VIDEO_PATH", "video", device);
    }
    return client_result();
}
