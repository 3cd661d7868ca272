/* SPDX-License-Identifier: MIT */
/* The devices that can be imitated: what they take, how they lay out memory, what they refuse. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interpose.h"
#include "virtdec.h"

#define ITEM(name) (UINT64_C(1) << (name))

/* Extended needs what no decoder here does. */
#define H264_SKIP ITEM(V4L2_MPEG_VIDEO_H264_PROFILE_EXTENDED)

#define MPEG2(limit_w, limit_h, mb)                                                              \
    {                                                                                            \
        .codec = &vd_codec_mpeg2, .max_width = (limit_w), .max_height = (limit_h), .step = (mb), \
        .max_profile = V4L2_MPEG_VIDEO_MPEG2_PROFILE_MAIN,                                       \
        .default_profile = V4L2_MPEG_VIDEO_MPEG2_PROFILE_MAIN,                                   \
        .max_level = V4L2_MPEG_VIDEO_MPEG2_LEVEL_HIGH                                            \
    }

#define H264(limit_w, limit_h, mb, slices, aux)                                                 \
    {                                                                                           \
        .codec = &vd_codec_h264, .max_width = (limit_w), .max_height = (limit_h), .step = (mb), \
        .profiles_skip = H264_SKIP, .max_profile = V4L2_MPEG_VIDEO_H264_PROFILE_HIGH,           \
        .default_profile = V4L2_MPEG_VIDEO_H264_PROFILE_MAIN,                                   \
        .max_level = V4L2_MPEG_VIDEO_H264_LEVEL_5_1, .slice_based = (slices),                   \
        .hold_capture = true, .aux_per_mb = (aux)                                               \
    }

/* Without field pictures: CAPTURE buffers are never held. */
#define H264_FRAMES(limit_w, limit_h, mb)                                                       \
    {                                                                                           \
        .codec = &vd_codec_h264, .max_width = (limit_w), .max_height = (limit_h), .step = (mb), \
        .profiles_skip = H264_SKIP | ITEM(V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE),               \
        .max_profile = V4L2_MPEG_VIDEO_H264_PROFILE_HIGH,                                       \
        .default_profile = V4L2_MPEG_VIDEO_H264_PROFILE_MAIN,                                   \
        .max_level = V4L2_MPEG_VIDEO_H264_LEVEL_6_0                                             \
    }

#define H264_10(limit_w, limit_h, mb, aux)                                                      \
    {                                                                                           \
        .codec = &vd_codec_h264, .max_width = (limit_w), .max_height = (limit_h), .step = (mb), \
        .profiles_skip = H264_SKIP, .max_profile = V4L2_MPEG_VIDEO_H264_PROFILE_HIGH_10,        \
        .default_profile = V4L2_MPEG_VIDEO_H264_PROFILE_MAIN,                                   \
        .max_level = V4L2_MPEG_VIDEO_H264_LEVEL_5_1, .hold_capture = true, .ten_bits = true,    \
        .aux_per_mb = (aux)                                                                     \
    }

/* Main and Main 10; no device here has Main Still Picture as a profile of its own. */
#define HEVC(limit_w, limit_h, mb, slices, last, ten)                                           \
    {                                                                                           \
        .codec = &vd_codec_hevc, .max_width = (limit_w), .max_height = (limit_h), .step = (mb), \
        .profiles_skip = ITEM(V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_STILL_PICTURE),                 \
        .max_profile = (last), .slice_based = (slices), .hold_capture = true, .ten_bits = (ten) \
    }

/* All of a picture's slices described in its request, which is not held. */
#define HEVC_PI(limit_w, limit_h, mb)                                                           \
    {                                                                                           \
        .codec = &vd_codec_hevc, .max_width = (limit_w), .max_height = (limit_h), .step = (mb), \
        .profiles_skip = ITEM(V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_STILL_PICTURE),                 \
        .max_profile = V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_10, .ten_bits = true, .slices = 600,   \
        .frames_only = true                                                                     \
    }

/* Kernel headers before Linux 6.5 have no AV1. */
#define AV1(limit_w, limit_h, mb, grain)                                                       \
    ,                                                                                          \
    {                                                                                          \
        .codec = &vd_codec_av1, .max_width = (limit_w), .max_height = (limit_h), .step = (mb), \
        .max_profile = V4L2_MPEG_VIDEO_AV1_PROFILE_MAIN,                                       \
        .default_profile = V4L2_MPEG_VIDEO_AV1_PROFILE_MAIN, .film_grain = (grain),            \
        .ten_bits = true                                                                       \
    }

