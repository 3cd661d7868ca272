/* SPDX-License-Identifier: MIT */
/* The contents of an HEVC slice segment header (H.265 7.3.6), and what its syntax depends on. */
#ifndef HEVC_SLICE_H
#define HEVC_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* num_ref_idx_lX_active_minus1 + 1 is at most 15 (7.4.7.1). */
#define HEVC_MAX_REF_IDX_ACTIVE 15
/* sps_max_dec_pic_buffering_minus1 is at most 15, and so are the pictures of a set (7.4.8). */
#define HEVC_MAX_SET_PICS 16
/* num_long_term_sps + num_long_term_pics, bounded by sps_max_dec_pic_buffering_minus1. */
#define HEVC_MAX_LONG_TERM_PICS 16
/* The most entry points that the largest picture of level 6.2 can have: a row of the smallest
 * coding tree blocks each, or 20 columns and 22 rows of tiles (A.4.1, 7.4.7.1). */
#define HEVC_MAX_ENTRY_POINTS 1055

/* slice_type (table 7-7). */
enum hevc_slice_type {
    HEVC_SLICE_B = 0,
    HEVC_SLICE_P = 1,
    HEVC_SLICE_I = 2,
};

/*
 * What slice_segment_header() needs from the active parameter sets, with the standard's names. All
 * of it is in VAPictureParameterBufferHEVC, except for the last two fields.
 */
struct hevc_slice_header_params {
    uint32_t pic_size_in_ctbs;                 /* PicSizeInCtbsY, at least 1 */
    uint8_t chroma_format_idc;                 /* 0 to 3 */
    bool separate_colour_plane_flag;           /* only with chroma_format_idc 3 */
    uint8_t log2_max_pic_order_cnt_lsb_minus4; /* 0 to 12 */
    uint8_t num_short_term_ref_pic_sets;       /* 0 to 64 */
    bool long_term_ref_pics_present_flag;
    uint8_t num_long_term_ref_pics_sps; /* 0 to 32 */
    bool sps_temporal_mvp_enabled_flag;
    bool sample_adaptive_offset_enabled_flag;
    bool dependent_slice_segments_enabled_flag;
    bool output_flag_present_flag;
    uint8_t num_extra_slice_header_bits; /* 0 to 7 */
    bool cabac_init_present_flag;
    uint8_t num_ref_idx_l0_default_active_minus1; /* 0 to 14 */
    uint8_t num_ref_idx_l1_default_active_minus1; /* 0 to 14 */
    bool weighted_pred_flag;
    bool weighted_bipred_flag;
    bool tiles_enabled_flag;
    bool entropy_coding_sync_enabled_flag;
    bool pps_slice_chroma_qp_offsets_present_flag;
    bool deblocking_filter_override_enabled_flag;
    bool pps_deblocking_filter_disabled_flag;
    int8_t pps_beta_offset_div2;
    int8_t pps_tc_offset_div2;
    bool pps_loop_filter_across_slices_enabled_flag;
    bool lists_modification_present_flag;
    bool slice_segment_header_extension_present_flag;
    /*
     * Bits of st_ref_pic_set(), VA's st_rps_bits. Needed only if the set is predicted from one of
     * the sequence parameter set, because only the size reveals that set's number of pictures.
     */
    uint32_t st_ref_pic_set_size;
    /*
     * NumPicTotalCurr (7-55) as the caller knows it from the reference pictures. Used if the header
     * refers to sets in the sequence parameter set and therefore does not determine it.
     */
    uint8_t num_pic_total_curr;
};

/* One half of an explicit st_ref_pic_set() (7.3.7). */
struct hevc_short_term_pics {
    uint8_t count;
    int32_t delta_poc[HEVC_MAX_SET_PICS]; /* DeltaPocS0 or DeltaPocS1 (7-67 to 7-70) */
    bool used_by_curr_pic[HEVC_MAX_SET_PICS];
};

struct hevc_short_term_ref_pic_set {
    bool sps_flag;  /* short_term_ref_pic_set_sps_flag */
    uint8_t idx;    /* short_term_ref_pic_set_idx, if the flag is set */
    bool predicted; /* inter_ref_pic_set_prediction_flag */
    /* NumDeltaPocs[RefRpsIdx] (7-71) of a predicted set, derived from the set's size; else 0. */
    uint8_t num_delta_pocs_of_ref_rps_idx;
    uint8_t delta_idx_minus1; /* of a predicted set, like the next two */
    int32_t delta_rps;        /* deltaRps (7-60) */
    bool used_by_curr_pic_flag[HEVC_MAX_SET_PICS + 1];
    /* Before and after the picture in output order; empty unless the set is explicit. */
    struct hevc_short_term_pics pics[2];
};

