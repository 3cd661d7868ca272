/* SPDX-License-Identifier: MIT */
/* A decoding context: one open decoder, its queues, and the jobs in flight. */
#ifndef CONTEXT_H
#define CONTEXT_H

#include "driver.h"
#include "v4l2.h"

#define MAX_SLOTS    16 /* OUTPUT buffers of a context */
#define MAX_CAPTURES 32 /* what videobuf2 gives one queue */
#define MAX_JOBS     (2 * MAX_SLOTS)
#define MAX_RESERVE  16 /* pictures */

/* surface->capture of a surface that has no CAPTURE buffer yet. */
#define NO_CAPTURE UINT32_MAX

/* Longest wait for one picture. The kernel's drivers give up on their hardware after 2 s. */
#define DECODE_TIMEOUT_NS 4000000000ull
/* Longest wait for readers of an exported picture before its surface is decoded into again. */
#define READERS_TIMEOUT_NS 1000000000ull

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

/* What the driver puts in front of a slice in the OUTPUT buffer: a start code, or a header. */
struct slice_prefix {
    size_t size;
    uint8_t bytes[CODEC_MAX_PREFIX];
};

/* How a picture, or part of it, ended: the worst comes last. */
enum outcome {
    OUTCOME_WHOLE,
    OUTCOME_DAMAGED, /* the device reported errors in it, and goes on */
    OUTCOME_LOST,
};

/* Damaged pictures of a context: outcome.c. */
struct damage {
    bool any_whole;    /* a picture has come out whole */
    unsigned in_a_row; /* damaged ones since the last whole one */
    unsigned untold;   /* damaged ones since the last message */
    uint64_t told;     /* CLOCK_MONOTONIC ns, of that; 0: none */
};

/* A CAPTURE buffer index and the surface whose memory it stands for. */
struct capture {
    struct surface *surface;             /* weak; NULL: free */
    struct picture_memory *memory;       /* counted: what the kernel has at this index */
    bool queued;                         /* in the kernel */
    uint64_t timestamp;                  /* ns, of the picture that it was last queued for */
    enum outcome outcome;                /* of what has ended of that picture so far */
    uint32_t least[MAX_PICTURE_BUFFERS]; /* bytes that the kernel wants each memory to have */
    uint64_t last_use;                   /* for the choice of which surface to unbind */
};

/* One request in the kernel. */
struct job {
    struct slot *slot;
    struct surface *surface; /* counted */
    struct surface *display; /* counted; gets the picture instead (codec->display), or NULL */
    unsigned capture, display_capture;
    bool needs_queue;     /* its CAPTURE buffer is to be queued when earlier jobs let it go */
    bool returns_capture; /* its end gives the CAPTURE buffer back */
    bool continues;       /* a second field: the first one had jobs of its own */
    uint64_t timestamp;   /* ns */
    uint32_t references;  /* bit i: reads captures[i] */
    enum picture_use use;
};

/* A buffer of slice parameters, as rendered: elements of array[kind]. */
struct parameter_group {
    unsigned first, count, kind;
};

/* The picture between vaBeginPicture and vaEndPicture. Arrays keep their memory. */
struct rendering {
    struct surface *target;                   /* counted; NULL: outside Begin/End */
    struct buffer *single[CODEC_MAX_BUFFERS]; /* counted: kinds with one element */
    struct rendered_array {
        uint8_t *data; /* kinds with many elements, concatenated */
        unsigned count, capacity;
    } array[CODEC_MAX_BUFFERS];
    struct parameter_group *groups; /* slice parameters in the order rendered */
    unsigned num_groups, group_capacity;
    struct buffer **data; /* counted: slice data in the order rendered */
    unsigned num_data, data_capacity;
    struct slice *slices;
    unsigned slice_capacity;
    unsigned moves; /* context->moves when they were found */
};

/* A frame whose controls lack a value that the next one tells (late.h). */
struct late_frame {
    enum {
        LATE_NONE,
        LATE_KEPT, /* not sent yet */
        LATE_SENT, /* sent as built; it may have to be sent again */
    } state;
    VAStatus untold;         /* why it could not be sent, if nobody knows yet */
    struct slot *slot;       /* with its data; once sent, its `waiters` count this frame */
    size_t used;             /* bytes of it */
    struct surface *surface; /* counted; NULL once sent */
    struct surface *display; /* counted; as in struct job; NULL once sent */
    struct object_name surface_name, display_name; /* of both, once sent */
    unsigned capture;
    uint64_t timestamp;
    uint32_t references; /* as in struct job */
    bool reference_lost; /* another context has the surface of one of them: not to be sent again */
    enum picture_use use;
    struct control_set set;
    void *controls; /* codec->controls_size bytes that `set` points to */
};

