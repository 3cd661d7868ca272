/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

double now_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void check(struct replay *replay, const char *call, VAStatus status)
{
    if (status == VA_STATUS_SUCCESS)
        return;
    if (!replay->errors++)
        fprintf(stderr, "replay: %s: %s\n", call, vaErrorStr(status));
}

void replay_open(struct replay *replay, VADisplay display, const struct plan *plan,
                 unsigned pool_size, unsigned depth)
{
    const struct recording *recording = plan->recording;
    VAProfile profile = VAProfileNone;
    VASurfaceID ids[MAX_POOL];

    *replay =
        (struct replay){.display = display, .plan = plan, .pool_size = pool_size, .depth = depth};
    for (unsigned n = 0; n < recording->num_records; n++) {
        const struct record *record = &recording->records[n];

        if (record->kind == RECORD_SURFACE) {
            replay->format = record->format;
        } else if (record->kind == RECORD_CONTEXT) {
            profile = (VAProfile)record->format;
            replay->width = record->width;
            replay->height = record->height;
        }
    }
    replay->surface_of = calloc(plan->num_instances + 1, sizeof(*replay->surface_of));
    if (!replay->surface_of || pool_size > MAX_POOL)
        die("no memory");
    if (vaCreateConfig(display, profile, VAEntrypointVLD, NULL, 0, &replay->config) ||
        vaCreateSurfaces(display, replay->format, replay->width, replay->height, ids, pool_size,
                         NULL, 0) ||
        vaCreateContext(display, replay->config, (int)replay->width, (int)replay->height,
                        VA_PROGRESSIVE, ids, (int)pool_size, &replay->context))
        die("the driver refuses the stream");
    for (unsigned i = 0; i < pool_size; i++)
        replay->pool[i].id = ids[i];
}

/* As a client that shows pictures without a copy does. */
static void export_surface(struct replay *replay, VASurfaceID surface)
{
    VADRMPRIMESurfaceDescriptor exported = {.num_objects = 0};

    check(replay, "vaExportSurfaceHandle",
          vaExportSurfaceHandle(replay->display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS,
                                &exported));
    for (uint32_t i = 0; i < exported.num_objects; i++)
        close(exported.objects[i].fd);
}

static void show_oldest(struct replay *replay)
{
    struct pool_surface *surface = &replay->pool[replay->queue[0]];

    if (replay->settle)
        replay->settle();
    if (replay->idle_us)
        usleep(replay->idle_us);
    check(replay, "vaSyncSurface", vaSyncSurface(replay->display, surface->id));
    if (replay->export)
        export_surface(replay, surface->id);
    surface->waiting = false;
    replay->queued--;
    memmove(replay->queue, replay->queue + 1, replay->queued * sizeof(replay->queue[0]));
    replay->shown++;
}

void replay_drain(struct replay *replay)
{
    while (replay->queued)
        show_oldest(replay);
    for (unsigned i = 0; i < replay->pool_size; i++)
        check(replay, "vaSyncSurface", vaSyncSurface(replay->display, replay->pool[i].id));
}

VASurfaceID replay_last(const struct replay *replay)
{
    const struct pool_surface *last = &replay->pool[0];

    for (unsigned i = 1; i < replay->pool_size; i++)
        if (replay->pool[i].last_taken > last->last_taken)
            last = &replay->pool[i];
    return last->id;
}

/* The surface longest out of use. */
static unsigned take_surface(struct replay *replay, unsigned instance)
{
    unsigned best = MAX_POOL;

    for (;;) {
        for (unsigned i = 0; i < replay->pool_size; i++) {
            struct pool_surface *surface = &replay->pool[i];

            if (surface->taken && replay->plan->instances[surface->instance].last < replay->record)
                surface->taken = false;
            if (!surface->taken && !surface->waiting &&
                (best == MAX_POOL || surface->last_taken < replay->pool[best].last_taken))
                best = i;
        }
        if (best < MAX_POOL)
            break;
        if (!replay->queued)
            die("the stream needs more surfaces");
        show_oldest(replay);
    }
    replay->pool[best].taken = true;
    replay->pool[best].instance = instance;
    replay->pool[best].last_taken = ++replay->taken;
    replay->surface_of[instance] = best;
    return best;
}

