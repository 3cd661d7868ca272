/* SPDX-License-Identifier: MIT */
/*
 * The whole driver over the virtual decoder, driven by a stream of bytes. Each operation is a VA
 * call whose arguments are mostly what a player would pass, with single bytes changed where the
 * stream says so, or a fault of the device. Now and then, and after each input that made a fault,
 * a clean picture has to decode.
 */
#include "vtable_client.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

#define MAX_IDS 12
#define SIDE    48 /* luma samples: three macroblocks */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is left of the input; zeros afterwards. */
struct input {
    const uint8_t *at, *end;
};

static unsigned byte(struct input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

static uint32_t word(struct input *in)
{
    uint32_t value = byte(in);

    value |= byte(in) << 8;
    value |= byte(in) << 16;
    return value | (uint32_t)byte(in) << 24;
}

/* Ids of one kind that the driver gave out, some of them destroyed since. */
struct ids {
    VAGenericID id[MAX_IDS];
    unsigned count;
};

struct session {
    struct input in;
    struct vtable_client client;
    struct ids configs, contexts, surfaces, buffers, images;
};

static void keep(struct ids *ids, VAGenericID id)
{
    ids->id[ids->count % MAX_IDS] = id;
    ids->count++;
}

/* Mostly one that there is. */
static VAGenericID pick(struct session *s, const struct ids *ids)
{
    unsigned which = byte(&s->in);

    if (which == 0xff)
        return word(&s->in);
    if (!ids->count)
        return VA_INVALID_ID;
    return ids->id[which % (ids->count < MAX_IDS ? ids->count : MAX_IDS)];
}

/* A size, mostly a small one. */
static unsigned dimension(struct input *in)
{
    unsigned which = byte(in);

    return which < 0xf0 ? 16 * (which % 16) : word(in);
}

static void spoil(struct input *in, void *data, size_t size)
{
    unsigned changes = byte(in);

    for (changes = changes < 128 ? 0 : changes % 8; changes > 0 && size; changes--) {
        size_t at = (byte(in) | byte(in) << 8) % size;

        ((uint8_t *)data)[at] = (uint8_t)byte(in);
    }
}

/* ---- a picture of I_PCM macroblocks ------------------------------------------------------ */

#define MACROBLOCKS ((size_t)SIDE / 16 * (SIDE / 16))
static const uint8_t slice_header[] = {0x65, 0x88, 0x84, 0x0a};
enum { SLICE_SIZE = sizeof(slice_header) + MACROBLOCKS * 386 + 1 };

static void make_picture(VAPictureParameterBufferH264 *picture, VASurfaceID surface)
{
    memset(picture, 0, sizeof(*picture));
    picture->CurrPic.picture_id = surface;
    for (unsigned i = 0; i < 16; i++) {
        picture->ReferenceFrames[i].picture_id = VA_INVALID_SURFACE;
        picture->ReferenceFrames[i].flags = VA_PICTURE_H264_INVALID;
    }
    picture->picture_width_in_mbs_minus1 = picture->picture_height_in_mbs_minus1 = SIDE / 16 - 1;
    picture->num_ref_frames = 1;
    picture->seq_fields.bits.chroma_format_idc = 1;
    picture->seq_fields.bits.frame_mbs_only_flag = 1;
    picture->seq_fields.bits.direct_8x8_inference_flag = 1;
    picture->pic_fields.bits.deblocking_filter_control_present_flag = 1;
    picture->pic_fields.bits.reference_pic_flag = 1;
}

static void make_slice(VASliceParameterBufferH264 *slice)
{
    memset(slice, 0, sizeof(*slice));
    slice->slice_data_size = SLICE_SIZE;
    slice->slice_data_bit_offset = 8 * sizeof(slice_header);
    slice->slice_type = 2;
    slice->disable_deblocking_filter_idc = 1;
    for (unsigned i = 0; i < 32; i++) {
        slice->RefPicList0[i].picture_id = slice->RefPicList1[i].picture_id = VA_INVALID_SURFACE;
        slice->RefPicList0[i].flags = slice->RefPicList1[i].flags = VA_PICTURE_H264_INVALID;
    }
}

static void make_data(uint8_t *to, uint8_t value)
{
    memcpy(to, slice_header, sizeof(slice_header));
    to += sizeof(slice_header);
    for (unsigned i = 0; i < MACROBLOCKS; i++) {
        *to++ = 0x0d; /* mb_type ue(25) and pcm_alignment_zero_bit */
        *to++ = 0x00;
        memset(to, value, 384);
        to += 384;
    }
    *to = 0x80;
}

static VAStatus create(struct session *s, VAContextID context, VABufferType type, unsigned size,
                       unsigned count, void *data, VABufferID *id)
{
    VAStatus status =
        s->client.table.vaCreateBuffer(&s->client.va, context, type, size, count, data, id);

    if (status == VA_STATUS_SUCCESS)
        keep(&s->buffers, *id);
    return status;
}

/* Begin, all that belongs to it, End; with changes where the stream says so. */
static VAStatus decode(struct session *s, VAContextID context, VASurfaceID surface, bool honest)
{
    struct input none = {NULL, NULL}, *in = honest ? &none : &s->in;
    VAPictureParameterBufferH264 picture;
    VASliceParameterBufferH264 slice;
    VAIQMatrixBufferH264 matrices;
    uint8_t data[SLICE_SIZE];
    VABufferID buffer[4];
    unsigned order = byte(in);
    VAStatus status;

    make_picture(&picture, surface);
    make_slice(&slice);
    memset(&matrices, 16, sizeof(matrices));
    make_data(data, 0x91);
    spoil(in, &picture, sizeof(picture));
    spoil(in, &slice, sizeof(slice));
    spoil(in, data, sizeof(data));
    status =
        create(s, context, VAPictureParameterBufferType, sizeof(picture), 1, &picture, &buffer[0]);
    status |= create(s, context, VAIQMatrixBufferType, sizeof(matrices), 1, &matrices, &buffer[1]);
    status |= create(s, context, VASliceParameterBufferType, sizeof(slice), 1, &slice, &buffer[2]);
    status |= create(s, context, VASliceDataBufferType, SLICE_SIZE, 1, data, &buffer[3]);
    if (status != VA_STATUS_SUCCESS)
        return status;
    status = s->client.table.vaBeginPicture(&s->client.va, context, surface);
    if (status == VA_STATUS_SUCCESS)
        status = s->client.table.vaRenderPicture(&s->client.va, context, buffer,
                                                 order % 16 == 7 ? 3 : 4);
    if (order % 16 != 9 && status == VA_STATUS_SUCCESS)
        status = s->client.table.vaEndPicture(&s->client.va, context);
    for (unsigned i = 0; i < 4 && order % 16 != 5; i++)
        s->client.table.vaDestroyBuffer(&s->client.va, buffer[i]);
    return status;
}

/* ---- operations --------------------------------------------------------------------------- */

static void op_config(struct session *s)
{
    static const VAProfile profiles[] = {VAProfileH264High, VAProfileH264Main, VAProfileMPEG2Main};
    unsigned which = byte(&s->in);
    VAConfigID id;

    if (s->client.table.vaCreateConfig(&s->client.va,
                                       which < 250 ? profiles[which % 3] : (VAProfile)word(&s->in),
                                       VAEntrypointVLD, NULL, 0, &id) == VA_STATUS_SUCCESS)
        keep(&s->configs, id);
}

static void op_context(struct session *s)
{
    VAContextID id;
    VAConfigID config = pick(s, &s->configs);
    unsigned width = dimension(&s->in), height = dimension(&s->in);

    if (s->client.table.vaCreateContext(&s->client.va, config, (int)width, (int)height, 0,
                                        s->surfaces.id, s->surfaces.count ? 1 : 0,
                                        &id) == VA_STATUS_SUCCESS)
        keep(&s->contexts, id);
}

static void op_surfaces(struct session *s)
{
    VASurfaceID ids[4];
    unsigned count = byte(&s->in) % 4 + 1, width = dimension(&s->in), height = dimension(&s->in);

    if (s->client.table.vaCreateSurfaces2(&s->client.va, VA_RT_FORMAT_YUV420, width, height, ids,
                                          count, NULL, 0) == VA_STATUS_SUCCESS)
        for (unsigned i = 0; i < count; i++)
            keep(&s->surfaces, ids[i]);
}

static void op_buffer(struct session *s)
{
    VAContextID context = pick(s, &s->contexts);
    unsigned type = byte(&s->in) % 24, size = byte(&s->in) < 200 ? byte(&s->in) * 4 : word(&s->in);
    unsigned count = byte(&s->in) % 4 ? 1 : dimension(&s->in);
    VABufferID id;
    void *data = NULL;

    if (create(s, context, (VABufferType)type, size, count, NULL, &id) == VA_STATUS_SUCCESS &&
        s->client.table.vaMapBuffer(&s->client.va, id, &data) == VA_STATUS_SUCCESS) {
        spoil(&s->in, data, (size_t)size * count);
        if (byte(&s->in) % 8)
            s->client.table.vaUnmapBuffer(&s->client.va, id);
    }
}

static void op_render(struct session *s)
{
    VABufferID ids[3] = {pick(s, &s->buffers), pick(s, &s->buffers), pick(s, &s->buffers)};

    s->client.table.vaRenderPicture(&s->client.va, pick(s, &s->contexts), ids,
                                    (int)(byte(&s->in) % 4));
}

static void op_export(struct session *s)
{
    VADRMPRIMESurfaceDescriptor descriptor;

    if (s->client.table.vaExportSurfaceHandle(&s->client.va, pick(s, &s->surfaces),
                                              VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                              byte(&s->in) % 16, &descriptor) == VA_STATUS_SUCCESS)
        for (unsigned i = 0; i < descriptor.num_objects; i++)
            close(descriptor.objects[i].fd);
}

static void op_derive(struct session *s)
{
    VAImage image;
    void *data = NULL;

    if (s->client.table.vaDeriveImage(&s->client.va, pick(s, &s->surfaces), &image) !=
        VA_STATUS_SUCCESS)
        return;
    keep(&s->images, image.image_id);
    keep(&s->buffers, image.buf);
    if (s->client.table.vaMapBuffer(&s->client.va, image.buf, &data) == VA_STATUS_SUCCESS &&
        image.data_size) {
        /* All that the client was told of has to be there. */
        ((volatile uint8_t *)data)[image.data_size - 1] ^= 1;
        if (byte(&s->in) % 8)
            s->client.table.vaUnmapBuffer(&s->client.va, image.buf);
    }
}

static void op_image(struct session *s)
{
    static const uint32_t fourccs[] = {VA_FOURCC_NV12, VA_FOURCC_I420, VA_FOURCC_YV12,
                                       VA_FOURCC_P010};
    VAImageFormat format = {.fourcc = fourccs[byte(&s->in) % 4]};
    VAImage image;
    unsigned width = dimension(&s->in), height = dimension(&s->in);

    if (s->client.table.vaCreateImage(&s->client.va, &format, (int)width, (int)height, &image) ==
        VA_STATUS_SUCCESS) {
        keep(&s->images, image.image_id);
        keep(&s->buffers, image.buf);
    }
}

static void op_transfer(struct session *s)
{
    VASurfaceID surface = pick(s, &s->surfaces);
    VAImageID image = pick(s, &s->images);
    int x = (int)dimension(&s->in), y = (int)dimension(&s->in);
    unsigned width = dimension(&s->in), height = dimension(&s->in);

    if (byte(&s->in) % 2)
        s->client.table.vaGetImage(&s->client.va, surface, x, y, width, height, image);
    else
        s->client.table.vaPutImage(&s->client.va, surface, image, x, y, width, height, y, x, width,
                                   height);
}

static void op_destroy(struct session *s)
{
    VAGenericID id;

    switch (byte(&s->in) % 5) {
    case 0:
        s->client.table.vaDestroyConfig(&s->client.va, pick(s, &s->configs));
        break;
    case 1:
        s->client.table.vaDestroyContext(&s->client.va, pick(s, &s->contexts));
        break;
    case 2:
        id = pick(s, &s->surfaces);
        s->client.table.vaDestroySurfaces(&s->client.va, &id, 1);
        break;
    case 3:
        s->client.table.vaDestroyBuffer(&s->client.va, pick(s, &s->buffers));
        break;
    default:
        s->client.table.vaDestroyImage(&s->client.va, pick(s, &s->images));
        break;
    }
}

static void op_look(struct session *s)
{
    VASurfaceID surface = pick(s, &s->surfaces);
    VASurfaceStatus status;
    void *errors = NULL;

    s->client.table.vaSyncSurface2(&s->client.va, surface, byte(&s->in) % 2 ? 1000 : 0);
    s->client.table.vaQuerySurfaceStatus(&s->client.va, surface, &status);
    s->client.table.vaQuerySurfaceError(&s->client.va, surface, VA_STATUS_ERROR_DECODING_ERROR,
                                        &errors);
    if (byte(&s->in) % 2)
        s->client.table.vaSyncSurface(&s->client.va, surface);
}

static void op_numbers(struct session *s)
{
    VABufferID buffer = pick(s, &s->buffers);
    VABufferType type;
    unsigned size, count;
    void *data;

    s->client.table.vaBufferSetNumElements(&s->client.va, buffer, dimension(&s->in));
    s->client.table.vaBufferInfo(&s->client.va, buffer, &type, &size, &count);
    if (byte(&s->in) % 2)
        s->client.table.vaMapBuffer(&s->client.va, buffer, &data);
    else
        s->client.table.vaUnmapBuffer(&s->client.va, buffer);
}

static void op_fault(struct session *s)
{
    static const char *const calls[] = {
        "QBUF",          "DQBUF",    "S_EXT_CTRLS", "REQUEST_QUEUE", "S_FMT",   "REQUEST_REINIT",
        "REQUEST_ALLOC", "STREAMON", "EXPBUF",      "CREATE_BUFS",   "REQBUFS", "STREAMOFF",
        "mmap",          "open",     "decode",      "poll"};
    static const char *const errors[] = {"EIO", "ENOMEM", "EINVAL", "EBUSY", "ENODEV"};
    char spec[64];

    snprintf(spec, sizeof(spec), "%s:%u:%s", calls[byte(&s->in) % 16], byte(&s->in) % 8 + 1,
             errors[byte(&s->in) % 5]);
    virtdec_fault(spec);
}

static void op_begin_or_end(struct session *s)
{
    VAContextID context = pick(s, &s->contexts);

    if (byte(&s->in) % 2)
        s->client.table.vaBeginPicture(&s->client.va, context, pick(s, &s->surfaces));
    else
        s->client.table.vaEndPicture(&s->client.va, context);
}

static void op_decode(struct session *s)
{
    VAContextID context = pick(s, &s->contexts);

    decode(s, context, pick(s, &s->surfaces), false);
}

static void (*const operations[])(struct session *) = {
    op_config, op_context,      op_surfaces, op_buffer,  op_render, op_export,
    op_derive, op_image,        op_transfer, op_destroy, op_look,   op_numbers,
    op_fault,  op_begin_or_end, op_decode,   op_decode,
};

static void must(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

/* A picture as every player decodes it, whatever came before. */
static void clean_picture(struct session *s)
{
    VASurfaceID surface;
    VAContextID context;
    VAConfigID config;
    VAImage image;
    void *data = NULL;

    virtdec_fault("");
    must(!s->client.table.vaCreateConfig(&s->client.va, VAProfileH264High, VAEntrypointVLD, NULL, 0,
                                         &config),
         "vaCreateConfig");
    must(!s->client.table.vaCreateSurfaces2(&s->client.va, VA_RT_FORMAT_YUV420, SIDE, SIDE,
                                            &surface, 1, NULL, 0),
         "vaCreateSurfaces2");
    must(!s->client.table.vaCreateContext(&s->client.va, config, SIDE, SIDE, 0, NULL, 0, &context),
         "vaCreateContext");
    must(!decode(s, context, surface, true), "decode");
    must(!s->client.table.vaSyncSurface(&s->client.va, surface), "vaSyncSurface");
    must(!s->client.table.vaDeriveImage(&s->client.va, surface, &image), "vaDeriveImage");
    must(!s->client.table.vaMapBuffer(&s->client.va, image.buf, &data), "vaMapBuffer");
    for (unsigned i = 0; i < SIDE; i++)
        must(((uint8_t *)data)[image.offsets[0] + i * image.pitches[0] + i] == 0x91, "a sample");
    must(!s->client.table.vaUnmapBuffer(&s->client.va, image.buf), "vaUnmapBuffer");
    must(!s->client.table.vaDestroyImage(&s->client.va, image.image_id), "vaDestroyImage");
    must(!s->client.table.vaDestroyContext(&s->client.va, context), "vaDestroyContext");
    must(!s->client.table.vaDestroySurfaces(&s->client.va, &surface, 1), "vaDestroySurfaces");
    must(!s->client.table.vaDestroyConfig(&s->client.va, config), "vaDestroyConfig");
}

static void prepare(struct session *s)
{
    VASurfaceID surfaces[3];
    VAConfigID config = VA_INVALID_ID;
    VAContextID context = VA_INVALID_ID;

    if (s->client.table.vaCreateConfig(&s->client.va, VAProfileH264High, VAEntrypointVLD, NULL, 0,
                                       &config) ||
        s->client.table.vaCreateContext(&s->client.va, config, SIDE, SIDE, 0, NULL, 0, &context) ||
        s->client.table.vaCreateSurfaces2(&s->client.va, VA_RT_FORMAT_YUV420, SIDE, SIDE, surfaces,
                                          3, NULL, 0))
        must(false, "prepare");
    keep(&s->configs, config);
    keep(&s->contexts, context);
    for (unsigned i = 0; i < 3; i++)
        keep(&s->surfaces, surfaces[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned runs;
    struct session s = {.in = {data, data + size}};
    bool faults = false;

    virtdec_fault("");
    vtable_client_open(&s.client);
    prepare(&s);
    while (s.in.at < s.in.end) {
        unsigned which = byte(&s.in) % (sizeof(operations) / sizeof(operations[0]));

        faults |= operations[which] == op_fault;
        operations[which](&s);
    }
    virtdec_fault("");
    if (faults || runs++ % 16 == 0)
        clean_picture(&s);
    vtable_client_close(&s.client);
    return 0;
}
