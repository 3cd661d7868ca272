/* SPDX-License-Identifier: MIT */
#include "codec/h264_slice_header.h"

#include "codec/bit_reader.h"

#include <errno.h>

/* MaxFS of level 6.2, the largest (table A-1). */
#define MAX_FRAME_SIZE_IN_MBS 139264

/* 26 + pic_init_qp_minus26 + slice_qp_delta and 26 + pic_init_qp_minus26 both lie in
 * -QpBdOffsetY to 51, and QpBdOffsetY is at most 36 (7.4.2.1.1, 7.4.2.2, 7.4.3). */
#define MAX_SLICE_QP_DELTA 87
#define MAX_SLICE_QS_DELTA 51

struct parser {
    struct bit_reader reader;
    const struct h264_slice_header_params *params;
    struct h264_slice_header *header;
    const char *element;
    int error;
};

static void fail(struct parser *p, const char *element, int error)
{
    if (p->error == 0) {
        p->error = error;
        p->element = element;
    }
}

/* Whether the element just read is valid. */
static bool check_read(struct parser *p, const char *element)
{
    if (bit_reader_error(&p->reader))
        fail(p, element, -ENODATA);
    return p->error == 0;
}

static uint32_t read_u(struct parser *p, const char *element, unsigned bits)
{
    uint32_t value = bit_reader_u(&p->reader, bits);

    return check_read(p, element) ? value : 0;
}

static bool read_flag(struct parser *p, const char *element)
{
    return read_u(p, element, 1) != 0;
}

static uint32_t read_ue(struct parser *p, const char *element, uint32_t max)
{
    uint32_t value = bit_reader_ue(&p->reader);

    if (check_read(p, element) && value > max)
        fail(p, element, -EINVAL);
    return p->error == 0 ? value : 0;
}

/* A se(v) of at most `limit` in magnitude. */
static int32_t read_se(struct parser *p, const char *element, int32_t limit)
{
    int32_t value = bit_reader_se(&p->reader);

    if (check_read(p, element) && (value < -limit || value > limit))
        fail(p, element, -EINVAL);
    return p->error == 0 ? value : 0;
}

/* A se(v) in -128 to 127, the range of all weights and offsets. */
static int16_t read_weight(struct parser *p, const char *element)
{
    int32_t value = read_se(p, element, 128);

    if (value == 128) {
        fail(p, element, -EINVAL);
        return 0;
    }
    return (int16_t)value;
}

/* The first value that is too large for a picture number of this slice: MaxPicNum (7.4.3). */
static uint32_t max_pic_num(const struct parser *p)
{
    uint32_t max_frame_num = (uint32_t)1 << (p->params->log2_max_frame_num_minus4 + 4);

    return p->header->field_pic_flag ? 2 * max_frame_num : max_frame_num;
}

static uint32_t max_long_term_pic_num(const struct parser *p)
{
    return p->header->field_pic_flag ? 31 : 15;
}

static void parse_nal_unit_header(struct parser *p)
{
    if (read_flag(p, "forbidden_zero_bit"))
        fail(p, "forbidden_zero_bit", -EINVAL);
    p->header->nal_ref_idc = (uint8_t)read_u(p, "nal_ref_idc", 2);
    p->header->nal_unit_type = (uint8_t)read_u(p, "nal_unit_type", 5);

    switch (p->header->nal_unit_type) {
    case 1:
    case 5:
        break;
    case 2:
    case 3:
    case 4:
    case 14:
    case 20:
    case 21:
        fail(p, "nal_unit_type", -ENOTSUP);
        break;
    default:
        fail(p, "nal_unit_type", -EINVAL);
        break;
    }
}

static void parse_pic_order_cnt(struct parser *p)
{
    const struct h264_slice_header_params *params = p->params;
    struct h264_slice_header *header = p->header;
    size_t start = bit_reader_position(&p->reader);
    bool has_bottom =
        params->bottom_field_pic_order_in_frame_present_flag && !header->field_pic_flag;

    if (params->pic_order_cnt_type == 0) {
        header->pic_order_cnt_lsb = (uint16_t)read_u(
            p, "pic_order_cnt_lsb", params->log2_max_pic_order_cnt_lsb_minus4 + 4U);
        if (has_bottom) {
            header->delta_pic_order_cnt_bottom =
                read_se(p, "delta_pic_order_cnt_bottom", INT32_MAX);
        }
    } else if (params->pic_order_cnt_type == 1 && !params->delta_pic_order_always_zero_flag) {
        header->delta_pic_order_cnt[0] = read_se(p, "delta_pic_order_cnt[0]", INT32_MAX);
        if (has_bottom)
            header->delta_pic_order_cnt[1] = read_se(p, "delta_pic_order_cnt[1]", INT32_MAX);
    }
    header->pic_order_cnt_bit_size = (uint32_t)(bit_reader_position(&p->reader) - start);
}

