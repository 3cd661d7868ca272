/* SPDX-License-Identifier: MIT */
/*
 * The virtual stateless decoder: shared declarations.
 *
 * A process that preloads libvirtdec.so sees a media device, a memory-to-memory decoder with
 * requests, and a render node. The life of one frame:
 *
 *   interpose.c     open/ioctl/mmap/poll of the client arrive here; foreign files pass through
 *   file.c          descriptor -> struct vd_file (one per open file description, dup counted)
 *   ioctl_video.c   VIDIOC_*: format.c, buffers.c, queue.c, controls.c; ioctl_media.c: MEDIA_IOC_*
 *   request.c       a request holds OUTPUT buffers and a set of control values until it is queued
 *   timing.c        a decoder that only keeps time
 *   job.c           one worker thread per context pairs OUTPUT and CAPTURE buffers, in order
 *   codec_*.c       checks the controls, rebuilds a stream from them, decodes it (avdecoder.h)
 *   picture.c       writes the picture into the CAPTURE memory, remembers what it wrote
 *
 * Locking: one mutex, vd_lock, guards every structure declared here. The worker threads drop it
 * while a codec runs; a codec only touches its own state, its struct vd_job, and the functions
 * declared under "for codecs" (which take the lock themselves). vd_changed() wakes every sleeper
 * (blocking DQBUF, poll, workers, STREAMOFF).
 */
#ifndef VIRTDEC_H
#define VIRTDEC_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "kernel_controls.h"

#include "fault.h"
#include "samples.h"

/* Packed 10 bits; tiles of 32x32 in one buffer, of 16x32 and 16x16 in two; of 10 bits; columns of
 * 128 bytes, of 8 and of 10 bits, whose "stride" is how many lines each has. */
#define VD_PIX_FMT_NV15       v4l2_fourcc('N', 'V', '1', '5')
#define VD_PIX_FMT_NV12_32L32 v4l2_fourcc('S', 'T', '1', '2')
#define VD_PIX_FMT_MM21       v4l2_fourcc('M', 'M', '2', '1')
#define VD_PIX_FMT_MT2110T    v4l2_fourcc('M', 'T', '2', 'T')
#define VD_PIX_FMT_NC12       v4l2_fourcc('N', 'C', '1', '2')
#define VD_PIX_FMT_NC30       v4l2_fourcc('N', 'C', '3', '0')

#define VD_MAX_BUFFERS 32
#define VD_MAX_PLANES  2
#define VD_MAX_CTRLS   48

/* Offsets of CAPTURE buffers, as v4l2-mem2mem separates the two queues of one file. */
#define VD_CAPTURE_OFFSET (1u << 30)

struct vd_codec;
struct vd_ctx;
struct vd_request;

/* ---- memory.c: dma-bufs ------------------------------------------------------------------- */

/* What a decode left in a CAPTURE buffer; kept with the memory of its first plane. */
struct vd_content {
    uint64_t serial; /* of the picture, unique in the process; 0: nothing decoded into it */
    uint64_t hash;   /* of the samples after the last write */
    uint32_t pixelformat, width, height, stride; /* of the picture */
    bool luma_only;                              /* the decoder does not use chroma's place */
};

/* One dma-buf: a memfd of ours, or a foreign mappable descriptor that a client imported. */
enum vd_mem_use {
    VD_MEM_OUTPUT, /* or a client's own */
    VD_MEM_PICTURE,
    VD_MEM_PICTURE_MORE, /* a further plane of a picture */
};

struct vd_mem {
    struct vd_mem *next;
    enum vd_mem_use use;
    int fd;
    dev_t dev;
    ino_t ino;
    size_t size;
    uint8_t *map;
    unsigned refs;
    unsigned write_queued; /* CAPTURE buffers with this memory between QBUF and completion */
    bool mapped;           /* mmap() through the device file happened */
    int cpu_access;        /* DMA_BUF_SYNC_START less DMA_BUF_SYNC_END */
    struct vd_content content;
};

