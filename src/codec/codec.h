/* SPDX-License-Identifier: MIT */
/*
 * The interface between the runtime (src/) and the code generated from codecs.yaml.
 *
 * The runtime stages every buffer that a client renders for a picture in a `struct picture`; at
 * vaEndPicture it passes that picture to the codec's generated builder, which checks the values,
 * writes the kernel's control structs and lists them in a `struct control_set` that goes to
 * VIDIOC_S_EXT_CTRLS unchanged. Builders and hooks never call into the kernel or libva, allocate
 * memory or take locks.
 */
#ifndef CODEC_H
#define CODEC_H

#include "kernel_controls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <va/va.h>

#define CODEC_MAX_BUFFERS  8          /* kinds of parameter buffer that one codec can take */
#define CODEC_MAX_CONTROLS 8          /* controls of one request */
#define CODEC_MAX_PROFILES 8          /* VA profiles of one codec */
#define CONTROL_FIELD_DIMS 6          /* nested arrays of a field */
#define CODEC_MAX_PREFIX   16         /* bytes before a frame's data that VA leaves out */
#define SURFACE_STATE_SIZE 64         /* bytes that a codec can store with a surface */
#define CODEC_MAX_DATA     (1u << 28) /* bytes of an OUTPUT buffer: its bits can be counted */

/* No decoded picture has this timestamp: the driver counts from 1. */
#define NO_TIMESTAMP ((uint64_t)0)

struct picture;

enum picture_structure {
    PICTURE_TOP_FIELD = 1,
    PICTURE_BOTTOM_FIELD = 2,
    PICTURE_FRAME = 3,
};

/* One slice (or tile group, or frame) of the bitstream in the OUTPUT buffer. */
struct slice {
    const uint8_t *data; /* the client's first byte, after any start code from the driver */
    size_t size;         /* bytes */
    size_t offset;       /* bytes from the start of the OUTPUT buffer to `data` */
    unsigned parameter;  /* index of its slice parameter element */
};

/* What the driver knows about a surface that a picture names as a reference. */
struct reference {
    uint64_t timestamp; /* ns, of the CAPTURE buffer; NO_TIMESTAMP: holds no decoded picture */
    const void *state; /* SURFACE_STATE_SIZE bytes that the hook of its picture wrote; never NULL */
};

/* Parameter buffers of one kind, concatenated in the order rendered. */
struct staged {
    const void *data; /* array of `count` elements of the size that the codec's table says */
    unsigned count;   /* 0: the client rendered none, `data` is NULL */
};

/* Everything a client rendered for one picture (one field, when coded as fields). */
struct picture {
    struct staged buffer[CODEC_MAX_BUFFERS]; /* by index in codec->buffers */
    const struct slice *slices;
    unsigned num_slices;
    VASurfaceID render_target;
    VAProfile profile;
    uint64_t timestamp;       /* ns; both fields of a frame have the same */
    bool second_field;        /* the render target already holds this frame's other field */
    uint32_t decode_mode;     /* value of the codec's decode mode control, 0 where it has none */
    uint32_t start_code;      /* value of the codec's start code control, 0 where it has none */
    bool returns_each_field;  /* the device does not keep a frame's buffer for its second field */
    uint32_t device_controls; /* bit i: the device has codec->controls[i] */
    /* Elements of codec->controls[i], if it is an array, that the device takes in one request. 0:
     * unknown; the table's limit applies. */
    uint32_t array_capacity[CODEC_MAX_CONTROLS];
    void *context_state; /* codec->context_state_size bytes, zero in a new context */
    void *surface_state; /* SURFACE_STATE_SIZE bytes, kept with the render target */
    const struct reference_lookup *lookup;
};

/* How a builder asks the runtime about surfaces. */
struct reference_lookup {
    struct reference (*find)(const struct reference_lookup *, VASurfaceID);
    /* See picture_keeps_reference(). NULL: not needed. */
    void (*keep)(const struct reference_lookup *, VASurfaceID);
};

static inline struct reference picture_reference(const struct picture *picture, VASurfaceID id)
{
    return picture->lookup->find(picture->lookup, id);
}

/* Says that later pictures may refer to that surface, though this one does not. */
static inline void picture_keeps_reference(const struct picture *picture, VASurfaceID id)
{
    if (picture->lookup->keep)
        picture->lookup->keep(picture->lookup, id);
}

/* Why a builder refused a picture, for one log line. Strings are static. */
struct build_error {
    VAStatus status;   /* VA_STATUS_ERROR_INVALID_PARAMETER, ..._UNSUPPORTED_..., */
    const char *field; /* name in the table's terms, e.g. "pic.picture_coding_type" */
    const char *why;   /* "out of range 1..3" */
    int64_t value;
};

/* The controls of one request, ready for VIDIOC_S_EXT_CTRLS. Pointers go into the builder's
 * `controls` memory. */
struct control_set {
    unsigned count;
    struct v4l2_ext_control control[CODEC_MAX_CONTROLS];
};

/* A leaf field of a control struct, for printing by name. */
struct control_field {
    const char *name; /* "dpb[].reference_ts", "scaling_list_4x4[][]", "flags" */
    uint16_t offset;  /* bytes, of the first element */
    uint8_t width;    /* bytes of one value: 1, 2, 4 or 8 */
    bool is_signed;
    uint8_t dims; /* number of [] in the name */
    struct {
        uint16_t count;
        uint16_t stride; /* bytes */
    } dim[CONTROL_FIELD_DIMS];
};

