/* SPDX-License-Identifier: MIT */
/* Random valid headers, written by the rules of 7.3.3 and read back; and random bytes. */
#include <stdlib.h>
#include <string.h>

#include "bit_writer.h"
#include "h264_headers.h"
#include "unit.h"

static uint64_t seed;

static uint32_t below(uint32_t limit)
{
    return unit_random(&seed) % limit;
}

static bool coin(void)
{
    return below(2) != 0;
}

/* Zero often, so that emulation prevention occurs. */
static uint32_t mostly_zero(uint32_t limit)
{
    return below(3) ? 0 : below(limit);
}

static int32_t within(int32_t limit)
{
    return (int32_t)below(2 * (uint32_t)limit + 1) - limit;
}

static int16_t weight(void)
{
    return (int16_t)((int32_t)below(256) - 128);
}

static struct h264_slice_header_params random_params(void)
{
    return (struct h264_slice_header_params){
        .chroma_format_idc = (uint8_t)below(4),
        .separate_colour_plane_flag = below(8) == 0,
        .frame_mbs_only_flag = coin(),
        .log2_max_frame_num_minus4 = (uint8_t)below(13),
        .pic_order_cnt_type = (uint8_t)below(3),
        .log2_max_pic_order_cnt_lsb_minus4 = (uint8_t)below(13),
        .delta_pic_order_always_zero_flag = coin(),
        .bottom_field_pic_order_in_frame_present_flag = coin(),
        .redundant_pic_cnt_present_flag = coin(),
        .weighted_pred_flag = coin(),
        .weighted_bipred_idc = (uint8_t)below(3),
        .entropy_coding_mode_flag = coin(),
        .deblocking_filter_control_present_flag = coin(),
        .num_ref_idx_l0_active_minus1 = (uint8_t)below(16),
        .num_ref_idx_l1_active_minus1 = (uint8_t)below(16),
    };
}

static void write_pic_order_cnt(struct bit_writer *w, const struct h264_slice_header_params *p,
                                struct h264_slice_header *h)
{
    size_t start = w->bits;
    bool both = p->bottom_field_pic_order_in_frame_present_flag && !h->field_pic_flag;

    if (p->pic_order_cnt_type == 0) {
        unsigned bits = p->log2_max_pic_order_cnt_lsb_minus4 + 4U;

        h->pic_order_cnt_lsb = (uint16_t)mostly_zero(1U << bits);
        bit_writer_u(w, bits, h->pic_order_cnt_lsb);
        if (both) {
            h->delta_pic_order_cnt_bottom = within(coin() ? 3 : INT32_MAX / 2);
            bit_writer_se(w, h->delta_pic_order_cnt_bottom);
        }
    }
    if (p->pic_order_cnt_type == 1 && !p->delta_pic_order_always_zero_flag) {
        for (int i = 0; i < 1 + both; i++) {
            h->delta_pic_order_cnt[i] = within(coin() ? 3 : INT32_MAX / 2);
            bit_writer_se(w, h->delta_pic_order_cnt[i]);
        }
    }
    h->pic_order_cnt_bit_size = (uint32_t)(w->bits - start);
}

static uint32_t max_pic_num(const struct h264_slice_header_params *p,
                            const struct h264_slice_header *h)
{
    return (16U << p->log2_max_frame_num_minus4) << h->field_pic_flag;
}

static void write_modification(struct bit_writer *w, const struct h264_slice_header_params *p,
                               struct h264_slice_header *h, unsigned list)
{
    struct h264_ref_pic_list_modification *m = &h->ref_pic_list_modification[list];
    unsigned active =
        1U + (list ? h->num_ref_idx_l1_active_minus1 : h->num_ref_idx_l0_active_minus1);
    uint32_t pic_nums = max_pic_num(p, h);

