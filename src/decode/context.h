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
/* Longest wait for readers of an exported picture whose surface is to be decoded into again. */
#define READERS_TIMEOUT_NS 1000000000ull

struct submission;

/* What both queues are set up for: queues.c. */
enum queues_state {
    QUEUES_CLOSED,
    QUEUES_OPEN,       /* OUTPUT has buffers for pictures of width x height */
    QUEUES_CONFIGURED, /* CAPTURE has a layout for pictures of `format` */
    QUEUES_LOST,       /* a queue would not stop: nobody knows who owns its buffers */
};

struct queues {
    enum queues_state state;
    bool output_streaming, capture_streaming;
    struct v4l2_node node;        /* node.fd -1: closed */
    uint32_t width, height;       /* of OUTPUT's format, at first what the client announced */
    struct coded_format format;   /* all 0 unless configured */
    struct picture_layout layout; /* of CAPTURE */
};

/* OUTPUT buffers: output_pool.c. */
struct output_pool {
    struct slot slots[MAX_SLOTS];
    unsigned count;
    uint32_t sizeimage;   /* of new ones */
    struct slot *staging; /* where the next slice data goes, or NULL */
    size_t headroom;      /* bytes to leave free in front of it, for its prefix */
};

/* CAPTURE buffers: capture_pool.c. */
struct capture_pool {
    struct capture list[MAX_CAPTURES];
    unsigned count;
    uint64_t uses; /* of buffers, by pictures: capture->last_use */
    bool full;     /* a picture was refused for want of a buffer */
};

/* Memory for surfaces to come: reserve.h. */
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

/* What waits have shown of the device: jobs.c. */
struct waiting {
    uint64_t waited;     /* ns that somebody has waited since a job ended */
    uint64_t counted_to; /* CLOCK_MONOTONIC ns, up to which that is counted */
    bool stalled;        /* a wait ended in vain, and no job has ended since: no more long waits */
    bool leaves_requests_open; /* the kernel's driver ended a job and left its request open */
};

/* The fields of a picture that is coded as two: fields.c. */
struct field_pair {
    uint64_t surface;   /* serial of that with a first field whose second may follow, or 0 */
    uint64_t timestamp; /* of that picture: the surface may hold another one by then */
    enum picture_structure structure; /* which it was */
    bool capture_held;     /* the kernel holds a CAPTURE buffer for more of its picture */
    unsigned held_capture; /* which */
};

/* What a new context takes over from a parked one is listed in handover.c. */
struct context {
    struct object object;
    struct driver *driver;
    struct config *config; /* counted */
    const struct codec *codec;
    const struct device *device;
    const struct device_codec *device_codec;
    bool import; /* pictures are decoded into memory of the surfaces' own */

    struct lock lock;
    /* Of the thread that is inside vaEndPicture, which may have dropped the lock; NULL: none is. */
    const struct submission *submission;
    pthread_cond_t submitted; /* signalled when `submission` is NULL again */
    struct object *garbage;   /* to be released when the lock is */
    bool dead;                /* decodes nothing any more: the device is gone, or the id is */

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
    bool displacing;                    /* decoded pictures had to move: said once */
    bool missing_reported;              /* a reference that was never decoded: said once */

    struct context *next_parked; /* driver->lock */
};

/* The n-th oldest job. Wants context->lock held. */
static inline struct job *job_at(struct context *context, unsigned n)
{
    return &context->jobs.list[(context->jobs.first + n) % MAX_JOBS];
}

/* Releasing an object may take the lock of the context that it belongs to. So a holder of
 * context->lock gives references back with context_put_later(), and context_unlock() drops the lock
 * and then releases the objects whose last reference that was. */
void context_unlock(struct context *context) RELEASE(context->lock);
void context_put_later(struct context *context, struct object *object) REQUIRES(context->lock);
/* With context->lock held: nothing can be decoded any more. */
void context_mark_dead(struct context *context) REQUIRES(context->lock);
/* With both locks held: what each has learnt of its stream becomes the other's. */
void context_exchange_codec_state(struct context *context, struct context *other);

/* Takes driver->lock. The context that the surface is bound to, with a new reference, or NULL. */
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
