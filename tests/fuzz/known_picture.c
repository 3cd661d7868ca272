/* SPDX-License-Identifier: MIT */
#include "known_picture.h"

#include <stdint.h>
#include <string.h>

#define MACROBLOCKS ((size_t)KNOWN_SIDE / 16 * (KNOWN_SIDE / 16))

static const uint8_t slice_header[] = {0x65, 0x88, 0x84, 0x0a};
enum { SLICE_SIZE = sizeof(slice_header) + MACROBLOCKS * 386 + 1 };

static VAPictureParameterBufferH264 make_picture(VASurfaceID surface)
{
    VAPictureParameterBufferH264 picture = {
        .CurrPic = {.picture_id = surface},
        .picture_width_in_mbs_minus1 = KNOWN_SIDE / 16 - 1,
        .picture_height_in_mbs_minus1 = KNOWN_SIDE / 16 - 1,
        .num_ref_frames = 1,
        .seq_fields.bits = {.chroma_format_idc = 1,
                            .frame_mbs_only_flag = 1,
                            .direct_8x8_inference_flag = 1},
        .pic_fields.bits = {.deblocking_filter_control_present_flag = 1, .reference_pic_flag = 1},
    };

    for (unsigned i = 0; i < 16; i++)
        picture.ReferenceFrames[i] =
            (VAPictureH264){.picture_id = VA_INVALID_SURFACE, .flags = VA_PICTURE_H264_INVALID};
    return picture;
}

static VASliceParameterBufferH264 make_slice(void)
{
    VASliceParameterBufferH264 slice = {
        .slice_data_size = SLICE_SIZE,
        .slice_data_bit_offset = 8 * sizeof(slice_header),
        .slice_type = 2,
        .disable_deblocking_filter_idc = 1,
    };

    for (unsigned i = 0; i < 32; i++)
        slice.RefPicList0[i] = slice.RefPicList1[i] =
            (VAPictureH264){.picture_id = VA_INVALID_SURFACE, .flags = VA_PICTURE_H264_INVALID};
    return slice;
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

#define TRY(call)                             \
    do {                                      \
        if ((call) != VA_STATUS_SUCCESS)      \
            return #call " is not a success"; \
    } while (0)

static const char *decode(VADisplay display, VAContextID context, VASurfaceID surface)
{
    VAPictureParameterBufferH264 picture = make_picture(surface);
    VASliceParameterBufferH264 slice = make_slice();
    VAIQMatrixBufferH264 matrices;
    uint8_t data[SLICE_SIZE];
    VABufferID ids[4];

    memset(&matrices, 16, sizeof(matrices));
    make_data(data, KNOWN_SAMPLE);
    TRY(vaCreateBuffer(display, context, VAPictureParameterBufferType, sizeof(picture), 1, &picture,
                       &ids[0]));
    TRY(vaCreateBuffer(display, context, VAIQMatrixBufferType, sizeof(matrices), 1, &matrices,
                       &ids[1]));
    TRY(vaCreateBuffer(display, context, VASliceParameterBufferType, sizeof(slice), 1, &slice,
                       &ids[2]));
    TRY(vaCreateBuffer(display, context, VASliceDataBufferType, SLICE_SIZE, 1, data, &ids[3]));
    TRY(vaBeginPicture(display, context, surface));
    TRY(vaRenderPicture(display, context, ids, 4));
    TRY(vaEndPicture(display, context));
    for (unsigned i = 0; i < 4; i++)
        TRY(vaDestroyBuffer(display, ids[i]));
    TRY(vaSyncSurface(display, surface));
    return NULL;
}

static const char *check_samples(VADisplay display, VASurfaceID surface)
{
    VAImageFormat format = {.fourcc = VA_FOURCC_NV12};
    const char *wrong = NULL;
    VAImage image;
    void *data = NULL;

    TRY(vaCreateImage(display, &format, KNOWN_SIDE, KNOWN_SIDE, &image));
    TRY(vaGetImage(display, surface, 0, 0, KNOWN_SIDE, KNOWN_SIDE, image.image_id));
    TRY(vaMapBuffer(display, image.buf, &data));
    for (unsigned y = 0; y < KNOWN_SIDE * 3 / 2; y++) {
        const uint8_t *line = (const uint8_t *)data +
                              (y < KNOWN_SIDE ? image.offsets[0] : image.offsets[1]) +
                              (size_t)(y % KNOWN_SIDE) * image.pitches[y / KNOWN_SIDE];

        for (unsigned x = 0; x < KNOWN_SIDE; x++)
            if (line[x] != KNOWN_SAMPLE)
                wrong = "a sample is wrong";
    }
    TRY(vaUnmapBuffer(display, image.buf));
    TRY(vaDestroyImage(display, image.image_id));
    return wrong;
}

const char *known_picture(VADisplay display)
{
    VASurfaceID surface;
    VAContextID context;
    VAConfigID config;
    const char *wrong;

    TRY(vaCreateConfig(display, VAProfileH264High, VAEntrypointVLD, NULL, 0, &config));
    TRY(vaCreateSurfaces(display, VA_RT_FORMAT_YUV420, KNOWN_SIDE, KNOWN_SIDE, &surface, 1, NULL,
                         0));
    TRY(vaCreateContext(display, config, KNOWN_SIDE, KNOWN_SIDE, 0, NULL, 0, &context));
    wrong = decode(display, context, surface);
    if (!wrong)
        wrong = check_samples(display, surface);
    TRY(vaDestroyContext(display, context));
    TRY(vaDestroySurfaces(display, &surface, 1));
    TRY(vaDestroyConfig(display, config));
    return wrong;
}