#define VP8(limit_w, limit_h, mb)                                                              \
    {                                                                                          \
        .codec = &vd_codec_vp8, .max_width = (limit_w), .max_height = (limit_h), .step = (mb), \
        .max_profile = V4L2_MPEG_VIDEO_VP8_PROFILE_3                                           \
    }

#define VP9(limit_w, limit_h, mb)                                                              \
    {                                                                                          \
        .codec = &vd_codec_vp9, .max_width = (limit_w), .max_height = (limit_h), .step = (mb), \
        .max_profile = V4L2_MPEG_VIDEO_VP9_PROFILE_0                                           \
    }

#define VP9_10(limit_w, limit_h, mb)                                                           \
    {                                                                                          \
        .codec = &vd_codec_vp9, .max_width = (limit_w), .max_height = (limit_h), .step = (mb), \
        .profiles_skip = ITEM(V4L2_MPEG_VIDEO_VP9_PROFILE_1),                                  \
        .max_profile = V4L2_MPEG_VIDEO_VP9_PROFILE_2, .ten_bits = true                         \
    }

static const struct vd_personality personalities[] = {
    {
        .name = "hantro",
        .driver = "hantro-vpu",
        .card = "rockchip,rk3399-vpu-dec",
        .mplane = true,
        .planes = 1,
        .capture = V4L2_PIX_FMT_NV12,
        .capture_10 = V4L2_PIX_FMT_P010,
        .width_align = 16,
        .height_align = 16,
        .stride_align = 16,
        .busy = VD_BUSY_STREAMING_CODEC,
        .dmabuf = true,
        .min_width = 48,
        .min_height = 48,
        .coded = {MPEG2(1920, 1088, 16), H264(4096, 2304, 16, false, 64), VP8(3840, 2160, 16),
                  VP9(4096, 2304, 16),
                  HEVC(4096, 2304, 16, false, V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_10, true)
                      AV1(7680, 4320, 16, true)},
    },
    {
        /* RK3588's for small pictures. */
        .name = "vpu121",
        .driver = "hantro-vpu",
        .card = "rockchip,rk3568-vpu-dec",
        .mplane = true,
        .planes = 1,
        .capture = V4L2_PIX_FMT_NV12,
        .width_align = 16,
        .height_align = 16,
        .stride_align = 16,
        .busy = VD_BUSY_STREAMING_CODEC,
        .dmabuf = true,
        .min_width = 48,
        .min_height = 48,
        .coded = {MPEG2(1920, 1088, 16), H264(1920, 1088, 16, false, 64), VP8(1920, 1088, 16)},
    },
    {
        .name = "cedrus",
        .driver = "cedrus",
        .card = "cedrus",
        .mplane = false,
        .planes = 1,
        .capture = V4L2_PIX_FMT_NV12,
        .width_align = 1,
        .height_align = 32,
        .stride_align = 32,
        .busy = VD_BUSY_PEER,
        .dmabuf = true,
        .min_width = 16,
        .min_height = 16,
        .coded = {MPEG2(3840, 3840, 1), H264(3840, 3840, 1, true, 0), VP8(3840, 3840, 1),
                  HEVC(3840, 3840, 1, true, V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN, false)},
    },
    {
        .name = "cedrus-a20",
        .driver = "cedrus",
        .card = "cedrus",
        .mplane = false,
        .planes = 1,
        .capture = VD_PIX_FMT_NV12_32L32,
        .width_align = 1,
        .height_align = 32,
        .stride_align = 32,
        .busy = VD_BUSY_PEER,
        .dmabuf = true,
        .min_width = 16,
        .min_height = 16,
        .coded = {MPEG2(4096, 2304, 1), H264(4096, 2304, 1, true, 0), VP8(4096, 2304, 1)},
    },
    {
        .name = "mtk",
        .driver = "mtk-vcodec-dec",
        .card = "MT8195 video decoder",
        .mplane = true,
        .planes = 2,
        .capture = VD_PIX_FMT_MM21,
        .capture_10 = VD_PIX_FMT_MT2110T,
        .width_align = 64,
        .height_align = 64,
        .stride_align = 16,
        .busy = VD_BUSY_NEVER,
        .dmabuf = true,
        .output_first = true,
        .min_width = 64,
        .min_height = 64,
        .coded = {H264_FRAMES(4096, 2304, 16), VP8(2048, 1088, 16), VP9_10(4096, 2304, 16),
                  HEVC(4096, 2304, 16, false, V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_10, true)
                      AV1(4096, 2304, 16, false)},
    },
    {
        .name = "rkvdec",
        .driver = "rkvdec",
        .card = "rkvdec",
        .mplane = true,
        .planes = 1,
        .capture = V4L2_PIX_FMT_NV12,
        .capture_10 = VD_PIX_FMT_NV15,
        .lists_all = true,
        .width_align = 16,
        .height_align = 16,
        .stride_align = 16,
        .busy = VD_BUSY_PEER,
        .dmabuf = true,
        .min_width = 48,
        .min_height = 48,
        .coded = {H264_10(4096, 2560, 16, 128), VP9_10(4096, 2304, 64),
                  HEVC(4096, 2304, 16, false, V4L2_MPEG_VIDEO_HEVC_PROFILE_MAIN_10, true)},
    },
    {
        .name = "rpi",
        .driver = "rpi-hevc-dec",
        .card = "rpi-hevc-dec",
        .mplane = true,
        .planes = 1,
        .capture = VD_PIX_FMT_NC12,
        .capture_10 = VD_PIX_FMT_NC30,
        .lists_all = true,
        .sized_by_sequence = true,
        .width_align = 128,
        .height_align = 8,
        .stride_align = 1,
        .busy = VD_BUSY_PEER,
        .dmabuf = true,
        .min_width = 32,
        .min_height = 32,
        .coded = {HEVC_PI(4096, 4096, 1)},
    },
};

