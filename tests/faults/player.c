/* SPDX-License-Identifier: MIT */
#include "player.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

#define MAX_RENDERED 256

double player_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void player_took(struct player *player, const char *call, double since)
{
    double seconds = player_now() - since;

    if (seconds > player->longest) {
        player->longest = seconds;
        snprintf(player->longest_call, sizeof(player->longest_call), "%s", call);
    }
}

static VAStatus note(struct player *player, const char *call, double since, VAStatus status)
{
    player_took(player, call, since);
    if (status != VA_STATUS_SUCCESS && !player->errors++)
        snprintf(player->first_error, sizeof(player->first_error), "%s: %s", call,
                 vaErrorStr(status));
    return status;
}

/* Calls a VA function, notes its duration and its error. */
#define CALL(player, function, ...) \
    note(player, #function, player_now(), function((player)->display, __VA_ARGS__))

void player_init(struct player *player, VADisplay display, const struct recording *recording)
{
    memset(player, 0, sizeof(*player));
    player->display = display;
    player->recording = recording;
    player->config = player->context = VA_INVALID_ID;
    player->image.image_id = VA_INVALID_ID;
}

static struct player_surface *surface_of(struct player *player, uint32_t recorded)
{
    for (unsigned i = 0; i < player->num_surfaces; i++)
        if (player->surfaces[i].recorded == recorded)
            return &player->surfaces[i];
    return NULL;
}

static void make_surface(struct player *player, const struct record *record)
{
    unsigned n = 0;

    while (n < player->num_surfaces && player->surfaces[n].recorded != record->surface)
        n++;
    if (n == PLAYER_SURFACES)
        return;
    if (n < player->num_surfaces && player->surfaces[n].id != VA_INVALID_SURFACE) {
        if (player->surfaces[n].width == record->width &&
            player->surfaces[n].height == record->height)
            return;
        CALL(player, vaDestroySurfaces, &player->surfaces[n].id, 1);
    }
    player->surfaces[n].recorded = record->surface;
    player->surfaces[n].width = record->width;
    player->surfaces[n].height = record->height;
    if (n == player->num_surfaces)
        player->num_surfaces++;
    if (CALL(player, vaCreateSurfaces, record->format, record->width, record->height,
             &player->surfaces[n].id, 1, NULL, 0) != VA_STATUS_SUCCESS)
        player->surfaces[n].id = VA_INVALID_SURFACE;
}

static void drop_context(struct player *player)
{
    if (player->context != VA_INVALID_ID)
        CALL(player, vaDestroyContext, player->context);
    if (player->config != VA_INVALID_ID)
        CALL(player, vaDestroyConfig, player->config);
    player->context = player->config = VA_INVALID_ID;
}

static void make_context(struct player *player, const struct record *record)
{
    if (player->context != VA_INVALID_ID && player->profile == record->format &&
        player->width == record->width && player->height == record->height)
        return;
    drop_context(player);
    player->profile = record->format;
    player->width = record->width;
    player->height = record->height;
    if (CALL(player, vaCreateConfig, (VAProfile)record->format, VAEntrypointVLD, NULL, 0,
             &player->config) != VA_STATUS_SUCCESS) {
        player->config = VA_INVALID_ID;
        return;
    }
    if (CALL(player, vaCreateContext, player->config, (int)record->width, (int)record->height,
             VA_PROGRESSIVE, NULL, 0, &player->context) != VA_STATUS_SUCCESS)
        player->context = VA_INVALID_ID;
}

/* Surface ids of the recorded run become those of this one, wherever a structure has them. */
static uint8_t *translated(const struct player *player, const struct recorded_buffer *buffer)
{
    size_t size = (size_t)buffer->size * buffer->count;
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        abort();
    memcpy(copy, buffer->data, size);
    if (buffer->type == VASliceDataBufferType)
        return copy;
    for (size_t at = 0; at + 4 <= size; at += 4) {
        uint32_t word;

        memcpy(&word, copy + at, 4);
        for (unsigned i = 0; i < player->num_surfaces; i++)
            if (player->surfaces[i].recorded == word) {
                memcpy(copy + at, &player->surfaces[i].id, 4);
                break;
            }
    }
    return copy;
}

static void play_picture(struct player *player, const struct record *record)
{
    VABufferID ids[MAX_RENDERED];
    unsigned count = 0;
    bool complete = record->num_buffers <= MAX_RENDERED;
    struct player_surface *surface = surface_of(player, record->surface);

    if (!surface)
        return;
    surface->decoded = false;
    for (unsigned i = 0; i < record->num_buffers && complete; i++) {
        const struct recorded_buffer *buffer = &record->buffers[i];
        uint8_t *data = translated(player, buffer);

        if (player->spoil)
            player->spoil(buffer->type, data, (size_t)buffer->size * buffer->count);
        complete = CALL(player, vaCreateBuffer, player->context, (VABufferType)buffer->type,
                        buffer->size, buffer->count, data, &ids[count]) == VA_STATUS_SUCCESS;
        count += complete;
        free(data);
    }
    if (complete &&
        CALL(player, vaBeginPicture, player->context, surface->id) == VA_STATUS_SUCCESS) {
        for (unsigned i = 0; i < count && complete; i++)
            complete =
                CALL(player, vaRenderPicture, player->context, &ids[i], 1) == VA_STATUS_SUCCESS;
        if (CALL(player, vaEndPicture, player->context) == VA_STATUS_SUCCESS)
            surface->decoded = true;
    }
    while (count > 0)
        CALL(player, vaDestroyBuffer, ids[--count]);
}

struct picture_size {
    unsigned width, height; /* samples */
};

static bool plane_is(const VAImage *image, const uint8_t *data, unsigned component,
                     const uint8_t *truth, unsigned width, unsigned height)
{
    bool interleaved = image->format.fourcc == VA_FOURCC_NV12 && component;
    unsigned plane = interleaved ? 1 : component, step = interleaved ? 2 : 1;
    const uint8_t *start = data + image->offsets[plane] + (interleaved ? component - 1 : 0);

    for (unsigned y = 0; y < height; y++)
        for (unsigned x = 0; x < width; x++)
            if (start[(size_t)y * image->pitches[plane] + (size_t)x * step] !=
                truth[(size_t)y * width + x])
                return false;
    return true;
}

static bool image_is_right(const struct player *player, const struct picture_size *size,
                           const VAImage *image, const uint8_t *data)
{
    unsigned width = size->width, height = size->height;
    const uint8_t *truth = player->truth;
    size_t luma = (size_t)width * height;

    if (!truth)
        return true;
    return plane_is(image, data, 0, truth, width, height) &&
           plane_is(image, data, 1, truth + luma, width / 2, height / 2) &&
           plane_is(image, data, 2, truth + luma + luma / 4, width / 2, height / 2);
}

/* An image of that size for vaGetImage. */
static bool have_image(struct player *player, const struct picture_size *size)
{
    VAImageFormat format = {.fourcc = VA_FOURCC_NV12};
    VAImage *image = &player->image;

    if (image->image_id != VA_INVALID_ID && image->width == size->width &&
        image->height == size->height)
        return true;
    if (image->image_id != VA_INVALID_ID)
        CALL(player, vaDestroyImage, image->image_id);
    if (CALL(player, vaCreateImage, &format, (int)size->width, (int)size->height, image) ==
        VA_STATUS_SUCCESS)
        return true;
    image->image_id = VA_INVALID_ID;
    return false;
}

/* By vaDeriveImage or vaGetImage: 1 right, 0 wrong, -1 not to be had. */
static int look_at(struct player *player, VASurfaceID surface, const struct picture_size *size,
                   bool derive)
{
    VAImage derived, *image = derive ? &derived : &player->image;
    void *data = NULL;
    int result = -1;

    if (derive) {
        if (CALL(player, vaDeriveImage, surface, &derived) != VA_STATUS_SUCCESS)
            return -1;
    } else if (!have_image(player, size) ||
               CALL(player, vaGetImage, surface, 0, 0, size->width, size->height,
                    player->image.image_id) != VA_STATUS_SUCCESS) {
        return -1;
    }
    if (CALL(player, vaMapBuffer, image->buf, &data) == VA_STATUS_SUCCESS) {
        result = image_is_right(player, size, image, data);
        CALL(player, vaUnmapBuffer, image->buf);
    }
    if (derive)
        CALL(player, vaDestroyImage, derived.image_id);
    return result;
}

static void export_and_close(struct player *player, VASurfaceID surface)
{
    VADRMPRIMESurfaceDescriptor descriptor;

    if (CALL(player, vaExportSurfaceHandle, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
             VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS,
             &descriptor) != VA_STATUS_SUCCESS)
        return;
    for (unsigned i = 0; i < descriptor.num_objects; i++)
        close(descriptor.objects[i].fd);
}

static void check_surface_error(struct player *player, VASurfaceID surface, VAStatus status)
{
    VASurfaceDecodeMBErrors *info = NULL;
    bool failed = status == VA_STATUS_ERROR_DECODING_ERROR, listed;

    if (vaQuerySurfaceError(player->display, surface, VA_STATUS_ERROR_DECODING_ERROR,
                            (void **)&info) != VA_STATUS_SUCCESS) {
        player->inconsistent++;
        return;
    }
    listed = info[0].status != -1;
    player->marked += listed && !failed;
    player->inconsistent += failed && !listed;
}

static void play_output(struct player *player, const struct record *record)
{
    const struct player_surface *target = surface_of(player, record->surface);
    VASurfaceID surface = target ? target->id : VA_INVALID_SURFACE;
    struct picture_size size = {player->recording->width, player->recording->height};
    VAStatus status = CALL(player, vaSyncSurface, surface);
    int right = -1;

    if (!size.width && target)
        size = (struct picture_size){target->width, target->height};
    if (status == VA_STATUS_SUCCESS || status == VA_STATUS_ERROR_DECODING_ERROR)
        check_surface_error(player, surface, status);
    if (status == VA_STATUS_SUCCESS && target && target->decoded) {
        /* What is exported keeps its memory, with whatever size a lie gave to it. */
        if (player->outputs % 5 == 4 && !player->spoil)
            export_and_close(player, surface);
        right = look_at(player, surface, &size, player->outputs % 2);
    }
    if (right == 1)
        player->right++;
    else if (player->errors || player->marked)
        player->wrong++;
    else
        player->silent++;
    player->outputs++;
    if (player->truth)
        player->truth += (size_t)size.width * size.height * 3 / 2;
}

void player_play(struct player *player)
{
    const struct recording *recording = player->recording;

    player->outputs = player->right = player->wrong = player->silent = player->errors = 0;
    player->marked = player->inconsistent = 0;
    player->truth = recording->truth;
    for (unsigned i = 0; i < recording->num_records; i++) {
        const struct record *record = &recording->records[i];

        switch (record->kind) {
        case RECORD_SURFACE:
            make_surface(player, record);
            break;
        case RECORD_CONTEXT:
            make_context(player, record);
            break;
        case RECORD_PICTURE:
            play_picture(player, record);
            break;
        case RECORD_OUTPUT:
            play_output(player, record);
            break;
        }
    }
}

bool player_close(struct player *player)
{
    unsigned before = player->errors;

    if (player->image.image_id != VA_INVALID_ID)
        CALL(player, vaDestroyImage, player->image.image_id);
    player->image.image_id = VA_INVALID_ID;
    drop_context(player);
    for (unsigned i = 0; i < player->num_surfaces; i++)
        if (player->surfaces[i].id != VA_INVALID_SURFACE)
            CALL(player, vaDestroySurfaces, &player->surfaces[i].id, 1);
    player->num_surfaces = 0;
    return player->errors == before;
}
