/* SPDX-License-Identifier: MIT */
#include "codec/hevc.h"

#include "builder.h"
#include "hevc_table.h"

#include <errno.h>

static const VAPictureParameterBufferHEVC *picture_parameters(const struct picture *picture)
{
    return parameter(picture, HEVC_BUFFER_PIC);
}

static const VASliceParameterBufferHEVC *slice_parameters(const struct picture *picture,
                                                          unsigned slice)
{
    return slice_parameter(picture, HEVC_BUFFER_SLICE, slice, sizeof(VASliceParameterBufferHEVC));
}

/* CtbLog2SizeY (7-11): the table checks that it is at most 6. */
static unsigned ctb_log2_size(const VAPictureParameterBufferHEVC *pic)
{
    return pic->log2_min_luma_coding_block_size_minus3 + 3u +
           pic->log2_diff_max_min_luma_coding_block_size;
}

/* A number of luma samples in coding tree blocks (7-15, 7-17). */
static unsigned in_ctbs(const VAPictureParameterBufferHEVC *pic, unsigned samples)
{
    const unsigned log2_size = ctb_log2_size(pic);

    return (samples + (1u << log2_size) - 1) >> log2_size;
}

static bool is_reference(const VAPictureHEVC *entry)
{
    return !(entry->flags & VA_PICTURE_HEVC_INVALID) && entry->picture_id != VA_INVALID_ID;
}

/* Whether the current picture may predict from the reference. */
static bool is_current(const VAPictureHEVC *entry)
{
    return is_reference(entry) &&
           entry->flags & (VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE | VA_PICTURE_HEVC_RPS_ST_CURR_AFTER |
                           VA_PICTURE_HEVC_RPS_LT_CURR);
}

static uint8_t num_pic_total_curr(const VAPictureParameterBufferHEVC *pic)
{
    uint8_t total = 0;

    for (unsigned i = 0; i < HEVC_VA_REFERENCES; i++)
        total += is_current(&pic->ReferenceFrames[i]);
    return total;
}

static struct hevc_slice_header_params header_params(const VAPictureParameterBufferHEVC *pic)
{
    const unsigned width = in_ctbs(pic, pic->pic_width_in_luma_samples);
    const unsigned height = in_ctbs(pic, pic->pic_height_in_luma_samples);

    return (struct hevc_slice_header_params){
        .pic_size_in_ctbs = width * height,
        .chroma_format_idc = pic->pic_fields.bits.chroma_format_idc,
        .separate_colour_plane_flag = pic->pic_fields.bits.separate_colour_plane_flag,
        .log2_max_pic_order_cnt_lsb_minus4 = pic->log2_max_pic_order_cnt_lsb_minus4,
        .num_short_term_ref_pic_sets = pic->num_short_term_ref_pic_sets,
        .long_term_ref_pics_present_flag =
            pic->slice_parsing_fields.bits.long_term_ref_pics_present_flag,
        .num_long_term_ref_pics_sps = pic->num_long_term_ref_pic_sps,
        .sps_temporal_mvp_enabled_flag =
            pic->slice_parsing_fields.bits.sps_temporal_mvp_enabled_flag,
        .sample_adaptive_offset_enabled_flag =
            pic->slice_parsing_fields.bits.sample_adaptive_offset_enabled_flag,
        .dependent_slice_segments_enabled_flag =
            pic->slice_parsing_fields.bits.dependent_slice_segments_enabled_flag,
        .output_flag_present_flag = pic->slice_parsing_fields.bits.output_flag_present_flag,
        .num_extra_slice_header_bits = pic->num_extra_slice_header_bits,
        .cabac_init_present_flag = pic->slice_parsing_fields.bits.cabac_init_present_flag,
        .num_ref_idx_l0_default_active_minus1 = pic->num_ref_idx_l0_default_active_minus1,
        .num_ref_idx_l1_default_active_minus1 = pic->num_ref_idx_l1_default_active_minus1,
        .weighted_pred_flag = pic->pic_fields.bits.weighted_pred_flag,
        .weighted_bipred_flag = pic->pic_fields.bits.weighted_bipred_flag,
        .tiles_enabled_flag = pic->pic_fields.bits.tiles_enabled_flag,
        .entropy_coding_sync_enabled_flag = pic->pic_fields.bits.entropy_coding_sync_enabled_flag,
        .pps_slice_chroma_qp_offsets_present_flag =
            pic->slice_parsing_fields.bits.pps_slice_chroma_qp_offsets_present_flag,
        .deblocking_filter_override_enabled_flag =
            pic->slice_parsing_fields.bits.deblocking_filter_override_enabled_flag,
        .pps_deblocking_filter_disabled_flag =
            pic->slice_parsing_fields.bits.pps_disable_deblocking_filter_flag,
        .pps_beta_offset_div2 = pic->pps_beta_offset_div2,
        .pps_tc_offset_div2 = pic->pps_tc_offset_div2,
        .pps_loop_filter_across_slices_enabled_flag =
            pic->pic_fields.bits.pps_loop_filter_across_slices_enabled_flag,
        .lists_modification_present_flag =
            pic->slice_parsing_fields.bits.lists_modification_present_flag,
        .slice_segment_header_extension_present_flag =
            pic->slice_parsing_fields.bits.slice_segment_header_extension_present_flag,
        .st_ref_pic_set_size = pic->st_rps_bits,
        .num_pic_total_curr = num_pic_total_curr(pic),
    };
}