struct vd_mem *vd_mem_new(size_t size, enum vd_mem_use use);
struct vd_mem *vd_mem_import(int fd);
struct vd_mem *vd_mem_find(int fd);
struct vd_mem *vd_mem_get(struct vd_mem *mem);
void vd_mem_put(struct vd_mem *mem);
int vd_mem_ioctl(struct vd_mem *mem, unsigned long request, void *arg);

/* ---- personality.c ------------------------------------------------------------------------ */

enum vd_busy_rule {
    VD_BUSY_STREAMING_CODEC, /* OUTPUT streaming and another pixel format */
    VD_BUSY_PEER,            /* also: CAPTURE has buffers; codec change with OUTPUT buffers */
    VD_BUSY_NEVER,           /* never; CAPTURE follows even while it has buffers */
};

/* One coded format of a personality. */
struct vd_coded {
    const struct vd_codec *codec;
    uint32_t max_width, max_height;
    uint32_t step;          /* of width and height in VIDIOC_ENUM_FRAMESIZES */
    uint64_t profiles_skip; /* menu items that the device's profile control leaves out */
    int max_profile, default_profile, max_level;
    bool ten_bits; /* pictures of 10 bits, too, in the personality's format for them */
    bool slice_based;
    bool hold_capture;
    bool film_grain;     /* AV1 with grain put on */
    unsigned slices;     /* HEVC: both decode modes and start codes, and so many slice segments
                          * described in a request of a frame-based picture; 0: as slice_based says */
    bool frames_only;    /* HEVC: with `slices`, of the decode modes only the frame-based one */
    bool sets;           /* HEVC: wants the reference picture sets of the sequence parameter set */
    unsigned aux_per_mb; /* bytes behind the samples that the decoder needs per macroblock */
};

struct vd_personality {
    const char *name;
    const char *driver, *card;
    bool mplane;
    unsigned planes;        /* memory planes of the CAPTURE format: 1 or 2 */
    uint32_t capture;       /* pixel format */
    uint32_t capture_10;    /* of pictures of 10 bits, 0: there are none */
    bool lists_all;         /* VIDIOC_ENUM_FMT: also before a sequence control told the depth */
    bool sized_by_sequence; /* CAPTURE is 1920x1088 before a sequence control told a size */
    uint32_t width_align, height_align;
    uint32_t stride_align;
    enum vd_busy_rule busy;
    bool dmabuf;
    bool output_first; /* OUTPUT comes back when it has been read, before the picture is there */
    uint32_t min_width, min_height;
    unsigned least_buffers; /* CAPTURE buffers that the device needs; 0: as many as are asked for */
    struct vd_coded coded[8];
};

const struct vd_personality *vd_personality(unsigned device);
void vd_bus_info(const struct vd_personality *p, char *text, size_t size);

/* ---- controls.c, control_validate.c ------------------------------------------------------- */

struct vd_ctrl_desc {
    uint32_t id;
    const char *name;
    uint32_t type;
    uint32_t elem_size;
    int64_t min, max, step, def;
    uint32_t flags;
    uint64_t menu_skip;
    const char *const *menu;
    uint32_t dim; /* greatest number of elements of a dynamic array, 0: not an array */
};

struct vd_ctrl {
    struct vd_ctrl_desc desc;
    void *value;   /* `size` bytes: of arrays only the elements in use */
    uint32_t size; /* bytes in use */
    bool subscribed, feedback;
    uint32_t pending; /* V4L2_EVENT_CTRL_CH_*, of an event that waits */
};

/* Values of one request, by index of the context's control array; NULL: not set. */
struct vd_ctrl_set {
    struct vd_ctx *ctx;
    void *value[VD_MAX_CTRLS];
    uint32_t size[VD_MAX_CTRLS];
    bool completed;
};

