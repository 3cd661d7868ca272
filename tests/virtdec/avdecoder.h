/* SPDX-License-Identifier: MIT */
/* libavcodec as the arithmetic of a decoder: one packet in, its picture out, in decode order. */
#ifndef VIRTDEC_AVDECODER_H
#define VIRTDEC_AVDECODER_H

#include <stddef.h>
#include <stdint.h>

#include <libavcodec/codec_id.h>

struct vd_av;
struct AVFrame;

struct vd_av *vd_av_open(enum AVCodecID id);
const struct AVFrame *vd_av_decode(struct vd_av *av, const uint8_t *data, size_t size);
const struct AVFrame *vd_av_last(const struct vd_av *av);
void vd_av_flush(struct vd_av *av);
void vd_av_close(struct vd_av *av);

#endif