/* The bytes of a slice segment's NAL unit, without a start code that the client may have left
 * before it. */
static const uint8_t *nal_of(const struct slice *slice, size_t *size)
{
    size_t zeros = 0;

    *size = slice->size;
    while (zeros < slice->size && slice->data[zeros] == 0)
        zeros++;
    if (zeros < 2 || zeros >= slice->size || slice->data[zeros] != 1)
        return slice->data;
    *size -= zeros + 1;
    return slice->data + zeros + 1;
}

static int parse(const struct picture *picture, unsigned slice,
                 const struct hevc_slice_header_params *params,
                 const struct hevc_slice_header *independent, struct hevc_slice_header *header,
                 const char **element)
{
    size_t size;
    const uint8_t *nal;

    if (!picture->slices[slice].data)
        return -ENODATA;
    nal = nal_of(&picture->slices[slice], &size);
    return hevc_slice_header_parse(header, params, independent, nal, size, element);
}

VAStatus hevc_read_slice_header(const struct picture *picture, unsigned slice,
                                struct hevc_slice_header *header, struct build_error *error)
{
    const VAPictureParameterBufferHEVC *pic = picture_parameters(picture);
    const VASliceParameterBufferHEVC *parameters = slice_parameters(picture, slice);
    struct hevc_slice_header_params params;
    struct hevc_slice_header independent;
    unsigned first = slice;
    const char *element = NULL;
    int result = 0;

    if (!pic || !parameters)
        return refuse(error, VA_STATUS_ERROR_INVALID_BUFFER, "slice", "not rendered", slice);
    params = header_params(pic);
    while (first > 0 && parameters &&
           parameters->LongSliceFlags.fields.dependent_slice_segment_flag)
        parameters = slice_parameters(picture, --first);
    if (first != slice)
        result = parse(picture, first, &params, NULL, &independent, &element);
    if (!result)
        result =
            parse(picture, slice, &params, first != slice ? &independent : NULL, header, &element);
    if (result)
        return refuse(error, VA_STATUS_ERROR_DECODING_ERROR,
                      element ? element : "slice_segment_header", "not as 7.3.6.1 has it", slice);
    return VA_STATUS_SUCCESS;
}

