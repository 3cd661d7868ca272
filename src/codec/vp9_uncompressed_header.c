/* SPDX-License-Identifier: MIT */
/* One function for each syntax table of the VP9 bitstream specification, clause 6.2. */
#include "codec/vp9_uncompressed_header.h"

#include "codec/bit_reader.h"

#include <errno.h>
#include <string.h>

#define CS_RGB             7  /* color_space, 7.2.2 */
#define MAX_TILE_WIDTH_B64 64 /* 3, constants */
#define MIN_TILE_WIDTH_B64 4

struct parser {
    struct bit_reader reader;
    struct vp9_uncompressed_header *header;
    const struct vp9_frame_size *coded;
    const char *element; /* what failed; NULL: nothing yet */
};

static unsigned f(struct parser *parser, unsigned bits)
{
    return bit_reader_u(&parser->reader, bits);
}

static bool flag(struct parser *parser)
{
    return bit_reader_flag(&parser->reader);
}

/* su(n), magnitude first, then the sign. */
static int su(struct parser *parser, unsigned bits)
{
    const int value = (int)f(parser, bits);

    return flag(parser) ? -value : value;
}

/* Records the first element with an invalid value. */
static void require(struct parser *parser, bool condition, const char *element)
{
    if (!condition && !parser->element && !bit_reader_error(&parser->reader))
        parser->element = element;
}

static void frame_sync_code(struct parser *parser)
{
    require(parser, f(parser, 24) == 0x498342, "frame_sync_code");
}

static void color_config(struct parser *parser)
{
    struct vp9_persistent *p = &parser->header->persistent;
    const unsigned profile = parser->header->profile;

    p->bit_depth = 8;
    if (profile >= 2)
        p->bit_depth = flag(parser) ? 12 : 10;
    p->color_space = (uint8_t)f(parser, 3);
    if (p->color_space != CS_RGB) {
        p->color_range = flag(parser);
        p->subsampling_x = p->subsampling_y = true;
        if (profile == 1 || profile == 3) {
            p->subsampling_x = flag(parser);
            p->subsampling_y = flag(parser);
            require(parser, !(p->subsampling_x && p->subsampling_y), "subsampling_x");
            require(parser, !flag(parser), "reserved_zero");
        }
        return;
    }
    p->color_range = true;
    require(parser, profile == 1 || profile == 3, "color_space");
    p->subsampling_x = p->subsampling_y = false;
    require(parser, !flag(parser), "reserved_zero");
}

/* An intra-only frame of profile 0 has no color_config(); 7.2 defines the values. */
static void intra_only_color(struct vp9_persistent *persistent)
{
    persistent->bit_depth = 8;
    persistent->color_space = 1; /* CS_BT_601 */
    persistent->color_range = false;
    persistent->subsampling_x = persistent->subsampling_y = true;
}

static void frame_size(struct parser *parser)
{
    parser->header->frame_width = f(parser, 16) + 1;
    parser->header->frame_height = f(parser, 16) + 1;
}

static void render_size(struct parser *parser)
{
    struct vp9_uncompressed_header *header = parser->header;

    header->render_width = header->frame_width;
    header->render_height = header->frame_height;
    if (flag(parser)) {
        header->render_width = f(parser, 16) + 1;
        header->render_height = f(parser, 16) + 1;
    }
}

static void frame_size_with_refs(struct parser *parser)
{
    struct vp9_uncompressed_header *header = parser->header;

    for (unsigned i = 0; i < VP9_REFS_PER_FRAME && !header->size_from_refs; i++)
        header->size_from_refs = flag(parser);
    if (header->size_from_refs) {
        header->frame_width = parser->coded->width;
        header->frame_height = parser->coded->height;
        require(parser,
                header->frame_width - 1 <= UINT16_MAX && header->frame_height - 1 <= UINT16_MAX,
                "found_ref");
    } else {
        frame_size(parser);
    }
    render_size(parser);
}

static void references(struct parser *parser)
{
    struct vp9_uncompressed_header *header = parser->header;

    header->refresh_frame_flags = (uint8_t)f(parser, 8);
    for (unsigned i = 0; i < VP9_REFS_PER_FRAME; i++) {
        header->ref_frame_idx[i] = (uint8_t)f(parser, 3);
        header->ref_frame_sign_bias[i] = flag(parser);
    }
    frame_size_with_refs(parser);
    header->allow_high_precision_mv = flag(parser);
    header->interpolation_filter = VP9_SWITCHABLE;
    if (!flag(parser))
        header->interpolation_filter = (uint8_t)f(parser, 2); /* literal_to_type is in order */
    require(parser, header->persistent.bit_depth != 0, "frame_type");
}

