/* SPDX-License-Identifier: MIT */
/* Formats: what VIDIOC_*_FMT and the enumerations answer, single- and multi-planar. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "virtdec.h"

static uint32_t align_up(uint32_t value, uint32_t to)
{
    return (value + to - 1) / to * to;
}

static uint32_t clamp(uint32_t value, uint32_t low, uint32_t high)
{
    return value < low ? low : value > high ? high : value;
}

static const struct vd_coded *find_coded(const struct vd_personality *p, uint32_t fourcc)
{
    for (const struct vd_coded *c = p->coded; c->codec; c++)
        if (c->codec->fourcc == fourcc)
            return c;
    return NULL;
}

/* VIDIOC_QUERYCAP. */
int vd_querycap(const struct vd_ctx *ctx, struct v4l2_capability *cap)
{
    const struct vd_personality *p = ctx->personality;
    memset(cap, 0, sizeof(*cap));
    snprintf((char *)cap->driver, sizeof(cap->driver), "%s", p->driver);
    snprintf((char *)cap->card, sizeof(cap->card), "%s", p->card);
    vd_bus_info(p, (char *)cap->bus_info, sizeof(cap->bus_info));
    cap->version = 6 << 16 | 12 << 8;
    cap->device_caps = (p->mplane ? V4L2_CAP_VIDEO_M2M_MPLANE : V4L2_CAP_VIDEO_M2M) |
                       V4L2_CAP_STREAMING | V4L2_CAP_EXT_PIX_FORMAT;
    cap->capabilities = cap->device_caps | V4L2_CAP_DEVICE_CAPS;
    return 0;
}

static bool type_is(const struct vd_ctx *ctx, uint32_t type, bool output)
{
    bool mplane = ctx->personality->mplane;
    if (output)
        return type == (mplane ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_OUTPUT);
    return type == (mplane ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE);
}

/* The n-th CAPTURE format for the sequence that the controls describe, 0 after the last one. */
static uint32_t capture_format(const struct vd_ctx *ctx, uint32_t n)
{
    const struct vd_personality *p = ctx->personality;
    bool ten_bits = ctx->coded->ten_bits && p->capture_10;
    uint32_t formats[3] = {p->capture, ten_bits ? p->capture_10 : 0, 0};
    if (ctx->bit_depth == 10)
        formats[0] = p->capture_10;
    if (ctx->bit_depth || !p->lists_all)
        formats[1] = 0;
    return n < 2 ? formats[n] : 0;
}

static const char *describe(uint32_t fourcc)
{
    switch (fourcc) {
    case V4L2_PIX_FMT_NV12M:
        return "Y/CbCr 4:2:0 (N-C)";
    case V4L2_PIX_FMT_P010:
        return "10-bit Y/CbCr 4:2:0";
    case VD_PIX_FMT_NV15:
        return "10-bit Y/CbCr 4:2:0 (Packed)";
    case VD_PIX_FMT_NV12_32L32:
        return "Y/CbCr 4:2:0 (32x32 Linear)";
    case VD_PIX_FMT_MM21:
        return "Mediatek 8-bit Block Format";
    case VD_PIX_FMT_NC12:
        return "Y/CbCr 4:2:0 (128b cols)";
    case VD_PIX_FMT_NC30:
        return "10-bit Y/CbCr 4:2:0 (128b cols)";
    case VD_PIX_FMT_MT2110T:
        return "Mediatek 10bit Tile Mode";
    default:
        return "Y/CbCr 4:2:0";
    }
}

/* VIDIOC_ENUM_FMT. */
int vd_enum_fmt(struct vd_ctx *ctx, struct v4l2_fmtdesc *f)
{
    const struct vd_personality *p = ctx->personality;
    uint32_t index = f->index, type = f->type;
    if (!type_is(ctx, type, true) && !type_is(ctx, type, false))
        return -EINVAL;
    uint32_t fourcc = 0;
    const char *description = NULL;
    if (type_is(ctx, type, true)) {
        uint32_t i = 0;
        while (i < index && p->coded[i].codec)
            i++;
        if (!p->coded[i].codec)
            return -EINVAL;
        fourcc = p->coded[i].codec->fourcc;
        description = p->coded[i].codec->description;
    } else {
        fourcc = capture_format(ctx, index);
        if (!fourcc)
            return -EINVAL;
        description = describe(fourcc);
    }
    memset(f, 0, sizeof(*f));
    f->index = index;
    f->type = type;
    f->pixelformat = fourcc;
    f->flags = type_is(ctx, type, true) ? V4L2_FMT_FLAG_COMPRESSED : 0;
    snprintf((char *)f->description, sizeof(f->description), "%s", description);
    return 0;
}

