/* SPDX-License-Identifier: MIT */
#include "codec/hevc_slice_header.h"

#include "codec/bit_reader.h"
#include "codec/hevc_ref_pic_sets.h"

#include <errno.h>

static void parse_nal_unit_header(struct hevc_parser *p)
{
    struct hevc_slice_header *h = p->header;

    if (hevc_read_flag(p, "forbidden_zero_bit"))
        hevc_fail(p, "forbidden_zero_bit", -EINVAL);
    h->nal_unit_type = (uint8_t)hevc_read_u(p, "nal_unit_type", 6);
    h->nuh_layer_id = (uint8_t)hevc_read_u(p, "nuh_layer_id", 6);
    h->nuh_temporal_id_plus1 = (uint8_t)hevc_read_u(p, "nuh_temporal_id_plus1", 3);
    /* 10 to 15 and 22 to 31 are reserved; from 32 on there are other units (table 7-1). */
    if (h->nal_unit_type > 21 || (h->nal_unit_type > 9 && h->nal_unit_type < 16))
        hevc_fail(p, "nal_unit_type", -EINVAL);
    if (h->nuh_temporal_id_plus1 == 0)
        hevc_fail(p, "nuh_temporal_id_plus1", -EINVAL);
}

static void parse_identity(struct hevc_parser *p)
{
    struct hevc_slice_header *h = p->header;

    h->first_slice_segment_in_pic_flag = hevc_read_flag(p, "first_slice_segment_in_pic_flag");
    if (hevc_is_irap(h))
        h->no_output_of_prior_pics_flag = hevc_read_flag(p, "no_output_of_prior_pics_flag");
    h->slice_pic_parameter_set_id = (uint8_t)hevc_read_ue(p, "slice_pic_parameter_set_id", 63);
    if (h->first_slice_segment_in_pic_flag)
        return;
    if (p->params->dependent_slice_segments_enabled_flag)
        h->dependent_slice_segment_flag = hevc_read_flag(p, "dependent_slice_segment_flag");
    h->slice_segment_address =
        hevc_read_u(p, "slice_segment_address", hevc_ceil_log2(p->params->pic_size_in_ctbs));
    if (h->slice_segment_address >= p->params->pic_size_in_ctbs)
        hevc_fail(p, "slice_segment_address", -EINVAL);
}

/* A dependent slice segment inherits all syntax elements from slice_type on. */
static void inherit(struct hevc_parser *p, const struct hevc_slice_header *independent)
{
    const struct hevc_slice_header own = *p->header;

    if (!independent) {
        hevc_fail(p, "dependent_slice_segment_flag", -EINVAL);
        return;
    }
    *p->header = *independent;
    p->header->nal_unit_type = own.nal_unit_type;
    p->header->nuh_layer_id = own.nuh_layer_id;
    p->header->nuh_temporal_id_plus1 = own.nuh_temporal_id_plus1;
    p->header->first_slice_segment_in_pic_flag = own.first_slice_segment_in_pic_flag;
    p->header->no_output_of_prior_pics_flag = own.no_output_of_prior_pics_flag;
    p->header->slice_pic_parameter_set_id = own.slice_pic_parameter_set_id;
    p->header->dependent_slice_segment_flag = true;
    p->header->slice_segment_address = own.slice_segment_address;
    p->header->short_term_ref_pic_set_size = 0;
    p->header->long_term_ref_pic_set_size = 0;
    p->header->num_entry_point_offsets = 0;
    p->header->offset_len_minus1 = 0;
    p->header->entry_points_position = 0;
}

static void parse_reference_counts(struct hevc_parser *p)
{
    const struct hevc_slice_header_params *params = p->params;
    struct hevc_slice_header *h = p->header;

    h->num_ref_idx_l0_active_minus1 = params->num_ref_idx_l0_default_active_minus1;
    h->num_ref_idx_l1_active_minus1 =
        h->slice_type == HEVC_SLICE_B ? params->num_ref_idx_l1_default_active_minus1 : 0;
    h->num_ref_idx_active_override_flag = hevc_read_flag(p, "num_ref_idx_active_override_flag");
    if (!h->num_ref_idx_active_override_flag)
        return;
    h->num_ref_idx_l0_active_minus1 =
        (uint8_t)hevc_read_ue(p, "num_ref_idx_l0_active_minus1", HEVC_MAX_REF_IDX_ACTIVE - 1);
    if (h->slice_type == HEVC_SLICE_B) {
        h->num_ref_idx_l1_active_minus1 =
            (uint8_t)hevc_read_ue(p, "num_ref_idx_l1_active_minus1", HEVC_MAX_REF_IDX_ACTIVE - 1);
    }
}