/* Whether pictures are done when they are waited for: reap.c. */
struct guess {
    bool ready;
    unsigned doubt; /* pictures to be found ready before it is believed */
    unsigned seen;  /* pictures found ready in a row */
    unsigned right; /* pictures that were ready as expected */
};

struct submission;

/* What a new context takes over from a parked one is listed in parking.c. */
struct context {
    struct object object;
    struct driver *driver;
    struct config *config; /* counted */
    const struct codec *codec;
    const struct device *device;
    const struct device_codec *device_codec;
    uint32_t width, height; /* that the client announced */

    pthread_mutex_t lock;
    struct v4l2_node node; /* node.fd -1: the context is dead */
    /* Of the thread that is in vaEndPicture, perhaps with the lock dropped; NULL: none is. */
    const struct submission *submission;
    pthread_cond_t submitted; /* it left */
    struct object *garbage;   /* to be released when the lock is */
    bool dead;                /* nothing can be decoded: the device or the context's id is gone */
    struct coded_format picture; /* of the picture being submitted */
    struct coded_format format;  /* that the queues are set up for; width 0: not yet */
    struct picture_layout layout;
    uint32_t sizeimage; /* of new OUTPUT buffers */
    bool output_streaming, capture_streaming, import;
    bool astray; /* a queue would not stop: whose its buffers are nobody knows */
    struct slot slots[MAX_SLOTS];
    unsigned num_slots;
    struct slot *staging; /* where the next slice data goes, or NULL */
    size_t headroom;      /* bytes to leave free in front of it, for its prefix */
    bool whole_frames;    /* the client's slice data brings room for it */
    unsigned moves;       /* times that slice data was moved out of slots */
    struct capture captures[MAX_CAPTURES];
    unsigned num_captures;
    struct picture_memory *reserve[MAX_RESERVE]; /* for surfaces to come: reserve.h */
    unsigned num_reserved;
    bool displacing;           /* decoded pictures had to move */
    struct job jobs[MAX_JOBS]; /* ring */
    unsigned first_job, num_jobs;
    uint64_t jobs_done; /* serial number of the oldest job in the ring */
    struct guess guess;
    uint64_t waited;    /* ns that somebody has waited since a job ended */
    uint64_t waited_to; /* CLOCK_MONOTONIC ns, up to which that is counted */
    bool stalled;       /* a wait ended in vain, and no job has ended since: no more long waits */
    bool unended;       /* the kernel's driver ended a job and left its request open */
    uint64_t uses;
    bool missing_reported;
    bool full;                   /* a picture was refused for want of a CAPTURE buffer */
    enum outcome hidden_outcome; /* of hidden pictures: the next one that is shown says so */
    struct damage damage;

    struct rendering rendering;
    struct late_frame late;
    uint64_t field_surface;   /* serial of that with a first field whose second may follow, or 0 */
    uint64_t field_timestamp; /* of that picture: the surface may hold another one by then */
    enum picture_structure field; /* which it was */
    bool capture_held;            /* the kernel holds a CAPTURE buffer for more of its picture */
    unsigned held_capture;        /* which */

    void *codec_state; /* codec->context_state_size bytes */
    void *controls;    /* codec->controls_size bytes */

    struct context *next_parked; /* driver->lock */
};

static inline struct job *job_at(struct context *context, unsigned n)
{
    return &context->jobs[(context->first_job + n) % MAX_JOBS];
}

/* All functions below want context->lock held, unless they say otherwise. They return 0 or a
 * negative errno where they return an int. */

/* context.c */
/* Releases of objects take the lock of the context that they belong to: those that come up while
 * it is held are put off until context_unlock. */
void context_unlock(struct context *context);
void context_put_later(struct context *context, struct object *object);
/* Without lock: destroys all contexts of a display. */
void contexts_destroy(struct driver *driver);
/* Without lock: ends a context that has no id, and gives up the reference to it; NULL is allowed.
 */