static void parse_num_ref_idx(struct parser *p, enum h264_slice_type type)
{
    struct h264_slice_header *header = p->header;
    uint32_t max = header->field_pic_flag ? 31 : 15;
    uint32_t l0 = p->params->num_ref_idx_l0_active_minus1;
    uint32_t l1 = type == H264_SLICE_B ? p->params->num_ref_idx_l1_active_minus1 : 0;

    header->num_ref_idx_active_override_flag = read_flag(p, "num_ref_idx_active_override_flag");
    if (header->num_ref_idx_active_override_flag) {
        l0 = read_ue(p, "num_ref_idx_l0_active_minus1", max);
        if (type == H264_SLICE_B)
            l1 = read_ue(p, "num_ref_idx_l1_active_minus1", max);
    }
    if (l0 > max) {
        fail(p, "num_ref_idx_l0_active_minus1", -EINVAL);
        l0 = max;
    }
    if (l1 > max) {
        fail(p, "num_ref_idx_l1_active_minus1", -EINVAL);
        l1 = max;
    }
    header->num_ref_idx_l0_active_minus1 = (uint8_t)l0;
    header->num_ref_idx_l1_active_minus1 = (uint8_t)l1;
}

static uint8_t num_ref_idx_active(const struct h264_slice_header *header, int list)
{
    return (uint8_t)((list ? header->num_ref_idx_l1_active_minus1
                           : header->num_ref_idx_l0_active_minus1) +
                     1);
}

static void parse_ref_pic_list_modification(struct parser *p, int list)
{
    struct h264_ref_pic_list_modification *modification =
        &p->header->ref_pic_list_modification[list];
    uint8_t max = num_ref_idx_active(p->header, list);

    modification->ref_pic_list_modification_flag = read_flag(
        p, list ? "ref_pic_list_modification_flag_l1" : "ref_pic_list_modification_flag_l0");
    if (!modification->ref_pic_list_modification_flag)
        return;
    while (p->error == 0) {
        struct h264_ref_pic_list_modification_op op = {0};

        op.modification_of_pic_nums_idc = (uint8_t)read_ue(p, "modification_of_pic_nums_idc", 3);
        if (op.modification_of_pic_nums_idc == 3)
            return;
        if (op.modification_of_pic_nums_idc == 2)
            op.value = read_ue(p, "long_term_pic_num", max_long_term_pic_num(p));
        else
            op.value = read_ue(p, "abs_diff_pic_num_minus1", max_pic_num(p) - 1);
        if (modification->count >= max)
            fail(p, "modification_of_pic_nums_idc", -EINVAL);
        if (p->error == 0)
            modification->ops[modification->count++] = op;
    }
}

static void parse_pred_weights(struct parser *p, int list, bool has_chroma)
{
    struct h264_pred_weights *weights = &p->header->pred_weights[list];
    uint8_t count = num_ref_idx_active(p->header, list);

    for (unsigned i = 0; i < count && p->error == 0; i++) {
        weights->luma_weight[i] = (int16_t)(1 << p->header->luma_log2_weight_denom);
        weights->luma_weight_flag[i] =
            read_flag(p, list ? "luma_weight_l1_flag" : "luma_weight_l0_flag");
        if (weights->luma_weight_flag[i]) {
            weights->luma_weight[i] = read_weight(p, list ? "luma_weight_l1" : "luma_weight_l0");
            weights->luma_offset[i] = read_weight(p, list ? "luma_offset_l1" : "luma_offset_l0");
        }
        if (!has_chroma)
            continue;
        weights->chroma_weight_flag[i] =
            read_flag(p, list ? "chroma_weight_l1_flag" : "chroma_weight_l0_flag");
        for (unsigned j = 0; j < 2; j++) {
            weights->chroma_weight[i][j] = (int16_t)(1 << p->header->chroma_log2_weight_denom);
            if (weights->chroma_weight_flag[i]) {
                weights->chroma_weight[i][j] =
                    read_weight(p, list ? "chroma_weight_l1" : "chroma_weight_l0");
                weights->chroma_offset[i][j] =
                    read_weight(p, list ? "chroma_offset_l1" : "chroma_offset_l0");
            }
        }
    }
}

