/* SPDX-License-Identifier: MIT */
/* The structs of slots, OUTPUT buffers with their requests (output_pool.h). Guarded by
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
    SLOT_STAGING,   /* slice data is being put in */
    SLOT_IN_FLIGHT, /* a job has it, or a deferred frame */
    SLOT_RETIRED,   /* not used again until the queues are set up anew: its state is unknown */
};

/* The mapping of an OUTPUT buffer. It lives as long as its slot, or as a client has slice data in
 * it mapped. */
struct output_mapping {
    unsigned references; /* of the slot, and of buffers that have outlived it */
    uint8_t *map;
    size_t size; /* bytes */
};

/* An OUTPUT buffer with the request that carries it. */
struct slot {
    enum slot_state state;
    unsigned index; /* of the OUTPUT buffer */
    int request_fd;
    bool needs_reinit; /* the request has to be reinitialised */
    unsigned pins;     /* threads that poll request_fd, and a deferred frame: not to be reused */
    struct output_mapping *mapping; /* counted */
    uint8_t *map;                   /* the mapping's, and its size */
    size_t size, used;              /* bytes */
    struct buffer *buffers;         /* whose slice data is in it, newest first */
};

#endif
