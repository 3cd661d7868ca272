/* SPDX-License-Identifier: MIT */
#include "device/probe_sequence.h"

#include "device/v4l2.h"

#include <string.h>

/* profile_idc of H.264, A.2.4 and A.2.5 */
#define H264_HIGH    100
#define H264_HIGH_10 110
#define H264_LEVEL   51 /* level 5.1; buffer sizes depend on the picture's size */
#define HEVC_MIN_CB  8u /* MinCbSizeY: pictures are multiples of it (H.265 7.4.3.2.1) */

static uint32_t divide_up(uint32_t value, uint32_t by)
{
    return (value + by - 1) / by;
}

static uint32_t fill_h264(const struct coded_format *format, union sequence_control *control)
{
    control->h264 = (struct v4l2_ctrl_h264_sps){
        .profile_idc = format->bit_depth > 8 ? H264_HIGH_10 : H264_HIGH,
        .level_idc = H264_LEVEL,
        .chroma_format_idc = 1,
        .bit_depth_luma_minus8 = format->bit_depth - 8,
        .bit_depth_chroma_minus8 = format->bit_depth - 8,
        .max_num_ref_frames = 1,
        .pic_width_in_mbs_minus1 = (uint16_t)(divide_up(format->width, MACROBLOCK) - 1),
        .pic_height_in_map_units_minus1 = (uint16_t)(divide_up(format->height, MACROBLOCK) - 1),
        .flags = V4L2_H264_SPS_FLAG_FRAME_MBS_ONLY | V4L2_H264_SPS_FLAG_DIRECT_8X8_INFERENCE,
    };
    return sizeof(control->h264);
}

static uint32_t fill_hevc(const struct coded_format *format, union sequence_control *control)
{
    control->hevc = (struct v4l2_ctrl_hevc_sps){
        .pic_width_in_luma_samples =
            (uint16_t)(divide_up(format->width, HEVC_MIN_CB) * HEVC_MIN_CB),
        .pic_height_in_luma_samples =
            (uint16_t)(divide_up(format->height, HEVC_MIN_CB) * HEVC_MIN_CB),
        .bit_depth_luma_minus8 = format->bit_depth - 8,
        .bit_depth_chroma_minus8 = format->bit_depth - 8,
        /* Coding blocks of 8 to 64 samples, transforms of 4 to 32. */
        .log2_diff_max_min_luma_coding_block_size = 3,
        .log2_diff_max_min_luma_transform_block_size = 3,
        .chroma_format_idc = 1,
    };
    return sizeof(control->hevc);
}

static uint32_t fill_vp9(const struct coded_format *format, union sequence_control *control)
{
    control->vp9 = (struct v4l2_ctrl_vp9_frame){
        .flags = V4L2_VP9_FRAME_FLAG_KEY_FRAME | V4L2_VP9_FRAME_FLAG_SHOW_FRAME |
                 V4L2_VP9_FRAME_FLAG_X_SUBSAMPLING | V4L2_VP9_FRAME_FLAG_Y_SUBSAMPLING,
        .frame_width_minus_1 = (uint16_t)(format->width - 1),
        .frame_height_minus_1 = (uint16_t)(format->height - 1),
        .render_width_minus_1 = (uint16_t)(format->width - 1),
        .render_height_minus_1 = (uint16_t)(format->height - 1),
        .profile = format->bit_depth > 8 ? 2 : 0,
        .bit_depth = format->bit_depth,
    };
    return sizeof(control->vp9);
}

static uint32_t fill_av1(const struct coded_format *format, union sequence_control *control)
{
    control->av1 = (struct v4l2_ctrl_av1_sequence){
        .flags = V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_X | V4L2_AV1_SEQUENCE_FLAG_SUBSAMPLING_Y,
        .bit_depth = format->bit_depth,
        .max_frame_width_minus_1 = (uint16_t)(format->width - 1),
        .max_frame_height_minus_1 = (uint16_t)(format->height - 1),
    };
    return sizeof(control->av1);
}

static const struct {
    uint32_t id;
    uint32_t (*fill)(const struct coded_format *format, union sequence_control *control);
} sequences[] = {
    {V4L2_CID_STATELESS_H264_SPS, fill_h264},
    {V4L2_CID_STATELESS_HEVC_SPS, fill_hevc},
    {V4L2_CID_STATELESS_VP9_FRAME, fill_vp9},
    {V4L2_CID_STATELESS_AV1_SEQUENCE, fill_av1},
};

static bool negotiates(const struct codec *codec, uint32_t id)
{
    for (unsigned i = 0; i < codec->num_controls; i++)
        if (codec->controls[i].id == id)
            return codec->controls[i].negotiates_format;
    return false;
}

void probe_sequence_of_format(const struct codec *codec, const struct coded_format *format,
                              union sequence_control *control, struct control_set *set)
{
    set->count = 0;
    for (unsigned i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
        if (!negotiates(codec, sequences[i].id))
            continue;
        memset(control, 0, sizeof(*control));
        set->control[0] = (struct v4l2_ext_control){
            .id = sequences[i].id,
            .size = sequences[i].fill(format, control),
            .ptr = control,
        };
        set->count = 1;
        return;
    }
}

void probe_sequence_for_device(const struct device_codec *codec, const struct coded_format *format,
                               union sequence_control *control, struct control_set *set)
{
    /* Devices assume 8 bits until told otherwise; Raspberry Pi's also assumes a size. */
    set->count = 0;
    if (format->bit_depth > 8 || (codec->eight_bits && codec->eight_bits->columns))
        probe_sequence_of_format(codec->codec, format, control, set);
}
