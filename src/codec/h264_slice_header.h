/* SPDX-License-Identifier: MIT */
#ifndef H264_SLICE_HEADER_H
#define H264_SLICE_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* num_ref_idx_lX_active_minus1 + 1 is at most 32 (7.4.3), and so is the number of modifications. */
#define H264_MAX_REF_IDX_ACTIVE 32
/* Two operations for each of the 32 fields of a full DPB, one for the current picture, and the
 * end. */
#define H264_MAX_MMCO 66

/* slice_type modulo 5 (table 7-6). */
enum h264_slice_type {
    H264_SLICE_P = 0,
    H264_SLICE_B = 1,
    H264_SLICE_I = 2,
    H264_SLICE_SP = 3,
    H264_SLICE_SI = 4,
};

/*
 * What slice_header() needs from the active parameter sets, with the standard's names. All of it is
 * in VAPictureParameterBufferH264 (seq_fields, pic_fields) and VASliceParameterBufferH264.
 */
struct h264_slice_header_params {
    uint8_t chroma_format_idc;       /* 0 to 3 */
    bool separate_colour_plane_flag; /* VA: residual_colour_transform_flag */
    bool frame_mbs_only_flag;
    uint8_t log2_max_frame_num_minus4;         /* 0 to 12 */
    uint8_t pic_order_cnt_type;                /* 0 to 2 */
    uint8_t log2_max_pic_order_cnt_lsb_minus4; /* 0 to 12 */
    bool delta_pic_order_always_zero_flag;
    bool bottom_field_pic_order_in_frame_present_flag; /* VA: pic_order_present_flag */
    bool redundant_pic_cnt_present_flag;
    bool weighted_pred_flag;
    uint8_t weighted_bipred_idc; /* 0 to 2 */
    bool entropy_coding_mode_flag;
    bool deblocking_filter_control_present_flag;
    /*
     * The slice's own counts, VASliceParameterBufferH264.num_ref_idx_lX_active_minus1. VA has no
     * num_ref_idx_lX_default_active_minus1, but if a slice does not override the defaults, its
     * counts are the defaults.
     */
    uint8_t num_ref_idx_l0_active_minus1;
    uint8_t num_ref_idx_l1_active_minus1;
};

/* One iteration of the loop in ref_pic_list_modification() (7.3.3.1). */
struct h264_ref_pic_list_modification_op {
    uint8_t modification_of_pic_nums_idc; /* 0 to 2 */
    uint32_t value; /* abs_diff_pic_num_minus1, or long_term_pic_num if the idc is 2 */
};

struct h264_ref_pic_list_modification {
    bool ref_pic_list_modification_flag;
    uint8_t count; /* operations, the closing 3 not counted */
    struct h264_ref_pic_list_modification_op ops[H264_MAX_REF_IDX_ACTIVE];
};

/*
 * The weights of one list in pred_weight_table() (7.3.3.2), for its num_ref_idx_lX_active_minus1 +
 * 1 entries. If a flag is 0, the inferred values are used: 2^log2_weight_denom and 0. Cb is [0].
 */
struct h264_pred_weights {
    bool luma_weight_flag[H264_MAX_REF_IDX_ACTIVE];
    bool chroma_weight_flag[H264_MAX_REF_IDX_ACTIVE];
    int16_t luma_weight[H264_MAX_REF_IDX_ACTIVE];
    int16_t luma_offset[H264_MAX_REF_IDX_ACTIVE];
    int16_t chroma_weight[H264_MAX_REF_IDX_ACTIVE][2];
    int16_t chroma_offset[H264_MAX_REF_IDX_ACTIVE][2];
};

/* One memory_management_control_operation and its operands (7.3.3.3); the others are 0. */
struct h264_mmco {
    uint8_t memory_management_control_operation; /* 1 to 6 */
    uint32_t difference_of_pic_nums_minus1;      /* 1, 3 */
    uint32_t long_term_pic_num;                  /* 2 */
    uint32_t long_term_frame_idx;                /* 3, 6 */
    uint32_t max_long_term_frame_idx_plus1;      /* 4 */
};

struct h264_dec_ref_pic_marking {
    bool no_output_of_prior_pics_flag; /* IDR only, like the next */
    bool long_term_reference_flag;
    bool adaptive_ref_pic_marking_mode_flag;
    uint8_t count; /* operations, the closing 0 not counted */
    struct h264_mmco ops[H264_MAX_MMCO];
};

