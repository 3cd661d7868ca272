/* SPDX-License-Identifier: MIT */
/* Preloaded into a player: writes what it asks of VA-API to the file that VA_RECORD names. */
#include "recording.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <va/va.h>

#define EXPORT     __attribute__((visibility("default")))
#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

struct kept {
    struct kept *next;
    VABufferID id;
    uint32_t type, size, count;
    uint8_t data[];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *file;
static struct kept *kept;
static struct kept *rendered[4096];
static unsigned num_rendered;
static VASurfaceID target;
static VAProfile profiles[64];
static VAConfigID configs[64];
static unsigned num_configs;

static void put(uint32_t word)
{
    if (!file) {
        const uint32_t magic = RECORDING_MAGIC;
        const char *path = getenv("VA_RECORD");

        file = fopen(path ? path : "/dev/null", "we");
        if (!file)
            abort();
        fwrite(&magic, sizeof(magic), 1, file);
    }
    fwrite(&word, sizeof(word), 1, file);
}

__attribute__((destructor)) static void finish(void)
{
    if (file)
        fclose(file);
}

EXPORT VAStatus vaCreateConfig(VADisplay display, VAProfile profile, VAEntrypoint entrypoint,
                               VAConfigAttrib *attributes, int count, VAConfigID *id)
{
    VAStatus status = REAL(vaCreateConfig)(display, profile, entrypoint, attributes, count, id);

    if (status == VA_STATUS_SUCCESS && num_configs < 64) {
        configs[num_configs] = *id;
        profiles[num_configs++] = profile;
    }
    return status;
}

EXPORT VAStatus vaCreateSurfaces(VADisplay display, unsigned format, unsigned width,
                                 unsigned height, VASurfaceID *surfaces, unsigned count,
                                 VASurfaceAttrib *attributes, unsigned num_attributes)
{
    VAStatus status = REAL(vaCreateSurfaces)(display, format, width, height, surfaces, count,
                                             attributes, num_attributes);

    pthread_mutex_lock(&lock);
    for (unsigned i = 0; i < count && status == VA_STATUS_SUCCESS; i++) {
        const uint32_t words[] = {RECORD_SURFACE, surfaces[i], width, height, format};

        for (unsigned j = 0; j < 5; j++)
            put(words[j]);
    }
    pthread_mutex_unlock(&lock);
    return status;
}

EXPORT VAStatus vaCreateContext(VADisplay display, VAConfigID config, int width, int height,
                                int flag, VASurfaceID *targets, int count, VAContextID *context)
{
    VAStatus status =
        REAL(vaCreateContext)(display, config, width, height, flag, targets, count, context);

    pthread_mutex_lock(&lock);
    for (unsigned i = num_configs; i-- > 0 && status == VA_STATUS_SUCCESS;) {
        if (configs[i] != config)
            continue;
        put(RECORD_CONTEXT);
        put((uint32_t)profiles[i]);
        put((uint32_t)width);
        put((uint32_t)height);
        break;
    }
    pthread_mutex_unlock(&lock);
    return status;
}

EXPORT VAStatus vaCreateBuffer(VADisplay display, VAContextID context, VABufferType type,
                               unsigned size, unsigned count, void *data, VABufferID *id)
{
    VAStatus status = REAL(vaCreateBuffer)(display, context, type, size, count, data, id);

    if (status == VA_STATUS_SUCCESS && data) {
        size_t bytes = (size_t)size * count;
        struct kept *buffer = malloc(sizeof(*buffer) + bytes);

        if (!buffer)
            abort();
        buffer->id = *id;
        buffer->type = (uint32_t)type;
        buffer->size = size;
        buffer->count = count;
        memcpy(buffer->data, data, bytes);
        pthread_mutex_lock(&lock);
        buffer->next = kept;
        kept = buffer;
        pthread_mutex_unlock(&lock);
    }
    return status;
}

EXPORT VAStatus vaBeginPicture(VADisplay display, VAContextID context, VASurfaceID surface)
{
    target = surface;
    num_rendered = 0;
    return REAL(vaBeginPicture)(display, context, surface);
}

EXPORT VAStatus vaRenderPicture(VADisplay display, VAContextID context, VABufferID *buffers,
                                int count)
{
    for (int i = 0; i < count; i++)
        for (struct kept *buffer = kept; buffer; buffer = buffer->next)
            if (buffer->id == buffers[i]) {
                rendered[num_rendered++ % 4096] = buffer;
                break;
            }
    return REAL(vaRenderPicture)(display, context, buffers, count);
}

EXPORT VAStatus vaEndPicture(VADisplay display, VAContextID context)
{
    pthread_mutex_lock(&lock);
    put(RECORD_PICTURE);
    put(target);
    put(num_rendered);
    for (unsigned i = 0; i < num_rendered; i++) {
        put(rendered[i]->type);
        put(rendered[i]->size);
        put(rendered[i]->count);
        fwrite(rendered[i]->data, rendered[i]->size, rendered[i]->count, file);
    }
    while (kept) {
        struct kept *next = kept->next;

        free(kept);
        kept = next;
    }
    num_rendered = 0;
    pthread_mutex_unlock(&lock);
    return REAL(vaEndPicture)(display, context);
}

EXPORT VAStatus vaSyncSurface(VADisplay display, VASurfaceID surface)
{
    pthread_mutex_lock(&lock);
    put(RECORD_OUTPUT);
    put(surface);
    pthread_mutex_unlock(&lock);
    return REAL(vaSyncSurface)(display, surface);
}
