/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bit_writer.h"
#include "h264_headers.h"
#include "unit.h"

#define NAL_SIZE 512

static size_t nal_of(const char *bits, uint8_t *nal)
{
    struct bit_writer writer = {0};

    bit_writer_string(&writer, bits);
    return bit_writer_nal(&writer, nal, NAL_SIZE);
}

static void parses_hand_written_headers(void **state)
{
    (void)state;
    for (unsigned i = 0; i < num_h264_header_cases; i++) {
        const struct h264_header_case *c = &h264_header_cases[i];
        struct h264_slice_header header;
        const char *element = "unset";
        uint8_t nal[NAL_SIZE];
        size_t size = nal_of(c->bits, nal);

        print_message("           %s\n", c->name);
        /* slice_data() follows; nothing in it may matter. */
        memset(nal + size, 0x55, 4);
        assert_int_equal(h264_slice_header_parse(&header, &c->params, nal, size + 4, &element), 0);
        assert_null(element);
        assert_h264_header_equal(&header, &c->header);
        assert_int_equal(header.header_bit_size_raw, c->header.header_bit_size_raw
                                                         ? c->header.header_bit_size_raw
                                                         : c->header.header_bit_size);
    }
}

static void refuses_truncation_at_every_byte(void **state)
{
    (void)state;
    for (unsigned i = 0; i < num_h264_header_cases; i++) {
        const struct h264_header_case *c = &h264_header_cases[i];
        uint8_t nal[NAL_SIZE];
        size_t size = nal_of(c->bits, nal);

        for (size_t cut = 0; cut <= size; cut++) {
            struct h264_slice_header header;
            const char *element = "unset";
            /* Its own allocation, so that a sanitizer sees a read behind it. */
            uint8_t *copy = malloc(cut ? cut : 1);
            int result;

            assert_non_null(copy);
            memcpy(copy, nal, cut);
            result = h264_slice_header_parse(&header, &c->params, copy, cut, &element);
            free(copy);
            if (cut < size) {
                assert_int_equal(result, -ENODATA);
                assert_non_null(element);
            } else {
                assert_int_equal(result, 0);
            }
        }
    }
}

static void element_is_optional(void **state)
{
    const struct h264_header_case *c = &h264_header_cases[0];
    struct h264_slice_header header;
    uint8_t nal[NAL_SIZE];
    size_t size = nal_of(c->bits, nal);

    (void)state;
    assert_int_equal(h264_slice_header_parse(&header, &c->params, nal, size, NULL), 0);
    assert_int_equal(h264_slice_header_parse(&header, &c->params, NULL, 0, NULL), -ENODATA);
}

