/* SPDX-License-Identifier: MIT */
#include "codec/h264.h"

#include "builder.h"
#include "h264_table.h"

#include <errno.h>

static const VAPictureParameterBufferH264 *picture_parameters(const struct picture *picture)
{
    return parameter(picture, H264_BUFFER_PIC);
}

static const VASliceParameterBufferH264 *slice_parameters(const struct picture *picture,
                                                          unsigned slice)
{
    return slice_parameter(picture, H264_BUFFER_SLICE, slice, sizeof(VASliceParameterBufferH264));
}

VAStatus h264_read_slice_header(const struct picture *picture, unsigned slice,
                                struct h264_slice_header *header, struct build_error *error)
{
    const VAPictureParameterBufferH264 *pic = picture_parameters(picture);
    const VASliceParameterBufferH264 *parameters = slice_parameters(picture, slice);

    if (!pic || !parameters)
        return refuse(error, VA_STATUS_ERROR_INVALID_BUFFER, "slice", "not rendered", slice);

    const struct h264_slice_header_params params = {
        .chroma_format_idc = pic->seq_fields.bits.chroma_format_idc,
        .separate_colour_plane_flag = pic->seq_fields.bits.residual_colour_transform_flag,
        .frame_mbs_only_flag = pic->seq_fields.bits.frame_mbs_only_flag,
        .log2_max_frame_num_minus4 = pic->seq_fields.bits.log2_max_frame_num_minus4,
        .pic_order_cnt_type = pic->seq_fields.bits.pic_order_cnt_type,
        .log2_max_pic_order_cnt_lsb_minus4 = pic->seq_fields.bits.log2_max_pic_order_cnt_lsb_minus4,
        .delta_pic_order_always_zero_flag = pic->seq_fields.bits.delta_pic_order_always_zero_flag,
        .bottom_field_pic_order_in_frame_present_flag = pic->pic_fields.bits.pic_order_present_flag,
        .redundant_pic_cnt_present_flag = pic->pic_fields.bits.redundant_pic_cnt_present_flag,
        .weighted_pred_flag = pic->pic_fields.bits.weighted_pred_flag,
        .weighted_bipred_idc = pic->pic_fields.bits.weighted_bipred_idc,
        .entropy_coding_mode_flag = pic->pic_fields.bits.entropy_coding_mode_flag,
        .deblocking_filter_control_present_flag =
            pic->pic_fields.bits.deblocking_filter_control_present_flag,
        .num_ref_idx_l0_active_minus1 = parameters->num_ref_idx_l0_active_minus1,
        .num_ref_idx_l1_active_minus1 = parameters->num_ref_idx_l1_active_minus1,
    };
    const uint8_t *nal = picture->slices[slice].data;
    const size_t size = picture->slices[slice].size;
    const size_t start_code = nal ? h264_start_code_size(nal, size) : 0;
    const char *element = NULL;
    const int result = nal ? h264_slice_header_parse(header, &params, nal + start_code,
                                                     size - start_code, &element)
                           : -ENODATA;

    if (result)
        return refuse(error, VA_STATUS_ERROR_DECODING_ERROR, element ? element : "slice_header",
                      "not as 7.3.3 has it", slice);
    return VA_STATUS_SUCCESS;
}

/*
 * A.3.1: the lowest level that allows the picture size and the DPB at 30 frames a second. VA has no
 * frame rate; encoders use the true one.
 */
