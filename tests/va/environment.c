/* SPDX-License-Identifier: MIT */
/* The driver's environment variables, and what it says where to whom. */
#include "client.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

static void finds(const char *name, const char *value, unsigned wanted)
{
    struct client client;

    NEED(open_with(&client, name, value) ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_UNKNOWN);
    CHECK(devices(&client) == wanted);
    CHECK(decodes(&client));
    client_close(&client);
}

static void finds_none(const char *name, const char *value)
{
    struct client client;

    CHECK(!open_with(&client, name, value));
    CHECK(strstr(said, "v4l2-stateless: no stateless video decoder found\n"));
}

/* Each media device here has a video node of its own. */
static void one_of_several_devices(void)
{
    finds("UNRELATED", "1", DEVICES);
    finds("LIBVA_V4L2_REQUEST_MEDIA_PATH", "/dev/media1", 1);
    finds("LIBVA_V4L2_REQUEST_VIDEO_PATH", "/dev/video1", 1);
    finds_none("LIBVA_V4L2_REQUEST_MEDIA_PATH", "/dev/media7");
    finds_none("LIBVA_V4L2_REQUEST_VIDEO_PATH", "/dev/video");
}

/* Device nodes have other names, too, that do not change from boot to boot: links like those of
 * /dev/v4l/by-path, longer than the node's name. */
static void links(void)
{
    char directory[] = "/tmp/va-links-XXXXXX", link[3][96];

    if (!mkdtemp(directory))
        client_abort();
    snprintf(link[0], sizeof(link[0]), "%s/platform-fdea0000.video-codec-video-index0", directory);
    snprintf(link[1], sizeof(link[1]), "%s/video-dec0", directory);
    snprintf(link[2], sizeof(link[2]), "%s/media-dec0", directory);
    CHECK(symlink("/dev/video0", link[0]) == 0);
    CHECK(symlink(link[0], link[1]) == 0);
    CHECK(symlink("/dev/media2", link[2]) == 0);
    finds("LIBVA_V4L2_REQUEST_VIDEO_PATH", link[0], 1);
    finds("LIBVA_V4L2_REQUEST_VIDEO_PATH", link[1], 1);
    finds("LIBVA_V4L2_REQUEST_MEDIA_PATH", link[2], 1);
    finds_none("LIBVA_V4L2_REQUEST_VIDEO_PATH", link[2]);
    finds_none("LIBVA_V4L2_REQUEST_MEDIA_PATH", link[0]);
    unlink(link[1]);
    CHECK(symlink("/dev/null", link[1]) == 0);
    finds_none("LIBVA_V4L2_REQUEST_VIDEO_PATH", link[1]);
    unlink(link[0]);
    finds_none("LIBVA_V4L2_REQUEST_VIDEO_PATH", link[0]);
    finds_none("LIBVA_V4L2_REQUEST_VIDEO_PATH", directory);
    unlink(link[1]);
    unlink(link[2]);
    rmdir(directory);
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
}

/* A trace that cannot be written costs the user only the trace, and is no secret. */
static void no_trace(const char *path, const char *why)
{
    struct client client;
    char wanted[256];

    NEED(open_with(&client, "LIBVA_V4L2_REQUEST_TRACE", path) ? VA_STATUS_SUCCESS
                                                              : VA_STATUS_ERROR_UNKNOWN);
    snprintf(wanted, sizeof(wanted), "v4l2-stateless: no trace in %s: %s\n", path, why);
    if (strcmp(said, wanted) != 0)
        client_failed(__FILE__, __LINE__, "said \"%s\", wanted \"%s\"", said, wanted);
    CHECK(decodes(&client));
    client_close(&client);
}

/* Whoever can put something where the trace is to be makes the driver neither wait nor write
 * elsewhere. */
static void traces_refused(void)
{
    char directory[] = "/tmp/va-trace-XXXXXX", path[64], elsewhere[64];
    struct stat status;
    int reader;

    if (!mkdtemp(directory))
        client_abort();
    snprintf(path, sizeof(path), "%s/trace", directory);
    snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", directory);
    no_trace("/nowhere/trace", "No such file or directory");
    no_trace(directory, "Is a directory");
    no_trace("/dev/null", "not a regular file");
    CHECK(symlink(elsewhere, path) == 0);
    no_trace(path, "a symbolic link");
    CHECK(stat(elsewhere, &status) != 0);
    close(open(elsewhere, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    no_trace(path, "a symbolic link");
    CHECK(stat(elsewhere, &status) == 0 && status.st_size == 0);
    unlink(path);
    alarm(60);
    CHECK(mkfifo(path, 0600) == 0);
    no_trace(path, "not a regular file");
    reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    no_trace(path, "not a regular file");
    alarm(0);
    close(reader);
    unlink(path);
    unlink(elsewhere);
    rmdir(directory);
}

int main(void)
{
    one_of_several_devices();
    links();
    trace();
    traces_refused();
    return client_result();
}
