/* SPDX-License-Identifier: MIT */
/* Slice segment headers written by hand from 7.3.6.1, bit by bit. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bit_writer.h"
#include "codec/hevc_slice_header.h"
#include "unit.h"

#define NAL_SIZE 512

/* IDR_W_RADL, an I slice. */
static const char idr_bits[] = "0 010011 000000 001" /* NAL unit header */
                               " 1 1 1"              /* first, no_output_of_prior_pics, PPS 0 */
                               " 011 1 0"            /* slice_type 2, SAO luma, no SAO chroma */
                               " 00111"              /* slice_qp_delta -3 */
                               " 1"                  /* across slices */
                               " 1000000000";        /* byte_alignment(), reaching 32 bits */

static const struct hevc_slice_header_params idr_params = {
    .pic_size_in_ctbs = 28,
    .chroma_format_idc = 1,
    .sample_adaptive_offset_enabled_flag = true,
    .pps_beta_offset_div2 = 2,
    .pps_tc_offset_div2 = -1,
    .pps_loop_filter_across_slices_enabled_flag = true,
};

/* TRAIL_R, a P slice with nearly everything. */
static const char full_bits[] =
    "0 000001 000000 011 0 00100 0 01101" /* TemporalId 2; not first, PPS 3, independent, CTB 13 */
    " 10 010 1"                           /* two reserved flags, slice_type 1, pic_output_flag */
    " 00000111 0"                         /* LSBs 7, an explicit set */
    " 0 011 1 1 1 011 0"                  /* 2 before, 0 after: -1 used, -4 not */
    " 010 010 10 0 00000101 1 1 00100"    /* candidate 2; LSBs 5, used, MSB cycle 3 */
    " 1 0 1 1 011"                        /* MVP, SAO chroma; override: 3 references */
    " 1 10 00 01 1 010"                   /* list entries 2 0 1, cabac_init_flag, collocated 1 */
    " 00110 011 1 0 1 0 0 1"              /* denominators 2^5, 2^4; flags of luma, of chroma */
    " 00100 0001011"                      /* entry 0: luma 2, -5 */
    " 1 010 00110 000000000010000000001"  /* entry 2: luma 0, 1; Cb 3, -512 */
    " 1 0000000001111111110"              /* Cr 0, 511 */
    " 011 1 000011000 000011001"          /* merge 2, QP 0, Cb 12, Cr -12 */
    " 1 0 0001101 0001100 0"              /* override: on, beta -6, tc 6; not across slices */
    " 011 000010000"                      /* 2 entry points of 16 bits: */
    " 0000000000000000 0000000100101100"  /* 1 and 301 */
    " 010 11111111 1";                    /* an extension of one byte, alignment */

static const struct hevc_slice_header_params full_params = {
    .pic_size_in_ctbs = 28,
    .chroma_format_idc = 1,
    .log2_max_pic_order_cnt_lsb_minus4 = 4,
    .num_short_term_ref_pic_sets = 2,
    .long_term_ref_pics_present_flag = true,
    .num_long_term_ref_pics_sps = 3,
    .sps_temporal_mvp_enabled_flag = true,
    .sample_adaptive_offset_enabled_flag = true,
    .dependent_slice_segments_enabled_flag = true,
    .output_flag_present_flag = true,
    .num_extra_slice_header_bits = 2,
    .cabac_init_present_flag = true,
    .weighted_pred_flag = true,
    .entropy_coding_sync_enabled_flag = true,
    .pps_slice_chroma_qp_offsets_present_flag = true,
    .deblocking_filter_override_enabled_flag = true,
    .pps_loop_filter_across_slices_enabled_flag = true,
    .lists_modification_present_flag = true,
    .slice_segment_header_extension_present_flag = true,
    .num_pic_total_curr = 3,
};

/* A dependent slice segment behind it: CTB 20, one entry point of 8 bits. */
static const char dependent_bits[] = "0 000001 000000 011 0 00100 1 10100"
                                     " 010 0001000 11001000" /* 201 */
                                     " 1 1";                 /* no extension bytes, alignment */

/* RASL_N, a B slice whose set is predicted from one of three pictures. */
static const char predicted_bits[] = "0 001000 000000 001 1 1" /* first, PPS 0 */
                                     " 1 0110 0"               /* slice_type 0, LSBs 6, own set */
                                     " 1 010 1 1 1 01 00 1"    /* 12 bits, flags of 4 pictures */
                                     " 0 0 0 1" /* lists of 2 as they are, mvd_l1_zero */
                                     " 1 1 1";  /* merge 0, QP 0, alignment */