/* Sorts a list by picture order count, descending or ascending (7-67 to 7-70). */
static void sort(const VAPictureParameterBufferHEVC *pic, const struct hevc_context *context,
                 struct hevc_poc_list *list, bool descending)
{
    for (unsigned i = 1; i < list->count; i++) {
        const uint8_t entry = list->entry[i];
        const int32_t order = pic->ReferenceFrames[context->reference[entry]].pic_order_cnt;
        unsigned k = i;

        for (; k > 0; k--) {
            const uint8_t before = list->entry[k - 1];
            const int32_t other = pic->ReferenceFrames[context->reference[before]].pic_order_cnt;

            if (descending ? other >= order : other <= order)
                break;
            list->entry[k] = before;
        }
        list->entry[k] = entry;
    }
}

/*
 * Sorts long-term pictures in the order in which the slice headers name them. The reference lists
 * reveal it: entry i is picture number list_entry_lX[i] (or i, without modification) of the set,
 * whose last pictures are the long-term ones (8-8, 8-10).
 */
static void order_long_term(const struct picture *picture, struct hevc_context *context)
{
    struct hevc_poc_list *lt = &context->lt_curr;
    const unsigned before = context->st_curr_before.count + context->st_curr_after.count;
    const unsigned total = before + lt->count;

    for (unsigned s = 0; s < picture->num_slices && lt->count > 1; s++) {
        const VASliceParameterBufferHEVC *slice = slice_parameters(picture, s);
        struct hevc_slice_header header;
        struct build_error ignored;

        if (!slice || hevc_read_slice_header(picture, s, &header, &ignored) != VA_STATUS_SUCCESS ||
            header.slice_type == HEVC_SLICE_I)
            continue;
        for (unsigned l = 0; l < (header.slice_type == HEVC_SLICE_B ? 2u : 1u); l++) {
            const struct hevc_ref_pic_list_modification *m = &header.ref_pic_list_modification[l];
            const unsigned last =
                l ? header.num_ref_idx_l1_active_minus1 : header.num_ref_idx_l0_active_minus1;

            for (unsigned i = 0; i <= last; i++) {
                const unsigned number =
                    m->ref_pic_list_modification_flag ? m->list_entry[i] : i % total;
                const uint8_t index = slice->RefPicList[l][i];
                const uint8_t entry =
                    index < HEVC_VA_REFERENCES ? context->dpb_index[index] : HEVC_NO_ENTRY;

                for (unsigned k = 0; number >= before && number < total && k < lt->count; k++) {
                    if (lt->entry[k] == entry) {
                        lt->entry[k] = lt->entry[number - before];
                        lt->entry[number - before] = entry;
                        break;
                    }
                }
            }
        }
    }
}

/* For a missing picture, clients name a surface that nothing was decoded into, or one that holds
 * another picture. */
static struct reference find_reference(const struct picture *picture, const VAPictureHEVC *entry)
{
    struct reference reference = picture_reference(picture, entry->picture_id);
    const struct hevc_surface *surface = reference.state;

    if (reference.timestamp != NO_TIMESTAMP && surface->pic_order_cnt != entry->pic_order_cnt)
        reference.timestamp = NO_TIMESTAMP;
    return reference;
}

/* Whether the reference belongs in the DPB control. A missing one is "no reference picture" (8.3.2)
 * and is passed on only if the picture predicts from it. A CRA picture at the start of a stream
 * names many missing ones, and some decoders fail the picture for any of them. */
static bool is_kept(const struct picture *picture, const VAPictureHEVC *entry)
{
    return is_current(entry) ||
           (is_reference(entry) && find_reference(picture, entry).timestamp != NO_TIMESTAMP);
}

static void add(struct hevc_poc_list *list, uint8_t entry)
{
    list->entry[list->count++] = entry;
}