    m->ref_pic_list_modification_flag = coin();
    bit_writer_u(w, 1, m->ref_pic_list_modification_flag);
    if (!m->ref_pic_list_modification_flag)
        return;
    m->count = (uint8_t)below(active + 1);
    for (unsigned i = 0; i < m->count; i++) {
        m->ops[i].modification_of_pic_nums_idc = (uint8_t)below(3);
        m->ops[i].value = below(
            m->ops[i].modification_of_pic_nums_idc == 2 ? (h->field_pic_flag ? 32 : 16) : pic_nums);
        bit_writer_ue(w, m->ops[i].modification_of_pic_nums_idc);
        bit_writer_ue(w, m->ops[i].value);
    }
    bit_writer_ue(w, 3);
}

static void write_weights(struct bit_writer *w, struct h264_pred_weights *t, unsigned active,
                          const struct h264_slice_header *h, bool chroma)
{
    for (unsigned i = 0; i < active; i++) {
        t->luma_weight_flag[i] = coin();
        t->luma_weight[i] = (int16_t)(1 << h->luma_log2_weight_denom);
        bit_writer_u(w, 1, t->luma_weight_flag[i]);
        if (t->luma_weight_flag[i]) {
            bit_writer_se(w, t->luma_weight[i] = weight());
            bit_writer_se(w, t->luma_offset[i] = weight());
        }
        if (!chroma)
            continue;
        t->chroma_weight_flag[i] = coin();
        bit_writer_u(w, 1, t->chroma_weight_flag[i]);
        for (unsigned j = 0; j < 2; j++) {
            t->chroma_weight[i][j] = (int16_t)(1 << h->chroma_log2_weight_denom);
            if (t->chroma_weight_flag[i]) {
                bit_writer_se(w, t->chroma_weight[i][j] = weight());
                bit_writer_se(w, t->chroma_offset[i][j] = weight());
            }
        }
    }
}

static void write_marking(struct bit_writer *w, uint32_t pic_nums, struct h264_slice_header *h)
{
    struct h264_dec_ref_pic_marking *m = &h->dec_ref_pic_marking;
    size_t start = w->bits;

    if (h->nal_unit_type == 5) {
        bit_writer_u(w, 1, m->no_output_of_prior_pics_flag = coin());
        bit_writer_u(w, 1, m->long_term_reference_flag = coin());
    } else {
        m->adaptive_ref_pic_marking_mode_flag = coin();
        bit_writer_u(w, 1, m->adaptive_ref_pic_marking_mode_flag);
        if (m->adaptive_ref_pic_marking_mode_flag) {
            m->count = (uint8_t)below(H264_MAX_MMCO + 1);
            for (unsigned i = 0; i < m->count; i++) {
                struct h264_mmco *op = &m->ops[i];
                uint8_t n = (uint8_t)(1 + below(6));

                op->memory_management_control_operation = n;
                bit_writer_ue(w, n);
                if (n == 1 || n == 3)
                    bit_writer_ue(w, op->difference_of_pic_nums_minus1 = below(pic_nums));
                if (n == 2)
                    bit_writer_ue(w, op->long_term_pic_num = below(h->field_pic_flag ? 32 : 16));
                if (n == 3 || n == 6)
                    bit_writer_ue(w, op->long_term_frame_idx = below(16));
                if (n == 4)
                    bit_writer_ue(w, op->max_long_term_frame_idx_plus1 = below(17));
            }
            bit_writer_ue(w, 0);
        }
    }
    h->dec_ref_pic_marking_bit_size = (uint32_t)(w->bits - start);
}

static void write_references(struct bit_writer *w, const struct h264_slice_header_params *p,
                             struct h264_slice_header *h)
{
    unsigned type = h->slice_type % 5;
    unsigned lists = type == H264_SLICE_B ? 2 : (type == H264_SLICE_P || type == H264_SLICE_SP);
    uint8_t *counts[2] = {&h->num_ref_idx_l0_active_minus1, &h->num_ref_idx_l1_active_minus1};
    bool chroma = p->chroma_format_idc != 0 && !p->separate_colour_plane_flag;

