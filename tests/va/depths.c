/* SPDX-License-Identifier: MIT */
/*
 * AV1 has pictures of 8 and of 10 bits in one profile. The argument says whether the device gives
 * the latter; where it does not, clients learn that before the first picture.
 */
#include "client.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 128, HEIGHT = 96 };

#define SKIPPED 77 /* meson's */

static bool has_av1(struct client *client)
{
    VAEntrypoint entrypoints[16];
    int count = 0;

    return vaQueryConfigEntrypoints(client->display, VAProfileAV1Profile0, entrypoints, &count) ==
           VA_STATUS_SUCCESS;
}

static void configs(struct client *client, bool ten_bits)
{
    const uint32_t both = VA_RT_FORMAT_YUV420 | VA_RT_FORMAT_YUV420_10;
    VAConfigAttrib attribute = {.type = VAConfigAttribRTFormat};
    VAConfigID config = VA_INVALID_ID;
    VAStatus status;

    NEED(vaGetConfigAttributes(client->display, VAProfileAV1Profile0, VAEntrypointVLD, &attribute,
                               1));
    CHECK(attribute.value == (ten_bits ? both : VA_RT_FORMAT_YUV420));
    attribute.value = VA_RT_FORMAT_YUV420_10;
    status = vaCreateConfig(client->display, VAProfileAV1Profile0, VAEntrypointVLD, &attribute, 1,
                            &config);
    CHECK(status == (ten_bits ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT));
    if (status == VA_STATUS_SUCCESS)
        EXPECT(VA_STATUS_SUCCESS, vaDestroyConfig(client->display, config));

    /* Who says nothing chooses from all that the profile has. */
    CHECK(pixel_formats(client, VAProfileAV1Profile0, 0) == 3);
    CHECK(pixel_formats(client, VAProfileAV1Profile0, VA_RT_FORMAT_YUV420) == 1);
}

static void surfaces(struct client *client, bool ten_bits)
{
    VASurfaceAttrib fourcc = {
        .type = VASurfaceAttribPixelFormat,
        .flags = VA_SURFACE_ATTRIB_SETTABLE,
        .value = {.type = VAGenericValueTypeInteger, .value.i = VA_FOURCC_P010},
    };
    VASurfaceID surface = VA_INVALID_SURFACE;
    VAStatus status = vaCreateSurfaces(client->display, VA_RT_FORMAT_YUV420_10, WIDTH, HEIGHT,
                                       &surface, 1, &fourcc, 1);
    VAContextID context;
    VAConfigID config;

    CHECK(status == (ten_bits ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT));
    if (status != VA_STATUS_SUCCESS)
        return;
    NEED(vaCreateConfig(client->display, VAProfileAV1Profile0, VAEntrypointVLD, NULL, 0, &config));
    EXPECT(VA_STATUS_SUCCESS, vaCreateContext(client->display, config, WIDTH, HEIGHT,
                                              VA_PROGRESSIVE, &surface, 1, &context));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyContext(client->display, context));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyConfig(client->display, config));
    /* The device has 10 bits, but not with this profile. */
    NEED(vaCreateConfig(client->display, VAProfileH264High, VAEntrypointVLD, NULL, 0, &config));
    EXPECT(VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT,
           vaCreateContext(client->display, config, WIDTH, HEIGHT, VA_PROGRESSIVE, &surface, 1,
                           &context));
    EXPECT(VA_STATUS_SUCCESS, vaDestroyConfig(client->display, config));
    EXPECT(VA_STATUS_SUCCESS, vaDestroySurfaces(client->display, &surface, 1));
}

int main(int argc, char **argv)
{
    bool ten_bits = argc > 1 && !strcmp(argv[1], "10");
    struct client client = client_open();

    if (!has_av1(&client)) {
        printf("the kernel headers of this build have no AV1\n");
        client_close(&client);
        return SKIPPED;
    }
    configs(&client, ten_bits);
    surfaces(&client, ten_bits);
    client_close(&client);
    return client_result();
}
