/* SPDX-License-Identifier: MIT */
/* A decoding context: an open device, its queues, and the jobs in flight. */
#ifndef CONTEXT_H
#define CONTEXT_H

#include "decode/collection.h"
#include "decode/config.h"
#include "decode/deferred_frame.h"
#include "decode/job.h"
#include "device/v4l2.h"

#define MAX_RESERVE 16 /* pictures */

/* Longest wait for a picture. The kernel's drivers give up on their hardware after 2 s. */
#define DECODE_TIMEOUT_NS 4000000000ull
/* Longest wait for readers of an exported picture before its surface is decoded into again. */
#define READERS_TIMEOUT_NS 1000000000ull

struct submission;

/* The state of both queues: queues.c. */
enum queues_state {
    QUEUES_CLOSED,
    QUEUES_OPEN,       /* OUTPUT has buffers for pictures of width x height */
    QUEUES_CONFIGURED, /* CAPTURE has a layout for pictures of `format` */
    QUEUES_LOST,       /* a queue did not stop: the kernel may still own its buffers */
};

struct queues {
    enum queues_state state;
    bool output_streaming, capture_streaming;
    struct v4l2_node node;  /* node.fd -1: closed */
    uint32_t width, height; /* of OUTPUT's format; at first the size that the client announced */
    struct coded_format format;   /* all 0 unless the queues are configured */
    struct picture_layout layout; /* of CAPTURE */
};

/* OUTPUT buffers: output_pool.c. */
struct output_pool {
    struct slot slots[MAX_SLOTS];
    unsigned count;
    uint32_t sizeimage;   /* bytes of new buffers */
    struct slot *staging; /* where the next slice data goes, or NULL */
    size_t headroom;      /* bytes to leave free in front of it for its prefix */
};

/* CAPTURE buffers: capture_pool.c. */
struct capture_pool {
    struct capture list[MAX_CAPTURES];
    unsigned count;
    uint64_t uses; /* counts pictures that used buffers: capture->last_use */
    bool full;     /* the last picture was refused for lack of memory or of a buffer */
};

/* Memory for surfaces that have none yet: reserve.h. */
struct memory_reserve {
    struct picture_memory *list[MAX_RESERVE];
    unsigned count;
};

/* Requests in the kernel, a ring: jobs.c. */
struct job_ring {
    struct job list[MAX_JOBS];
    unsigned first, count;
    uint64_t oldest_serial; /* serial number of the oldest job in the ring */
};

/* What waits have shown about the device: jobs.c. */
struct waiting {
    uint64_t waited;     /* ns that threads have waited since a job ended */
    uint64_t counted_to; /* CLOCK_MONOTONIC ns, end of the wait that was counted last */
    bool stalled;        /* a wait timed out and no job has ended since: later waits are short */
    bool leaves_requests_open; /* the kernel's driver ended a job and left its request open */
};

/* The fields of a picture that is coded as two: fields.c. */
struct field_pair {
    uint64_t surface;   /* serial of the surface that waits for a second field, or 0 */
    uint64_t timestamp; /* of its picture: the surface may hold another one by then */
    enum picture_structure structure; /* of the last picture or field */
    bool capture_held;     /* the kernel keeps a CAPTURE buffer for more requests of its picture */
    unsigned held_capture; /* index of that buffer */
};

/* handover.c lists what a new context takes over from a parked one. */
struct context {
    struct object object;
    struct driver *driver;
    struct config *config; /* counted */
    const struct codec *codec;
    const struct device *device;
    const struct device_codec *device_codec;
    bool import; /* the queue imports the memory of surfaces */

    struct lock lock;
    /* Belongs to the thread that is inside vaEndPicture, which may have dropped the lock. NULL: no
     * thread is. */
    const struct submission *submission;
    pthread_cond_t submitted; /* broadcast when `submission` becomes NULL */
    struct object *garbage;   /* released after the lock is dropped */
    bool dead; /* can decode no more: the device is gone, or the context is being destroyed */

    struct queues queues;
    struct output_pool output;
    struct capture_pool captures;
    struct memory_reserve reserve;
    struct job_ring jobs;
    struct waiting waiting;
    struct damage damage;
    struct collection collection;
    struct deferred_frame deferred;
    struct field_pair fields;

    struct coded_format picture_format; /* of the picture being submitted */
    void *codec_state;                  /* codec->context_state_size bytes */
    void *controls;                     /* codec->controls_size bytes */
    bool displacing;                    /* it was logged that decoded pictures had to move */
    bool missing_reported;              /* it was logged that a reference was never decoded */

    struct context *next_parked; /* guarded by driver->lock */
};

/* The n-th oldest job. Wants context->lock held. */
static inline struct job *job_at(struct context *context, unsigned n)
{
    return &context->jobs.list[(context->jobs.first + n) % MAX_JOBS];
}

/* Releasing an object may take the lock of the context that it belongs to. So a thread that holds
 * context->lock drops references with context_put_later(). context_unlock() drops the lock, and
 * then releases the objects that have no reference left. */
void context_unlock(struct context *context) RELEASE(context->lock);
void context_put_later(struct context *context, struct object *object) REQUIRES(context->lock);
/* Marks the context as unable to decode: submissions fail from now on. */
void context_mark_dead(struct context *context) REQUIRES(context->lock);
/* Wants the locks of both contexts held. Exchanges what each has learnt about its stream. */
void context_exchange_codec_state(struct context *context, struct context *other);

/* Takes driver->lock. Returns the context that the surface is bound to, with a new reference, or
 * NULL. */
struct context *surface_context(struct surface *surface);

/* Whether the device decodes slice by slice: one request for each. */
static inline bool slice_based(const struct context *context)
{
    return context->codec->decode_mode_id &&
           context->device_codec->decode_mode == context->codec->slice_based;
}

/* Whether the device wants a start code in front of each slice. */
static inline bool wants_start_code(const struct context *context)
{
    return context->codec->start_code_id &&
           context->device_codec->start_code == context->codec->start_code_annex_b;
}

#endif