int vd_ctrls_init(struct vd_ctx *ctx);
void vd_ctrls_free(struct vd_ctx *ctx);
void vd_ctrl_set_free(struct vd_ctrl_set *set);
int vd_ctrls_apply(struct vd_ctx *ctx, struct vd_request *req);
void vd_ctrls_complete(struct vd_ctx *ctx, struct vd_request *req);
int vd_queryctrl(struct vd_ctx *ctx, struct v4l2_queryctrl *q);
int vd_query_ext_ctrl(struct vd_ctx *ctx, struct v4l2_query_ext_ctrl *q);
int vd_querymenu(struct vd_ctx *ctx, struct v4l2_querymenu *q);
int vd_g_ctrl(struct vd_ctx *ctx, struct v4l2_control *c);
int vd_s_ctrl(struct vd_ctx *ctx, struct v4l2_control *c);
int vd_g_ext_ctrls(struct vd_ctx *ctx, struct v4l2_ext_controls *cs);
int vd_try_set_ext_ctrls(struct vd_ctx *ctx, struct v4l2_ext_controls *cs, bool set);
int vd_ctrl_validate(const struct vd_ctrl_desc *desc, void *value);
void vd_ctrl_default(const struct vd_ctrl_desc *desc, void *value);

/* ---- events.c ----------------------------------------------------------------------------- */

int vd_subscribe_event(struct vd_ctx *ctx, const struct v4l2_event_subscription *sub);
int vd_unsubscribe_event(struct vd_ctx *ctx, const struct v4l2_event_subscription *sub);
void vd_event_changed(struct vd_ctx *ctx, struct vd_ctrl *ctrl);
bool vd_event_pending(const struct vd_ctx *ctx);
int vd_dqevent(struct vd_ctx *ctx, struct v4l2_event *event, bool nonblock);

/* ---- queue.c, buffers.c ------------------------------------------------------------------- */

enum vd_buf_state {
    VD_BUF_DEQUEUED,
    VD_BUF_IN_REQUEST,
    VD_BUF_QUEUED, /* includes what vb2 calls ACTIVE */
    VD_BUF_DONE,
    VD_BUF_ERROR,
};

struct vd_plane {
    uint32_t length, min_length, bytesused, data_offset;
    uint32_t offset; /* mmap cookie, V4L2_MEMORY_MMAP */
    int fd;          /* as the client gave it, V4L2_MEMORY_DMABUF */
    int new_fd;      /* from the QBUF that is under way */
    uint32_t new_length;
    struct vd_mem *mem;
};

struct vd_buffer {
    struct vd_queue *queue;
    uint32_t index;
    enum vd_buf_state state;
    uint32_t flags;
    uint32_t field;
    uint32_t sequence;
    uint64_t timestamp;
    struct v4l2_timecode timecode;
    bool copied_timestamp;
    bool prepared;
    bool is_held;
    bool writing; /* counted in write_queued of its memory */
    int request_fd;
    struct vd_request *req;       /* bound: part of req's objects */
    struct vd_request *req_owner; /* reference kept until DQBUF */
    struct vd_buffer *next;       /* in ready or done list */
    struct vd_plane plane[VD_MAX_PLANES];
};

struct vd_list {
    struct vd_buffer *head, *tail;
};

struct vd_queue {
    struct vd_ctx *ctx;
    uint32_t type;
    bool output;
    uint32_t memory; /* 0: no buffers */
    uint32_t num_planes;
    struct vd_buffer *buf[VD_MAX_BUFFERS];
    struct vd_list ready, done;
    unsigned queued; /* from QBUF to DQBUF */
    bool streaming;
    bool uses_requests, uses_qbuf;
    bool waiting_in_dqbuf;
    uint32_t sequence;
};

void vd_list_push(struct vd_list *list, struct vd_buffer *buf);
struct vd_buffer *vd_list_pop(struct vd_list *list);