static uint8_t lowest_level(const VAPictureParameterBufferH264 *pic)
{
    /* Table A-1: macroblocks in a second, a frame, and the DPB. Levels with the same limits are
     * listed once. */
    static const struct {
        uint8_t level_idc;
        uint32_t max_mbps, max_fs, max_dpb_mbs;
    } levels[] = {
        {10, 1485, 99, 396},           {11, 3000, 396, 900},         {12, 6000, 396, 2376},
        {13, 11880, 396, 2376},        {21, 19800, 792, 4752},       {22, 20250, 1620, 8100},
        {30, 40500, 1620, 8100},       {31, 108000, 3600, 18000},    {32, 216000, 5120, 20480},
        {40, 245760, 8192, 32768},     {42, 522240, 8704, 34816},    {50, 589824, 22080, 110400},
        {51, 983040, 36864, 184320},   {52, 2073600, 36864, 184320}, {60, 4177920, 139264, 696320},
        {61, 8355840, 139264, 696320},
    };
    const unsigned last = sizeof(levels) / sizeof(levels[0]) - 1;
    const uint32_t width = pic->picture_width_in_mbs_minus1 + 1;
    const uint32_t height = pic->picture_height_in_mbs_minus1 + 1;
    const uint32_t size = width * height;
    uint8_t least = pic->seq_fields.bits.MinLumaBiPredSize8x8 ? 31 : 0; /* A.3.3.2 */
    unsigned i = 0;

    if (!pic->seq_fields.bits.frame_mbs_only_flag && least < 21)
        least = 21; /* table A-4 */
    while (i < last && (levels[i].level_idc < least || size > levels[i].max_fs ||
                        30 * size > levels[i].max_mbps || width * width > 8 * levels[i].max_fs ||
                        height * height > 8 * levels[i].max_fs ||
                        size * pic->num_ref_frames > levels[i].max_dpb_mbs))
        i++;
    return levels[i].level_idc;
}

/* Records what the slice says about the picture parameter set's default reference counts. */
static void note_default_counts(struct h264_context *context,
                                const struct h264_slice_header *header)
{
    const enum h264_slice_type type = h264_slice_header_type(header);
    const uint8_t id = header->pic_parameter_set_id;

    if (header->num_ref_idx_active_override_flag || type == H264_SLICE_I)
        return;
    context->default_active_known[id][0] = true;
    context->default_active_minus1[id][0] = header->num_ref_idx_l0_active_minus1;
    if (type == H264_SLICE_B) {
        context->default_active_known[id][1] = true;
        context->default_active_minus1[id][1] = header->num_ref_idx_l1_active_minus1;
    }
}

/* The client's picture order count of the current picture: of the field, or of a frame's top
 * field. */
static int32_t client_order(const VAPictureParameterBufferH264 *pic)
{
    return h264_is_bottom_field(pic) ? pic->CurrPic.BottomFieldOrderCnt
                                     : pic->CurrPic.TopFieldOrderCnt;
}

/*
 * How to read a quantizer from VA, if its range allows only one reading: as the bitstream's value,
 * from `least` to `most`, or as that value plus QpBdOffsetY.
 */
static enum h264_quantizers only_reading(int value, int least, int most, int offset)
{
    if (value > most)
        return H264_QUANTIZERS_OFFSET;
    return value - offset < least ? H264_QUANTIZERS_AS_CODED : H264_QUANTIZERS_UNKNOWN;
}

/*
 * VA defines the quantizers of the picture parameter set as those of the bitstream, but FFmpeg adds
 * QpBdOffsetY (6 * bit_depth_luma_minus8) to both of them. FFmpeg also counts picture order from
 * 65536 instead of 0 at an IDR picture of pic_order_cnt_type 0, which identifies it from then on.
 * Before that, a quantizer that is out of range in one of the two readings (7.4.2.2, 7.4.3)
 * decides; the latest one counts.
 */
static void note_quantizers(struct h264_context *context, const VAPictureParameterBufferH264 *pic,
                            const struct h264_slice_header *header)
{
    const int offset = 6 * pic->bit_depth_luma_minus8;
    const enum h264_quantizers readings[] = {
        only_reading(26 + pic->pic_init_qp_minus26 + header->slice_qp_delta, -offset, 51, offset),
        only_reading(pic->pic_init_qp_minus26, -26 - offset, 25, offset),
        only_reading(pic->pic_init_qs_minus26, -26, 25, offset),
    };

    if (header->nal_unit_type == 5 && pic->seq_fields.bits.pic_order_cnt_type == 0) {
        context->knows_client = true;
        context->quantizers = (int64_t)client_order(pic) - header->pic_order_cnt_lsb >= 65536
                                  ? H264_QUANTIZERS_OFFSET
                                  : H264_QUANTIZERS_AS_CODED;
    }
    for (unsigned i = 0; i < 3 && !context->knows_client; i++)
        if (readings[i] != H264_QUANTIZERS_UNKNOWN)
            context->quantizers = readings[i];
}