/* VIDIOC_ENUM_FRAMESIZES, of coded formats only. */
int vd_enum_framesizes(const struct vd_ctx *ctx, struct v4l2_frmsizeenum *f)
{
    const struct vd_personality *p = ctx->personality;
    const struct vd_coded *coded = find_coded(p, f->pixel_format);
    uint32_t fourcc = f->pixel_format;
    if (!coded || f->index)
        return -EINVAL;
    memset(f, 0, sizeof(*f));
    f->pixel_format = fourcc;
    f->type = V4L2_FRMSIZE_TYPE_STEPWISE;
    f->stepwise.min_width = p->min_width;
    f->stepwise.min_height = p->min_height;
    f->stepwise.max_width = coded->max_width;
    f->stepwise.max_height = coded->max_height;
    f->stepwise.step_width = f->stepwise.step_height = coded->step;
    return 0;
}

static void adjust_output(const struct vd_personality *p, struct vd_format *f)
{
    const char *lowers = getenv("VIRTDEC_LOWERS");
    const uint32_t limit = lowers ? (uint32_t)strtoul(lowers, NULL, 10) : UINT32_MAX;
    const struct vd_coded *coded = find_coded(p, f->pixelformat);
    if (!coded)
        coded = &p->coded[0];
    f->pixelformat = coded->codec->fourcc;
    f->planes = 1;
    f->width = align_up(clamp(f->width, p->min_width, coded->max_width), coded->step);
    f->height = align_up(clamp(f->height, p->min_height, coded->max_height), coded->step);
    f->width = f->width > coded->max_width ? coded->max_width : f->width;
    f->height = f->height > coded->max_height ? coded->max_height : f->height;
    f->width = f->width > limit ? limit : f->width;
    f->height = f->height > limit ? limit : f->height;
    f->bytesperline[0] = 0;
    /* As large as a client asks, within reason; else what an incompressible frame takes. */
    if (!f->sizeimage[0])
        f->sizeimage[0] = f->width * f->height * 2 + 4096;
    f->sizeimage[0] = clamp(f->sizeimage[0], 4096, 64u << 20);
}

/* Whole columns, as high as asked for where that is enough and not more than twice as much. */
static void adjust_columns(const struct vd_personality *p, struct vd_format *f)
{
    uint32_t least = align_up(f->height * 3 / 2, p->stride_align);
    f->width = align_up(f->width, vd_column_samples(f->pixelformat));
    if (f->bytesperline[0] < least || f->bytesperline[0] > 2 * least)
        f->bytesperline[0] = least;
    f->bytesperline[1] = f->sizeimage[1] = 0;
    f->sizeimage[0] =
        (uint32_t)vd_picture_bytes(f->pixelformat, f->bytesperline[0], f->width, f->height);
}

static void adjust_capture(const struct vd_ctx *ctx, struct vd_format *f)
{
    const struct vd_personality *p = ctx->personality;
    if (!f->pixelformat || f->pixelformat != capture_format(ctx, 1))
        f->pixelformat = capture_format(ctx, 0);
    f->planes = p->planes;
    /* The size on this end follows from the coded one. */
    f->width = align_up(ctx->out_fmt.width, p->width_align);
    f->height = align_up(ctx->out_fmt.height, p->height_align);
    if (p->sized_by_sequence && !ctx->bit_depth) {
        f->width = 1920;
        f->height = 1088;
    }
    uint32_t mbs = align_up(f->width, 16) / 16 * (align_up(f->height, 16) / 16);
    if (vd_column_samples(f->pixelformat)) {
        adjust_columns(p, f);
        f->sizeimage[0] += mbs * ctx->coded->aux_per_mb;
        return;
    }
    uint32_t stride = align_up(vd_line_bytes(f->pixelformat, f->width), p->stride_align);
    for (uint32_t i = 0; i < VD_MAX_PLANES; i++)
        f->bytesperline[i] = i < p->planes ? stride : 0;
    f->sizeimage[0] = stride * vd_plane_lines(f->pixelformat, 0, f->height);
    f->sizeimage[1] = stride * vd_plane_lines(f->pixelformat, 1, f->height);
    if (p->planes == 1) {
        f->sizeimage[0] += f->sizeimage[1];
        f->sizeimage[1] = 0;
    }
    f->sizeimage[0] += mbs * ctx->coded->aux_per_mb;
}