unsigned vd_queue_count(const struct vd_queue *q);
struct vd_queue *vd_queue_of(struct vd_ctx *ctx, uint32_t type);
int vd_reqbufs(struct vd_ctx *ctx, struct v4l2_requestbuffers *r);
int vd_create_bufs(struct vd_ctx *ctx, struct v4l2_create_buffers *c);
int vd_querybuf(struct vd_ctx *ctx, struct v4l2_buffer *b);
int vd_expbuf(struct vd_ctx *ctx, struct v4l2_exportbuffer *e);
struct vd_mem *vd_mmap_target(struct vd_ctx *ctx, size_t length, int prot, int flags, off_t offset,
                              int *error);
void vd_queue_free(struct vd_queue *q);

int vd_buf_check_planes(const struct vd_buffer *buf, const struct v4l2_buffer *b);
void vd_buf_to_user(const struct vd_buffer *buf, struct v4l2_buffer *b);
int vd_buf_prepare(struct vd_buffer *buf);
void vd_buf_enqueue(struct vd_buffer *buf);
void vd_buf_done(struct vd_buffer *buf, enum vd_buf_state state);
void vd_buf_unbind(struct vd_buffer *buf);
int vd_qbuf(struct vd_ctx *ctx, struct v4l2_buffer *b);
int vd_prepare_buf(struct vd_ctx *ctx, struct v4l2_buffer *b);
int vd_dqbuf(struct vd_ctx *ctx, struct v4l2_buffer *b, bool nonblock);
int vd_streamon(struct vd_ctx *ctx, uint32_t type);
int vd_streamoff(struct vd_ctx *ctx, uint32_t type);
void vd_queue_cancel(struct vd_queue *q);

/* ---- format.c ----------------------------------------------------------------------------- */

/* A format in multi-planar terms, whatever the personality shows. */
struct vd_format {
    uint32_t pixelformat, width, height, planes;
    uint32_t bytesperline[VD_MAX_PLANES], sizeimage[VD_MAX_PLANES];
    uint32_t colorspace, ycbcr_enc, quantization, xfer_func;
};

void vd_format_init(struct vd_ctx *ctx);
int vd_querycap(const struct vd_ctx *ctx, struct v4l2_capability *cap);
int vd_enum_fmt(struct vd_ctx *ctx, struct v4l2_fmtdesc *f);
int vd_enum_framesizes(const struct vd_ctx *ctx, struct v4l2_frmsizeenum *f);
int vd_g_fmt(struct vd_ctx *ctx, struct v4l2_format *f);
int vd_try_fmt(struct vd_ctx *ctx, struct v4l2_format *f);
int vd_s_fmt(struct vd_ctx *ctx, struct v4l2_format *f);
int vd_set_sequence(struct vd_ctx *ctx, uint32_t id, const void *value, unsigned bit_depth);
void vd_apply_sequence(struct vd_ctx *ctx, uint32_t id, const void *value);

/* ---- request.c ---------------------------------------------------------------------------- */

enum vd_req_state { VD_REQ_IDLE, VD_REQ_QUEUED, VD_REQ_COMPLETE };

struct vd_request {
    unsigned refs;
    enum vd_req_state state;
    unsigned incomplete; /* objects: buffers and at most one control set */
    struct vd_buffer *buf[VD_MAX_BUFFERS];
    unsigned num_bufs;
    struct vd_ctrl_set *ctrls;
    struct vd_request *next; /* in the list of all requests */
};

struct vd_request *vd_request_new(void);
struct vd_request *vd_request_by_fd(int fd);
void vd_request_put(struct vd_request *req);
void vd_request_forget_ctrls(const struct vd_ctx *ctx);
int vd_request_ioctl(struct vd_request *req, unsigned long request);
void vd_request_object_done(struct vd_request *req);
short vd_request_poll(const struct vd_request *req, short events);

/* ---- timing.c ----------------------------------------------------------------------------- */

bool vd_timing_only(void);
uint64_t vd_timing_end(struct vd_ctx *ctx);
void vd_timing_wait(uint64_t end);
void vd_timing_enter(struct vd_ctx *ctx);
void vd_timing_leave(struct vd_ctx *ctx);

