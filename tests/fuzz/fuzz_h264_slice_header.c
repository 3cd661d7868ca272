/* SPDX-License-Identifier: MIT */
/*
 * Eight bytes of parameters, then a NAL unit. Beyond what the sanitizers see: the counts stay in
 * their arrays, and a header that parses also parses when the data ends right behind it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codec/h264_slice_header.h"

#define PARAMS_SIZE 8

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static struct h264_slice_header_params params_from(const uint8_t *data)
{
    return (struct h264_slice_header_params){
        .frame_mbs_only_flag = data[0] & 1,
        .separate_colour_plane_flag = data[0] & 2,
        .delta_pic_order_always_zero_flag = data[0] & 4,
        .bottom_field_pic_order_in_frame_present_flag = data[0] & 8,
        .redundant_pic_cnt_present_flag = data[0] & 16,
        .weighted_pred_flag = data[0] & 32,
        .entropy_coding_mode_flag = data[0] & 64,
        .deblocking_filter_control_present_flag = data[0] & 128,
        .chroma_format_idc = data[1] & 7,
        .pic_order_cnt_type = data[2] & 3,
        .weighted_bipred_idc = data[3] & 3,
        .log2_max_frame_num_minus4 = data[4] & 15,
        .log2_max_pic_order_cnt_lsb_minus4 = data[5] & 15,
        .num_ref_idx_l0_active_minus1 = data[6],
        .num_ref_idx_l1_active_minus1 = data[7],
    };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct h264_slice_header_params params;
    struct h264_slice_header header;
    struct h264_slice_header again;
    const char *element = NULL;
    const uint8_t *nal;
    size_t header_bytes;
    int result;

    if (size < PARAMS_SIZE)
        return 0;
    params = params_from(data);
    nal = data + PARAMS_SIZE;
    size -= PARAMS_SIZE;
    expect(h264_start_code_size(nal, size) <= size);
    result = h264_slice_header_parse(&header, &params, nal, size, &element);
    expect(header.num_ref_idx_l0_active_minus1 < H264_MAX_REF_IDX_ACTIVE);
    expect(header.num_ref_idx_l1_active_minus1 < H264_MAX_REF_IDX_ACTIVE);
    expect(header.ref_pic_list_modification[0].count <= H264_MAX_REF_IDX_ACTIVE);
    expect(header.ref_pic_list_modification[1].count <= H264_MAX_REF_IDX_ACTIVE);
    expect(header.dec_ref_pic_marking.count <= H264_MAX_MMCO);
    expect((result == 0) == (element == NULL));
    if (result != 0) {
        expect(result == -EINVAL || result == -ENODATA || result == -ENOTSUP);
        return 0;
    }
    expect(header.header_bit_size <= header.header_bit_size_raw);
    expect(header.pic_order_cnt_bit_size + header.dec_ref_pic_marking_bit_size <
           header.header_bit_size);
    header_bytes = (header.header_bit_size_raw + 7) / 8;
    expect(header_bytes <= size);
    expect(h264_slice_header_parse(&again, &params, nal, header_bytes, NULL) == 0);
    expect(again.header_bit_size_raw == header.header_bit_size_raw);
    expect(h264_slice_header_parse(&again, &params, nal, header_bytes - 1, NULL) == -ENODATA);
    return 0;
}