static void choose(struct vd_personality *chosen, const char *name)
{
    const char *dmabuf = getenv("VIRTDEC_DMABUF");
    *chosen = personalities[0];
    for (size_t i = 0; i < sizeof(personalities) / sizeof(personalities[0]); i++)
        if (strcmp(name, personalities[i].name) == 0)
            *chosen = personalities[i];
    if (dmabuf && strcmp(dmabuf, "0") == 0)
        chosen->dmabuf = false;
    const char *least = getenv("VIRTDEC_MIN_SIZE");
    if (least)
        chosen->min_width = chosen->min_height = (uint32_t)strtoul(least, NULL, 10);
    const char *buffers = getenv("VIRTDEC_LEAST_BUFFERS");
    if (buffers)
        chosen->least_buffers = (unsigned)strtoul(buffers, NULL, 10);
    const char *slices = getenv("VIRTDEC_HEVC_SLICES");
    for (struct vd_coded *c = chosen->coded; slices && c->codec; c++)
        if (c->codec == &vd_codec_hevc)
            c->slices = (unsigned)strtoul(slices, NULL, 10);
    for (struct vd_coded *c = chosen->coded; getenv("VIRTDEC_HEVC_SETS") && c->codec; c++)
        if (c->codec == &vd_codec_hevc)
            c->sets = true;
    const char *format = getenv("VIRTDEC_CAPTURE");
    if (format && strlen(format) == 4)
        chosen->capture = v4l2_fourcc(format[0], format[1], format[2], format[3]);
    const char *deep = getenv("VIRTDEC_CAPTURE_10");
    if (deep && strlen(deep) == 4 && chosen->capture_10)
        chosen->capture_10 = v4l2_fourcc(deep[0], deep[1], deep[2], deep[3]);
}

static bool done[VD_MAX_MEDIA]; /* vd_lock */

/* The personality of a decoder: the item of its number in VIRTDEC_PERSONALITY, or the last one
 * there, else the first that there is. Set for the life of the process, like hardware, unless
 * virtdec_personality() is called. vd_lock held. */
const struct vd_personality *vd_personality(unsigned device)
{
    static struct vd_personality chosen[VD_MAX_MEDIA];
    char name[32] = "";
    if (!done[device]) {
        for (unsigned i = 0; i <= device; i++)
            vd_listed(getenv("VIRTDEC_PERSONALITY"), i, name, sizeof(name));
        choose(&chosen[device], name);
    }
    done[device] = true;
    return &chosen[device];
}

/* Where a decoder says it is, which is what tells two of a kind apart; VIRTDEC_BUS: elsewhere. */
void vd_bus_info(const struct vd_personality *p, char *text, size_t size)
{
    const char *bus = getenv("VIRTDEC_BUS");
    snprintf(text, size, "platform:%s", bus ? bus : p->name);
}

/* For a client in the same process that has closed all of the device: it is another one from now
 * on. */
VD_EXPORT void virtdec_personality(const char *name);
VD_EXPORT void virtdec_personality(const char *name)
{
    setenv("VIRTDEC_PERSONALITY", name, 1);
    pthread_mutex_lock(&vd_lock);
    memset(done, 0, sizeof(done));
    pthread_mutex_unlock(&vd_lock);
}
