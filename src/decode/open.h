/* SPDX-License-Identifier: MIT */
/* Opens and destroys contexts. No function wants a lock held. */
#ifndef OPEN_H
#define OPEN_H

#include "decode/context.h"

/* The arguments of vaCreateContext. */
struct context_request {
    struct demand demand;
    const VASurfaceID *targets;
    unsigned num_targets;
};

/* Opens a context, without an id, on the most suitable device that can be opened: a device may be
 * busy, gone or out of memory. Takes another reference to `config`. NULL with *status set to the
 * error of the most suitable device. */
struct context *context_open(struct driver *driver, struct config *config,
                             const struct context_request *request, VAStatus *status);
/* Frees a context that has neither an id nor references. */
void context_free(struct object *object);
/* Waits for the context's pictures, and then ends or parks it. VA_STATUS_ERROR_INVALID_CONTEXT. */
VAStatus context_destroy(struct driver *driver, VAContextID id);
/* Destroys all contexts of a display, parked ones included. */
void contexts_destroy(struct driver *driver);

#endif
