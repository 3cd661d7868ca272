/* SPDX-License-Identifier: MIT */
#include "va_operations.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

const struct coded coded_as[CLIENT_CODECS] = {
    [CLIENT_MPEG2] = {VAProfileMPEG2Main, VAProfileMPEG2Simple, picture_mpeg2},
    [CLIENT_H264] = {VAProfileH264High, VAProfileH264ConstrainedBaseline, picture_h264},
    [CLIENT_HEVC] = {VAProfileHEVCMain, VAProfileHEVCMain10, picture_hevc},
    [CLIENT_VP8] = {VAProfileVP8Version0_3, VAProfileNone, picture_vp8},
    [CLIENT_VP9] = {VAProfileVP9Profile0, VAProfileVP9Profile2, picture_vp9},
    [CLIENT_AV1] = {VAProfileAV1Profile0, VAProfileAV1Profile1, picture_av1},
};

static struct run *now; /* for picture_render() */
static bool now_honest; /* the picture is what it should be */

void keep(struct ids *ids, VAGenericID id)
{
    ids->id[ids->count % MAX_IDS] = id;
    ids->count++;
}

/* Mostly one that there is. */
static VAGenericID pick(struct run *s, const struct ids *ids)
{
    unsigned which = byte(&s->in);

    if (which == 0xff)
        return word(&s->in);
    if (!ids->count)
        return VA_INVALID_ID;
    return ids->id[which % (ids->count < MAX_IDS ? ids->count : MAX_IDS)];
}

struct session *keep_context(struct run *s, VAContextID id, enum client_codec codec, unsigned width,
                             unsigned height)
{
    struct session *session = &s->contexts[s->num_contexts++ % MAX_IDS];

    *session = (struct session){.client = &s->display,
                                .codec = codec,
                                .width = width,
                                .height = height,
                                .context = id,
                                .reference = VA_INVALID_SURFACE};
    return session;
}

/* Mostly one that there is; valid until the next call. */
static struct session *pick_context(struct run *s)
{
    unsigned which = byte(&s->in), there = s->num_contexts < MAX_IDS ? s->num_contexts : MAX_IDS;
    static struct session none;

    if (which < 0xff && there)
        return &s->contexts[which % there];
    none = (struct session){.client = &s->display,
                            .codec = s->device->codec,
                            .width = SIDE,
                            .height = SIDE,
                            .context = which == 0xff ? word(&s->in) : VA_INVALID_ID,
                            .reference = VA_INVALID_SURFACE};
    return &none;
}

/* A size, mostly a small one. */
static unsigned dimension(struct input *in)
{
    unsigned which = byte(in);

    return which < 0xf0 ? 16 * (which % 16) : word(in);
}

/* Changes single bytes, or words of 32 bits, where the stream says so. */
static void spoil(struct input *in, void *data, size_t size)
{
    unsigned changes = byte(in);
    bool words = changes & 8;

    for (changes = changes < 128 ? 0 : changes % 8; changes > 0 && size; changes--) {
        size_t at = (byte(in) | byte(in) << 8) % size;

        for (size_t i = 0; i < (words ? 4 : 1) && at + i < size; i++)
            ((uint8_t *)data)[at + i] = (uint8_t)byte(in);
    }
}

static VAStatus create(struct run *s, VAContextID context, VABufferType type, unsigned size,
                       unsigned count, void *data, VABufferID *id)
{
    VAStatus status =
        s->client.table.vaCreateBuffer(&s->client.va, context, type, size, count, data, id);

    if (status == VA_STATUS_SUCCESS)
        keep(&s->buffers, *id);
    return status;
}

/* ---- pictures, as tests/kernel has them -------------------------------------------------- */

bool client_failed(const char *file, int line, const char *what, const char *why)
{
    (void)file;
    (void)line;
    (void)what;
    (void)why;
    return false;
}

/* Begin, all that belongs to it, End; with changes where the stream says so. */
bool picture_render(struct session *session, VASurfaceID surface, const struct part *parts,
                    unsigned count)
{
    struct input none = {NULL, NULL}, *in = now_honest ? &none : &now->in;
    struct VADriverContext *va = &now->client.va;
    const struct VADriverVTable *table = &now->client.table;
    unsigned order = byte(in) % 16, rendered = 0;
    VABufferID ids[16];

    session->ended = VA_STATUS_ERROR_OPERATION_FAILED;
    for (unsigned i = 0; i < count; i++) {
        spoil(in, parts[i].data, parts[i].size);
        CHECK_VA(create(now, session->context, parts[i].type, parts[i].size, 1, parts[i].data,
                        &ids[rendered++]));
    }
    if (order == 11) /* the slice once more */
        for (unsigned i = count - 2; i < count; i++)
            ids[rendered++] = ids[i];
    CHECK_VA(table->vaBeginPicture(va, session->context, surface));
    session->ended = table->vaRenderPicture(va, session->context, ids,
                                            (int)(order == 7 ? rendered - 1 : rendered));
    if (order != 9 && session->ended == VA_STATUS_SUCCESS)
        session->ended = table->vaEndPicture(va, session->context);
    for (unsigned i = 0; i < count && order != 5; i++)
        table->vaDestroyBuffer(va, ids[i]);
    return session->ended == VA_STATUS_SUCCESS;
}