/* ---- job.c -------------------------------------------------------------------------------- */

struct vd_ctx {
    const struct vd_personality *personality;
    struct vd_queue output, capture;
    const struct vd_coded *coded;
    struct vd_format out_fmt, cap_fmt;
    unsigned bit_depth; /* that a sequence control asked for since the last S_FMT(OUTPUT), or 0 */
    bool film_grain, native; /* likewise; CAPTURE was reset to the decoder's own tiles */
    struct vd_ctrl ctrl[VD_MAX_CTRLS];
    unsigned num_ctrls;
    uint32_t priority, event_sequence;

    pthread_t worker;
    bool worker_started, quit;
    bool running;                 /* a job is with the codec, vd_lock not held */
    bool timing_only;             /* nothing is decoded, see timing.c */
    bool was_idle;                /* the worker found no job; for timing.c */
    struct vd_ctx *next_working;  /* timing.c */
    bool flushing;                /* DECODER_CMD(FLUSH) with a held CAPTURE buffer */
    bool aborting;                /* STREAMOFF waits for the running job, no other may start */
    const struct vd_codec *codec; /* of codec_state */
    void *codec_state;
    uint64_t jobs, corrupt;
};

struct vd_ctx *vd_ctx_new(unsigned device);
void vd_ctx_free(struct vd_ctx *ctx);
void vd_ctx_abort(struct vd_ctx *ctx);
void vd_ctx_schedule(struct vd_ctx *ctx);
int vd_decoder_cmd(struct vd_ctx *ctx, struct v4l2_decoder_cmd *dc, bool try_only);
short vd_ctx_poll(const struct vd_ctx *ctx, short events);

/* ---- for codecs --------------------------------------------------------------------------- */

struct vd_frame;

/* The CAPTURE buffer that a job writes; two planes in one or two memory planes. */
struct vd_target {
    uint32_t pixelformat;
    struct vd_mem *mem[VD_MAX_PLANES];
    uint8_t *luma, *chroma;
    uint32_t stride;
    uint32_t width, height;
    bool monochrome, native; /* the picture is 4:0:0; as in vd_ctx */
    uint64_t timestamp;
};

/* One OUTPUT buffer with the control values in force. */
struct vd_job {
    struct vd_ctx *ctx;
    const struct vd_coded *coded;
    uint64_t number;
    uint64_t timestamp;
    bool hold; /* V4L2_BUF_FLAG_M2M_HOLD_CAPTURE_BUF: more of this picture follows */
    const uint8_t *data;
    size_t size;
    struct vd_target target;
    void *ctrl[VD_MAX_CTRLS]; /* snapshots, by index of the context's array */
    uint32_t ctrl_size[VD_MAX_CTRLS];
    bool corrupt; /* set by vd_mismatch(): the picture must not look right */
};

enum vd_ref_status { VD_REF_OK, VD_REF_MISSING, VD_REF_OVERWRITTEN };

/*
 * A codec, one file each. open() returns the state of a stream; decode() is called once a job;
 * finish() when a held CAPTURE buffer is returned without a further job; reset() when the OUTPUT
 * queue stops. None is called with vd_lock held.
 */
struct vd_codec {
    const char *name;
    const char *description;
    uint32_t fourcc;
    void (*controls)(struct vd_ctx *ctx, const struct vd_coded *coded);
    /* What try_ctrl of drivers refuses. */
    int (*check_control)(const struct vd_coded *coded, uint32_t id, const void *value);
    /* Bits of the sequence that a control describes, 0: it describes none. May be NULL. */
    unsigned (*bit_depth)(uint32_t id, const void *value);
    bool (*film_grain)(const void *value); /* of the same control; may be NULL */
    void *(*open)(const struct vd_coded *coded);
    void (*decode)(void *state, struct vd_job *job);
    void (*finish)(void *state, struct vd_job *job);
    void (*reset)(void *state);
    void (*close)(void *state);
};