static void parse_list_modification(struct hevc_parser *p, unsigned list, unsigned last,
                                    unsigned num_pic_total_curr)
{
    struct hevc_ref_pic_list_modification *m = &p->header->ref_pic_list_modification[list];

    m->ref_pic_list_modification_flag = hevc_read_flag(p, "ref_pic_list_modification_flag");
    for (unsigned i = 0; m->ref_pic_list_modification_flag && i <= last; i++) {
        m->list_entry[i] =
            (uint8_t)hevc_read_u(p, "list_entry", hevc_ceil_log2(num_pic_total_curr));
        if (m->list_entry[i] >= num_pic_total_curr)
            hevc_fail(p, "list_entry", -EINVAL);
    }
}

static void parse_weights(struct hevc_parser *p, unsigned list, unsigned last, bool chroma)
{
    struct hevc_pred_weights *w = &p->header->pred_weights[list];

    for (unsigned i = 0; i <= last; i++)
        w->luma_weight_flag[i] = hevc_read_flag(p, "luma_weight_flag");
    for (unsigned i = 0; chroma && i <= last; i++)
        w->chroma_weight_flag[i] = hevc_read_flag(p, "chroma_weight_flag");
    for (unsigned i = 0; i <= last; i++) {
        if (w->luma_weight_flag[i]) {
            w->delta_luma_weight[i] = (int8_t)hevc_read_se(p, "delta_luma_weight", -128, 127);
            w->luma_offset[i] = (int8_t)hevc_read_se(p, "luma_offset", -128, 127);
        }
        for (unsigned j = 0; w->chroma_weight_flag[i] && j < 2; j++) {
            w->delta_chroma_weight[i][j] =
                (int8_t)hevc_read_se(p, "delta_chroma_weight", -128, 127);
            w->delta_chroma_offset[i][j] =
                (int16_t)hevc_read_se(p, "delta_chroma_offset", -512, 511);
        }
    }
}

/* pred_weight_table() (7.3.6.3). References are never the current picture, so each has its
 * flags. */
static void parse_pred_weight_table(struct hevc_parser *p, bool chroma)
{
    struct hevc_slice_header *h = p->header;

    h->has_pred_weight_table = true;
    h->luma_log2_weight_denom = (uint8_t)hevc_read_ue(p, "luma_log2_weight_denom", 7);
    if (chroma) {
        h->delta_chroma_log2_weight_denom =
            (int8_t)hevc_read_se(p, "delta_chroma_log2_weight_denom", -h->luma_log2_weight_denom,
                                 7 - h->luma_log2_weight_denom);
    }
    parse_weights(p, 0, h->num_ref_idx_l0_active_minus1, chroma);
    if (h->slice_type == HEVC_SLICE_B)
        parse_weights(p, 1, h->num_ref_idx_l1_active_minus1, chroma);
}

static void parse_collocated(struct hevc_parser *p)
{
    struct hevc_slice_header *h = p->header;
    unsigned last;

    if (h->slice_type == HEVC_SLICE_B)
        h->collocated_from_l0_flag = hevc_read_flag(p, "collocated_from_l0_flag");
    last = h->collocated_from_l0_flag ? h->num_ref_idx_l0_active_minus1
                                      : h->num_ref_idx_l1_active_minus1;
    if (last > 0)
        h->collocated_ref_idx = (uint8_t)hevc_read_ue(p, "collocated_ref_idx", last);
}

static void parse_prediction(struct hevc_parser *p, bool chroma)
{
    const struct hevc_slice_header_params *params = p->params;
    struct hevc_slice_header *h = p->header;
    const unsigned num_pic_total_curr = hevc_num_pic_total_curr(params, h);
    const bool is_b = h->slice_type == HEVC_SLICE_B;

    parse_reference_counts(p);
    if (params->lists_modification_present_flag && num_pic_total_curr > 1) {
        parse_list_modification(p, 0, h->num_ref_idx_l0_active_minus1, num_pic_total_curr);
        if (is_b)
            parse_list_modification(p, 1, h->num_ref_idx_l1_active_minus1, num_pic_total_curr);
    }
    if (is_b)
        h->mvd_l1_zero_flag = hevc_read_flag(p, "mvd_l1_zero_flag");
    if (params->cabac_init_present_flag)
        h->cabac_init_flag = hevc_read_flag(p, "cabac_init_flag");
    if (h->slice_temporal_mvp_enabled_flag)
        parse_collocated(p);
    if (is_b ? params->weighted_bipred_flag : params->weighted_pred_flag)
        parse_pred_weight_table(p, chroma);
    h->five_minus_max_num_merge_cand = (uint8_t)hevc_read_ue(p, "five_minus_max_num_merge_cand", 4);
}

