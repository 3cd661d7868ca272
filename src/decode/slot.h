/* SPDX-License-Identifier: MIT */
/* The structs of slots: OUTPUT buffers with their requests (output_pool.h). Guarded by
 * context->lock. */
#ifndef SLOT_H
#define SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_SLOTS 16 /* OUTPUT buffers of a context */

struct buffer;

enum slot_state {
    SLOT_FREE,
    SLOT_STAGING,   /* slice data is being copied into it */
    SLOT_IN_FLIGHT, /* a job or a deferred frame owns it */
    SLOT_RETIRED,   /* not used again until the device is reopened: the kernel may still own it */
};

/* The mapping of an OUTPUT buffer. Lives until its slot is gone and no client has slice data in it
 * mapped. */
struct output_mapping {
    unsigned references; /* those of the slot, and of buffers that have outlived it */
    uint8_t *map;
    size_t size; /* bytes */
};

/* An OUTPUT buffer with the request that carries it. */
struct slot {
    enum slot_state state;
    unsigned index; /* of the OUTPUT buffer */
    int request_fd;
    bool needs_reinit; /* the request has to be reinitialised before its next use */
    unsigned pins;     /* by threads that poll request_fd and a deferred frame: no reuse */
    struct output_mapping *mapping; /* counted */
    uint8_t *map;                   /* start of the mapping */
    size_t size, used;              /* bytes */
    struct buffer *buffers;         /* buffers whose slice data is in the slot, newest first */
};

#endif