static void finds_start_codes(void **state)
{
    static const struct {
        uint8_t data[6];
        size_t size;
        size_t start_code;
    } cases[] = {
        {{0x65, 0x88}, 2, 0},
        {{0x00, 0x00, 0x01, 0x65}, 4, 3},
        {{0x00, 0x00, 0x00, 0x01, 0x65}, 5, 4},
        {{0x00, 0x00, 0x00, 0x00, 0x01, 0x65}, 6, 5},
        {{0x00, 0x00, 0x01}, 3, 3},
        {{0x00, 0x01, 0x65}, 3, 0},
        {{0x00, 0x00, 0x02, 0x65}, 4, 0},
        {{0x00, 0x00, 0x00}, 3, 0},
        {{0x00}, 1, 0},
        {{0x00}, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(h264_start_code_size(cases[i].data, cases[i].size), cases[i].start_code);
}

static void refuses_other_nal_units(void **state)
{
    const struct h264_slice_header_params params = {.frame_mbs_only_flag = true};

    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        unsigned type = byte & 0x1f;
        uint8_t nal[16];
        struct h264_slice_header header;
        const char *element;
        int result;

        memset(nal, 0x88, sizeof(nal)); /* 1 0001000 ...: an I slice */
        nal[0] = (uint8_t)byte;
        result = h264_slice_header_parse(&header, &params, nal, sizeof(nal), &element);
        if (byte & 0x80) {
            assert_int_equal(result, -EINVAL);
            assert_string_equal(element, "forbidden_zero_bit");
        } else if (type == 1 || type == 5) {
            assert_int_equal(result, 0);
        } else {
            bool known = (type >= 2 && type <= 4) || type == 14 || type == 20 || type == 21;

            assert_int_equal(result, known ? -ENOTSUP : -EINVAL);
            assert_string_equal(element, "nal_unit_type");
        }
    }
}

/* Each header is right up to its last element, which has a value that 7.4.3 does not allow. */
static void names_the_element_out_of_range(void **state)
{
    static const struct {
        const char *element;
        const char *bits;
        struct h264_slice_header_params params;
    } cases[] = {
        /* 139264: 17 zeros, 1, 00001000000000001 */
        {"first_mb_in_slice", "0 00 00001 00000000000000000 1 00010000000000001", {0}},
        {"slice_type", "0 00 00001 1 0001011", {0}},
        {"slice_type", "0 01 00101 1 1", {0}},
        {"pic_parameter_set_id", "0 00 00001 1 011 00000000100000001", {0}},
        {"colour_plane_id", "0 00 00001 1 011 1 11", {.separate_colour_plane_flag = true}},
        {"idr_pic_id",
         "0 01 00101 1 011 1 0000 0000000000000000 1 0000000000000001",
         {.frame_mbs_only_flag = true}},
        {"redundant_pic_cnt",
         "0 00 00001 1 011 1 0000 000000010000001",
         {.frame_mbs_only_flag = true,
          .pic_order_cnt_type = 2,
          .redundant_pic_cnt_present_flag = true}},
        {"num_ref_idx_l0_active_minus1",
         "0 00 00001 1 1 1 0000 1 000010001",
         {.frame_mbs_only_flag = true, .pic_order_cnt_type = 2}},
        {"num_ref_idx_l0_active_minus1",
         "0 00 00001 1 1 1 0000 1 0 1 00000100001",
         {.pic_order_cnt_type = 2}},
        {"num_ref_idx_l0_active_minus1",
         "0 00 00001 1 1 1 0000 0 0 1 ",
         {.frame_mbs_only_flag = true,
          .pic_order_cnt_type = 2,
          .num_ref_idx_l0_active_minus1 = 16}},
        {"num_ref_idx_l1_active_minus1",
         "0 00 00001 1 010 1 0000 1 0 1 0 0 0 1",
         {.pic_order_cnt_type = 2, .num_ref_idx_l1_active_minus1 = 32}},
        {"modification_of_pic_nums_idc",
         "0 00 00001 1 1 1 0000 0 1 00101",
         {.frame_mbs_only_flag = true, .pic_order_cnt_type = 2}},
        {"modification_of_pic_nums_idc", /* one reference, two operations */
         "0 00 00001 1 1 1 0000 0 1 1 1 1 1",
         {.frame_mbs_only_flag = true, .pic_order_cnt_type = 2}},
        {"abs_diff_pic_num_minus1", /* 16 = MaxPicNum */
         "0 00 00001 1 1 1 0000 0 1 1 000010001",
         {.frame_mbs_only_flag = true, .pic_order_cnt_type = 2}},
        {"long_term_pic_num",
         "0 00 00001 1 1 1 0000 0 1 011 000010001",
         {.frame_mbs_only_flag = true, .pic_order_cnt_type = 2}},
        {"luma_log2_weight_denom",
         "0 00 00001 1 1 1 0000 0 0 0001001",
         {.frame_mbs_only_flag = true, .pic_order_cnt_type = 2, .weighted_pred_flag = true}},
        {"chroma_log2_weight_denom",
         "0 00 00001 1 1 1 0000 0 0 1 0001001",
         {.chroma_format_idc = 1,
          .frame_mbs_only_flag = true,
          .pic_order_cnt_type = 2,
          .weighted_pred_flag = true}},
        {"luma_weight_l0", /* 128 */
         "0 00 00001 1 1 1 0000 0 0 1 1 00000000100000000",
         {.frame_mbs_only_flag = true, .pic_order_cnt_type = 2, .weighted_pred_flag = true}},
        {"luma_offset_l0", /* -129 */
         "0 00 00001 1 1 1 0000 0 0 1 1 1 00000000100000011",
         {.frame_mbs_only_flag = true, .pic_order_cnt_type = 2, .weighted_pred_flag = true}},
        {"memory_management_control_operation",
         "0 01 00001 1 011 1 0000 1 0001000",
         {.frame_mbs_only_flag = true, .pic_order_cnt_type = 2}},
        {"difference_of_pic_nums_minus1", /* 32 = MaxPicNum of a field */
         "0 01 00001 1 011 1 0000 1 0 1 010 00000100001",
         {.pic_order_cnt_type = 2}},
        {"long_term_pic_num",
         "0 01 00001 1 011 1 0000 1 011 000010001",
         {.frame_mbs_only_flag = true, .pic_order_cnt_type = 2}},
        {"long_term_frame_idx",
         "0 01 00001 1 011 1 0000 1 00100 1 000010001",
         {.frame_mbs_only_flag = true, .pic_order_cnt_type = 2}},
        {"max_long_term_frame_idx_plus1",
         "0 01 00001 1 011 1 0000 1 00101 000010010",
         {.frame_mbs_only_flag = true, .pic_order_cnt_type = 2}},
        {"long_term_frame_idx",
         "0 01 00001 1 011 1 0000 1 00111 000010001",
         {.frame_mbs_only_flag = true, .pic_order_cnt_type = 2}},
        {"cabac_init_idc",
         "0 00 00001 1 1 1 0000 0 0 00100",
         {.frame_mbs_only_flag = true, .pic_order_cnt_type = 2, .entropy_coding_mode_flag = true}},
        {"slice_qp_delta", /* 88 */
         "0 00 00001 1 011 1 0000 000000010110000",
         {.frame_mbs_only_flag = true, .pic_order_cnt_type = 2}},
        {"slice_qs_delta", /* -52 */
         "0 00 00001 1 00101 1 0000 1 0000001101001",
         {.frame_mbs_only_flag = true, .pic_order_cnt_type = 2}},
        {"disable_deblocking_filter_idc",
         "0 00 00001 1 011 1 0000 1 00100",
         {.frame_mbs_only_flag = true,
          .pic_order_cnt_type = 2,
          .deblocking_filter_control_present_flag = true}},
        {"slice_alpha_c0_offset_div2", /* 7 */
         "0 00 00001 1 011 1 0000 1 1 0001110",
         {.frame_mbs_only_flag = true,
          .pic_order_cnt_type = 2,
          .deblocking_filter_control_present_flag = true}},
        {"slice_beta_offset_div2", /* -7 */
         "0 00 00001 1 011 1 0000 1 1 1 0001111",
         {.frame_mbs_only_flag = true,
          .pic_order_cnt_type = 2,
          .deblocking_filter_control_present_flag = true}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct h264_slice_header header;
        const char *element = NULL;
        uint8_t nal[NAL_SIZE];
        size_t size = nal_of(cases[i].bits, nal);
        int result;

        memset(nal + size, 0xff, 4);
        result = h264_slice_header_parse(&header, &cases[i].params, nal, size + 4, &element);
        if (result != -EINVAL || !element || strcmp(element, cases[i].element) != 0) {
            print_message("case %zu: %s, got %d, %s\n", i, cases[i].element, result,
                          element ? element : "NULL");
        }
        assert_int_equal(result, -EINVAL);
        assert_string_equal(element, cases[i].element);
    }
}

static void refuses_impossible_params(void **state)
{
    static const struct {
        const char *element;
        struct h264_slice_header_params params;
    } cases[] = {
        {"chroma_format_idc", {.chroma_format_idc = 4}},
        {"log2_max_frame_num_minus4", {.log2_max_frame_num_minus4 = 13}},
        {"pic_order_cnt_type", {.pic_order_cnt_type = 3}},
        {"log2_max_pic_order_cnt_lsb_minus4", {.log2_max_pic_order_cnt_lsb_minus4 = 15}},
        {"weighted_bipred_idc", {.weighted_bipred_idc = 3}},
    };
    uint8_t nal[NAL_SIZE];
    size_t size = nal_of(h264_header_cases[0].bits, nal);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct h264_slice_header header;
        const char *element = NULL;

        assert_int_equal(h264_slice_header_parse(&header, &cases[i].params, nal, size, &element),
                         -EINVAL);
        assert_string_equal(element, cases[i].element);
    }
}

static void counts_of_operations_are_bounded(void **state)
{
    const struct h264_slice_header_params params = {.frame_mbs_only_flag = true,
                                                    .pic_order_cnt_type = 2};

    (void)state;
    for (unsigned count = H264_MAX_MMCO - 1; count <= H264_MAX_MMCO + 1; count++) {
        struct bit_writer writer = {0};
        struct h264_slice_header header;
        const char *element = NULL;
        uint8_t nal[NAL_SIZE];
        size_t size;
        int result;

        bit_writer_string(&writer, "0 01 00001 1 011 1 0000 1");
        for (unsigned i = 0; i < count; i++)
            bit_writer_string(&writer, "010 1");
        bit_writer_string(&writer, "1 1");
        size = bit_writer_nal(&writer, nal, sizeof(nal));
        result = h264_slice_header_parse(&header, &params, nal, size, &element);
        if (count <= H264_MAX_MMCO) {
            assert_int_equal(result, 0);
            assert_int_equal(header.dec_ref_pic_marking.count, count);
            assert_int_equal(header.dec_ref_pic_marking_bit_size, 2 + 4 * count);
        } else {
            assert_int_equal(result, -EINVAL);
            assert_string_equal(element, "memory_management_control_operation");
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_hand_written_headers),
        cmocka_unit_test(refuses_truncation_at_every_byte),
        cmocka_unit_test(element_is_optional),
        cmocka_unit_test(finds_start_codes),
        cmocka_unit_test(refuses_other_nal_units),
        cmocka_unit_test(names_the_element_out_of_range),
        cmocka_unit_test(refuses_impossible_params),
        cmocka_unit_test(counts_of_operations_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