void context_end(struct context *context);

/* parking.c, without lock unless they say otherwise */
/* Keeps a context that has lost its id, if it may be needed; takes the reference over then. */
bool context_park(struct context *context);
/* With driver->lock: whether the context is parked. */
bool context_is_parked(const struct context *context);
/* With context->lock: the references of a new context's first picture tell that its stream is not
 * new; then the context goes on where the parked one ended that has them. Slice data may move. */
void context_find_parked(struct submission *s);
/* The device of a parked context for that profile, or NULL. */
const struct device *context_parked_device(struct driver *driver, VAProfile profile);
/* Ends the context if it is parked and nothing of it is left. */
void context_unpark_idle(struct context *context);
/* Ends whatever is parked. */
void contexts_unpark(struct driver *driver);

/* binding.c */
/* Without lock: the context is going to claim the surface, which is taken from any other one now.
 * VA_STATUS_ERROR_SURFACE_BUSY (logged): it is in use there. */
VAStatus binding_expect(struct surface *surface, const struct context *context);
/* Binds the surface to the context, when nothing of another one reads or writes it any more. Waits,
 * with the lock dropped, for jobs; for a submission under way only if `patient`, which is for those
 * who hold nothing that one could wait for. On success driver->lock is held. The CAPTURE buffer may
 * follow later (capture_bind), and change in a submission. VA_STATUS_ERROR_SURFACE_BUSY (logged).
 */
VAStatus binding_claim(struct context *context, struct surface *surface, bool patient);
/* Undoes a claim that has led to no buffer. */
void binding_disclaim(struct context *context, struct surface *surface);
/* With the lock, which it may drop: waits, within bounds, for those who still read the exported
 * picture that is to be replaced. VA_STATUS_ERROR_SURFACE_BUSY (logged). */
VAStatus binding_wait_for_readers(struct context *context, const struct surface *surface);

/* queues.c: the set-up of both queues. */
/* Opens the device and sets up OUTPUT for the announced size. */
int queues_open(struct context *context);
/* Sets both queues up for a stream format, with its sequence controls. Everything in flight is
 * waited for first. */
int queues_configure(struct context *context, const struct coded_format *format,
                     const struct control_set *sequence);
/* The same for another size, with everything decoded so far kept as references: -EBUSY where the
 * device cannot do that. */
int queues_resize(struct context *context, const struct coded_format *format,
                  const struct control_set *sequence);
/* Stops both queues, which ends every job as failed; they start again with the next picture. */
void queues_restart(struct context *context);
/* New CAPTURE buffers of the queue's own, when all there can be belong to exports whose surfaces
 * are gone: nobody tells when those are closed. References are lost. A negative errno: it is not
 * so, or the device failed. */
int queues_renew(struct context *context);
/* Opens the device anew where the queues went astray. To be called when no slice data is looked at.
 */
int queues_recover(struct context *context);
void queues_close(struct context *context);

/* slot.c */
/* A free slot, now staging; waits (unlocked) for one in flight if `wait`. NULL: none. */
struct slot *slot_acquire(struct context *context, bool wait);
/* The same, without waiting, for one of many slices of a picture: leaves a slot for those that come
 * to vaEndPicture without. */
struct slot *slot_acquire_early(struct context *context);
/* Makes room for `size` bytes in the slot, its contents kept. */
int slot_reserve(struct context *context, struct slot *slot, size_t size);
/* Moves live slice data out of the slot into memory of its buffers. */
void slot_evacuate(struct context *context, struct slot *slot);
/* Makes the request of a slot that is free usable again. False: there is none to be had now. */
bool slot_renew(struct context *context, struct slot *slot);
/* Gives a staging slot back whose data nobody wants. */
void slot_discard(struct context *context, struct slot *slot);
/* Gives up a reference to a mapping, which goes with the last one. NULL is allowed. */
void output_mapping_put(struct output_mapping *mapping);
int slots_create(struct context *context);
void slots_destroy(struct context *context);

/* capture.c */
/* True when the surface is bound to this context, with the memory that the kernel has. */
bool capture_is_bound(struct context *context, const struct surface *surface);
/* Binds the surface, which is the context's, to a CAPTURE index, with memory that fits. `keep`,
 * bit i: captures[i] stays what it is. */
