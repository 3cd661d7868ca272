/* SPDX-License-Identifier: MIT */
#include "decode/wait.h"

#include "base/status.h"
#include "decode/completion.h"
#include "decode/deferred_submit.h"
#include "decode/jobs.h"

#include <errno.h>

int drain(struct context *context)
{
    deferred_flush(context, NULL);
    completion_release_held(context);
    return completion_wait_all(context);
}

static bool holds(const struct context *context, const struct surface *surface)
{
    return context->fields.capture_held &&
           context->captures.list[context->fields.held_capture].surface == surface;
}

VAStatus context_wait(struct context *context, struct surface *surface, uint64_t timeout_ns)
{
    uint64_t bound = timeout_ns < DECODE_TIMEOUT_NS ? timeout_ns : DECODE_TIMEOUT_NS;
    uint64_t serial;
    int error = 0;

    lock_acquire(&context->lock);
    deferred_flush(context, surface);
    /* A mere query does not end a picture whose second field may still come. */
    if (timeout_ns && holds(context, surface))
        completion_release_held(context);
    if (jobs_find_last(context, surface, NO_CAPTURE, &serial))
        error = completion_wait(context, serial, bound ? monotonic_ns() + bound : 0);
    context_unlock(context);
    return status_of_errno(error);
}

bool context_poll(struct context *context, struct surface *surface)
{
    return context_wait(context, surface, 0) != VA_STATUS_ERROR_TIMEDOUT;
}

static enum surface_state state_of(struct surface *surface)
{
    enum surface_state state;

    lock_acquire(&surface->driver->lock);
    state = surface->state;
    lock_release(&surface->driver->lock);
    return state;
}

VAStatus surface_wait(struct surface *surface, uint64_t timeout_ns)
{
    struct context *context = surface_context(surface);
    VAStatus status = VA_STATUS_SUCCESS;
    enum surface_state state;

    if (context) {
        status = context_wait(context, surface, timeout_ns);
        object_put(&context->object);
    }
    if (status == VA_STATUS_ERROR_TIMEDOUT)
        return status;
    /* The wait may have failed because of other surfaces of the context, after this one's picture
     * had ended. */
    state = state_of(surface);
    return state == SURFACE_FAILED || (state == SURFACE_IN_DECODE && status != VA_STATUS_SUCCESS)
               ? VA_STATUS_ERROR_DECODING_ERROR
               : VA_STATUS_SUCCESS;
}