    if (lists == 2)
        bit_writer_u(w, 1, h->direct_spatial_mv_pred_flag = coin());
    if (lists) {
        h->num_ref_idx_active_override_flag = coin();
        bit_writer_u(w, 1, h->num_ref_idx_active_override_flag);
        h->num_ref_idx_l0_active_minus1 = p->num_ref_idx_l0_active_minus1;
        h->num_ref_idx_l1_active_minus1 = lists == 2 ? p->num_ref_idx_l1_active_minus1 : 0;
    }
    for (unsigned i = 0; i < lists && h->num_ref_idx_active_override_flag; i++)
        bit_writer_ue(w, *counts[i] = (uint8_t)below(h->field_pic_flag ? 32 : 16));
    for (unsigned i = 0; i < lists; i++)
        write_modification(w, p, h, i);
    h->has_pred_weight_table =
        (lists == 1 && p->weighted_pred_flag) || (lists == 2 && p->weighted_bipred_idc == 1);
    if (h->has_pred_weight_table) {
        bit_writer_ue(w, h->luma_log2_weight_denom = (uint8_t)below(8));
        if (chroma)
            bit_writer_ue(w, h->chroma_log2_weight_denom = (uint8_t)below(8));
        for (unsigned i = 0; i < lists; i++)
            write_weights(w, &h->pred_weights[i], *counts[i] + 1U, h, chroma);
    }
    if (h->nal_ref_idc != 0)
        write_marking(w, max_pic_num(p, h), h);
}

static void write_end(struct bit_writer *w, const struct h264_slice_header_params *p,
                      struct h264_slice_header *h)
{
    unsigned type = h->slice_type % 5;

    if (p->entropy_coding_mode_flag && type != H264_SLICE_I && type != H264_SLICE_SI)
        bit_writer_ue(w, h->cabac_init_idc = (uint8_t)below(3));
    bit_writer_se(w, h->slice_qp_delta = (int8_t)within(87));
    if (type == H264_SLICE_SP)
        bit_writer_u(w, 1, h->sp_for_switch_flag = coin());
    if (type == H264_SLICE_SP || type == H264_SLICE_SI)
        bit_writer_se(w, h->slice_qs_delta = (int8_t)within(51));
    if (p->deblocking_filter_control_present_flag) {
        bit_writer_ue(w, h->disable_deblocking_filter_idc = (uint8_t)below(3));
        if (h->disable_deblocking_filter_idc != 1) {
            bit_writer_se(w, h->slice_alpha_c0_offset_div2 = (int8_t)within(6));
            bit_writer_se(w, h->slice_beta_offset_div2 = (int8_t)within(6));
        }
    }
    h->header_bit_size = (uint32_t)w->bits;
}

static struct h264_slice_header write_random(struct bit_writer *w,
                                             const struct h264_slice_header_params *p)
{
    static const uint8_t idr_types[] = {2, 4, 7, 9};
    struct h264_slice_header h = {.nal_ref_idc = (uint8_t)below(4)};
    unsigned frame_num_bits = p->log2_max_frame_num_minus4 + 4U;

    h.nal_unit_type = h.nal_ref_idc && coin() ? 5 : 1;
    bit_writer_u(w, 1, 0);
    bit_writer_u(w, 2, h.nal_ref_idc);
    bit_writer_u(w, 5, h.nal_unit_type);
    bit_writer_ue(w, h.first_mb_in_slice = mostly_zero(139264));
    h.slice_type = (uint8_t)(h.nal_unit_type == 5 ? idr_types[below(4)] : below(10));
    bit_writer_ue(w, h.slice_type);
    bit_writer_ue(w, h.pic_parameter_set_id = (uint8_t)mostly_zero(256));
    if (p->separate_colour_plane_flag)
        bit_writer_u(w, 2, h.colour_plane_id = (uint8_t)below(3));
    h.frame_num = (uint16_t)mostly_zero(1U << frame_num_bits);
    bit_writer_u(w, frame_num_bits, h.frame_num);
    if (!p->frame_mbs_only_flag) {
        bit_writer_u(w, 1, h.field_pic_flag = coin());
        if (h.field_pic_flag)
            bit_writer_u(w, 1, h.bottom_field_flag = coin());
    }
    if (h.nal_unit_type == 5)
        bit_writer_ue(w, h.idr_pic_id = (uint16_t)mostly_zero(65536));
    write_pic_order_cnt(w, p, &h);
    if (p->redundant_pic_cnt_present_flag)
        bit_writer_ue(w, h.redundant_pic_cnt = (uint8_t)below(128));
    write_references(w, p, &h);
    write_end(w, p, &h);
    return h;
}