static void parse_pred_weight_table(struct parser *p, enum h264_slice_type type)
{
    /* ChromaArrayType (7.4.2.1.1) */
    bool has_chroma = p->params->chroma_format_idc != 0 && !p->params->separate_colour_plane_flag;

    p->header->has_pred_weight_table = true;
    p->header->luma_log2_weight_denom = (uint8_t)read_ue(p, "luma_log2_weight_denom", 7);
    if (has_chroma)
        p->header->chroma_log2_weight_denom = (uint8_t)read_ue(p, "chroma_log2_weight_denom", 7);
    parse_pred_weights(p, 0, has_chroma);
    if (type == H264_SLICE_B)
        parse_pred_weights(p, 1, has_chroma);
}

static struct h264_mmco parse_mmco(struct parser *p)
{
    struct h264_mmco op = {0};

    op.memory_management_control_operation =
        (uint8_t)read_ue(p, "memory_management_control_operation", 6);
    switch (op.memory_management_control_operation) {
    case 1:
    case 3:
        op.difference_of_pic_nums_minus1 =
            read_ue(p, "difference_of_pic_nums_minus1", max_pic_num(p) - 1);
        if (op.memory_management_control_operation == 3)
            op.long_term_frame_idx = read_ue(p, "long_term_frame_idx", 15);
        break;
    case 2:
        op.long_term_pic_num = read_ue(p, "long_term_pic_num", max_long_term_pic_num(p));
        break;
    case 4:
        op.max_long_term_frame_idx_plus1 = read_ue(p, "max_long_term_frame_idx_plus1", 16);
        break;
    case 6:
        op.long_term_frame_idx = read_ue(p, "long_term_frame_idx", 15);
        break;
    default:
        break;
    }
    return op;
}

static void parse_dec_ref_pic_marking(struct parser *p)
{
    struct h264_dec_ref_pic_marking *marking = &p->header->dec_ref_pic_marking;
    size_t start = bit_reader_position(&p->reader);

    if (p->header->nal_unit_type == 5) {
        marking->no_output_of_prior_pics_flag = read_flag(p, "no_output_of_prior_pics_flag");
        marking->long_term_reference_flag = read_flag(p, "long_term_reference_flag");
    } else {
        marking->adaptive_ref_pic_marking_mode_flag =
            read_flag(p, "adaptive_ref_pic_marking_mode_flag");
        while (marking->adaptive_ref_pic_marking_mode_flag && p->error == 0) {
            struct h264_mmco op = parse_mmco(p);

            if (p->error == 0 && op.memory_management_control_operation == 0)
                break;
            if (marking->count >= H264_MAX_MMCO)
                fail(p, "memory_management_control_operation", -EINVAL);
            if (p->error == 0)
                marking->ops[marking->count++] = op;
        }
    }
    p->header->dec_ref_pic_marking_bit_size = (uint32_t)(bit_reader_position(&p->reader) - start);
}

static void parse_deblocking(struct parser *p)
{
    struct h264_slice_header *header = p->header;

    if (!p->params->deblocking_filter_control_present_flag)
        return;
    header->disable_deblocking_filter_idc = (uint8_t)read_ue(p, "disable_deblocking_filter_idc", 2);
    if (header->disable_deblocking_filter_idc != 1) {
        header->slice_alpha_c0_offset_div2 = (int8_t)read_se(p, "slice_alpha_c0_offset_div2", 6);
        header->slice_beta_offset_div2 = (int8_t)read_se(p, "slice_beta_offset_div2", 6);
    }
}

/* Parses the elements up to slice_type, which the rest depends on. */
static enum h264_slice_type parse_slice_type(struct parser *p)
{
    struct h264_slice_header *header = p->header;
    enum h264_slice_type type;

    header->first_mb_in_slice = read_ue(p, "first_mb_in_slice", MAX_FRAME_SIZE_IN_MBS - 1);
    header->slice_type = (uint8_t)read_ue(p, "slice_type", 9);
    type = h264_slice_header_type(header);
    if (header->nal_unit_type == 5 && type != H264_SLICE_I && type != H264_SLICE_SI)
        fail(p, "slice_type", -EINVAL);
    return type;
}