static const struct hevc_slice_header_params predicted_params = {
    .pic_size_in_ctbs = 1,
    .chroma_format_idc = 1,
    .num_short_term_ref_pic_sets = 4,
    .num_ref_idx_l0_default_active_minus1 = 1,
    .num_ref_idx_l1_default_active_minus1 = 1,
    .lists_modification_present_flag = true,
    .pps_deblocking_filter_disabled_flag = true,
    .pps_loop_filter_across_slices_enabled_flag = true,
    .st_ref_pic_set_size = 12,
    .num_pic_total_curr = 2,
};

/* The NAL unit with its last byte filled up with zeros, as byte_alignment() does. */
static size_t nal_of(const char *bits, uint8_t *nal)
{
    struct bit_writer writer = {0};

    bit_writer_string(&writer, bits);
    while (writer.bits % 8 != 0)
        bit_writer_string(&writer, "0");
    return bit_writer_nal(&writer, nal, NAL_SIZE);
}

static int parse(const char *bits, const struct hevc_slice_header_params *params,
                 const struct hevc_slice_header *independent, struct hevc_slice_header *header,
                 const char **element)
{
    uint8_t nal[NAL_SIZE];
    const size_t size = nal_of(bits, nal);

    memset(nal + size, 0x55, 4); /* slice data: nothing in it may matter */
    return hevc_slice_header_parse(header, params, independent, nal, size + 4, element);
}

static void parses_an_idr_slice(void **state)
{
    const struct hevc_slice_header expected = {
        .nal_unit_type = 19,
        .nuh_temporal_id_plus1 = 1,
        .first_slice_segment_in_pic_flag = true,
        .no_output_of_prior_pics_flag = true,
        .slice_type = HEVC_SLICE_I,
        .pic_output_flag = true,
        .slice_sao_luma_flag = true,
        .collocated_from_l0_flag = true,
        .slice_qp_delta = -3,
        .slice_beta_offset_div2 = 2,
        .slice_tc_offset_div2 = -1,
        .slice_loop_filter_across_slices_enabled_flag = true,
        .header_size = 4,
        .header_size_raw = 4,
    };
    struct hevc_slice_header header;
    const char *element = "unset";

    (void)state;
    assert_int_equal(parse(idr_bits, &idr_params, NULL, &header, &element), 0);
    assert_null(element);
    assert_memory_equal(&header, &expected, sizeof(header));
    assert_true(hevc_is_idr(&header) && hevc_is_irap(&header));
}