/*
 * What the client added to the picture's quantizers. As long as nothing is certain,
 * pic_init_qs_minus26 decides: encoders write 0, because only SP and SI slices use it.
 */
static int8_t quantizer_offset(const struct h264_context *context,
                               const VAPictureParameterBufferH264 *pic)
{
    const int offset = 6 * pic->bit_depth_luma_minus8; /* at most 12 */
    const bool added = context->quantizers == H264_QUANTIZERS_UNKNOWN
                           ? pic->pic_init_qs_minus26 == offset
                           : context->quantizers == H264_QUANTIZERS_OFFSET;

    return (int8_t)(added ? offset : 0);
}

static bool resets_order(const struct h264_slice_header *header)
{
    const struct h264_dec_ref_pic_marking *marking = &header->dec_ref_pic_marking;

    for (unsigned i = 0; i < marking->count; i++)
        if (marking->ops[i].memory_management_control_operation == 5)
            return true;
    return false;
}

/*
 * The picture order count of the top field, or of the only field, of the first picture after one
 * that reset it (8.2.1.1, 8.2.1.3). False for type 1, which needs values that VA does not carry.
 */
static bool order_after_reset(const struct h264_context *context,
                              const VAPictureParameterBufferH264 *pic,
                              const struct h264_slice_header *header, int32_t *order)
{
    const int32_t max_lsb = 1 << (pic->seq_fields.bits.log2_max_pic_order_cnt_lsb_minus4 + 4);
    const int32_t step = header->pic_order_cnt_lsb - context->reset_top_order;

    switch (pic->seq_fields.bits.pic_order_cnt_type) {
    case 0:
        *order = header->pic_order_cnt_lsb;
        if (step <= -max_lsb / 2)
            *order += max_lsb;
        else if (step > max_lsb / 2)
            *order -= max_lsb;
        return true;
    case 2:
        *order = 2 * header->frame_num - (header->nal_ref_idc == 0);
        return true;
    default:
        return false;
    }
}

/*
 * A frame with memory_management_control_operation 5 has picture order count 0 after decoding
 * (8.2.1), but FFmpeg (5.1, 7.1) keeps the old one. All clients continue counting from there, each
 * from its own zero, which follows from the next picture.
 */
static void note_reset(struct picture *picture, struct h264_context *context,
                       const VAPictureParameterBufferH264 *pic,
                       const struct h264_slice_header *header)
{
    struct h264_surface *surface = picture->surface_state;
    const int32_t top = pic->CurrPic.TopFieldOrderCnt, bottom = pic->CurrPic.BottomFieldOrderCnt;
    int32_t order;

    if (context->order_was_reset && header->nal_unit_type != 5 &&
        order_after_reset(context, pic, header, &order))
        context->order_after_reset = (int32_t)((uint32_t)client_order(pic) - (uint32_t)order);
    surface->resets_order = !pic->pic_fields.bits.field_pic_flag && resets_order(header) &&
                            pic->seq_fields.bits.pic_order_cnt_type != 1;
    if (surface->resets_order)
        context->reset_top_order = top > bottom ? (int32_t)((uint32_t)top - (uint32_t)bottom) : 0;
    if (header->nal_ref_idc)
        context->order_was_reset = surface->resets_order;
}

/*
 * An IDR picture, or the earlier of its fields, has picture order count 0 (8.2.1), but FFmpeg (5.1,
 * 7.1) counts from 65536. Hardware gets the standard's values: it may have fewer bits than the
 * client.
 */
static void note_order_zero(const struct picture *picture, struct h264_context *context,
                            const VAPictureParameterBufferH264 *pic,
                            const struct h264_slice_header *header)
{
    if (header->nal_unit_type != 5 || picture->second_field)
        return;
    context->order_zero = client_order(pic);
    if (!pic->pic_fields.bits.field_pic_flag &&
        pic->CurrPic.BottomFieldOrderCnt < context->order_zero)
        context->order_zero = pic->CurrPic.BottomFieldOrderCnt;
}

/* Converts a picture order count of the client to the standard's. */
static int32_t standard_order(const struct h264_context *context, int32_t order)
{
    return (int32_t)((uint32_t)order - (uint32_t)context->order_zero);
}

