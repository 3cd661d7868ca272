/* SPDX-License-Identifier: MIT */
/* Pictures of MPEG-2, H.264 and HEVC. */
#include "pictures.h"

#include <string.h>

void picture_put_bits(uint8_t *data, unsigned int *position, unsigned int bits, unsigned int value)
{
    for (unsigned int i = bits; i-- > 0; (*position)++)
        if (value >> i & 1)
            data[*position / 8] |= (uint8_t)(0x80 >> *position % 8);
}

bool picture_mpeg2(struct session *session, VASurfaceID surface)
{
    bool intra = session->reference == VA_INVALID_SURFACE;
    VAPictureParameterBufferMPEG2 picture = {
        .horizontal_size = (uint16_t)session->width,
        .vertical_size = (uint16_t)session->height,
        .forward_reference_picture = session->reference,
        .backward_reference_picture = VA_INVALID_SURFACE,
        .picture_coding_type = intra ? 1 : 2,
        .f_code = intra ? 0xffff : 0x11ff,
        .picture_coding_extension.bits = {.picture_structure = 3,
                                          .frame_pred_frame_dct = 1,
                                          .progressive_frame = 1,
                                          .is_first_field = 1},
    };
    /* a slice start code (6.2.4), then nothing that matters */
    uint8_t data[64] = {0, 0, 1, 1, 0x12};
    VASliceParameterBufferMPEG2 slice = {
        .slice_data_size = sizeof(data),
        .slice_data_flag = VA_SLICE_DATA_FLAG_ALL,
        .macroblock_offset = 38,
        .quantiser_scale_code = 2,
    };
    const struct part parts[] = {
        {VAPictureParameterBufferType, sizeof(picture), &picture},
        {VASliceParameterBufferType, sizeof(slice), &slice},
        {VASliceDataBufferType, sizeof(data), data},
    };
    return picture_render(session, surface, parts, 3);
}

/* A slice NAL unit (7.3.3) of one I or P slice; returns its header's length in bits. */
static unsigned int h264_slice(uint8_t *data, bool idr, unsigned int frame_num)
{
    unsigned int position = 0;

    picture_put_bits(data, &position, 8, idr ? 0x65 : 0x41); /* nal_ref_idc, nal_unit_type */
    picture_put_bits(data, &position, 1, 1);                 /* first_mb_in_slice 0 */
    if (idr)
        picture_put_bits(data, &position, 7, 8); /* slice_type 7 */
    else
        picture_put_bits(data, &position, 5, 6); /* slice_type 5 */
    picture_put_bits(data, &position, 1, 1);     /* pic_parameter_set_id 0 */
    picture_put_bits(data, &position, 4,
                     frame_num); /* log2_max_frame_num 4; POC type 2 has no syntax */
    if (idr)
        picture_put_bits(data, &position, 3,
                         4); /* idr_pic_id 0, no_output_of_prior_pics, long_term */
    else
        picture_put_bits(data, &position, 3,
                         0);                 /* no override, no list modification, sliding window */
    picture_put_bits(data, &position, 1, 1); /* slice_qp_delta 0 */
    unsigned int header = position;
    picture_put_bits(data, &position, 8, 0x80);
    return header;
}

static void invalid_picture(VAPictureH264 *picture)
{
    *picture = (VAPictureH264){.picture_id = VA_INVALID_SURFACE, .flags = VA_PICTURE_H264_INVALID};
}

bool picture_h264(struct session *session, VASurfaceID surface)
{
    bool idr = session->reference == VA_INVALID_SURFACE;
    int order = (int)session->decoded * 2;
    unsigned int frame_num = session->decoded % 16;
    uint8_t data[64] = {0};
    unsigned int header = h264_slice(data, idr, frame_num);
    VAPictureParameterBufferH264 picture = {
        .CurrPic = {.picture_id = surface,
                    .frame_idx = frame_num,
                    .TopFieldOrderCnt = order,
                    .BottomFieldOrderCnt = order},
        .picture_width_in_mbs_minus1 = (uint16_t)((session->width + 15) / 16 - 1),
        .picture_height_in_mbs_minus1 = (uint16_t)((session->height + 15) / 16 - 1),
        .num_ref_frames = 1,
        .seq_fields.bits = {.chroma_format_idc = 1,
                            .frame_mbs_only_flag = 1,
                            .direct_8x8_inference_flag = 1,
                            .pic_order_cnt_type = 2},
        .pic_fields.bits.reference_pic_flag = 1,
        .frame_num = (uint16_t)frame_num,
    };
    VAPictureH264 reference = {.picture_id = session->reference,
                               .frame_idx = (frame_num + 15) % 16,
                               .flags = VA_PICTURE_H264_SHORT_TERM_REFERENCE,
                               .TopFieldOrderCnt = order - 2,
                               .BottomFieldOrderCnt = order - 2};
    VAIQMatrixBufferH264 matrix;
    VASliceParameterBufferH264 slice = {
        .slice_data_size = sizeof(data),
        .slice_data_flag = VA_SLICE_DATA_FLAG_ALL,
        .slice_data_bit_offset = (uint16_t)header,
        .slice_type = idr ? 2 : 0,
    };

    memset(&matrix, 16, sizeof(matrix));
    for (unsigned int i = 0; i < 16; i++)
        invalid_picture(&picture.ReferenceFrames[i]);
    for (unsigned int i = 0; i < 32; i++) {
        invalid_picture(&slice.RefPicList0[i]);
        invalid_picture(&slice.RefPicList1[i]);
    }
    if (!idr) {
        picture.ReferenceFrames[0] = reference;
        slice.RefPicList0[0] = reference;
    }
    const struct part parts[] = {
        {VAPictureParameterBufferType, sizeof(picture), &picture},
        {VAIQMatrixBufferType, sizeof(matrix), &matrix},
        {VASliceParameterBufferType, sizeof(slice), &slice},
        {VASliceDataBufferType, sizeof(data), data},
    };
    return picture_render(session, surface, parts, 4);
}