struct hevc_long_term_pic {
    bool from_sps;       /* its LSBs are a candidate of the sequence parameter set */
    uint8_t lt_idx_sps;  /* which */
    uint16_t poc_lsb_lt; /* else */
    bool used_by_curr_pic_lt_flag;
    bool delta_poc_msb_present_flag;
    uint32_t delta_poc_msb_cycle_lt;
};

struct hevc_ref_pic_list_modification {
    bool ref_pic_list_modification_flag;
    uint8_t list_entry[HEVC_MAX_REF_IDX_ACTIVE];
};

/* The weights of one list in pred_weight_table() (7.3.6.3). Cb is [0]. */
struct hevc_pred_weights {
    bool luma_weight_flag[HEVC_MAX_REF_IDX_ACTIVE];
    bool chroma_weight_flag[HEVC_MAX_REF_IDX_ACTIVE];
    int8_t delta_luma_weight[HEVC_MAX_REF_IDX_ACTIVE];
    int8_t luma_offset[HEVC_MAX_REF_IDX_ACTIVE];
    int8_t delta_chroma_weight[HEVC_MAX_REF_IDX_ACTIVE][2];
    int16_t delta_chroma_offset[HEVC_MAX_REF_IDX_ACTIVE][2]; /* as coded, see 7-56 */
};

/*
 * A NAL unit header and slice_segment_header() (Rec. ITU-T H.265 7.3.1.2 and 7.3.6.1), with the
 * standard's names. Elements that the slice does not have hold what 7.4.7.1 infers for them, or
 * else 0; a dependent slice segment has those of the independent one before it.
 */
struct hevc_slice_header {
    uint8_t nal_unit_type; /* 0 to 9, or 16 to 21 */
    uint8_t nuh_layer_id;
    uint8_t nuh_temporal_id_plus1;

    bool first_slice_segment_in_pic_flag;
    bool no_output_of_prior_pics_flag;
    uint8_t slice_pic_parameter_set_id;
    bool dependent_slice_segment_flag;
    uint32_t slice_segment_address;
    uint8_t slice_type; /* enum hevc_slice_type */
    bool pic_output_flag;
    uint8_t colour_plane_id;
    uint16_t slice_pic_order_cnt_lsb;
    struct hevc_short_term_ref_pic_set short_term;
    uint8_t num_long_term_sps;
    uint8_t num_long_term_pics;
    struct hevc_long_term_pic long_term[HEVC_MAX_LONG_TERM_PICS]; /* of both */
    bool slice_temporal_mvp_enabled_flag;
    bool slice_sao_luma_flag;
    bool slice_sao_chroma_flag;
    bool num_ref_idx_active_override_flag;
    uint8_t num_ref_idx_l0_active_minus1; /* 0 in an I slice */
    uint8_t num_ref_idx_l1_active_minus1; /* 0 in an I or P slice */
    struct hevc_ref_pic_list_modification ref_pic_list_modification[2];
    bool mvd_l1_zero_flag;
    bool cabac_init_flag;
    bool collocated_from_l0_flag;
    uint8_t collocated_ref_idx;
    bool has_pred_weight_table;
    uint8_t luma_log2_weight_denom;
    int8_t delta_chroma_log2_weight_denom;
    struct hevc_pred_weights pred_weights[2];
    uint8_t five_minus_max_num_merge_cand;
    int8_t slice_qp_delta;
    int8_t slice_cb_qp_offset;
    int8_t slice_cr_qp_offset;
    bool deblocking_filter_override_flag;
    bool slice_deblocking_filter_disabled_flag;
    int8_t slice_beta_offset_div2;
    int8_t slice_tc_offset_div2;
    bool slice_loop_filter_across_slices_enabled_flag;

    /* From here on, the segment's own values, also in a dependent one. */
    uint16_t num_entry_point_offsets;
    uint8_t offset_len_minus1;
    uint32_t entry_points_position; /* bits before entry_point_offset_minus1[0] */

    /*
     * Sizes in bits without emulation prevention: of st_ref_pic_set() in the slice segment header,
     * 0 if it refers to one of the sequence parameter set; and of everything that depends on
     * long_term_ref_pics_present_flag.
     */
    uint16_t short_term_ref_pic_set_size;
    uint16_t long_term_ref_pic_set_size;
    /* Bytes from the start of the NAL unit header to slice_segment_data(), without and with
     * emulation prevention bytes. */
    uint32_t header_size;
    uint32_t header_size_raw;
};

/* Whether the picture is an IDR picture (table 7-1). */
static inline bool hevc_is_idr(const struct hevc_slice_header *header)
{
    return header->nal_unit_type == 19 || header->nal_unit_type == 20;
}

/* Whether the picture is an intra random access point (table 7-1). */
static inline bool hevc_is_irap(const struct hevc_slice_header *header)
{
    return header->nal_unit_type >= 16 && header->nal_unit_type <= 23;
}

#endif