/* Records the picture order counts of both fields: with a second field, a client may leave out the
 * first's. */
static void note_order(struct picture *picture, struct h264_context *context,
                       const VAPictureParameterBufferH264 *pic)
{
    struct h264_surface *surface = picture->surface_state;
    const bool second = picture->second_field && pic->pic_fields.bits.field_pic_flag;
    const bool bottom = h264_is_bottom_field(pic);

    if (!second) {
        surface->field_pic = pic->pic_fields.bits.field_pic_flag;
        surface->bottom_first = bottom;
    }
    if (!second || !bottom)
        surface->top_field_order_cnt = pic->CurrPic.TopFieldOrderCnt;
    if (!second || bottom)
        surface->bottom_field_order_cnt = pic->CurrPic.BottomFieldOrderCnt;
    context->top_field_order_cnt = standard_order(context, surface->top_field_order_cnt);
    context->bottom_field_order_cnt = standard_order(context, surface->bottom_field_order_cnt);
    /* The second field does not have one yet. */
    if (surface->field_pic && !picture->second_field && bottom)
        context->top_field_order_cnt = 0;
    if (surface->field_pic && !picture->second_field && !bottom)
        context->bottom_field_order_cnt = 0;
}

/* VA deprecates the field, since its profiles have no slice groups. */
static uint8_t num_slice_groups_minus1(const VAPictureParameterBufferH264 *pic)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    return pic->num_slice_groups_minus1;
#pragma GCC diagnostic pop
}

VAStatus h264_prepare(struct picture *picture, struct build_error *error)
{
    const VAPictureParameterBufferH264 *pic = picture_parameters(picture);
    struct h264_context *context = picture->context_state;
    uint32_t first_mb = 0;
    uint8_t id = 0;

    if (num_slice_groups_minus1(pic))
        return refuse(error, VA_STATUS_ERROR_UNSUPPORTED_PROFILE, "pic.num_slice_groups_minus1",
                      "not 0: flexible macroblock order", num_slice_groups_minus1(pic));
    /* All kernel drivers that decode H.264 fields hold the buffer for the second one; MediaTek's
     * decodes none and does not. */
    if (pic->pic_fields.bits.field_pic_flag && picture->returns_each_field)
        return refuse(error, VA_STATUS_ERROR_UNSUPPORTED_PROFILE, "pic.field_pic_flag",
                      "1: the device has no field pictures", 1);
    /* For these profiles the kernel assumes chroma_format_idc 1, whatever the control says. */
    if (!pic->seq_fields.bits.chroma_format_idc &&
        (picture->profile == VAProfileH264ConstrainedBaseline ||
         picture->profile == VAProfileH264Main))
        return refuse(error, VA_STATUS_ERROR_UNSUPPORTED_PROFILE,
                      "pic.seq_fields.bits.chroma_format_idc", "0: only High profiles have 4:0:0",
                      0);
    if (!picture->num_slices)
        return refuse(error, VA_STATUS_ERROR_INVALID_BUFFER, "slice", "not rendered", 0);

    context->has_p_slices = false;
    context->has_b_slices = false;
    for (unsigned i = 0; i < picture->num_slices; i++) {
        struct h264_slice_header header;
        const VAStatus status = h264_read_slice_header(picture, i, &header, error);

        if (status != VA_STATUS_SUCCESS)
            return status;
        const enum h264_slice_type type = h264_slice_header_type(&header);
        if (type == H264_SLICE_SP || type == H264_SLICE_SI)
            return refuse(error, VA_STATUS_ERROR_UNSUPPORTED_PROFILE, "slice_type",
                          "SP or SI: only Extended profile has them", header.slice_type);
        /* Redundant slices repeat earlier macroblocks. */
        if (!header.redundant_pic_cnt && header.first_mb_in_slice < first_mb)
            return refuse(error, VA_STATUS_ERROR_UNSUPPORTED_PROFILE, "first_mb_in_slice",
                          "not in ascending order: only Baseline and Extended profile have that",
                          header.first_mb_in_slice);
        if (!header.redundant_pic_cnt)
            first_mb = header.first_mb_in_slice;
        if (type == H264_SLICE_P)
            context->has_p_slices = true;
        if (type == H264_SLICE_B)
            context->has_b_slices = true;
        note_default_counts(context, &header);
        if (pic->bit_depth_luma_minus8)
            note_quantizers(context, pic, &header);
        if (i == 0) {
            id = header.pic_parameter_set_id;
            note_order_zero(picture, context, pic, &header);
            note_reset(picture, context, pic, &header);
            h264_note_marking(picture, pic, &header.dec_ref_pic_marking);
        }
    }

    context->level_idc = lowest_level(pic);
    context->num_ref_idx_l0_default_active_minus1 = context->default_active_minus1[id][0];
    context->num_ref_idx_l1_default_active_minus1 = context->default_active_minus1[id][1];
    context->quantizer_offset = quantizer_offset(context, pic);
    note_order(picture, context, pic);
    return VA_STATUS_SUCCESS;
}