/* A slice NAL unit (7.3.1.2, 7.3.6) of one I or P slice; returns its header's length in bytes. */
static unsigned int hevc_slice(uint8_t *data, bool idr, unsigned int order)
{
    unsigned int position = 0;

    picture_put_bits(data, &position, 7, idr ? 19 : 1); /* IDR_W_RADL or TRAIL_R */
    picture_put_bits(data, &position, 9, 1);            /* nuh_layer_id, nuh_temporal_id_plus1 */
    picture_put_bits(data, &position, 1, 1);            /* first_slice_segment_in_pic_flag */
    if (idr)
        picture_put_bits(data, &position, 1, 0);       /* no_output_of_prior_pics_flag */
    picture_put_bits(data, &position, 1, 1);           /* slice_pic_parameter_set_id 0 */
    picture_put_bits(data, &position, 3, idr ? 3 : 2); /* slice_type 2 (I) or 1 (P) */
    if (!idr) {
        picture_put_bits(data, &position, 8, order); /* slice_pic_order_cnt_lsb */
        picture_put_bits(data, &position, 1, 1);     /* short_term_ref_pic_set_sps_flag: set 0 */
        picture_put_bits(data, &position, 1, 0);     /* num_ref_idx_active_override_flag */
        picture_put_bits(data, &position, 1, 1);     /* five_minus_max_num_merge_cand 0 */
    }
    picture_put_bits(data, &position, 1, 1); /* slice_qp_delta 0 */
    picture_put_bits(data, &position, 1, 1); /* byte_alignment() */
    return (position + 7) / 8;
}

bool picture_hevc(struct session *session, VASurfaceID surface)
{
    bool idr = session->reference == VA_INVALID_SURFACE;
    int order = (int)session->decoded;
    uint8_t data[64] = {0};
    unsigned int header = hevc_slice(data, idr, session->decoded % 256);
    VAPictureParameterBufferHEVC picture = {
        .CurrPic = {.picture_id = surface, .pic_order_cnt = order},
        .pic_width_in_luma_samples = (uint16_t)((session->width + 7) / 8 * 8),
        .pic_height_in_luma_samples = (uint16_t)((session->height + 7) / 8 * 8),
        .pic_fields.bits = {.chroma_format_idc = 1, .NoPicReorderingFlag = 1},
        .sps_max_dec_pic_buffering_minus1 = 1,
        .log2_diff_max_min_luma_coding_block_size = 3,
        .log2_diff_max_min_transform_block_size = 3,
        .slice_parsing_fields.bits = {.RapPicFlag = idr, .IdrPicFlag = idr, .IntraPicFlag = idr},
        .log2_max_pic_order_cnt_lsb_minus4 = 4,
        .num_short_term_ref_pic_sets = 1,
    };
    VASliceParameterBufferHEVC slice = {
        .slice_data_size = sizeof(data),
        .slice_data_flag = VA_SLICE_DATA_FLAG_ALL,
        .slice_data_byte_offset = header,
        .LongSliceFlags.fields = {.LastSliceOfPic = 1, .slice_type = idr ? 2 : 1},
        .collocated_ref_idx = 0xff,
    };

    memset(data + header, 0x5a, sizeof(data) - header);
    memset(slice.RefPicList, 0xff, sizeof(slice.RefPicList));
    for (unsigned int i = 0; i < 15; i++)
        picture.ReferenceFrames[i] =
            (VAPictureHEVC){.picture_id = VA_INVALID_SURFACE, .flags = VA_PICTURE_HEVC_INVALID};
    if (!idr) {
        picture.ReferenceFrames[0] = (VAPictureHEVC){.picture_id = session->reference,
                                                     .pic_order_cnt = order - 1,
                                                     .flags = VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE};
        slice.RefPicList[0][0] = 0;
    }
    const struct part parts[] = {
        {VAPictureParameterBufferType, sizeof(picture), &picture},
        {VASliceParameterBufferType, sizeof(slice), &slice},
        {VASliceDataBufferType, sizeof(data), data},
    };
    return picture_render(session, surface, parts, 3);
}