/* Writes the ids of this run's surfaces into the recorded buffers. */
static void apply_patches(struct replay *replay)
{
    const struct plan *plan = replay->plan;

    for (; replay->patch < plan->num_patches; replay->patch++) {
        const struct patch *patch = &plan->patches[replay->patch];
        const struct recorded_buffer *buffer;

        if (patch->record != replay->record)
            break;
        buffer = &plan->recording->records[patch->record].buffers[patch->buffer];
        /* The recording's bytes are this program's own. */
        memcpy((uint8_t *)(uintptr_t)buffer->data + patch->offset,
               &replay->pool[replay->surface_of[patch->instance]].id, sizeof(VASurfaceID));
    }
}

static void decode(struct replay *replay, const struct record *record)
{
    unsigned instance = replay->plan->instance_of[replay->record];
    VABufferID ids[MAX_RENDERED];
    VASurfaceID target;

    if (record->num_buffers > MAX_RENDERED)
        die("too many buffers");
    if (replay->plan->instances[instance].first == replay->record)
        take_surface(replay, instance);
    target = replay->pool[replay->surface_of[instance]].id;
    apply_patches(replay);
    for (unsigned i = 0; i < record->num_buffers; i++) {
        const struct recorded_buffer *buffer = &record->buffers[i];

        check(replay, "vaCreateBuffer",
              vaCreateBuffer(replay->display, replay->context, (VABufferType)buffer->type,
                             buffer->size, buffer->count, (void *)(uintptr_t)buffer->data,
                             &ids[i]));
        if (buffer->type == VASliceDataBufferType)
            replay->slice_bytes += (size_t)buffer->size * buffer->count;
    }
    check(replay, "vaBeginPicture", vaBeginPicture(replay->display, replay->context, target));
    check(replay, "vaRenderPicture",
          vaRenderPicture(replay->display, replay->context, ids, (int)record->num_buffers));
    check(replay, "vaEndPicture", vaEndPicture(replay->display, replay->context));
    for (unsigned i = 0; i < record->num_buffers; i++)
        check(replay, "vaDestroyBuffer", vaDestroyBuffer(replay->display, ids[i]));
    replay->pictures++;
}

static void output(struct replay *replay)
{
    unsigned index = replay->surface_of[replay->plan->instance_of[replay->record]];

    if (replay->pool[index].waiting)
        return;
    replay->pool[index].waiting = true;
    replay->queue[replay->queued++] = index;
    while (replay->queued > replay->depth)
        show_oldest(replay);
}

static void start_again(struct replay *replay)
{
    replay->record = replay->patch = 0;
    for (unsigned i = 0; i < replay->pool_size; i++)
        replay->pool[i].taken = false;
}

void replay_run(struct replay *replay, unsigned long pictures)
{
    const struct recording *recording = replay->plan->recording;
    unsigned long end = replay->pictures + pictures;

    while (replay->pictures < end) {
        const struct record *record;

        if (replay->record == recording->num_records)
            start_again(replay);
        record = &recording->records[replay->record];
        if (record->kind == RECORD_PICTURE)
            decode(replay, record);
        else if (record->kind == RECORD_OUTPUT)
            output(replay);
        replay->record++;
    }
}

void replay_close(struct replay *replay)
{
    replay_drain(replay);
    vaDestroyContext(replay->display, replay->context);
    for (unsigned i = 0; i < replay->pool_size; i++)
        vaDestroySurfaces(replay->display, &replay->pool[i].id, 1);
    vaDestroyConfig(replay->display, replay->config);
    free(replay->surface_of);
}
