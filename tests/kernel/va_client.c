/* SPDX-License-Identifier: MIT */
#include "va_client.h"
#include "pictures.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <va/va_drm.h>

#define RENDER_NODE "/dev/dri/renderD128"
#define FAIL_IN     "/sys/kernel/debug/fakehw/fail_in"

bool client_quiet;
static char current[16]; /* the codec of the session that was opened last: "hevc: " */

bool client_failed(const char *file, int line, const char *what, const char *why)
{
    if (client_quiet)
        return false;
    fprintf(stderr, "%s%s:%d: %s: %s\n", current, file, line, what, why);
    return false;
}

static const struct {
    const char *name;
    VAProfile profile;
    bool (*decode)(struct session *session, VASurfaceID surface);
} known[CLIENT_CODECS] = {
    [CLIENT_MPEG2] = {"mpeg2", VAProfileMPEG2Main, picture_mpeg2},
    [CLIENT_H264] = {"h264", VAProfileH264Main, picture_h264},
    [CLIENT_HEVC] = {"hevc", VAProfileHEVCMain, picture_hevc},
    [CLIENT_VP8] = {"vp8", VAProfileVP8Version0_3, picture_vp8},
    [CLIENT_VP9] = {"vp9", VAProfileVP9Profile0, picture_vp9},
    [CLIENT_AV1] = {"av1", VAProfileAV1Profile0, picture_av1},
};

unsigned int client_codecs(enum client_codec codecs[CLIENT_CODECS])
{
    const char *names = getenv("CLIENT_CODECS");
    unsigned int count = 0;

    for (unsigned int i = 0; i < CLIENT_CODECS; i++)
        if (strstr(names ? names : "mpeg2,h264", known[i].name))
            codecs[count++] = (enum client_codec)i;
    return count;
}

bool client_content(void)
{
    const char *content = getenv("CLIENT_CONTENT");

    return !content || strcmp(content, "0") != 0;
}

unsigned int client_descriptors(bool print)
{
    unsigned int count = 0;
    DIR *directory = opendir("/proc/self/fd");

    if (!directory)
        return 0;
    for (const struct dirent *entry; (entry = readdir(directory)); count++) {
        char target[256] = "";

        if (print && readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1) > 0)
            fprintf(stderr, " %s", target);
    }
    closedir(directory);
    return count;
}

enum { MANY_JOBS = 1000000000 };
static unsigned int jobs_left;

bool client_count_jobs(void)
{
    if (client_content())
        return true;
    FILE *file = fopen(FAIL_IN, "w");
    CHECK(file);
    bool written = fprintf(file, "%d", MANY_JOBS) > 0;
    CHECK(fclose(file) == 0 && written);
    jobs_left = MANY_JOBS;
    return true;
}

bool client_ran_jobs(unsigned int at_least)
{
    unsigned int left = 0;

    if (client_content())
        return true;
    FILE *file = fopen(FAIL_IN, "r");
    CHECK(file);
    bool read = fscanf(file, "%u", &left) == 1;
    fclose(file);
    CHECK(read && left > 0 && left <= MANY_JOBS);
    CHECK(jobs_left - left >= at_least);
    jobs_left = left;
    return true;
}

bool client_open(struct client *client)
{
    int major = 0, minor = 0;

    *client = (struct client){.render_node = open(RENDER_NODE, O_RDWR | O_CLOEXEC)};
    if (client->render_node < 0)
        return client_failed(__FILE__, __LINE__, RENDER_NODE, strerror(errno));
    client->display = vaGetDisplayDRM(client->render_node);
    CHECK(client->display);
    vaSetInfoCallback(client->display, NULL, NULL);
    CHECK_VA(vaInitialize(client->display, &major, &minor));
    return true;
}

void client_close(struct client *client)
{
    if (client->display)
        vaTerminate(client->display);
    if (client->render_node >= 0)
        close(client->render_node);
    client->display = NULL;
    client->render_node = -1;
}

