/* SPDX-License-Identifier: MIT */
/*
 * libavcodec as the arithmetic of a decoder: one packet in, its picture out, in decode order.
 *
 * libvirtdec.so does not link libavcodec and the hundred libraries behind it, which would then be
 * in every process that preloads it. It opens a decoder in one of two places:
 *
 *   avcodec.c    libvirtdec_avcodec.so, which is loaded when the first picture is to be decoded
 *   served.c     another process, virtdec_serve (serve.c), where VIRTDEC_DECODER names its socket:
 *                what runs under valgrind has nothing of libavcodec in it
 *
 * Both are avcodec.c in the end.
 */
#ifndef VIRTDEC_AVDECODER_H
#define VIRTDEC_AVDECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A decoded 4:2:0 picture. In memory, lines and columns go on to the next multiple of 16. */
struct vd_frame {
    uint32_t width, height; /* samples */
    uint32_t depth;         /* bits of a sample, which has two bytes where they are more than 8 */
    const uint8_t *data[3]; /* of each plane; NULL: it is missing */
    ptrdiff_t stride[3];    /* bytes */
};

/* What a decoder is, wherever it runs. */
struct vd_av_calls {
    void *(*open)(const char *codec);
    const struct vd_frame *(*decode)(void *decoder, const uint8_t *data, size_t size);
    const struct vd_frame *(*last)(void *decoder);
    void (*flush)(void *decoder);
    void (*close)(void *decoder);
};

/* Of libvirtdec_avcodec.so. */
extern const struct vd_av_calls vd_avcodec_calls;
extern const struct vd_av_calls vd_served_calls;

struct vd_av;

/* Makes decoders ready to be opened. No lock may be held: libraries are loaded, whose constructors
 * may call what is interposed. */
void vd_av_load(void);
/* Opens a decoder of the codec, by FFmpeg's name for it; NULL when there is none. */
struct vd_av *vd_av_open(const char *codec);
/* Decodes one picture, or one field of a picture. Returns the frame that it went into, or NULL if
 * the packet began none; data needs no padding. A frame is valid until the next call. */
const struct vd_frame *vd_av_decode(struct vd_av *av, const uint8_t *data, size_t size);
/* The frame of the last packet that began one, or NULL. */
const struct vd_frame *vd_av_last(const struct vd_av *av);
/* Forgets all pictures. */
void vd_av_flush(struct vd_av *av);
/* Closes a decoder; NULL is allowed. */
void vd_av_close(struct vd_av *av);

#endif