struct codec_control {
    const char *name; /* "V4L2_CID_STATELESS_H264_SPS" */
    uint32_t id;
    uint32_t size;          /* bytes of one element */
    bool is_array;          /* dynamic array: the ext control's size is a multiple of `size` */
    bool required;          /* a device without it cannot decode this codec */
    bool negotiates_format; /* set on the device before its CAPTURE format is negotiated */
    bool per_slice;         /* differs from slice to slice in slice-based mode */
    const struct control_field *fields;
    unsigned num_fields;
};

struct codec_buffer {
    const char *name; /* "pic" */
    VABufferType type;
    uint32_t element_size; /* bytes of one element */
    bool required;
    bool is_array; /* several elements, over several buffers, are concatenated */
    bool is_slice; /* the slice parameters: starts with VASliceParameterBufferBase */
    uint32_t max_count;
};

struct codec_profile {
    VAProfile profile;
    uint32_t menu_id;      /* V4L2 profile menu control, 0: none */
    int32_t menu_value;    /* the menu item that the device must offer, if it has the menu */
    uint8_t bit_depth;     /* the profile's maximum: 8 or 10 */
    uint8_t min_bit_depth; /* the minimum; 0: 8 */
};

/* The format that a picture's own headers require. */
struct coded_format {
    uint32_t width, height; /* luma samples, coded size */
    uint8_t bit_depth;      /* of luma and chroma */
    bool references;        /* the picture may predict from pictures of another size */
    bool monochrome;        /* 4:0:0: luma only, whatever the decoder does with chroma's memory */
    /* Further values of sequence controls by which kernel drivers choose the CAPTURE format, apart
     * from size and depth. When they change, the queues are set up again. 0 in the simplest
     * sequence (probe_sequence.h). */
    uint32_t negotiated;
};

/* How a picture is used. */
enum picture_use {
    PICTURE_SHOWN,
    PICTURE_HIDDEN, /* not shown so far; only other pictures refer to it */
    PICTURE_FRESH,  /* shown; neither it nor any picture after it refers to earlier ones */
};

/* What a picture says about the one before it. */
enum deferred_value {
    DEFERRED_UNKNOWN,
    DEFERRED_AS_BUILT, /* the value that `build` gave is right */
    DEFERRED_CHANGED,
};

struct codec {
    const char *name;      /* "h264" */
    uint32_t coded_format; /* V4L2_PIX_FMT_H264_SLICE */
    const struct codec_profile *profiles;
    unsigned num_profiles;
    const struct codec_buffer *buffers;
    unsigned num_buffers;
    const struct codec_control *controls;
    unsigned num_controls;
    size_t controls_size;      /* bytes of the memory that `build` writes its structs to */
    size_t context_state_size; /* bytes kept from picture to picture of a context */

    /* Menu controls, 0 if the codec has none, and the values that the driver knows. */
    uint32_t decode_mode_id, slice_based, frame_based;
    uint32_t start_code_id, start_code_none, start_code_annex_b;

    /* Writes what the decoder expects before the picture's data and VA leaves out, and returns its
     * size in bytes. NULL: nothing. */
    size_t (*prefix)(const struct picture *, uint8_t bytes[CODEC_MAX_PREFIX]);
    size_t headroom; /* the size of most pictures' prefix */

    /* Reads the coded format from the picture's parameter buffers.
     * Returns VA_STATUS_SUCCESS or sets `error`. */
    VAStatus (*format)(const struct picture *, struct coded_format *, struct build_error *error);

    /* Whether this picture is a frame or one field of it: the other may follow. */
    enum picture_structure (*structure)(const struct picture *);

    /* Runs once for each picture, before the first build: parses headers, updates context_state and
     * surface_state. NULL: the table suffices. */
    VAStatus (*prepare)(struct picture *, struct build_error *error);

    /* How many slices, from slice `first` on, one request of this device can describe: at least
     * 1. NULL: there is no limit. */
    unsigned (*fit)(const struct picture *, unsigned first);

    /* Fills `set` for the request that has slices `first` to `first + count - 1` of the picture.
     * Array controls get the elements of each slice; the others are built from the first one.
     * `controls` is memory of controls_size bytes. Returns VA_STATUS_SUCCESS or sets `error`. */
    VAStatus (*build)(const struct picture *, unsigned first, unsigned count, void *controls,
                      struct control_set *set, struct build_error *error);

    /* The surface that receives the picture for display if that is not the render target (film
     * grain); the render target then serves only as a reference. VA_INVALID_ID: none. NULL: the
     * codec has no such surfaces. */
    VASurfaceID (*display)(const struct picture *);

    /* How the picture is used. NULL: all pictures are shown. */
    enum picture_use (*use)(const struct picture *);

    /* The id of the control with a value that follows only from the next picture's buffers; 0: the
     * codec has none. */
    uint32_t deferred_id;
    /* Whether this picture's value is still unknown after `build`. */
    bool (*deferred_open)(const struct picture *);
    /* Writes the value for the picture of `timestamp` into its control if `next`, whose prepare()
     * has run, determines it. */
    enum deferred_value (*deferred_tell)(const struct picture *next, uint64_t timestamp,
                                         void *control);

    bool outlives_context;  /* a new context may have to continue with an old one's references */
    bool scaled_references; /* a picture may have references of another size */
    uint8_t cropping;  /* most samples that pictures may have beyond the visible ones; VA does not
                          say how many */
    bool macroblocks;  /* pictures are coded as whole macroblocks, whatever their size */
    bool gaps_allowed; /* slices may lie anywhere in OUTPUT buffers, in order: controls say where */

    /* Runs after the kernel has accepted the whole picture: applies what prepare() found out about
     * later pictures. NULL: nothing. */
    void (*commit)(struct picture *);
};

/* All codecs of the table. Discovery finds out at run time which of them a device has. */
extern const struct codec *const codecs[];
extern const unsigned num_codecs;

#endif