VAStatus capture_bind(struct context *context, struct surface *surface,
                      const struct control_set *sequence, uint32_t keep);
/* Bit i: captures[i] is read or written by a job. */
uint32_t captures_in_flight(struct context *context);
/* Creates CAPTURE buffers until there are `count`. */
int captures_create(struct context *context, unsigned count);
/* Notes that a picture reads or writes captures[i], for each bit i. */
void capture_touch(struct context *context, uint32_t captures);
/* Queues the CAPTURE buffers that jobs wait for, as far as earlier jobs allow. */
int capture_queue_pending(struct context *context);
/* Number of the first job whose CAPTURE buffer could not be queued yet, num_jobs: none. */
unsigned capture_first_pending(struct context *context);
void captures_destroy(struct context *context);
/* Takes the buffer from its surface, which is the context's no more, unless it is being decoded
 * into. */
void capture_release(struct context *context, unsigned index);
/* Without lock: the surface goes away; forget it. */
void context_forget_surface(struct context *context, struct surface *surface);

/* displace.c */
/* Moves the picture of captures[index] to ordinary memory and unbinds its surface. Returns the
 * memory that it had, with a reference; NULL: somebody uses it, or there is no ordinary memory. */
struct picture_memory *displace_picture(struct context *context, unsigned index);
/* Memory of a surface that was destroyed, for a picture of the stream, or NULL. */
struct picture_memory *abandoned_memory(struct context *context);
/* Memory that a decoded picture gives up for one of the stream; may wait (unlocked) for jobs. NULL:
 * none does. `named`, bit i: captures[i] is a reference. */
struct picture_memory *displaced_memory(struct context *context, uint32_t named);

/* reap.c */
/* Waits (unlocked) until the job of that serial number is done and ends all jobs through it.
 * `deadline`: CLOCK_MONOTONIC ns, 0: only if it is done already. -ETIMEDOUT. */
int reap_wait(struct context *context, uint64_t serial, uint64_t deadline);
/* Waits for everything in flight, at most DECODE_TIMEOUT_NS. */
int reap_all(struct context *context);
/* Tells the kernel that no more comes for the picture whose CAPTURE buffer it holds. */
void reap_release_held(struct context *context);
/* Without lock. Waits until no job writes the surface; UINT64_MAX: the driver's own bound.
 * VA_STATUS_SUCCESS, VA_STATUS_ERROR_TIMEDOUT, VA_STATUS_ERROR_OPERATION_FAILED. */
VAStatus context_wait(struct context *context, struct surface *surface, uint64_t timeout_ns);
/* Without lock: looks without waiting; true when no job writes the surface any more. */
bool context_poll(struct context *context, struct surface *surface);

/* outcome.c */
/* A job, or one to come, has the slot and counts its surfaces from then on, which say so.
 * `display`: NULL where it has none. */
void decode_begins(struct context *context, struct slot *slot, struct surface *surface,
                   struct surface *display, uint64_t timestamp);
/* Ends the oldest job: what its surface says of itself afterwards. */
void job_finish(struct context *context, enum outcome outcome);
/* A CAPTURE buffer came back: its surface is done, unless a job still writes it. */
void capture_finish(struct context *context, struct capture *capture, enum outcome outcome);

/* bitstream.c */
/* Brings the picture's slices `first` to `first + count - 1` together at the start of one slot,
 * each behind the prefix, and says so in them. */
VAStatus bitstream_assemble(struct context *context, const struct slice_prefix *prefix,
                            struct picture *picture, unsigned first, unsigned count,
                            struct slot **slot);

/* submit.c */
/* Decodes what was rendered into the surface. */
VAStatus submit_picture(struct context *context, struct surface *surface);

/* rendering.c */
/* Ends a rendering: drops what it collected. */
void rendering_reset(struct context *context);
void rendering_free(struct context *context);
/* Collects one buffer. */
VAStatus rendering_add(struct context *context, struct buffer *buffer);
/* Pairs slice data with parameters and fills `picture` with what was collected. */
VAStatus rendering_gather(struct context *context, struct picture *picture);
/* Finds the slices again if their data was moved since it was found last: slots are emptied for
 * others whenever the lock is dropped, and the slices may lie in the very slot that is taken for
 * them. */
VAStatus rendering_follow(struct context *context, struct picture *picture);

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