static void parse_deblocking(struct hevc_parser *p)
{
    const struct hevc_slice_header_params *params = p->params;
    struct hevc_slice_header *h = p->header;

    h->slice_deblocking_filter_disabled_flag = params->pps_deblocking_filter_disabled_flag;
    h->slice_beta_offset_div2 = params->pps_beta_offset_div2;
    h->slice_tc_offset_div2 = params->pps_tc_offset_div2;
    if (params->deblocking_filter_override_enabled_flag)
        h->deblocking_filter_override_flag = hevc_read_flag(p, "deblocking_filter_override_flag");
    if (h->deblocking_filter_override_flag) {
        h->slice_deblocking_filter_disabled_flag =
            hevc_read_flag(p, "slice_deblocking_filter_disabled_flag");
        if (!h->slice_deblocking_filter_disabled_flag) {
            h->slice_beta_offset_div2 = (int8_t)hevc_read_se(p, "slice_beta_offset_div2", -6, 6);
            h->slice_tc_offset_div2 = (int8_t)hevc_read_se(p, "slice_tc_offset_div2", -6, 6);
        }
    }
    h->slice_loop_filter_across_slices_enabled_flag =
        params->pps_loop_filter_across_slices_enabled_flag;
    if (params->pps_loop_filter_across_slices_enabled_flag &&
        (h->slice_sao_luma_flag || h->slice_sao_chroma_flag ||
         !h->slice_deblocking_filter_disabled_flag)) {
        h->slice_loop_filter_across_slices_enabled_flag =
            hevc_read_flag(p, "slice_loop_filter_across_slices_enabled_flag");
    }
}

static void parse_independent(struct hevc_parser *p)
{
    const struct hevc_slice_header_params *params = p->params;
    struct hevc_slice_header *h = p->header;
    /* ChromaArrayType (7.4.3.2.1) */
    const bool chroma = params->chroma_format_idc != 0 && !params->separate_colour_plane_flag;

    hevc_read_u(p, "slice_reserved_flag", params->num_extra_slice_header_bits);
    h->slice_type = (uint8_t)hevc_read_ue(p, "slice_type", 2);
    h->pic_output_flag =
        params->output_flag_present_flag ? hevc_read_flag(p, "pic_output_flag") : true;
    if (params->separate_colour_plane_flag)
        h->colour_plane_id = (uint8_t)hevc_read_u(p, "colour_plane_id", 2);
    if (!hevc_is_idr(h)) {
        hevc_parse_ref_pic_sets(p);
        if (params->sps_temporal_mvp_enabled_flag) {
            h->slice_temporal_mvp_enabled_flag =
                hevc_read_flag(p, "slice_temporal_mvp_enabled_flag");
        }
    }
    if (params->sample_adaptive_offset_enabled_flag) {
        h->slice_sao_luma_flag = hevc_read_flag(p, "slice_sao_luma_flag");
        if (chroma)
            h->slice_sao_chroma_flag = hevc_read_flag(p, "slice_sao_chroma_flag");
    }
    h->collocated_from_l0_flag = true;
    if (h->slice_type != HEVC_SLICE_I)
        parse_prediction(p, chroma);
    /* SliceQpY lies in -QpBdOffsetY to 51 (7-54), and so does the picture parameter set's. */
    h->slice_qp_delta = (int8_t)hevc_read_se(p, "slice_qp_delta", -99, 99);
    if (params->pps_slice_chroma_qp_offsets_present_flag) {
        h->slice_cb_qp_offset = (int8_t)hevc_read_se(p, "slice_cb_qp_offset", -12, 12);
        h->slice_cr_qp_offset = (int8_t)hevc_read_se(p, "slice_cr_qp_offset", -12, 12);
    }
    parse_deblocking(p);
}