static int from_user(const struct vd_ctx *ctx, const struct v4l2_format *f, struct vd_format *out)
{
    memset(out, 0, sizeof(*out));
    if (!type_is(ctx, f->type, true) && !type_is(ctx, f->type, false))
        return -EINVAL;
    if (ctx->personality->mplane) {
        const struct v4l2_pix_format_mplane *mp = &f->fmt.pix_mp;
        out->pixelformat = mp->pixelformat;
        out->width = mp->width;
        out->height = mp->height;
        out->sizeimage[0] = mp->plane_fmt[0].sizeimage;
        out->bytesperline[0] = mp->plane_fmt[0].bytesperline;
        out->colorspace = mp->colorspace;
        out->ycbcr_enc = mp->ycbcr_enc;
        out->quantization = mp->quantization;
        out->xfer_func = mp->xfer_func;
    } else {
        const struct v4l2_pix_format *pix = &f->fmt.pix;
        out->pixelformat = pix->pixelformat;
        out->width = pix->width;
        out->height = pix->height;
        out->sizeimage[0] = pix->sizeimage;
        out->bytesperline[0] = pix->bytesperline;
        out->colorspace = pix->colorspace;
        out->ycbcr_enc = pix->ycbcr_enc;
        out->quantization = pix->quantization;
        out->xfer_func = pix->xfer_func;
    }
    return 0;
}

static void to_user(const struct vd_ctx *ctx, const struct vd_format *in, struct v4l2_format *f)
{
    memset(&f->fmt, 0, sizeof(f->fmt));
    if (ctx->personality->mplane) {
        struct v4l2_pix_format_mplane *mp = &f->fmt.pix_mp;
        mp->pixelformat = in->pixelformat;
        mp->width = in->width;
        mp->height = in->height;
        mp->field = V4L2_FIELD_NONE;
        mp->colorspace = in->colorspace;
        mp->ycbcr_enc = (uint8_t)in->ycbcr_enc;
        mp->quantization = (uint8_t)in->quantization;
        mp->xfer_func = (uint8_t)in->xfer_func;
        mp->num_planes = (uint8_t)in->planes;
        for (uint32_t i = 0; i < in->planes; i++) {
            mp->plane_fmt[i].sizeimage = in->sizeimage[i];
            mp->plane_fmt[i].bytesperline = in->bytesperline[i];
        }
    } else {
        struct v4l2_pix_format *pix = &f->fmt.pix;
        pix->pixelformat = in->pixelformat;
        pix->width = in->width;
        pix->height = in->height;
        pix->field = V4L2_FIELD_NONE;
        pix->bytesperline = in->bytesperline[0];
        pix->sizeimage = in->sizeimage[0];
        pix->colorspace = in->colorspace;
        pix->ycbcr_enc = in->ycbcr_enc;
        pix->quantization = in->quantization;
        pix->xfer_func = in->xfer_func;
        pix->priv = V4L2_PIX_FMT_PRIV_MAGIC;
    }
}

/* Colorimetry is the client's to set on OUTPUT, and only copied on CAPTURE. */
static void copy_colors(struct vd_format *to, const struct vd_format *from)
{
    to->colorspace = from->colorspace;
    to->ycbcr_enc = from->ycbcr_enc;
    to->quantization = from->quantization;
    to->xfer_func = from->xfer_func;
}

/* VIDIOC_G_FMT. */
int vd_g_fmt(struct vd_ctx *ctx, struct v4l2_format *f)
{
    if (type_is(ctx, f->type, true))
        to_user(ctx, &ctx->out_fmt, f);
    else if (type_is(ctx, f->type, false))
        to_user(ctx, &ctx->cap_fmt, f);
    else
        return -EINVAL;
    return 0;
}