static void parse_picture_identity(struct parser *p)
{
    const struct h264_slice_header_params *params = p->params;
    struct h264_slice_header *header = p->header;

    header->pic_parameter_set_id = (uint8_t)read_ue(p, "pic_parameter_set_id", 255);
    if (params->separate_colour_plane_flag) {
        header->colour_plane_id = (uint8_t)read_u(p, "colour_plane_id", 2);
        if (header->colour_plane_id > 2)
            fail(p, "colour_plane_id", -EINVAL);
    }
    header->frame_num = (uint16_t)read_u(p, "frame_num", params->log2_max_frame_num_minus4 + 4U);
    if (!params->frame_mbs_only_flag) {
        header->field_pic_flag = read_flag(p, "field_pic_flag");
        if (header->field_pic_flag)
            header->bottom_field_flag = read_flag(p, "bottom_field_flag");
    }
    if (header->nal_unit_type == 5)
        header->idr_pic_id = (uint16_t)read_ue(p, "idr_pic_id", 65535);
    parse_pic_order_cnt(p);
    if (params->redundant_pic_cnt_present_flag)
        header->redundant_pic_cnt = (uint8_t)read_ue(p, "redundant_pic_cnt", 127);
}

static void parse_references(struct parser *p, enum h264_slice_type type)
{
    bool is_p = type == H264_SLICE_P || type == H264_SLICE_SP;
    bool is_b = type == H264_SLICE_B;

    if (is_b)
        p->header->direct_spatial_mv_pred_flag = read_flag(p, "direct_spatial_mv_pred_flag");
    if (is_p || is_b) {
        parse_num_ref_idx(p, type);
        parse_ref_pic_list_modification(p, 0);
    }
    if (is_b)
        parse_ref_pic_list_modification(p, 1);
    if ((is_p && p->params->weighted_pred_flag) || (is_b && p->params->weighted_bipred_idc == 1))
        parse_pred_weight_table(p, type);
    if (p->header->nal_ref_idc != 0)
        parse_dec_ref_pic_marking(p);
}

static void parse_quantisation(struct parser *p, enum h264_slice_type type)
{
    struct h264_slice_header *header = p->header;

    if (p->params->entropy_coding_mode_flag && type != H264_SLICE_I && type != H264_SLICE_SI)
        header->cabac_init_idc = (uint8_t)read_ue(p, "cabac_init_idc", 2);
    header->slice_qp_delta = (int8_t)read_se(p, "slice_qp_delta", MAX_SLICE_QP_DELTA);
    if (type == H264_SLICE_SP)
        header->sp_for_switch_flag = read_flag(p, "sp_for_switch_flag");
    if (type == H264_SLICE_SP || type == H264_SLICE_SI)
        header->slice_qs_delta = (int8_t)read_se(p, "slice_qs_delta", MAX_SLICE_QS_DELTA);
}

static void check_params(struct parser *p)
{
    const struct h264_slice_header_params *params = p->params;

    if (params->chroma_format_idc > 3)
        fail(p, "chroma_format_idc", -EINVAL);
    if (params->log2_max_frame_num_minus4 > 12)
        fail(p, "log2_max_frame_num_minus4", -EINVAL);
    if (params->pic_order_cnt_type > 2)
        fail(p, "pic_order_cnt_type", -EINVAL);
    if (params->log2_max_pic_order_cnt_lsb_minus4 > 12)
        fail(p, "log2_max_pic_order_cnt_lsb_minus4", -EINVAL);
    if (params->weighted_bipred_idc > 2)
        fail(p, "weighted_bipred_idc", -EINVAL);
}

size_t h264_start_code_size(const uint8_t *data, size_t size)
{
    size_t zeros = 0;

    while (zeros < size && data[zeros] == 0)
        zeros++;
    return zeros >= 2 && zeros < size && data[zeros] == 1 ? zeros + 1 : 0;
}

int h264_slice_header_parse(struct h264_slice_header *header,
                            const struct h264_slice_header_params *params, const uint8_t *nal,
                            size_t size, const char **element)
{
    struct parser p = {.params = params, .header = header};

    *header = (struct h264_slice_header){0};
    bit_reader_init(&p.reader, nal, size);
    check_params(&p);
    if (p.error == 0)
        parse_nal_unit_header(&p);
    if (p.error == 0) {
        enum h264_slice_type type = parse_slice_type(&p);

        parse_picture_identity(&p);
        parse_references(&p, type);
        parse_quantisation(&p, type);
        parse_deblocking(&p);
        header->header_bit_size = (uint32_t)bit_reader_position(&p.reader);
        header->header_bit_size_raw = (uint32_t)bit_reader_position_raw(&p.reader);
    }
    if (element)
        *element = p.element;
    return p.error;
}

enum h264_slice_type h264_slice_header_type(const struct h264_slice_header *header)
{
    return (enum h264_slice_type)(header->slice_type % 5);
}
