/* SPDX-License-Identifier: MIT */
#include "late_stream.h"
#include "survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RENDERED 256

/* The slots have their requests by then. */
#define WARM_PICTURES 12

/* Counts a call that should not have failed. */
static bool good(struct stream *stream, VAStatus status)
{
    stream->errors += status != VA_STATUS_SUCCESS;
    return status == VA_STATUS_SUCCESS;
}

struct stream stream_open(VADisplay display, const struct recording *recording, unsigned delay)
{
    struct stream stream = {.display = display,
                            .recording = recording,
                            .delay = delay,
                            .config = VA_INVALID_ID,
                            .context = VA_INVALID_ID,
                            .scratch = VA_INVALID_SURFACE,
                            .last = VA_INVALID_SURFACE};
    VAImageFormat format = {.fourcc = VA_FOURCC_NV12};

    if (vaCreateImage(display, &format, (int)recording->width, (int)recording->height,
                      &stream.image) != VA_STATUS_SUCCESS)
        abort();
    return stream;
}

static void destroy_surface(struct stream *stream, VASurfaceID *id)
{
    if (*id != VA_INVALID_SURFACE)
        good(stream, vaDestroySurfaces(stream->display, id, 1));
    *id = VA_INVALID_SURFACE;
}

void stream_destroy_surfaces(struct stream *stream)
{
    for (unsigned i = 0; i < stream->num_shown; i++)
        if (stream->shown[i].last_use)
            destroy_surface(stream, &stream->shown[i].surface);
    stream->num_shown = 0;
    for (unsigned i = 0; i < stream->num_surfaces; i++)
        destroy_surface(stream, &stream->surfaces[i].id);
    stream->num_surfaces = 0;
    destroy_surface(stream, &stream->scratch);
}

void stream_end_context(struct stream *stream)
{
    if (!stream->borrowed && stream->context != VA_INVALID_ID) {
        good(stream, vaDestroyContext(stream->display, stream->context));
        good(stream, vaDestroyConfig(stream->display, stream->config));
    }
    stream->context = stream->config = VA_INVALID_ID;
    stream->borrowed = false;
}

void stream_close(struct stream *stream)
{
    stream_destroy_surfaces(stream);
    stream_end_context(stream);
    vaDestroyImage(stream->display, stream->image.image_id);
}

void stream_lend_context(const struct stream *from, struct stream *to)
{
    to->context = from->context;
    to->config = from->config;
    to->borrowed = true;
}

void stream_rewind(struct stream *stream)
{
    stream_show_rest(stream);
    stream->at = 0;
    stream->pictures = stream->outputs = stream->right = stream->wrong = stream->silent = 0;
    stream->errors = stream->told = 0;
}

static bool is_pending(const struct stream *stream, VASurfaceID id)
{
    for (unsigned i = 0; i < stream->num_shown; i++)
        if (stream->shown[i].surface == id)
            return true;
    return false;
}

static VASurfaceID *surface_of(struct stream *stream, uint32_t recorded)
{
    for (unsigned i = 0; i < stream->num_surfaces; i++)
        if (stream->surfaces[i].recorded == recorded)
            return &stream->surfaces[i].id;
    return NULL;
}

static void make_surface(struct stream *stream, const struct record *record)
{
    unsigned n = stream->num_surfaces;

    if (surface_of(stream, record->surface) || n == PLAYER_SURFACES)
        return;
    stream->surfaces[n].recorded = record->surface;
    stream->surfaces[n].width = record->width;
    stream->surfaces[n].height = record->height;
    stream->surfaces[n].format = record->format;
    good(stream, vaCreateSurfaces(stream->display, record->format, record->width, record->height,
                                  &stream->surfaces[n].id, 1, NULL, 0));
    stream->num_surfaces++;
}

/* A picture goes to a surface that nobody waits to look at: if need be, to a new one. */
static void renew_surface(struct stream *stream, uint32_t recorded)
{
    for (unsigned i = 0; i < stream->num_surfaces; i++) {
        VASurfaceID *id = &stream->surfaces[i].id;

        if (stream->surfaces[i].recorded != recorded || !is_pending(stream, *id))
            continue;
        for (unsigned j = stream->num_shown; j-- > 0;) {
            if (stream->shown[j].surface == *id) {
                stream->shown[j].last_use = true;
                break;
            }
        }
        good(stream, vaCreateSurfaces(stream->display, stream->surfaces[i].format,
                                      stream->surfaces[i].width, stream->surfaces[i].height, id, 1,
                                      NULL, 0));
    }
}

