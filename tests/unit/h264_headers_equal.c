/* SPDX-License-Identifier: MIT */
#include "h264_headers.h"
#include "unit.h"

#define ASSERT_FIELD(field) assert_int_equal(actual->field, expected->field)

static void assert_weights_equal(const struct h264_pred_weights *actual,
                                 const struct h264_pred_weights *expected)
{
    for (unsigned i = 0; i < H264_MAX_REF_IDX_ACTIVE; i++) {
        ASSERT_FIELD(luma_weight_flag[i]);
        ASSERT_FIELD(luma_weight[i]);
        ASSERT_FIELD(luma_offset[i]);
        ASSERT_FIELD(chroma_weight_flag[i]);
        for (unsigned j = 0; j < 2; j++) {
            ASSERT_FIELD(chroma_weight[i][j]);
            ASSERT_FIELD(chroma_offset[i][j]);
        }
    }
}

static void assert_modification_equal(const struct h264_ref_pic_list_modification *actual,
                                      const struct h264_ref_pic_list_modification *expected)
{
    ASSERT_FIELD(ref_pic_list_modification_flag);
    ASSERT_FIELD(count);
    for (unsigned i = 0; i < H264_MAX_REF_IDX_ACTIVE; i++) {
        ASSERT_FIELD(ops[i].modification_of_pic_nums_idc);
        ASSERT_FIELD(ops[i].value);
    }
}

static void assert_marking_equal(const struct h264_dec_ref_pic_marking *actual,
                                 const struct h264_dec_ref_pic_marking *expected)
{
    ASSERT_FIELD(no_output_of_prior_pics_flag);
    ASSERT_FIELD(long_term_reference_flag);
    ASSERT_FIELD(adaptive_ref_pic_marking_mode_flag);
    ASSERT_FIELD(count);
    for (unsigned i = 0; i < H264_MAX_MMCO; i++) {
        ASSERT_FIELD(ops[i].memory_management_control_operation);
        ASSERT_FIELD(ops[i].difference_of_pic_nums_minus1);
        ASSERT_FIELD(ops[i].long_term_pic_num);
        ASSERT_FIELD(ops[i].long_term_frame_idx);
        ASSERT_FIELD(ops[i].max_long_term_frame_idx_plus1);
    }
}

void assert_h264_header_equal(const struct h264_slice_header *actual,
                              const struct h264_slice_header *expected)
{
    ASSERT_FIELD(nal_ref_idc);
    ASSERT_FIELD(nal_unit_type);
    ASSERT_FIELD(first_mb_in_slice);
    ASSERT_FIELD(slice_type);
    ASSERT_FIELD(pic_parameter_set_id);
    ASSERT_FIELD(colour_plane_id);
    ASSERT_FIELD(frame_num);
    ASSERT_FIELD(field_pic_flag);
    ASSERT_FIELD(bottom_field_flag);
    ASSERT_FIELD(idr_pic_id);
    ASSERT_FIELD(pic_order_cnt_lsb);
    ASSERT_FIELD(delta_pic_order_cnt_bottom);
    ASSERT_FIELD(delta_pic_order_cnt[0]);
    ASSERT_FIELD(delta_pic_order_cnt[1]);
    ASSERT_FIELD(redundant_pic_cnt);
    ASSERT_FIELD(direct_spatial_mv_pred_flag);
    ASSERT_FIELD(num_ref_idx_active_override_flag);
    ASSERT_FIELD(num_ref_idx_l0_active_minus1);
    ASSERT_FIELD(num_ref_idx_l1_active_minus1);
    ASSERT_FIELD(has_pred_weight_table);
    ASSERT_FIELD(luma_log2_weight_denom);
    ASSERT_FIELD(chroma_log2_weight_denom);
    for (unsigned list = 0; list < 2; list++) {
        assert_modification_equal(&actual->ref_pic_list_modification[list],
                                  &expected->ref_pic_list_modification[list]);
        assert_weights_equal(&actual->pred_weights[list], &expected->pred_weights[list]);
    }
    assert_marking_equal(&actual->dec_ref_pic_marking, &expected->dec_ref_pic_marking);
    ASSERT_FIELD(cabac_init_idc);
    ASSERT_FIELD(slice_qp_delta);
    ASSERT_FIELD(sp_for_switch_flag);
    ASSERT_FIELD(slice_qs_delta);
    ASSERT_FIELD(disable_deblocking_filter_idc);
    ASSERT_FIELD(slice_alpha_c0_offset_div2);
    ASSERT_FIELD(slice_beta_offset_div2);
    ASSERT_FIELD(pic_order_cnt_bit_size);
    ASSERT_FIELD(dec_ref_pic_marking_bit_size);
    ASSERT_FIELD(header_bit_size);
}