static void parses_a_full_header(void **state)
{
    struct hevc_slice_header h;
    uint8_t nal[NAL_SIZE];
    const size_t size = nal_of(full_bits, nal);
    uint32_t offsets[2];

    (void)state;
    assert_int_equal(hevc_slice_header_parse(&h, &full_params, NULL, nal, size, NULL), 0);
    assert_int_equal(h.nuh_temporal_id_plus1, 3);
    assert_int_equal(h.slice_pic_parameter_set_id, 3);
    assert_int_equal(h.slice_segment_address, 13);
    assert_int_equal(h.slice_type, HEVC_SLICE_P);
    assert_int_equal(h.slice_pic_order_cnt_lsb, 7);
    assert_false(h.short_term.sps_flag || h.short_term.predicted);
    assert_int_equal(h.short_term.pics[0].count, 2);
    assert_int_equal(h.short_term.pics[0].delta_poc[0], -1);
    assert_int_equal(h.short_term.pics[0].delta_poc[1], -4);
    assert_true(h.short_term.pics[0].used_by_curr_pic[0]);
    assert_false(h.short_term.pics[0].used_by_curr_pic[1]);
    assert_int_equal(h.short_term.pics[1].count, 0);
    assert_int_equal(h.short_term_ref_pic_set_size, 11);
    assert_int_equal(h.num_long_term_sps, 1);
    assert_int_equal(h.num_long_term_pics, 1);
    assert_true(h.long_term[0].from_sps);
    assert_int_equal(h.long_term[0].lt_idx_sps, 2);
    assert_int_equal(h.long_term[1].poc_lsb_lt, 5);
    assert_true(h.long_term[1].used_by_curr_pic_lt_flag);
    assert_int_equal(h.long_term[1].delta_poc_msb_cycle_lt, 3);
    assert_int_equal(h.long_term_ref_pic_set_size, 24);
    assert_true(h.slice_temporal_mvp_enabled_flag && h.slice_sao_chroma_flag);
    assert_false(h.slice_sao_luma_flag);
    assert_int_equal(h.num_ref_idx_l0_active_minus1, 2);
    assert_memory_equal(h.ref_pic_list_modification[0].list_entry, "\2\0\1", 3);
    assert_true(h.cabac_init_flag && h.collocated_from_l0_flag);
    assert_int_equal(h.collocated_ref_idx, 1);
    assert_int_equal(h.luma_log2_weight_denom, 5);
    assert_int_equal(h.delta_chroma_log2_weight_denom, -1);
    assert_int_equal(h.pred_weights[0].delta_luma_weight[0], 2);
    assert_int_equal(h.pred_weights[0].luma_offset[0], -5);
    assert_false(h.pred_weights[0].luma_weight_flag[1]);
    assert_int_equal(h.pred_weights[0].luma_offset[2], 1);
    assert_int_equal(h.pred_weights[0].delta_chroma_weight[2][0], 3);
    assert_int_equal(h.pred_weights[0].delta_chroma_offset[2][0], -512);
    assert_int_equal(h.pred_weights[0].delta_chroma_offset[2][1], 511);
    assert_int_equal(h.five_minus_max_num_merge_cand, 2);
    assert_int_equal(h.slice_cb_qp_offset, 12);
    assert_int_equal(h.slice_cr_qp_offset, -12);
    assert_int_equal(h.slice_beta_offset_div2, -6);
    assert_int_equal(h.slice_tc_offset_div2, 6);
    assert_false(h.slice_deblocking_filter_disabled_flag);
    assert_false(h.slice_loop_filter_across_slices_enabled_flag);
    assert_int_equal(h.num_entry_point_offsets, 2);
    assert_int_equal(h.header_size_raw, size);
    assert_int_equal(hevc_slice_entry_points(&h, nal, size, offsets), 0);
    assert_int_equal(offsets[0], 1);
    assert_int_equal(offsets[1], 301);
}

static void a_dependent_segment_inherits(void **state)
{
    struct hevc_slice_header independent, h;
    const char *element = NULL;

    (void)state;
    assert_int_equal(parse(full_bits, &full_params, NULL, &independent, NULL), 0);
    assert_int_equal(parse(dependent_bits, &full_params, NULL, &h, &element), -EINVAL);
    assert_string_equal(element, "dependent_slice_segment_flag");
    assert_int_equal(parse(dependent_bits, &full_params, &independent, &h, NULL), 0);
    assert_true(h.dependent_slice_segment_flag);
    assert_int_equal(h.slice_segment_address, 20);
    assert_int_equal(h.slice_type, HEVC_SLICE_P);
    assert_int_equal(h.slice_cb_qp_offset, 12);
    assert_int_equal(h.num_entry_point_offsets, 1);
    assert_int_equal(h.offset_len_minus1, 7);
    assert_int_equal(h.short_term_ref_pic_set_size, 0);
    assert_int_equal(h.long_term_ref_pic_set_size, 0);
}

static void the_size_of_a_predicted_set_tells_its_pictures(void **state)
{
    struct hevc_slice_header_params params = predicted_params;
    struct hevc_slice_header h;
    const char *element = NULL;

    (void)state;
    assert_int_equal(parse(predicted_bits, &params, NULL, &h, NULL), 0);
    assert_true(h.short_term.predicted);
    assert_int_equal(h.short_term.num_delta_pocs_of_ref_rps_idx, 3);
    assert_int_equal(h.short_term_ref_pic_set_size, 12);
    assert_true(h.mvd_l1_zero_flag);
    assert_int_equal(h.num_ref_idx_l1_active_minus1, 1);
    assert_true(h.slice_deblocking_filter_disabled_flag);
    assert_true(h.slice_loop_filter_across_slices_enabled_flag);
    params.st_ref_pic_set_size = 0;
    assert_int_equal(parse(predicted_bits, &params, NULL, &h, &element), -ENOTSUP);
    assert_string_equal(element, "inter_ref_pic_set_prediction_flag");
    params.st_ref_pic_set_size = 8; /* ends inside a picture's flags */
    assert_int_equal(parse(predicted_bits, &params, NULL, &h, NULL), -EINVAL);
}