static void make_context(struct stream *stream, const struct record *record)
{
    if (stream->context != VA_INVALID_ID)
        return;
    if (!good(stream, vaCreateConfig(stream->display, (VAProfile)record->format, VAEntrypointVLD,
                                     NULL, 0, &stream->config)) ||
        !good(stream,
              vaCreateContext(stream->display, stream->config, (int)record->width,
                              (int)record->height, VA_PROGRESSIVE, NULL, 0, &stream->context)))
        abort();
}

void stream_begin_context(struct stream *stream)
{
    for (unsigned i = stream->at; i-- > 0;) {
        if (stream->recording->records[i].kind == RECORD_CONTEXT) {
            make_context(stream, &stream->recording->records[i]);
            return;
        }
    }
}

/* Surface ids of the recorded run become those of this one. */
static uint8_t *translated(struct stream *stream, const struct recorded_buffer *buffer)
{
    size_t size = (size_t)buffer->size * buffer->count;
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        abort();
    memcpy(copy, buffer->data, size);
    for (size_t at = 0; at + 4 <= size && buffer->type == VAPictureParameterBufferType; at += 4) {
        const VASurfaceID *id;
        uint32_t word;

        memcpy(&word, copy + at, 4);
        id = surface_of(stream, word);
        if (id)
            memcpy(copy + at, id, 4);
    }
    return copy;
}

static VAStatus submit(struct stream *stream, const struct record *record, VASurfaceID target,
                       bool spoilt)
{
    VABufferID ids[MAX_RENDERED];
    unsigned count = 0;
    VAStatus status;

    for (unsigned i = 0; i < record->num_buffers && i < MAX_RENDERED; i++) {
        const struct recorded_buffer *buffer = &record->buffers[i];
        uint8_t *data = translated(stream, buffer);

        if (spoilt && buffer->type == VAPictureParameterBufferType)
            ((VADecPictureParameterBufferAV1 *)data)->profile = 3;
        count += good(stream,
                      vaCreateBuffer(stream->display, stream->context, (VABufferType)buffer->type,
                                     buffer->size, buffer->count, data, &ids[count]));
        free(data);
    }
    status = vaBeginPicture(stream->display, stream->context, target);
    if (status == VA_STATUS_SUCCESS) {
        good(stream, vaRenderPicture(stream->display, stream->context, ids, (int)count));
        status = vaEndPicture(stream->display, stream->context);
    }
    while (count > 0)
        good(stream, vaDestroyBuffer(stream->display, ids[--count]));
    return status;
}

VAStatus stream_submit(struct stream *stream, const struct record *record, VASurfaceID target)
{
    return submit(stream, record, target, false);
}

static void refuse_one(struct stream *stream, const struct record *record)
{
    if (stream->scratch == VA_INVALID_SURFACE)
        good(stream,
             vaCreateSurfaces(stream->display, VA_RT_FORMAT_YUV420, stream->recording->width,
                              stream->recording->height, &stream->scratch, 1, NULL, 0));
    stream->errors += submit(stream, record, stream->scratch, true) == VA_STATUS_SUCCESS;
}

/* The surface that shows the picture: with film grain it is not the one that keeps it. */
static uint32_t shown_surface(const struct record *record)
{
    for (unsigned i = 0; i < record->num_buffers; i++) {
        const struct recorded_buffer *buffer = &record->buffers[i];
        VADecPictureParameterBufferAV1 pic;

        if (buffer->type != VAPictureParameterBufferType || buffer->size < sizeof(pic))
            continue;
        memcpy(&pic, buffer->data, sizeof(pic));
        if (pic.film_grain_info.film_grain_info_fields.bits.apply_grain)
            return pic.current_display_picture;
    }
    return record->surface;
}