static void parse_entry_points(struct hevc_parser *p)
{
    struct hevc_slice_header *h = p->header;

    h->num_entry_point_offsets =
        (uint16_t)hevc_read_ue(p, "num_entry_point_offsets", HEVC_MAX_ENTRY_POINTS);
    if (h->num_entry_point_offsets > 0)
        h->offset_len_minus1 = (uint8_t)hevc_read_ue(p, "offset_len_minus1", 31);
    h->entry_points_position = (uint32_t)bit_reader_position(&p->reader);
    bit_reader_skip(&p->reader, (size_t)h->num_entry_point_offsets * (h->offset_len_minus1 + 1u));
    hevc_check_read(p, "entry_point_offset_minus1");
}

static void parse_end(struct hevc_parser *p)
{
    if (p->params->slice_segment_header_extension_present_flag) {
        bit_reader_skip(&p->reader,
                        (size_t)8 * hevc_read_ue(p, "slice_segment_header_extension_length", 256));
        hevc_check_read(p, "slice_segment_header_extension_data_byte");
    }
    /* byte_alignment() (7.3.2.12) */
    if (!hevc_read_flag(p, "alignment_bit_equal_to_one"))
        hevc_fail(p, "alignment_bit_equal_to_one", -EINVAL);
    while (p->error == 0 && bit_reader_position(&p->reader) % 8)
        if (hevc_read_flag(p, "alignment_bit_equal_to_zero"))
            hevc_fail(p, "alignment_bit_equal_to_zero", -EINVAL);
    p->header->header_size = (uint32_t)(bit_reader_position(&p->reader) / 8);
    p->header->header_size_raw = (uint32_t)(bit_reader_position_raw(&p->reader) / 8);
}

static void check_params(struct hevc_parser *p)
{
    const struct hevc_slice_header_params *params = p->params;

    if (params->pic_size_in_ctbs == 0)
        hevc_fail(p, "PicSizeInCtbsY", -EINVAL);
    if (params->log2_max_pic_order_cnt_lsb_minus4 > 12)
        hevc_fail(p, "log2_max_pic_order_cnt_lsb_minus4", -EINVAL);
    if (params->num_short_term_ref_pic_sets > 64)
        hevc_fail(p, "num_short_term_ref_pic_sets", -EINVAL);
    if (params->num_long_term_ref_pics_sps > 32)
        hevc_fail(p, "num_long_term_ref_pics_sps", -EINVAL);
    if (params->num_ref_idx_l0_default_active_minus1 >= HEVC_MAX_REF_IDX_ACTIVE)
        hevc_fail(p, "num_ref_idx_l0_default_active_minus1", -EINVAL);
    if (params->num_ref_idx_l1_default_active_minus1 >= HEVC_MAX_REF_IDX_ACTIVE)
        hevc_fail(p, "num_ref_idx_l1_default_active_minus1", -EINVAL);
    if (params->num_extra_slice_header_bits > 7)
        hevc_fail(p, "num_extra_slice_header_bits", -EINVAL);
}

int hevc_slice_header_parse(struct hevc_slice_header *header,
                            const struct hevc_slice_header_params *params,
                            const struct hevc_slice_header *independent, const uint8_t *nal,
                            size_t size, const char **element)
{
    struct hevc_parser p = {.params = params, .header = header};

    *header = (struct hevc_slice_header){0};
    bit_reader_init(&p.reader, nal, size);
    check_params(&p);
    if (p.error == 0) {
        parse_nal_unit_header(&p);
        parse_identity(&p);
    }
    if (p.error == 0 && header->dependent_slice_segment_flag)
        inherit(&p, independent);
    else if (p.error == 0)
        parse_independent(&p);
    if (p.error == 0 && (params->tiles_enabled_flag || params->entropy_coding_sync_enabled_flag))
        parse_entry_points(&p);
    if (p.error == 0)
        parse_end(&p);
    if (element)
        *element = p.element;
    return p.error;
}

int hevc_slice_entry_points(const struct hevc_slice_header *header, const uint8_t *nal, size_t size,
                            uint32_t *offsets)
{
    struct bit_reader reader;

    bit_reader_init(&reader, nal, size);
    bit_reader_skip(&reader, header->entry_points_position);
    for (unsigned i = 0; i < header->num_entry_point_offsets; i++)
        offsets[i] = bit_reader_u(&reader, header->offset_len_minus1 + 1u) + 1;
    return bit_reader_error(&reader) ? -ENODATA : 0;
}
