/* SPDX-License-Identifier: MIT */
#include "decode/open.h"

#include "base/log.h"
#include "base/status.h"
#include "decode/collect.h"
#include "decode/handover.h"
#include "decode/output_pool.h"
#include "decode/provision.h"
#include "decode/queues.h"
#include "decode/reserve.h"
#include "decode/restart.h"
#include "decode/wait.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void context_free(struct object *object) UNCHECKED_LOCKS
{
    struct context *context = container_of(object, struct context, object);

    queues_close(context);
    reserve_release(context);
    collect_free(context);
    if (context->config)
        object_put(&context->config->object);
    pthread_cond_destroy(&context->submitted);
    lock_destroy(&context->lock);
    free(context->codec_state);
    free(context->controls);
    free(context->deferred.controls);
    free(context);
}

static struct context *allocate(struct driver *driver, struct config *config,
                                const struct candidate *candidate) UNCHECKED_LOCKS
{
    struct context *context = calloc(1, sizeof(*context));
    const struct codec *codec = candidate->codec->codec;
    pthread_condattr_t attributes;

    if (!context)
        return NULL;
    context->codec_state = calloc(1, codec->context_state_size + 1);
    context->controls = calloc(1, codec->controls_size + 1);
    context->deferred.controls = codec->deferred_id ? calloc(1, codec->controls_size) : NULL;
    if (!context->codec_state || !context->controls ||
        (codec->deferred_id && !context->deferred.controls)) {
        free(context->codec_state);
        free(context->controls);
        free(context->deferred.controls);
        free(context);
        return NULL;
    }
    context->driver = driver;
    context->config = config;
    context->codec = codec;
    context->device = candidate->device;
    context->device_codec = candidate->codec;
    context->import = candidate->codec->imports_dmabuf;
    context->queues = (struct queues){.state = QUEUES_CLOSED, .node.fd = -1};
    slots_set_headroom(context, wants_start_code(context) ? 3 : context->codec->headroom);
    lock_init(&context->lock);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&context->submitted, &attributes);
    pthread_condattr_destroy(&attributes);
    return context;
}

/* Slice-based decoding spreads a picture over several requests, which need a held CAPTURE buffer.
 */
static bool device_suffices(const struct context *context)
{
    return !slice_based(context) || context->device_codec->holds_capture;
}

static VAStatus open_context(struct context *context,
                             const struct context_request *request) UNCHECKED_LOCKS
{
    int error;

    if (!device_suffices(context)) {
        log_error(context->driver, "%s decodes slice by slice but cannot hold CAPTURE buffers",
                  context->device->video_path);
        return VA_STATUS_ERROR_UNSUPPORTED_PROFILE;
    }
    error = queues_open(context, request->demand.width, request->demand.height);
    if (error)
        log_error(context->driver, "%s: %s: %s", context->device->video_path, context->codec->name,
                  strerror(-error));
    else
        error = reserve_fill(context, request->targets, request->num_targets);
    return status_of_errno(error);
}

/* Opens a context on that device, and takes another reference to `config`. NULL with *status set.
 */
static struct context *open_on(struct driver *driver, struct config *config,
                               const struct candidate *candidate,
                               const struct context_request *request, VAStatus *status)
{
    struct context *context = allocate(driver, config, candidate);

    *status = VA_STATUS_ERROR_ALLOCATION_FAILED;
    if (!context)
        return NULL;
    object_ref(&config->object);
    *status = open_context(context, request);
    if (*status == VA_STATUS_SUCCESS)
        return context;
    context_free(&context->object);
    return NULL;
}

/* The reason why no device meets the demand. */
static VAStatus why_none(const struct driver *driver, const struct demand *demand)
{
    struct candidate candidates[MAX_CANDIDATES];
    struct demand any_size = *demand;

    any_size.width = any_size.height = 0;
    any_size.memory = true;
    return candidates_find(driver, &any_size, candidates) ? VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED
                                                          : VA_STATUS_ERROR_UNSUPPORTED_RT_FORMAT;
}

struct context *context_open(struct driver *driver, struct config *config,
                             const struct context_request *request, VAStatus *status)
{
    struct candidate candidates[MAX_CANDIDATES];
    unsigned count = candidates_find(driver, &request->demand, candidates);
    struct context *context = NULL;
    VAStatus other;

    if (!count)
        *status = why_none(driver, &request->demand);
    for (unsigned i = 0; i < count && !context; i++)
        context = open_on(driver, config, &candidates[i], request, i ? &other : status);
    if (context && context->device != candidates[0].device)
        log_info(driver, "%s decodes instead of %s", context->device->video_path,
                 candidates[0].device->video_path);
    return context;
}

/* Finishes the pictures in flight and refuses new ones. May drop context->lock to wait. False: the
 * device has failed. */
static bool quiesce(struct context *context)
{
    bool well;

    lock_acquire(&context->lock);
    while (context->submission)
        pthread_cond_wait(&context->submitted, &context->lock.mutex);
    well = !context->dead;
    context_mark_dead(context);
    collect_reset(context);
    if (well)
        well = !drain(context);
    reserve_release(context);
    context_unlock(context);
    return well;
}

VAStatus context_destroy(struct driver *driver, VAContextID context_id)
{
    struct context *context = object_remove(&driver->objects, context_id, OBJECT_CONTEXT);

    if (!context)
        return VA_STATUS_ERROR_INVALID_CONTEXT;
    if (!quiesce(context) || !handover_park(context))
        context_end(context);
    return VA_STATUS_SUCCESS;
}

static bool destroy_one(struct object *object, void *driver)
{
    context_destroy(driver, object->id);
    return true;
}

void contexts_destroy(struct driver *driver)
{
    object_for_each(&driver->objects, OBJECT_CONTEXT, destroy_one, driver);
    handover_end_all(driver);
}