bool session_create_surfaces(struct session *session, unsigned int surface_count)
{
    CHECK(surface_count <= CLIENT_MAX_SURFACES);
    CHECK_VA(vaCreateSurfaces(session->client->display, VA_RT_FORMAT_YUV420, session->width,
                              session->height, session->surfaces, surface_count, NULL, 0));
    session->surface_count = surface_count;
    return true;
}

struct session session_of(struct client *client, enum client_codec codec, unsigned int width,
                          unsigned int height)
{
    snprintf(current, sizeof(current), "%s: ", known[codec].name);
    return (struct session){.client = client,
                            .codec = codec,
                            .width = width,
                            .height = height,
                            .config = VA_INVALID_ID,
                            .context = VA_INVALID_ID,
                            .reference = VA_INVALID_SURFACE};
}

bool session_create_config(struct session *session)
{
    CHECK_VA(vaCreateConfig(session->client->display, known[session->codec].profile,
                            VAEntrypointVLD, NULL, 0, &session->config));
    return true;
}

bool session_create_context(struct session *session, bool with_targets)
{
    CHECK_VA(vaCreateContext(session->client->display, session->config, (int)session->width,
                             (int)session->height, VA_PROGRESSIVE,
                             with_targets ? session->surfaces : NULL,
                             with_targets ? (int)session->surface_count : 0, &session->context));
    return true;
}

bool session_open(struct session *session, struct client *client, enum client_codec codec,
                  unsigned int width, unsigned int height, unsigned int surface_count,
                  bool with_targets)
{
    *session = session_of(client, codec, width, height);
    return session_create_config(session) &&
           (surface_count == 0 || session_create_surfaces(session, surface_count)) &&
           session_create_context(session, with_targets);
}

bool session_destroy_surfaces(struct session *session)
{
    if (session->surface_count > 0)
        CHECK_VA(vaDestroySurfaces(session->client->display, session->surfaces,
                                   (int)session->surface_count));
    session->surface_count = 0;
    session->reference = VA_INVALID_SURFACE;
    session->decoded = 0;
    return true;
}

bool session_close(struct session *session)
{
    VADisplay display = session->client->display;

    if (session->context != VA_INVALID_ID)
        CHECK_VA(vaDestroyContext(display, session->context));
    session->context = VA_INVALID_ID;
    if (!session_destroy_surfaces(session))
        return false;
    if (session->config != VA_INVALID_ID)
        CHECK_VA(vaDestroyConfig(display, session->config));
    session->config = VA_INVALID_ID;
    return true;
}

bool picture_render(struct session *session, VASurfaceID surface, const struct part *parts,
                    unsigned int count)
{
    VADisplay display = session->client->display;
    VABufferID buffers[8];

    CHECK(count <= 8);
    for (unsigned int i = 0; i < count; i++)
        CHECK_VA(vaCreateBuffer(display, session->context, parts[i].type, parts[i].size, 1,
                                parts[i].data, &buffers[i]));
    CHECK_VA(vaBeginPicture(display, session->context, surface));
    CHECK_VA(vaRenderPicture(display, session->context, buffers, (int)count));
    session->ended = vaEndPicture(display, session->context);
    CHECK_VA(session->ended);
    for (unsigned int i = 0; i < count; i++)
        CHECK_VA(vaDestroyBuffer(display, buffers[i]));
    return true;
}

bool session_decode(struct session *session, VASurfaceID surface, bool wait)
{
    if (!known[session->codec].decode(session, surface))
        return false;
    session->reference = surface;
    session->decoded++;
    if (wait)
        CHECK_VA(vaSyncSurface(session->client->display, surface));
    return true;
}

/* FNV-1a */
static uint64_t hash_rows(uint64_t hash, const uint8_t *rows, size_t pitch, unsigned int width,
                          unsigned int height)
{
    for (unsigned int y = 0; y < height; y++)
        for (unsigned int x = 0; x < width; x++)
            hash = (hash ^ rows[y * pitch + x]) * 0x100000001b3ULL;
    return hash;
}