static void refuses_truncation_at_every_byte(void **state)
{
    uint8_t nal[NAL_SIZE];
    const size_t size = nal_of(full_bits, nal);

    (void)state;
    for (size_t cut = 0; cut < size; cut++) {
        struct hevc_slice_header header;
        const char *element = NULL;
        /* Its own allocation, so that a sanitizer sees a read behind it. */
        uint8_t *copy = malloc(cut ? cut : 1);

        assert_non_null(copy);
        memcpy(copy, nal, cut);
        assert_int_equal(hevc_slice_header_parse(&header, &full_params, NULL, copy, cut, &element),
                         -ENODATA);
        assert_non_null(element);
        free(copy);
    }
}

static void refuses_what_is_no_slice(void **state)
{
    static const struct {
        const char *bits, *element;
    } cases[] = {
        {"1 010011 000000 001 1 1 1", "forbidden_zero_bit"},
        {"0 100000 000000 001 1 1 1", "nal_unit_type"},                          /* VPS_NUT */
        {"0 001010 000000 001 1 1 1", "nal_unit_type"},                          /* reserved */
        {"0 010011 000000 000 1 1 1", "nuh_temporal_id_plus1"},                  /* forbidden */
        {"0 010011 000000 001 1 1 0000001000001", "slice_pic_parameter_set_id"}, /* 64 */
        {"0 010011 000000 001 0 1 1 11100", "slice_segment_address"},            /* 28 of 28 */
        {"0 010011 000000 001 1 1 1 00100", "slice_type"},                       /* 3 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hevc_slice_header header;
        const char *element = NULL;

        assert_int_equal(parse(cases[i].bits, &idr_params, NULL, &header, &element), -EINVAL);
        assert_string_equal(element, cases[i].element);
    }
}

static void refuses_impossible_parameters(void **state)
{
    struct hevc_slice_header header;
    struct hevc_slice_header_params params = idr_params;

    (void)state;
    params.pic_size_in_ctbs = 0;
    assert_int_equal(parse(idr_bits, &params, NULL, &header, NULL), -EINVAL);
    params = idr_params;
    params.num_short_term_ref_pic_sets = 65;
    assert_int_equal(parse(idr_bits, &params, NULL, &header, NULL), -EINVAL);
    params = idr_params;
    params.num_ref_idx_l1_default_active_minus1 = 15;
    assert_int_equal(parse(idr_bits, &params, NULL, &header, NULL), -EINVAL);
}

/* Random bytes behind a valid start: nothing but an error code or a header within its bounds. */
static void survives_noise(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (unsigned i = 0; i < 200000; i++) {
        struct hevc_slice_header_params params = full_params;
        struct hevc_slice_header header;
        uint8_t nal[64] = {0x02, 0x01};
        int result;

        for (unsigned k = 2; k < sizeof(nal); k++)
            nal[k] = (uint8_t)unit_random(&seed);
        params.weighted_bipred_flag = i & 1;
        params.num_pic_total_curr = (uint8_t)(unit_random(&seed) % 17);
        params.st_ref_pic_set_size = unit_random(&seed) % 40;
        result = hevc_slice_header_parse(&header, &params, NULL, nal, sizeof(nal), NULL);
        assert_true(result == 0 || result == -EINVAL || result == -ENODATA || result == -ENOTSUP);
        assert_true(header.num_ref_idx_l0_active_minus1 < HEVC_MAX_REF_IDX_ACTIVE);
        assert_true(header.num_ref_idx_l1_active_minus1 < HEVC_MAX_REF_IDX_ACTIVE);
        assert_true(header.num_entry_point_offsets <= HEVC_MAX_ENTRY_POINTS);
        assert_true(result != 0 || header.header_size_raw <= sizeof(nal));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_an_idr_slice),
        cmocka_unit_test(parses_a_full_header),
        cmocka_unit_test(a_dependent_segment_inherits),
        cmocka_unit_test(the_size_of_a_predicted_set_tells_its_pictures),
        cmocka_unit_test(refuses_truncation_at_every_byte),
        cmocka_unit_test(refuses_what_is_no_slice),
        cmocka_unit_test(refuses_impossible_parameters),
        cmocka_unit_test(survives_noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