static void intra_only_frame(struct parser *parser)
{
    struct vp9_uncompressed_header *header = parser->header;

    frame_sync_code(parser);
    if (header->profile > 0)
        color_config(parser);
    else
        intra_only_color(&header->persistent);
    header->refresh_frame_flags = (uint8_t)f(parser, 8);
    frame_size(parser);
    render_size(parser);
}

static void frame_type(struct parser *parser)
{
    struct vp9_uncompressed_header *header = parser->header;

    if (header->frame_type == VP9_KEY_FRAME) {
        frame_sync_code(parser);
        color_config(parser);
        frame_size(parser);
        render_size(parser);
        header->refresh_frame_flags = 0xff;
        return;
    }
    header->intra_only = header->show_frame ? false : flag(parser);
    header->reset_frame_context = header->error_resilient_mode ? 0 : (uint8_t)f(parser, 2);
    if (header->intra_only)
        intra_only_frame(parser);
    else
        references(parser);
}

/* The part of setup_past_independence() that resets header elements. */
static void setup_past_independence(struct vp9_persistent *persistent)
{
    static const int8_t ref_deltas[VP9_MAX_REF_DELTAS] = {1, 0, -1, -1};

    memset(persistent->feature_data, 0, sizeof(persistent->feature_data));
    memset(persistent->feature_enabled, 0, sizeof(persistent->feature_enabled));
    persistent->segmentation_abs_or_delta_update = false;
    memcpy(persistent->loop_filter_ref_deltas, ref_deltas, sizeof(ref_deltas));
    memset(persistent->loop_filter_mode_deltas, 0, sizeof(persistent->loop_filter_mode_deltas));
}

static void loop_filter_params(struct parser *parser)
{
    struct vp9_uncompressed_header *header = parser->header;
    struct vp9_persistent *persistent = &header->persistent;

    header->loop_filter_level = (uint8_t)f(parser, 6);
    header->loop_filter_sharpness = (uint8_t)f(parser, 3);
    header->loop_filter_delta_enabled = flag(parser);
    if (!header->loop_filter_delta_enabled)
        return;
    header->loop_filter_delta_update = flag(parser);
    if (!header->loop_filter_delta_update)
        return;
    for (unsigned i = 0; i < VP9_MAX_REF_DELTAS; i++)
        if (flag(parser))
            persistent->loop_filter_ref_deltas[i] = (int8_t)su(parser, 6);
    for (unsigned i = 0; i < VP9_MAX_MODE_DELTAS; i++)
        if (flag(parser))
            persistent->loop_filter_mode_deltas[i] = (int8_t)su(parser, 6);
}

static int8_t read_delta_q(struct parser *parser)
{
    if (!flag(parser))
        return 0;
    return (int8_t)su(parser, 4);
}

static void quantization_params(struct parser *parser)
{
    struct vp9_uncompressed_header *header = parser->header;

    header->base_q_idx = (uint8_t)f(parser, 8);
    header->delta_q_y_dc = read_delta_q(parser);
    header->delta_q_uv_dc = read_delta_q(parser);
    header->delta_q_uv_ac = read_delta_q(parser);
}

static uint8_t read_prob(struct parser *parser)
{
    return flag(parser) ? (uint8_t)f(parser, 8) : 255;
}

static void segmentation_features(struct parser *parser)
{
    static const unsigned bits[VP9_SEG_LVL_MAX] = {8, 6, 2, 0};
    static const bool is_signed[VP9_SEG_LVL_MAX] = {true, true, false, false};
    struct vp9_persistent *persistent = &parser->header->persistent;

    persistent->segmentation_abs_or_delta_update = flag(parser);
    for (unsigned i = 0; i < VP9_MAX_SEGMENTS; i++) {
        persistent->feature_enabled[i] = 0;
        for (unsigned j = 0; j < VP9_SEG_LVL_MAX; j++) {
            int value = 0;

            if (flag(parser)) {
                persistent->feature_enabled[i] |= (uint8_t)(1u << j);
                value = is_signed[j] ? su(parser, bits[j]) : (int)f(parser, bits[j]);
            }
            persistent->feature_data[i][j] = (int16_t)value;
        }
    }
}

static void segmentation_params(struct parser *parser)
{
    struct vp9_uncompressed_header *header = parser->header;

    memset(header->segmentation_tree_probs, 255, sizeof(header->segmentation_tree_probs));
    memset(header->segmentation_pred_prob, 255, sizeof(header->segmentation_pred_prob));
    header->segmentation_enabled = flag(parser);
    if (!header->segmentation_enabled)
        return;
    header->segmentation_update_map = flag(parser);
    if (header->segmentation_update_map) {
        for (unsigned i = 0; i < VP9_SEGMENT_PROBS; i++)
            header->segmentation_tree_probs[i] = read_prob(parser);
        header->segmentation_temporal_update = flag(parser);
        for (unsigned i = 0; i < VP9_PREDICTION_PROBS && header->segmentation_temporal_update; i++)
            header->segmentation_pred_prob[i] = read_prob(parser);
        memcpy(header->persistent.segmentation_tree_probs, header->segmentation_tree_probs,
               sizeof(header->segmentation_tree_probs));
        memcpy(header->persistent.segmentation_pred_prob, header->segmentation_pred_prob,
               sizeof(header->segmentation_pred_prob));
    }
    header->segmentation_update_data = flag(parser);
    if (header->segmentation_update_data)
        segmentation_features(parser);
}