static uint64_t hash_nv12(const uint8_t *luma, size_t luma_pitch, const uint8_t *chroma,
                          size_t chroma_pitch, unsigned int width, unsigned int height)
{
    uint64_t hash = hash_rows(0xcbf29ce484222325ULL, luma, luma_pitch, width, height);

    return hash_rows(hash, chroma, chroma_pitch, (width + 1) / 2 * 2, (height + 1) / 2);
}

bool surface_hash(struct client *client, VASurfaceID surface, unsigned int width,
                  unsigned int height, bool derive, uint64_t *hash)
{
    VADisplay display = client->display;
    VAImageFormat format = {
        .fourcc = VA_FOURCC_NV12, .byte_order = VA_LSB_FIRST, .bits_per_pixel = 12};
    VAImage image;
    void *data = NULL;

    if (derive) {
        CHECK_VA(vaDeriveImage(display, surface, &image));
    } else {
        CHECK_VA(vaCreateImage(display, &format, (int)width, (int)height, &image));
        CHECK_VA(vaGetImage(display, surface, 0, 0, width, height, image.image_id));
    }
    CHECK(image.format.fourcc == VA_FOURCC_NV12);
    CHECK(image.width >= width && image.height >= height);
    CHECK_VA(vaMapBuffer(display, image.buf, &data));
    const uint8_t *bytes = data;
    *hash = hash_nv12(bytes + image.offsets[0], image.pitches[0], bytes + image.offsets[1],
                      image.pitches[1], width, height);
    CHECK_VA(vaUnmapBuffer(display, image.buf));
    CHECK_VA(vaDestroyImage(display, image.image_id));
    return true;
}

bool surface_export(struct client *client, VASurfaceID surface,
                    VADRMPRIMESurfaceDescriptor *descriptor)
{
    CHECK_VA(vaExportSurfaceHandle(client->display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                   VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_COMPOSED_LAYERS,
                                   descriptor));
    CHECK(descriptor->num_objects >= 1 && descriptor->num_layers == 1);
    CHECK(descriptor->layers[0].num_planes == 2);
    return true;
}

void exported_close(const VADRMPRIMESurfaceDescriptor *descriptor)
{
    for (unsigned int i = 0; i < descriptor->num_objects; i++)
        close(descriptor->objects[i].fd);
}

/* Start and end of a CPU read through a dma-buf. */
static void dma_buf_sync(int fd, uint64_t flags)
{
    struct dma_buf_sync sync = {.flags = flags | DMA_BUF_SYNC_READ};

    (void)ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
}

bool exported_hash(const VADRMPRIMESurfaceDescriptor *descriptor, unsigned int width,
                   unsigned int height, uint64_t *hash)
{
    const uint8_t *planes[2];
    uint8_t *maps[4] = {NULL};

    for (unsigned int i = 0; i < descriptor->num_objects; i++) {
        maps[i] = mmap(NULL, descriptor->objects[i].size, PROT_READ, MAP_SHARED,
                       descriptor->objects[i].fd, 0);
        CHECK(maps[i] != MAP_FAILED);
        dma_buf_sync(descriptor->objects[i].fd, DMA_BUF_SYNC_START);
    }
    for (unsigned int i = 0; i < 2; i++) {
        uint32_t object = descriptor->layers[0].object_index[i];
        CHECK(object < descriptor->num_objects);
        planes[i] = maps[object] + descriptor->layers[0].offset[i];
    }
    *hash = hash_nv12(planes[0], descriptor->layers[0].pitch[0], planes[1],
                      descriptor->layers[0].pitch[1], width, height);
    for (unsigned int i = 0; i < descriptor->num_objects; i++) {
        dma_buf_sync(descriptor->objects[i].fd, DMA_BUF_SYNC_END);
        munmap(maps[i], descriptor->objects[i].size);
    }
    return true;
}