extern const struct vd_codec vd_codec_mpeg2, vd_codec_h264, vd_codec_hevc, vd_codec_vp8,
    vd_codec_vp9;
extern const struct vd_codec vd_codec_av1;

void vd_ctrl_add(struct vd_ctx *ctx, const struct vd_ctrl_desc *desc);
void vd_ctrl_add_menu(struct vd_ctx *ctx, uint32_t id, const char *name, const char *const *menu,
                      int low, int high, int initial, uint64_t skip);
const void *vd_job_ctrl(const struct vd_job *job, uint32_t id);
/* Its bytes, 0 without it. */
uint32_t vd_job_ctrl_size(const struct vd_job *job, uint32_t id);
enum vd_ref_status vd_reference(const struct vd_job *job, uint64_t timestamp, uint64_t *serial);
bool vd_timestamp_known(const struct vd_job *job, uint64_t timestamp);
uint64_t vd_new_serial(void);
/* fields: 1 top, 2 bottom, 3 the whole frame */
void vd_store(struct vd_job *job, const struct vd_frame *frame, unsigned fields, uint64_t serial);
void vd_check_size(struct vd_job *job, uint32_t width, uint32_t height);
void vd_report_picture(const struct vd_job *job, const char *codec);
void vd_mismatch(struct vd_job *job, int64_t control, int64_t stream, const char *field, ...)
    __attribute__((format(printf, 4, 5)));
void vd_reference_problem(struct vd_job *job, enum vd_ref_status status, uint64_t timestamp,
                          bool corrupts);

/* ---- report.c ----------------------------------------------------------------------------- */

void vd_report(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- file.c ------------------------------------------------------------------------------- */

enum vd_file_kind { VD_FILE_MEDIA, VD_FILE_VIDEO, VD_FILE_RENDER, VD_FILE_REQUEST, VD_FILE_DMABUF };

struct vd_file {
    enum vd_file_kind kind;
    const struct vd_node *node; /* NULL: it has none */
    unsigned refs;              /* descriptors, and calls in progress */
    ino_t ino;
    struct vd_ctx *ctx;
    struct vd_request *req;
    struct vd_mem *mem;
};

extern pthread_mutex_t vd_lock;

void vd_changed(void);
int vd_wait(const struct timespec *until);
int vd_file_new(enum vd_file_kind kind, int flags, void *object, const struct vd_node *node);
struct vd_file *vd_file_get(int fd);
void vd_file_put(struct vd_file *file);
void vd_file_dup(int from, int to);
struct vd_file *vd_file_detach(int fd);
bool vd_file_nonblock(int fd);

/* ---- nodes.c ------------------------------------------------------------------------------ */

struct vd_node {
    const char *path;
    enum vd_file_kind kind;
    unsigned major, minor;
    unsigned device; /* which of the decoders it belongs to */
};

#define VD_MAX_MEDIA 16
bool vd_listed(const char *list, unsigned number, char *item, size_t size);
unsigned vd_media_devices(void);
void vd_video_name(unsigned device, char *name, size_t size);
int vd_device_directory(const char *path);
const struct vd_node *vd_node_by_path(const char *path);
const struct vd_node *vd_node_of(unsigned device, enum vd_file_kind kind);
bool vd_is_virtual_dir(const char *path);
const char *vd_text_file(const char *path);
const char *vd_link_target(const char *path);
bool vd_bad_pointer(const void *pointer);
int vd_node_open(const struct vd_node *node, int flags);

/* ---- ioctls ------------------------------------------------------------------------------- */

int vd_video_ioctl(struct vd_ctx *ctx, unsigned long request, void *arg, bool nonblock);
bool vd_video_ioctl_known(unsigned long request);
void vd_priority_count(const struct vd_ctx *ctx, int change);
int vd_media_ioctl(unsigned device, unsigned long request, void *arg);
bool vd_media_ioctl_known(unsigned long request);
int vd_render_ioctl(unsigned long request, void *arg);

#endif