static void tile_info(struct parser *parser)
{
    struct vp9_uncompressed_header *header = parser->header;
    const uint32_t sb64_cols = (header->frame_width + 63) / 64;
    unsigned min_log2 = 0;
    unsigned max_log2 = 1;

    while ((uint32_t)MAX_TILE_WIDTH_B64 << min_log2 < sb64_cols)
        min_log2++;
    while (sb64_cols >> max_log2 >= MIN_TILE_WIDTH_B64)
        max_log2++;
    max_log2--;
    header->tile_cols_log2 = (uint8_t)min_log2;
    while (header->tile_cols_log2 < max_log2 && flag(parser))
        header->tile_cols_log2++;
    require(parser, header->tile_cols_log2 <= 6, "increment_tile_cols_log2"); /* 7.2.11 */
    header->tile_rows_log2 = flag(parser);
    if (header->tile_rows_log2)
        header->tile_rows_log2 += flag(parser);
}

static void frame_header(struct parser *parser)
{
    struct vp9_uncompressed_header *header = parser->header;

    header->frame_type = flag(parser);
    header->show_frame = flag(parser);
    header->error_resilient_mode = flag(parser);
    frame_type(parser);
    header->frame_parallel_decoding_mode = true;
    if (!header->error_resilient_mode) {
        header->refresh_frame_context = flag(parser);
        header->frame_parallel_decoding_mode = flag(parser);
    }
    header->frame_context_idx = (uint8_t)f(parser, 2);
    if (vp9_frame_is_intra(header) || header->error_resilient_mode)
        setup_past_independence(&header->persistent);
    loop_filter_params(parser);
    quantization_params(parser);
    segmentation_params(parser);
    tile_info(parser);
    header->header_size_in_bytes = (uint16_t)f(parser, 16);
    require(parser, header->header_size_in_bytes != 0, "header_size_in_bytes");
}

static void uncompressed_header(struct parser *parser)
{
    struct vp9_uncompressed_header *header = parser->header;

    require(parser, f(parser, 2) == 2, "frame_marker");
    header->profile = flag(parser);
    header->profile |= (uint8_t)(flag(parser) << 1);
    if (header->profile == 3)
        require(parser, !flag(parser), "reserved_zero");
    header->show_existing_frame = flag(parser);
    if (header->show_existing_frame)
        header->frame_to_show_map_idx = (uint8_t)f(parser, 3);
    else
        frame_header(parser);
}

int vp9_uncompressed_header_parse(struct vp9_uncompressed_header *header,
                                  const struct vp9_persistent *before,
                                  const struct vp9_frame_size *coded, const uint8_t *data,
                                  size_t size, const char **element)
{
    struct parser parser = {.header = header, .coded = coded};
    int result = 0;

    memset(header, 0, sizeof(*header));
    header->persistent = *before;
    bit_reader_init_plain(&parser.reader, data, size);
    uncompressed_header(&parser);
    if (!parser.element && bit_reader_error(&parser.reader)) {
        parser.element = "uncompressed_header";
        result = -ENODATA;
    } else if (parser.element) {
        result = -EINVAL;
    } else {
        const size_t bytes = (bit_reader_position(&parser.reader) + 7) / 8;

        /* The longest header has fewer than 200 bytes. */
        header->uncompressed_header_size = (uint16_t)bytes;
        if (header->header_size_in_bytes > size - bytes) {
            parser.element = "header_size_in_bytes";
            result = -ENODATA;
        }
    }
    if (element)
        *element = parser.element;
    return result;
}

bool vp9_frame_is_intra(const struct vp9_uncompressed_header *header)
{
    return header->frame_type == VP9_KEY_FRAME || header->intra_only;
}

bool vp9_lossless(const struct vp9_uncompressed_header *header)
{
    return header->base_q_idx == 0 && header->delta_q_y_dc == 0 && header->delta_q_uv_dc == 0 &&
           header->delta_q_uv_ac == 0;
}

bool vp9_compound_reference_allowed(const struct vp9_uncompressed_header *header)
{
    const bool *bias = header->ref_frame_sign_bias;

    return bias[1] != bias[0] || bias[2] != bias[0];
}