/* header_bit_size with the emulation prevention bytes of nal[] that lie before its last bit. */
static size_t header_bit_size_raw(const uint8_t *nal, size_t size,
                                  const struct h264_slice_header *header)
{
    size_t removed = 0;
    size_t last_byte = (header->header_bit_size - 1) / 8;
    unsigned zeros = 0;

    for (size_t i = 0; i < size && i - removed <= last_byte; i++) {
        if (zeros >= 2 && nal[i] == 3) {
            removed++;
            zeros = 0;
        } else {
            zeros = nal[i] == 0 ? zeros + 1 : 0;
        }
    }
    return header->header_bit_size + 8 * removed;
}

static void reads_back_what_was_written(void **state)
{
    unsigned with_emulation = 0;

    (void)state;
    seed = 264;
    for (unsigned round = 0; round < 20000; round++) {
        struct bit_writer writer = {0};
        struct h264_slice_header_params params = random_params();
        struct h264_slice_header expected = write_random(&writer, &params);
        struct h264_slice_header header;
        const char *element = NULL;
        uint8_t nal[BIT_WRITER_MAX_BYTES];
        size_t size = bit_writer_nal(&writer, nal, sizeof(nal));

        assert_int_equal(h264_slice_header_parse(&header, &params, nal, size, &element), 0);
        assert_null(element);
        assert_h264_header_equal(&header, &expected);
        assert_int_equal(header.header_bit_size_raw, header_bit_size_raw(nal, size, &expected));
        with_emulation += header.header_bit_size_raw != header.header_bit_size;
    }
    assert_true(with_emulation > 500);
}

static void random_bytes_do_no_harm(void **state)
{
    unsigned accepted = 0;

    (void)state;
    seed = 7;
    for (unsigned round = 0; round < 200000; round++) {
        struct h264_slice_header_params params = random_params();
        struct h264_slice_header header;
        const char *element = NULL;
        size_t size = below(80);
        uint8_t *nal = malloc(size + 1);
        int result;

        assert_non_null(nal);
        for (size_t i = 0; i < size; i++)
            nal[i] = (uint8_t)(coin() ? below(256) : below(4));
        if (size > 0 && below(4))
            nal[0] = (uint8_t)(coin() ? 0x21 : 0x65);
        params.num_ref_idx_l0_active_minus1 = (uint8_t)below(256);
        params.num_ref_idx_l1_active_minus1 = (uint8_t)below(256);
        /* Allocated to its size, shifted by one: a sanitizer sees reads on either side. */
        memmove(nal + 1, nal, size);
        result = h264_slice_header_parse(&header, &params, nal + 1, size, &element);
        free(nal);
        assert_true((result == 0) == (element == NULL));
        assert_true(header.ref_pic_list_modification[0].count <= H264_MAX_REF_IDX_ACTIVE);
        assert_true(header.ref_pic_list_modification[1].count <= H264_MAX_REF_IDX_ACTIVE);
        assert_true(header.dec_ref_pic_marking.count <= H264_MAX_MMCO);
        assert_true(header.num_ref_idx_l0_active_minus1 < H264_MAX_REF_IDX_ACTIVE);
        assert_true(header.num_ref_idx_l1_active_minus1 < H264_MAX_REF_IDX_ACTIVE);
        assert_true(header.header_bit_size_raw <= 8 * size);
        accepted += result == 0;
    }
    assert_true(accepted > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back_what_was_written),
        cmocka_unit_test(random_bytes_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
