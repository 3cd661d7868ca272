/* SPDX-License-Identifier: MIT */
/* One function for each syntax table of RFC 6386, 19.2. */
#include "codec/vp8_frame_header.h"

#include "codec/bool_decoder.h"

#include <errno.h>
#include <string.h>

/* A value that follows if a flag is set, magnitude first; otherwise 0. */
static int8_t optional_signed(struct bool_decoder *decoder, unsigned bits)
{
    int value;

    if (!bool_decoder_flag(decoder))
        return 0;
    value = (int)bool_decoder_literal(decoder, bits);
    return (int8_t)(bool_decoder_flag(decoder) ? -value : value);
}

static void update_segmentation(struct bool_decoder *decoder, struct vp8_frame_header *header)
{
    header->update_mb_segmentation_map = bool_decoder_flag(decoder);
    header->update_segment_feature_data = bool_decoder_flag(decoder);
    if (header->update_segment_feature_data) {
        header->segment_feature_mode = bool_decoder_flag(decoder);
        for (unsigned i = 0; i < 4; i++)
            header->quantizer_update[i] = optional_signed(decoder, 7);
        for (unsigned i = 0; i < 4; i++)
            header->lf_update[i] = optional_signed(decoder, 6);
    }
    if (header->update_mb_segmentation_map)
        for (unsigned i = 0; i < 3; i++)
            header->segment_prob_update[i] =
                bool_decoder_flag(decoder) ? (uint8_t)bool_decoder_literal(decoder, 8) : 255;
}

/* Reads the flags and skips the deltas, which VA carries. */
static void mb_lf_adjustments(struct bool_decoder *decoder, struct vp8_frame_header *header)
{
    header->loop_filter_adj_enable = bool_decoder_flag(decoder);
    if (!header->loop_filter_adj_enable)
        return;
    header->mode_ref_lf_delta_update = bool_decoder_flag(decoder);
    for (unsigned i = 0; i < 8 && header->mode_ref_lf_delta_update; i++)
        optional_signed(decoder, 6);
}

static void quant_indices(struct bool_decoder *decoder, struct vp8_frame_header *header)
{
    header->y_ac_qi = (uint8_t)bool_decoder_literal(decoder, 7);
    header->y_dc_delta = optional_signed(decoder, 4);
    header->y2_dc_delta = optional_signed(decoder, 4);
    header->y2_ac_delta = optional_signed(decoder, 4);
    header->uv_dc_delta = optional_signed(decoder, 4);
    header->uv_ac_delta = optional_signed(decoder, 4);
}

int vp8_frame_header_parse(struct vp8_frame_header *header, bool key_frame, const uint8_t *data,
                           size_t size)
{
    struct bool_decoder decoder;

    memset(header, 0, sizeof(*header));
    memset(header->segment_prob_update, 255, sizeof(header->segment_prob_update));
    bool_decoder_init(&decoder, data, size);
    if (key_frame) {
        header->color_space = bool_decoder_flag(&decoder);
        header->clamping_type = bool_decoder_flag(&decoder);
    }
    header->segmentation_enabled = bool_decoder_flag(&decoder);
    if (header->segmentation_enabled)
        update_segmentation(&decoder, header);
    header->filter_type = bool_decoder_flag(&decoder);
    header->loop_filter_level = (uint8_t)bool_decoder_literal(&decoder, 6);
    header->sharpness_level = (uint8_t)bool_decoder_literal(&decoder, 3);
    mb_lf_adjustments(&decoder, header);
    header->log2_nbr_of_dct_partitions = (uint8_t)bool_decoder_literal(&decoder, 2);
    quant_indices(&decoder, header);
    return bool_decoder_error(&decoder) ? -ENODATA : 0;
}
