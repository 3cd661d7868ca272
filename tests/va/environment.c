/* SPDX-License-Identifier: MIT */
/* The driver's environment variables, and what it says where to whom. */
#include "client.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <va/va_drm.h>

enum { WIDTH = 96, HEIGHT = 80, DEVICES = 3 };

static char said[4096];

static void hear(void *context, const char *message)
{
    size_t length = strlen(said);

    (void)context;
    snprintf(said + length, sizeof(said) - length, "%s", message);
}

/* A display whose driver reads `name`=`value`; false: it will not start. */
static bool open_with(struct client *client, const char *name, const char *value)
{
    int major, minor;

    said[0] = '\0';
    setenv(name, value, 1);
    client->fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC);
    client->display = vaGetDisplayDRM(client->fd);
    vaSetErrorCallback(client->display, hear, NULL);
    vaSetInfoCallback(client->display, NULL, NULL);
    if (vaInitialize(client->display, &major, &minor) == VA_STATUS_SUCCESS) {
        unsetenv(name);
        return true;
    }
    unsetenv(name);
    vaTerminate(client->display);
    close(client->fd);
    return false;
}

/* How many devices the driver has found: it names each. */
static unsigned devices(const struct client *client)
{
    const char *vendor = vaQueryVendorString(client->display);
    unsigned count = 1;

    for (; (vendor = strchr(vendor, ',')); vendor++)
        count++;
    return count;
}

static bool decodes(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    bool right = decode(&decoder, surface, 1) == VA_STATUS_SUCCESS &&
                 surface_shows(client, surface, 1, WIDTH, HEIGHT);

    surface_destroy(client, surface);
    decoder_close(&decoder);
    return right;
}

static void one_of_several_devices(void)
{
    /* All media devices here are of one video node. */
    static const struct {
        const char *name, *value;
        unsigned devices;
    } pins[] = {{"LIBVA_V4L2_REQUEST_MEDIA_PATH", "/dev/media1", 1},
                {"LIBVA_V4L2_REQUEST_VIDEO_PATH", "/dev/video0", DEVICES}};
    static const char *const wrong[][2] = {{"LIBVA_V4L2_REQUEST_MEDIA_PATH", "/dev/media7"},
                                           {"LIBVA_V4L2_REQUEST_VIDEO_PATH", "/dev/video"}};
    struct client client;

    NEED(open_with(&client, "UNRELATED", "1") ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_UNKNOWN);
    CHECK(devices(&client) == DEVICES);
    client_close(&client);
    for (unsigned i = 0; i < 2; i++) {
        CHECK(!open_with(&client, wrong[i][0], wrong[i][1]));
        CHECK(strstr(said, "v4l2-stateless: no stateless video decoder found\n"));
        NEED(open_with(&client, pins[i].name, pins[i].value) ? VA_STATUS_SUCCESS
                                                             : VA_STATUS_ERROR_UNKNOWN);
        CHECK(devices(&client) == pins[i].devices);
        CHECK(decodes(&client));
        client_close(&client);
    }
}

static bool has_line(FILE *file, const char *wanted)
{
    char line[4096];

    rewind(file);
    while (fgets(line, sizeof(line), file))
        if (!strncmp(line, wanted, strlen(wanted)))
            return true;
    return false;
}

static void trace(void)
{
    char path[] = "/tmp/va-trace-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "r");
    struct client client;

    if (!file)
        client_abort();
    NEED(open_with(&client, "LIBVA_V4L2_REQUEST_TRACE", path) ? VA_STATUS_SUCCESS
                                                              : VA_STATUS_ERROR_UNKNOWN);
    CHECK(decodes(&client));
    client_close(&client);
    CHECK(!said[0]);
    CHECK(has_line(file, "job 0 h264 context 0x"));
    CHECK(has_line(file, "V4L2_CID_STATELESS_H264_SPS.pic_width_in_mbs_minus1 = 5\n"));
    CHECK(has_line(file, "V4L2_CID_STATELESS_H264_SPS.pic_height_in_map_units_minus1 = 4\n"));
    fclose(file);
    unlink(path);
    /* A trace that cannot be written costs the user only the trace, and is no secret. */
    NEED(open_with(&client, "LIBVA_V4L2_REQUEST_TRACE", "/nowhere/trace")
             ? VA_STATUS_SUCCESS
             : VA_STATUS_ERROR_UNKNOWN);
    CHECK(strstr(said, "v4l2-stateless: no trace in /nowhere/trace: "));
    CHECK(decodes(&client));
    client_close(&client);
}

int main(void)
{
    one_of_several_devices();
    trace();
    return client_result();
}
