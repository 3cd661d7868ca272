/* SPDX-License-Identifier: MIT */
/* OUTPUT buffers: output_pool.c. */
#ifndef SLOT_H
#define SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_SLOTS 16 /* OUTPUT buffers of a context */

struct buffer;

enum slot_state {
    SLOT_FREE,
    SLOT_STAGING,   /* slice data goes in */
    SLOT_IN_FLIGHT, /* queued; a job has it */
    SLOT_RETIRED,   /* never used again: in an unknown state, or replaced by a larger one */
};

/* An OUTPUT buffer in memory: as long as its slot is there, or a client may look at slice data in
 * it. */
struct output_mapping {
    unsigned references; /* context->lock: the slot, and buffers that have outlived it */
    uint8_t *map;
    size_t size; /* bytes */
};

/* An OUTPUT buffer with the request that carries it. */
struct slot {
    enum slot_state state;
    unsigned index; /* of the OUTPUT buffer */
    int request_fd;
    bool used_before;               /* the request needs a reinit */
    unsigned waiters;               /* threads that poll request_fd: not to be reused meanwhile */
    struct output_mapping *mapping; /* counted */
    uint8_t *map;                   /* the mapping's, and its size */
    size_t size, used;              /* bytes */
    struct buffer *buffers;         /* live slice data buffers inside, newest first */
};

#endif
