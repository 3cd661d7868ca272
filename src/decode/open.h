/* SPDX-License-Identifier: MIT */
/* Contexts begin and end. */
#ifndef OPEN_H
#define OPEN_H

#include "decode/context.h"

/* What vaCreateContext is asked for. */
struct context_request {
    struct demand demand;
    const VASurfaceID *targets;
    unsigned num_targets;
};

/* A context, without id, on the device that fits best of those that can be had: one may be busy,
 * gone, or out of memory. Another reference to `config` is taken. NULL with *status set, to what
 * the best one said. */
struct context *context_open(struct driver *driver, struct config *config,
                             const struct context_request *request, VAStatus *status);
/* Frees a context that has no id, and no references. */
void context_free(struct object *object);
/* Ends the context of that id, or parks it. VA_STATUS_ERROR_INVALID_CONTEXT. */
VAStatus context_destroy(struct driver *driver, VAContextID id);
/* Destroys all contexts of a display. */
void contexts_destroy(struct driver *driver);

#endif
