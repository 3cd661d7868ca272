/* SPDX-License-Identifier: MIT */
/* libavcodec in this process, see avdecoder.h. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>

#include "avdecoder.h"

struct decoder {
    AVCodecContext *context;
    AVPacket *packet;
    AVFrame *last; /* the memory of the last packet's picture */
    AVFrame *out;
    struct vd_frame frame; /* `last` */
    unsigned requested;
};

/* Remembers which memory the packet decodes into: that is decode order, whatever order the frames
 * come out in. Where pictures are missing libavcodec asks for more than one: for those that it
 * makes up before the picture itself, but in HEVC behind it. */
static int get_buffer(AVCodecContext *context, AVFrame *frame, int flags)
{
    struct decoder *av = context->opaque;
    int error = avcodec_default_get_buffer2(context, frame, flags);
    if (error < 0)
        return error;
    if (av->requested++ && context->codec_id == AV_CODEC_ID_HEVC)
        return 0;
    av_frame_unref(av->last);
    return av_frame_ref(av->last, frame);
}

/* Only software formats: the client's own acceleration must not come back to us. */
static enum AVPixelFormat get_format(AVCodecContext *context, const enum AVPixelFormat *formats)
{
    (void)context;
    for (; *formats != AV_PIX_FMT_NONE; formats++)
        if (*formats == AV_PIX_FMT_YUV420P || *formats == AV_PIX_FMT_YUVJ420P ||
            *formats == AV_PIX_FMT_YUV420P10 || *formats == AV_PIX_FMT_GRAY8)
            return *formats;
    return AV_PIX_FMT_NONE;
}

static void close_decoder(void *decoder)
{
    struct decoder *av = decoder;
    avcodec_free_context(&av->context);
    av_packet_free(&av->packet);
    av_frame_free(&av->last);
    av_frame_free(&av->out);
    free(av);
}

static void *open_decoder(const char *name)
{
    const AVCodecDescriptor *descriptor = avcodec_descriptor_get_by_name(name);
    const AVCodec *codec = descriptor ? avcodec_find_decoder(descriptor->id) : NULL;
    struct decoder *av = codec ? calloc(1, sizeof(*av)) : NULL;
    if (!av)
        return NULL;
    av->context = avcodec_alloc_context3(codec);
    av->packet = av_packet_alloc();
    av->last = av_frame_alloc();
    av->out = av_frame_alloc();
    if (!av->context || !av->packet || !av->last || !av->out) {
        close_decoder(av);
        return NULL;
    }
    AVCodecContext *c = av->context;
    c->opaque = av;
    c->thread_count = 1;
    c->thread_type = 0;
    c->get_buffer2 = get_buffer;
    c->get_format = get_format;
    c->flags |= AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_OUTPUT_CORRUPT;
    c->flags2 |= AV_CODEC_FLAG2_SHOW_ALL;
    /* Lifts every message above what a client prints; only the low byte of a level counts. */
    c->log_level_offset = 128;
    if (avcodec_open2(c, codec, NULL) < 0) {
        close_decoder(av);
        return NULL;
    }
    return av;
}

static const struct vd_frame *last_frame(void *decoder)
{
    struct decoder *av = decoder;
    const AVFrame *last = av->last;
    const AVPixFmtDescriptor *format = av_pix_fmt_desc_get(last->format);
    if (!last->data[0])
        return NULL;
    av->frame = (struct vd_frame){.width = (uint32_t)last->width,
                                  .height = (uint32_t)last->height,
                                  .depth = format ? (uint32_t)format->comp[0].depth : 0};
    for (int i = 0; i < 3; i++) {
        av->frame.data[i] = last->data[i];
        av->frame.stride[i] = last->linesize[i];
    }
    return &av->frame;
}

static const struct vd_frame *decode(void *decoder, const uint8_t *data, size_t size)
{
    struct decoder *av = decoder;
    bool received = false;
    av->requested = 0;
    if (av_new_packet(av->packet, (int)size) < 0)
        return NULL;
    memcpy(av->packet->data, data, size);
    int error = avcodec_send_packet(av->context, av->packet);
    av_packet_unref(av->packet);
    while (avcodec_receive_frame(av->context, av->out) == 0) {
        /* A library behind libavcodec has memory of its own, and its frame comes out finished. What
         * libavcodec's own decoders put out here is an earlier picture, in display order. */
        if (!av->requested && av->context->codec->wrapper_name) {
            av_frame_unref(av->last);
            av_frame_move_ref(av->last, av->out);
            received = true;
        }
        av_frame_unref(av->out);
    }
    (void)error;
    return av->requested || received ? last_frame(av) : NULL;
}

static void flush(void *decoder)
{
    struct decoder *av = decoder;
    avcodec_flush_buffers(av->context);
    av_frame_unref(av->last);
}

__attribute__((visibility("default"))) const struct vd_av_calls vd_avcodec_calls = {
    .open = open_decoder,
    .decode = decode,
    .last = last_frame,
    .flush = flush,
    .close = close_decoder,
};