/* Fills the DPB entries with VA's references, without gaps, and the lists of 8.3.2. */
static void sort_references(const struct picture *picture, struct hevc_context *context)
{
    const VAPictureParameterBufferHEVC *pic = picture_parameters(picture);

    context->num_active_dpb_entries = 0;
    context->st_curr_before.count = context->st_curr_after.count = context->lt_curr.count = 0;
    memset(context->reference, 0, sizeof(context->reference));
    memset(context->dpb_index, HEVC_NO_ENTRY, sizeof(context->dpb_index));
    for (uint8_t i = 0; i < HEVC_VA_REFERENCES; i++) {
        const VAPictureHEVC *entry = &pic->ReferenceFrames[i];
        const uint8_t index = context->num_active_dpb_entries;

        if (!is_kept(picture, entry))
            continue;
        context->dpb_index[i] = index;
        context->reference[index] = i;
        context->num_active_dpb_entries++;
        if (entry->flags & VA_PICTURE_HEVC_RPS_ST_CURR_BEFORE)
            add(&context->st_curr_before, index);
        else if (entry->flags & VA_PICTURE_HEVC_RPS_ST_CURR_AFTER)
            add(&context->st_curr_after, index);
        else if (entry->flags & VA_PICTURE_HEVC_RPS_LT_CURR)
            add(&context->lt_curr, index);
    }
    sort(pic, context, &context->st_curr_before, true);
    sort(pic, context, &context->st_curr_after, false);
    order_long_term(picture, context);
}

/* The sizes behind colBd or rowBd (6-3, 6-4). Returns whether they are the uniform ones. Clears
 * `fits` if the explicit sizes leave nothing for the last tile, or do not fit the kernel's
 * field. */
static bool tile_sizes(const uint16_t *va, unsigned count, unsigned total, uint8_t *sizes_minus1,
                       bool *fits)
{
    unsigned used = 0;
    bool uniform = true;

    *fits = true;
    for (unsigned i = 0; i < count; i++) {
        const unsigned expected = (i + 1) * total / count - i * total / count;
        const unsigned size = i + 1 < count ? va[i] + 1u : total - used;

        if (used >= total || size > 256 || size > total - used) {
            *fits = false;
            return false;
        }
        sizes_minus1[i] = (uint8_t)(size - 1);
        uniform &= size == expected;
        used += size;
    }
    return uniform;
}

/* VA gives all sizes but the last one, and does not carry uniform_spacing_flag. */
static VAStatus note_tiles(const VAPictureParameterBufferHEVC *pic, struct hevc_context *context,
                           struct build_error *error)
{
    const unsigned width = in_ctbs(pic, pic->pic_width_in_luma_samples);
    const unsigned height = in_ctbs(pic, pic->pic_height_in_luma_samples);
    bool fits, uniform;

    memset(context->column_width_minus1, 0, sizeof(context->column_width_minus1));
    memset(context->row_height_minus1, 0, sizeof(context->row_height_minus1));
    context->uniform_spacing = true;
    if (!pic->pic_fields.bits.tiles_enabled_flag)
        return VA_STATUS_SUCCESS;
    uniform = tile_sizes(pic->column_width_minus1, pic->num_tile_columns_minus1 + 1u, width,
                         context->column_width_minus1, &fits);
    if (!fits)
        return refuse(error, VA_STATUS_ERROR_INVALID_PARAMETER, "pic.column_width_minus1",
                      "not the columns of the picture", width);
    context->uniform_spacing = tile_sizes(pic->row_height_minus1, pic->num_tile_rows_minus1 + 1u,
                                          height, context->row_height_minus1, &fits) &&
                               uniform;
    if (!fits)
        return refuse(error, VA_STATUS_ERROR_INVALID_PARAMETER, "pic.row_height_minus1",
                      "not the rows of the picture", height);
    return VA_STATUS_SUCCESS;
}

