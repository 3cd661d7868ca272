/* SPDX-License-Identifier: MIT */
/*
 * Twelve bytes of parameters, then a NAL unit. Beyond what the sanitizers see: the counts stay in
 * their arrays, a header that parses also parses when the data ends right behind it, and its entry
 * points can be read.
 */
#include <errno.h>
#include <stdlib.h>

#include "codec/hevc_slice_header.h"

#define PARAMS_SIZE 12

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static struct hevc_slice_header_params params_from(const uint8_t *data)
{
    return (struct hevc_slice_header_params){
        .pic_size_in_ctbs = data[0] * 17u,
        .long_term_ref_pics_present_flag = data[1] & 1,
        .sps_temporal_mvp_enabled_flag = data[1] & 2,
        .sample_adaptive_offset_enabled_flag = data[1] & 4,
        .dependent_slice_segments_enabled_flag = data[1] & 8,
        .output_flag_present_flag = data[1] & 16,
        .cabac_init_present_flag = data[1] & 32,
        .weighted_pred_flag = data[1] & 64,
        .weighted_bipred_flag = data[1] & 128,
        .tiles_enabled_flag = data[2] & 1,
        .pps_slice_chroma_qp_offsets_present_flag = data[2] & 2,
        .deblocking_filter_override_enabled_flag = data[2] & 4,
        .pps_deblocking_filter_disabled_flag = data[2] & 8,
        .pps_loop_filter_across_slices_enabled_flag = data[2] & 16,
        .lists_modification_present_flag = data[2] & 32,
        .slice_segment_header_extension_present_flag = data[2] & 64,
        .separate_colour_plane_flag = data[2] & 128,
        .chroma_format_idc = data[3] & 3,
        .num_extra_slice_header_bits = data[3] >> 4,
        .log2_max_pic_order_cnt_lsb_minus4 = data[4] & 15,
        .num_short_term_ref_pic_sets = data[5] % 66,
        .num_long_term_ref_pics_sps = data[6] % 34,
        .num_ref_idx_l0_default_active_minus1 = data[7] & 15,
        .num_ref_idx_l1_default_active_minus1 = data[8] & 15,
        .st_ref_pic_set_size = data[9],
        .num_pic_total_curr = data[10],
    };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hevc_slice_header_params params;
    struct hevc_slice_header header;
    struct hevc_slice_header again;
    const struct hevc_slice_header independent = {.slice_type = HEVC_SLICE_P};
    const char *element = NULL;
    const uint8_t *nal;
    uint32_t *offsets;
    int result;

    if (size < PARAMS_SIZE)
        return 0;
    params = params_from(data);
    nal = data + PARAMS_SIZE;
    size -= PARAMS_SIZE;
    result = hevc_slice_header_parse(&header, &params, data[11] & 1 ? &independent : NULL, nal,
                                     size, &element);
    expect(header.num_ref_idx_l0_active_minus1 < HEVC_MAX_REF_IDX_ACTIVE ||
           params.num_ref_idx_l0_default_active_minus1 >= HEVC_MAX_REF_IDX_ACTIVE);
    expect(header.short_term.pics[0].count + header.short_term.pics[1].count <= HEVC_MAX_SET_PICS);
    expect(header.num_long_term_sps + header.num_long_term_pics <= HEVC_MAX_LONG_TERM_PICS);
    expect(header.num_entry_point_offsets <= HEVC_MAX_ENTRY_POINTS);
    expect((result == 0) == (element == NULL));
    if (result != 0) {
        expect(result == -EINVAL || result == -ENODATA || result == -ENOTSUP);
        return 0;
    }
    expect(header.header_size <= header.header_size_raw && header.header_size_raw <= size);
    expect(header.short_term_ref_pic_set_size + header.long_term_ref_pic_set_size <
           8 * header.header_size);
    offsets = calloc(header.num_entry_point_offsets + 1u, sizeof(*offsets));
    expect(offsets != NULL);
    expect(hevc_slice_entry_points(&header, nal, size, offsets) == 0);
    free(offsets);
    expect(hevc_slice_header_parse(&again, &params, &independent, nal, header.header_size_raw,
                                   NULL) == 0);
    expect(again.header_size_raw == header.header_size_raw);
    expect(hevc_slice_header_parse(&again, &params, &independent, nal, header.header_size_raw - 1,
                                   NULL) == -ENODATA);
    return 0;
}
