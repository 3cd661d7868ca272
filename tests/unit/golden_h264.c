/* SPDX-License-Identifier: MIT */
#include "golden_h264.h"

#include <string.h>

void golden_h264_no_picture(VAPictureH264 *pictures, unsigned count)
{
    memset(pictures, 0, count * sizeof(*pictures));
    for (unsigned i = 0; i < count; i++) {
        pictures[i].picture_id = VA_INVALID_SURFACE;
        pictures[i].flags = VA_PICTURE_H264_INVALID;
    }
}

void golden_h264_no_slice(VASliceParameterBufferH264 *slice)
{
    memset(slice, 0, sizeof(*slice));
    golden_h264_no_picture(slice->RefPicList0, 32);
    golden_h264_no_picture(slice->RefPicList1, 32);
}

void golden_h264_build(struct golden *golden, const VAPictureParameterBufferH264 *pic,
                       VASliceParameterBufferH264 *slice, const char *bits)
{
    struct bit_writer writer = {.bits = 0};
    uint8_t nal[GOLDEN_NAL_BYTES];
    size_t size;

    bit_writer_string(&writer, bits);
    slice->slice_data_bit_offset = (uint16_t)writer.bits;
    bit_writer_string(&writer, "1011010011100101101001110001");
    size = bit_writer_nal(&writer, nal, sizeof(nal));
    slice->slice_data_size = (uint32_t)size;
    golden_render(golden, VAPictureParameterBufferType, pic);
    golden_render(golden, VASliceParameterBufferType, slice);
    golden_build(golden, nal, size);
}

void golden_h264_scaling_lists(VAIQMatrixBufferH264 *iq,
                               struct v4l2_ctrl_h264_scaling_matrix *expected)
{
    memset(iq, 0, sizeof(*iq));
    memset(expected, 0, sizeof(*expected));
    /* Both sides: raster order; Intra Y, Cb, Cr, Inter Y, Cb, Cr. */
    for (unsigned i = 0; i < 6; i++) {
        for (unsigned j = 0; j < 16; j++) {
            iq->ScalingList4x4[i][j] = (uint8_t)(10 * (i + 1) + j);
            expected->scaling_list_4x4[i][j] = (uint8_t)(10 * (i + 1) + j);
        }
    }
    /* VA: Intra Y, Inter Y; the kernel: the same two first. */
    for (unsigned j = 0; j < 64; j++) {
        iq->ScalingList8x8[0][j] = (uint8_t)(6 + j);
        iq->ScalingList8x8[1][j] = (uint8_t)(90 + j);
        expected->scaling_list_8x8[0][j] = (uint8_t)(6 + j);
        expected->scaling_list_8x8[1][j] = (uint8_t)(90 + j);
    }
}

void golden_h264_assert_scaling_matrix(const struct golden *golden,
                                       struct v4l2_ctrl_h264_scaling_matrix *expected)
{
    const struct v4l2_ctrl_h264_scaling_matrix *actual =
        golden_payload(golden, V4L2_CID_STATELESS_H264_SCALING_MATRIX);

    memcpy(expected->scaling_list_8x8[2], actual->scaling_list_8x8[2],
           4 * sizeof(actual->scaling_list_8x8[2]));
    golden_assert(golden, V4L2_CID_STATELESS_H264_SCALING_MATRIX, expected, sizeof(*expected));
}

void golden_h264_assert_pps(const struct golden *golden, struct v4l2_ctrl_h264_pps expected,
                            unsigned lists_known)
{
    const struct v4l2_ctrl_h264_pps *actual = golden_payload(golden, V4L2_CID_STATELESS_H264_PPS);

    if (lists_known < 1) {
        expected.num_ref_idx_l0_default_active_minus1 =
            actual->num_ref_idx_l0_default_active_minus1;
    }
    if (lists_known < 2) {
        expected.num_ref_idx_l1_default_active_minus1 =
            actual->num_ref_idx_l1_default_active_minus1;
    }
    golden_assert(golden, V4L2_CID_STATELESS_H264_PPS, &expected, sizeof(expected));
}

void golden_h264_assert_decode_params(const struct golden *golden,
                                      const struct v4l2_ctrl_h264_decode_params *expected)
{
    golden_assert(golden, V4L2_CID_STATELESS_H264_DECODE_PARAMS, expected, sizeof(*expected));
}

void golden_h264_assert_slice_params(const struct golden *golden,
                                     struct v4l2_ctrl_h264_slice_params expected)
{
    const struct v4l2_ctrl_h264_slice_params *actual =
        golden_payload(golden, V4L2_CID_STATELESS_H264_SLICE_PARAMS);
    bool is_i = expected.slice_type == V4L2_H264_SLICE_TYPE_I;
    bool is_b = expected.slice_type == V4L2_H264_SLICE_TYPE_B;

    for (unsigned i = is_i ? 0 : expected.num_ref_idx_l0_active_minus1 + 1U; i < 32; i++)
        expected.ref_pic_list0[i] = actual->ref_pic_list0[i];
    for (unsigned i = is_b ? expected.num_ref_idx_l1_active_minus1 + 1U : 0; i < 32; i++)
        expected.ref_pic_list1[i] = actual->ref_pic_list1[i];
    golden_assert(golden, V4L2_CID_STATELESS_H264_SLICE_PARAMS, &expected, sizeof(expected));
}