bool decode_picture(struct run *s, struct session *session, enum client_codec codec,
                    VASurfaceID surface, bool honest)
{
    bool done;

    now = s;
    now_honest = honest;
    done = coded_as[codec].picture(session, surface);
    if (done) {
        session->reference = surface;
        session->decoded++;
    }
    return done;
}

/* ---- operations --------------------------------------------------------------------------- */

static void op_config(struct run *s)
{
    unsigned which = byte(&s->in);
    const struct coded *coded = &coded_as[which < 128 ? s->device->codec : which % CLIENT_CODECS];
    VAProfile profile = which % 2 ? coded->other : coded->profile;
    VAConfigID id;

    if (which >= 250)
        profile = (VAProfile)word(&s->in);
    if (s->client.table.vaCreateConfig(&s->client.va, profile, VAEntrypointVLD, NULL, 0, &id) ==
        VA_STATUS_SUCCESS)
        keep(&s->configs, id);
}

static void op_context(struct run *s)
{
    VAContextID id;
    VAConfigID config = pick(s, &s->configs);
    unsigned width = dimension(&s->in), height = dimension(&s->in);

    if (s->client.table.vaCreateContext(&s->client.va, config, (int)width, (int)height, 0,
                                        s->surfaces.id, s->surfaces.count ? 1 : 0,
                                        &id) == VA_STATUS_SUCCESS)
        keep_context(s, id, s->device->codec, width, height);
}

static void op_surfaces(struct run *s)
{
    static const unsigned formats[] = {VA_RT_FORMAT_YUV420, VA_RT_FORMAT_YUV420,
                                       VA_RT_FORMAT_YUV420, VA_RT_FORMAT_YUV420_10};
    VASurfaceID ids[4];
    unsigned which = byte(&s->in), count = which % 4 + 1;
    unsigned width = dimension(&s->in), height = dimension(&s->in);

    if (s->client.table.vaCreateSurfaces2(&s->client.va, formats[which / 4 % 4], width, height, ids,
                                          count, NULL, 0) == VA_STATUS_SUCCESS)
        for (unsigned i = 0; i < count; i++)
            keep(&s->surfaces, ids[i]);
}

static void op_buffer(struct run *s)
{
    VAContextID context = pick_context(s)->context;
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

static void op_render(struct run *s)
{
    VABufferID ids[3] = {pick(s, &s->buffers), pick(s, &s->buffers), pick(s, &s->buffers)};

    s->client.table.vaRenderPicture(&s->client.va, pick_context(s)->context, ids,
                                    (int)(byte(&s->in) % 4));
}

static void op_export(struct run *s)
{
    VADRMPRIMESurfaceDescriptor descriptor;

    if (s->client.table.vaExportSurfaceHandle(&s->client.va, pick(s, &s->surfaces),
                                              VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                              byte(&s->in) % 16, &descriptor) == VA_STATUS_SUCCESS)
        for (unsigned i = 0; i < descriptor.num_objects; i++)
            close(descriptor.objects[i].fd);
}

static void op_derive(struct run *s)
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

static void op_image(struct run *s)
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

static void op_transfer(struct run *s)
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

static void op_destroy(struct run *s)
{
    VAGenericID id;

    switch (byte(&s->in) % 5) {
    case 0:
        s->client.table.vaDestroyConfig(&s->client.va, pick(s, &s->configs));
        break;
    case 1:
        s->client.table.vaDestroyContext(&s->client.va, pick_context(s)->context);
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

static void op_look(struct run *s)
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

static void op_numbers(struct run *s)
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

static void op_fault(struct run *s)
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
    s->faults = true;
}

static void op_begin_or_end(struct run *s)
{
    VAContextID context = pick_context(s)->context;

    if (byte(&s->in) % 2)
        s->client.table.vaBeginPicture(&s->client.va, context, pick(s, &s->surfaces));
    else
        s->client.table.vaEndPicture(&s->client.va, context);
}

/* Mostly of the context's codec. */
static void op_decode(struct run *s)
{
    struct session *session = pick_context(s);
    VASurfaceID surface = pick(s, &s->surfaces);
    unsigned other = byte(&s->in);

    if (other == 0xfe)
        session->reference = pick(s, &s->surfaces);
    decode_picture(s, session, other >= 0xf0 ? other % CLIENT_CODECS : session->codec, surface,
                   false);
}

static void (*const operations[])(struct run *) = {
    op_config, op_context,      op_surfaces, op_buffer,  op_render, op_export,
    op_derive, op_image,        op_transfer, op_destroy, op_look,   op_numbers,
    op_fault,  op_begin_or_end, op_decode,   op_decode,
};

void operate(struct run *s)
{
    operations[byte(&s->in) % COUNT(operations)](s);
}