VAStatus hevc_prepare(struct picture *picture, struct build_error *error)
{
    const VAPictureParameterBufferHEVC *pic = picture_parameters(picture);
    struct hevc_context *context = picture->context_state;
    struct hevc_surface *surface = picture->surface_state;
    struct hevc_slice_header header;
    VAStatus status = hevc_read_slice_header(picture, 0, &header, error);

    if (status != VA_STATUS_SUCCESS)
        return status;
    surface->pic_order_cnt = pic->CurrPic.pic_order_cnt;
    if (header.nuh_temporal_id_plus1 - 1 > context->highest_temporal_id)
        context->highest_temporal_id = (uint8_t)(header.nuh_temporal_id_plus1 - 1);
    if (!++context->set_tables)
        context->set_tables = 1;
    context->short_term_ref_pic_set_size = header.short_term_ref_pic_set_size;
    context->long_term_ref_pic_set_size = header.long_term_ref_pic_set_size;
    context->num_delta_pocs_of_ref_rps_idx = header.short_term.num_delta_pocs_of_ref_rps_idx;
    status = note_tiles(pic, context, error);
    if (status == VA_STATUS_SUCCESS)
        sort_references(picture, context);
    return status;
}

static void fill_list(const struct hevc_poc_list *list, uint8_t *count,
                      uint8_t entries[V4L2_HEVC_DPB_ENTRIES_NUM_MAX])
{
    *count = list->count;
    memset(entries, HEVC_NO_ENTRY, V4L2_HEVC_DPB_ENTRIES_NUM_MAX);
    memcpy(entries, list->entry, list->count);
}

static uint8_t field_pic(const VAPictureHEVC *entry)
{
    if (!(entry->flags & VA_PICTURE_HEVC_FIELD_PIC))
        return V4L2_HEVC_SEI_PIC_STRUCT_FRAME;
    return entry->flags & VA_PICTURE_HEVC_BOTTOM_FIELD ? V4L2_HEVC_SEI_PIC_STRUCT_BOTTOM_FIELD
                                                       : V4L2_HEVC_SEI_PIC_STRUCT_TOP_FIELD;
}

VAStatus hevc_fill_dpb(const struct picture *picture, struct v4l2_ctrl_hevc_decode_params *decode,
                       struct build_error *error)
{
    const VAPictureParameterBufferHEVC *pic = picture_parameters(picture);
    const struct hevc_context *context = picture->context_state;

    (void)error;
    for (unsigned i = 0; i < context->num_active_dpb_entries; i++) {
        const VAPictureHEVC *entry = &pic->ReferenceFrames[context->reference[i]];
        struct v4l2_hevc_dpb_entry *dpb = &decode->dpb[i];

        dpb->timestamp = find_reference(picture, entry).timestamp;
        dpb->pic_order_cnt_val = entry->pic_order_cnt;
        dpb->field_pic = field_pic(entry);
        if (entry->flags & VA_PICTURE_HEVC_LONG_TERM_REFERENCE)
            dpb->flags = V4L2_HEVC_DPB_ENTRY_LONG_TERM_REFERENCE;
    }
    decode->num_active_dpb_entries = context->num_active_dpb_entries;
    fill_list(&context->st_curr_before, &decode->num_poc_st_curr_before,
              decode->poc_st_curr_before);
    fill_list(&context->st_curr_after, &decode->num_poc_st_curr_after, decode->poc_st_curr_after);
    fill_list(&context->lt_curr, &decode->num_poc_lt_curr, decode->poc_lt_curr);
    return VA_STATUS_SUCCESS;
}

VAStatus hevc_fill_entry_points(const struct picture *picture, unsigned slice, unsigned count,
                                struct hevc_entry_point *points, struct build_error *error)
{
    uint32_t offsets[HEVC_MAX_ENTRY_POINTS];
    struct hevc_slice_header header;
    size_t size;
    const uint8_t *nal = nal_of(&picture->slices[slice], &size);
    const VAStatus status = hevc_read_slice_header(picture, slice, &header, error);

    if (status != VA_STATUS_SUCCESS)
        return status;
    if (header.num_entry_point_offsets != count ||
        hevc_slice_entry_points(&header, nal, size, offsets))
        return refuse(error, VA_STATUS_ERROR_DECODING_ERROR, "entry_point_offset_minus1",
                      "not as 7.3.6.1 has it", slice);
    for (unsigned i = 0; i < count; i++)
        points[i].offset = offsets[i];
    return VA_STATUS_SUCCESS;
}