static int adjust(struct vd_ctx *ctx, const struct v4l2_format *f, struct vd_format *format)
{
    int error = from_user(ctx, f, format);
    if (error)
        return error;
    if (type_is(ctx, f->type, true)) {
        adjust_output(ctx->personality, format);
        if (format->colorspace == V4L2_COLORSPACE_DEFAULT)
            copy_colors(format, &ctx->out_fmt);
    } else {
        adjust_capture(ctx, format);
        copy_colors(format, &ctx->out_fmt);
    }
    return 0;
}

/* VIDIOC_TRY_FMT. */
int vd_try_fmt(struct vd_ctx *ctx, struct v4l2_format *f)
{
    struct vd_format format;
    int error = adjust(ctx, f, &format);
    if (!error)
        to_user(ctx, &format, f);
    return error;
}

static bool output_busy(const struct vd_ctx *ctx, const struct vd_format *format)
{
    bool codec_changes = format->pixelformat != ctx->out_fmt.pixelformat;
    switch (ctx->personality->busy) {
    case VD_BUSY_STREAMING_CODEC:
        return ctx->output.streaming && codec_changes;
    case VD_BUSY_PEER:
        return ctx->output.streaming || (ctx->output.memory && codec_changes) ||
               ctx->capture.memory;
    case VD_BUSY_NEVER:
        return false;
    }
    return false;
}

static void set_output(struct vd_ctx *ctx, const struct vd_format *format)
{
    ctx->out_fmt = *format;
    ctx->coded = find_coded(ctx->personality, format->pixelformat);
    ctx->bit_depth = 0;
    ctx->film_grain = ctx->native = false;
    memset(&ctx->cap_fmt, 0, sizeof(ctx->cap_fmt));
    adjust_capture(ctx, &ctx->cap_fmt);
    copy_colors(&ctx->cap_fmt, format);
}

/* VIDIOC_S_FMT; on OUTPUT it resets the format on CAPTURE. */
int vd_s_fmt(struct vd_ctx *ctx, struct v4l2_format *f)
{
    struct vd_format format;
    int error = adjust(ctx, f, &format);
    if (error)
        return error;
    if (type_is(ctx, f->type, true)) {
        if (output_busy(ctx, &format))
            return -EBUSY;
        set_output(ctx, &format);
    } else {
        if (ctx->personality->busy != VD_BUSY_STREAMING_CODEC && ctx->capture.memory)
            return -EBUSY;
        ctx->cap_fmt = format;
        ctx->native = false;
    }
    to_user(ctx, &format, f);
    return 0;
}

/* Grain is put on by a post-processor, which is used or not as CAPTURE's format says: a sequence
 * control resets that format when it changes whether there is any, buffers or not. */
void vd_apply_sequence(struct vd_ctx *ctx, uint32_t id, const void *value)
{
    const struct vd_codec *codec = ctx->coded->codec;
    if (!ctx->coded->film_grain || !codec->bit_depth || !codec->bit_depth(id, value))
        return;
    bool film_grain = codec->film_grain && codec->film_grain(value);
    if (film_grain != ctx->film_grain)
        ctx->native = !film_grain;
    ctx->film_grain = film_grain;
}

/* So does one with another depth than before, as long as CAPTURE has no buffers. */
int vd_set_sequence(struct vd_ctx *ctx, uint32_t id, const void *value, unsigned bit_depth)
{
    vd_apply_sequence(ctx, id, value);
    if (bit_depth == ctx->bit_depth)
        return 0;
    bool same_format = !ctx->personality->sized_by_sequence && bit_depth == 8 &&
                       vd_format_depth(ctx->cap_fmt.pixelformat) == 8;
    if (!same_format && ctx->capture.memory)
        return -EINVAL;
    ctx->bit_depth = bit_depth;
    if (same_format)
        return 0;
    memset(&ctx->cap_fmt, 0, sizeof(ctx->cap_fmt));
    adjust_capture(ctx, &ctx->cap_fmt);
    copy_colors(&ctx->cap_fmt, &ctx->out_fmt);
    return 0;
}

/* The formats of a newly opened file. */
void vd_format_init(struct vd_ctx *ctx)
{
    struct vd_format format = {.colorspace = V4L2_COLORSPACE_REC709};
    adjust_output(ctx->personality, &format);
    set_output(ctx, &format);
}