static void play_picture(struct stream *stream, const struct record *record)
{
    const VASurfaceID *id;
    VAStatus status;

    renew_surface(stream, record->surface);
    renew_surface(stream, shown_surface(record));
    id = surface_of(stream, record->surface);
    if (!id)
        abort();
    if (stream->refused_between)
        refuse_one(stream, record);
    if (stream->break_requests && stream->pictures == WARM_PICTURES) {
        char fault[80];

        snprintf(fault, sizeof(fault), "REQUEST_REINIT:%u:EBUSY,REQUEST_ALLOC:1:ENOMEM",
                 stream->break_requests);
        set_faults(fault);
    }
    status = submit(stream, record, *id, false);
    if (!good(stream, status) && stream->last != VA_INVALID_SURFACE)
        stream->told +=
            vaSyncSurface(stream->display, stream->last) == VA_STATUS_ERROR_DECODING_ERROR;
    stream->pictures++;
    id = surface_of(stream, shown_surface(record));
    stream->last = id ? *id : VA_INVALID_SURFACE;
}

static bool plane_is(const uint8_t *data, unsigned pitch, unsigned step, const uint8_t *truth,
                     unsigned width, unsigned height)
{
    for (unsigned y = 0; y < height; y++)
        for (unsigned x = 0; x < width; x++)
            if (data[(size_t)y * pitch + (size_t)x * step] != truth[(size_t)y * width + x])
                return false;
    return true;
}

static bool looks_right(struct stream *stream, const struct shown *shown)
{
    unsigned width = stream->recording->width, height = stream->recording->height;
    size_t luma = (size_t)width * height;
    const uint8_t *truth = stream->recording->truth + shown->number * (luma + luma / 2);
    const VAImage *image = &stream->image;
    uint8_t *data;
    void *map;
    bool right;

    if ((!stream->no_sync && !good(stream, vaSyncSurface(stream->display, shown->surface))) ||
        !good(stream,
              vaGetImage(stream->display, shown->surface, 0, 0, width, height, image->image_id)) ||
        !good(stream, vaMapBuffer(stream->display, image->buf, &map)))
        return false;
    data = map;
    right = plane_is(data + image->offsets[0], image->pitches[0], 1, truth, width, height) &&
            plane_is(data + image->offsets[1], image->pitches[1], 2, truth + luma, width / 2,
                     height / 2) &&
            plane_is(data + image->offsets[1] + 1, image->pitches[1], 2, truth + luma + luma / 4,
                     width / 2, height / 2);
    good(stream, vaUnmapBuffer(stream->display, image->buf));
    return right;
}

static void show(struct stream *stream, bool all)
{
    while (stream->num_shown && (all || stream->shown[0].due <= stream->pictures)) {
        struct shown *first = &stream->shown[0];
        bool right = looks_right(stream, first);

        stream->right += right;
        stream->wrong += !right;
        stream->silent += !right && !stream->errors;
        if (first->last_use)
            destroy_surface(stream, &first->surface);
        memmove(first, first + 1, --stream->num_shown * sizeof(*first));
    }
}

void stream_show_rest(struct stream *stream)
{
    show(stream, true);
}

bool stream_step(struct stream *stream)
{
    const struct record *record = &stream->recording->records[stream->at];
    const VASurfaceID *id;

    if (stream->at == stream->recording->num_records)
        return false;
    stream->at++;
    switch (record->kind) {
    case RECORD_SURFACE:
        make_surface(stream, record);
        break;
    case RECORD_CONTEXT:
        make_context(stream, record);
        break;
    case RECORD_PICTURE:
        play_picture(stream, record);
        break;
    case RECORD_OUTPUT:
        id = surface_of(stream, record->surface);
        if (!id || stream->num_shown == PLAYER_SURFACES)
            abort();
        stream->shown[stream->num_shown++] =
            (struct shown){*id, stream->outputs++, stream->pictures + stream->delay, false};
        break;
    }
    show(stream, false);
    return true;
}

void stream_play(struct stream *stream, unsigned end)
{
    while (stream->at < end && stream_step(stream))
        ;
}

void stream_finish(struct stream *stream)
{
    stream_play(stream, stream->recording->num_records);
    stream_show_rest(stream);
}