/*
 * A NAL unit header and slice_header() (Rec. ITU-T H.264 7.3.1 and 7.3.3), with the standard's
 * names. Elements that the slice does not have hold the value that 7.4.3 infers for them, or else
 * 0.
 */
struct h264_slice_header {
    uint8_t nal_ref_idc;
    uint8_t nal_unit_type; /* 1 or 5 */

    uint32_t first_mb_in_slice;
    uint8_t slice_type; /* as coded, 0 to 9; see h264_slice_header_type() */
    uint8_t pic_parameter_set_id;
    uint8_t colour_plane_id;
    uint16_t frame_num;
    bool field_pic_flag;
    bool bottom_field_flag;
    uint16_t idr_pic_id;
    uint16_t pic_order_cnt_lsb;
    int32_t delta_pic_order_cnt_bottom;
    int32_t delta_pic_order_cnt[2];
    uint8_t redundant_pic_cnt;
    bool direct_spatial_mv_pred_flag;

    /*
     * The counts in effect: 0 if the slice has no such list. If a slice with a list does not set
     * the override flag, its count (given by the caller) is the picture parameter set's
     * num_ref_idx_lX_default_active_minus1.
     */
    bool num_ref_idx_active_override_flag;
    uint8_t num_ref_idx_l0_active_minus1;
    uint8_t num_ref_idx_l1_active_minus1;

    struct h264_ref_pic_list_modification ref_pic_list_modification[2]; /* l0, l1 */

    bool has_pred_weight_table;
    uint8_t luma_log2_weight_denom;
    uint8_t chroma_log2_weight_denom;
    struct h264_pred_weights pred_weights[2]; /* l0, l1; all 0 without a table */

    struct h264_dec_ref_pic_marking dec_ref_pic_marking;

    uint8_t cabac_init_idc;
    int8_t slice_qp_delta;
    bool sp_for_switch_flag;
    int8_t slice_qs_delta;
    uint8_t disable_deblocking_filter_idc;
    int8_t slice_alpha_c0_offset_div2;
    int8_t slice_beta_offset_div2;

    /*
     * Sizes in bits without emulation prevention bytes, as in the kernel's stateless H.264
     * controls. The kernel's documentation says only "size in bits"; hantro passes both sizes to
     * the hardware, which uses them to skip these elements in the stream from which it has already
     * removed emulation prevention.
     */
    uint32_t pic_order_cnt_bit_size; /* pic_order_cnt_lsb, delta_pic_order_cnt_bottom, _cnt[] */
    uint32_t dec_ref_pic_marking_bit_size; /* 0 if nal_ref_idc is 0 */
    /*
     * From the first bit of the NAL unit header to slice_data(). The kernel's documentation says
     * "from the beginning of this slice": cedrus skips this many bits from the first byte of a
     * buffer that starts with the NAL unit header, so the 8 bits of that byte count. The definition
     * is that of VASliceParameterBufferH264.slice_data_bit_offset.
     */
    uint32_t header_bit_size;
    uint32_t header_bit_size_raw; /* the same, emulation prevention bytes counted */
};

/*
 * Size in bytes of the start code at the start of `data`, including the zero bytes before it; 0 if
 * there is none (B.1.1).
 */
size_t h264_start_code_size(const uint8_t *data, size_t size);

/*
 * Parses the header of the coded slice in `nal`, `size` bytes that begin with the NAL unit header
 * (no start code; see h264_start_code_size()) and hold emulation prevention bytes.
 *
 * slice_group_change_cycle is not parsed, because VA has no slice groups: with slice groups of type
 * 3 to 5 the header sizes would be too small. Such streams (FMO) are outside VA's H.264 profiles.
 *
 * `header`: written in any case; complete only on success
 * `element`: NULL, or where to put the name of the syntax element that failed: a static string,
 *                NULL on success
 * Returns 0; -ENODATA: the data ends inside the header; -ENOTSUP: data partitioning (types 2 to 4)
 *         or an extension's NAL unit (14, 20, 21); -EINVAL: another type, or a value that 7.4 does
 *         not allow, in the header or in `params`
 */
int h264_slice_header_parse(struct h264_slice_header *header,
                            const struct h264_slice_header_params *params, const uint8_t *nal,
                            size_t size, const char **element);

/* The slice's type as a value of the first half of table 7-6 (0 to 4). */
enum h264_slice_type h264_slice_header_type(const struct h264_slice_header *header);

#endif
