/* SPDX-License-Identifier: MIT */
/*
 * What the driver asks of the system, counted from inside: the driver with wrap.c adds to
 * `cost_counts`, which the program that loads it (replay) defines and exports.
 */
#ifndef COST_H
#define COST_H

#include <stdint.h>

/* X(name): every counter. System calls first. */
#define COST_CALLS(X) \
    X(s_ext_ctrls)    \
    X(qbuf)           \
    X(dqbuf)          \
    X(request_queue)  \
    X(request_reinit) \
    X(other_ioctl)    \
    X(poll)           \
    X(mmap)           \
    X(munmap)         \
    X(open)           \
    X(close)          \
    X(fcntl)

#define COST_OTHERS(X)                                                \
    X(nothing_yet)   /* of the dqbuf: came back with EAGAIN */        \
    X(allocations)   /* malloc, calloc, realloc */                    \
    X(heap)          /* bytes allocated and not freed */              \
    X(locks)         /* pthread_mutex_lock */                         \
    X(messages)      /* log_error, log_info */                        \
    X(copied)        /* bytes copied into or out of OUTPUT buffers */ \
    X(copied_other)  /* other bytes copied: parameter buffers */      \
    X(output_mapped) /* bytes of OUTPUT buffers that are mapped */

struct cost {
#define COST_FIELD(name) int64_t name;
    COST_CALLS(COST_FIELD)
    COST_OTHERS(COST_FIELD)
#undef COST_FIELD
};

extern struct cost cost_counts __attribute__((weak, visibility("default")));

#endif