static void fill_order(const struct picture *picture, const VAPictureH264 *entry,
                       const struct h264_surface *surface, struct v4l2_h264_dpb_entry *dpb)
{
    const VAPictureParameterBufferH264 *pic = picture_parameters(picture);
    const struct h264_context *context = picture->context_state;

    dpb->top_field_order_cnt = entry->TopFieldOrderCnt;
    dpb->bottom_field_order_cnt = entry->BottomFieldOrderCnt;
    if (surface->resets_order) {
        const uint32_t top = (uint32_t)surface->top_field_order_cnt;
        const uint32_t bottom = (uint32_t)surface->bottom_field_order_cnt;
        const bool top_is_later = surface->top_field_order_cnt > surface->bottom_field_order_cnt;
        const uint32_t zero = (uint32_t)context->order_after_reset - (top_is_later ? bottom : top);

        dpb->top_field_order_cnt = (int32_t)(zero + top);
        dpb->bottom_field_order_cnt = (int32_t)(zero + bottom);
    }
    dpb->top_field_order_cnt = standard_order(context, dpb->top_field_order_cnt);
    dpb->bottom_field_order_cnt = standard_order(context, dpb->bottom_field_order_cnt);
    /* In a second field, the entry of its own frame describes only the first field. */
    if (entry->picture_id == picture->render_target) {
        if (h264_is_bottom_field(pic))
            dpb->bottom_field_order_cnt = 0;
        else
            dpb->top_field_order_cnt = 0;
    }
}

VAStatus h264_fill_dpb(const struct picture *picture, struct v4l2_ctrl_h264_decode_params *decode,
                       struct build_error *error)
{
    const VAPictureParameterBufferH264 *pic = picture_parameters(picture);

    for (unsigned i = 0; i < V4L2_H264_NUM_DPB_ENTRIES; i++) {
        const VAPictureH264 *entry = &pic->ReferenceFrames[i];
        struct v4l2_h264_dpb_entry *dpb = &decode->dpb[i];

        if (entry->flags & VA_PICTURE_H264_INVALID)
            continue;
        if (entry->frame_idx > 65535)
            return refuse(error, VA_STATUS_ERROR_INVALID_PARAMETER,
                          "pic.ReferenceFrames[].frame_idx", "out of range 0..65535",
                          entry->frame_idx);
        const struct h264_surface *surface = picture_reference(picture, entry->picture_id).state;

        fill_order(picture, entry, surface, dpb);
        h264_fill_numbers(picture, pic, entry, dpb);
        dpb->flags = V4L2_H264_DPB_ENTRY_FLAG_VALID;
        if (entry->flags &
            (VA_PICTURE_H264_SHORT_TERM_REFERENCE | VA_PICTURE_H264_LONG_TERM_REFERENCE))
            dpb->flags |= V4L2_H264_DPB_ENTRY_FLAG_ACTIVE;
        if (entry->flags & VA_PICTURE_H264_LONG_TERM_REFERENCE)
            dpb->flags |= V4L2_H264_DPB_ENTRY_FLAG_LONG_TERM;
        if (surface->field_pic)
            dpb->flags |= V4L2_H264_DPB_ENTRY_FLAG_FIELD;
    }
    return VA_STATUS_SUCCESS;
}
