/* SPDX-License-Identifier: MIT */
/* Pictures of VP8, VP9 and AV1. */
#include "pictures.h"

#include <string.h>

/* All flags and values that come from the arithmetic decoder are 0, as its data is. */
bool picture_vp8(struct session *session, VASurfaceID surface)
{
    enum { HEADER = 12, FIRST = 20, SECOND = 20 };
    bool inter = session->reference != VA_INVALID_SURFACE;
    uint8_t data[HEADER + FIRST + SECOND] = {0};
    VAPictureParameterBufferVP8 picture = {
        .frame_width = session->width,
        .frame_height = session->height,
        .last_ref_frame = session->reference,
        .golden_ref_frame = session->reference,
        .alt_ref_frame = session->reference,
        .out_of_loop_frame = VA_INVALID_SURFACE,
        .pic_fields.bits = {.key_frame = inter, .loop_filter_disable = 1}, /* 0: a key frame */
        .bool_coder_ctx = {.range = 255},
    };
    VAIQMatrixBufferVP8 matrix = {0};
    VAProbabilityDataBufferVP8 probabilities;
    VASliceParameterBufferVP8 slice = {
        .slice_data_size = sizeof(data),
        .slice_data_flag = VA_SLICE_DATA_FLAG_ALL,
        .macroblock_offset = 8 * HEADER,
        .num_of_partitions = 2,
        .partition_size = {FIRST, SECOND},
    };

    memset(picture.mv_probs, 128, sizeof(picture.mv_probs));
    memset(&probabilities, 128, sizeof(probabilities));
    const struct part parts[] = {
        {VAPictureParameterBufferType, sizeof(picture), &picture},
        {VAIQMatrixBufferType, sizeof(matrix), &matrix},
        {VAProbabilityBufferType, sizeof(probabilities), &probabilities},
        {VASliceParameterBufferType, sizeof(slice), &slice},
        {VASliceDataBufferType, sizeof(data), data},
    };
    return picture_render(session, surface, parts, 5);
}

/* uncompressed_header() (6.2) of profile 0; returns its length in bytes. */
static unsigned int vp9_header(const struct session *session, uint8_t *data,
                               unsigned int compressed)
{
    bool inter = session->reference != VA_INVALID_SURFACE;
    unsigned int position = 0;

    picture_put_bits(data, &position, 2, 2);     /* frame_marker */
    picture_put_bits(data, &position, 3, 0);     /* profile 0, show_existing_frame */
    picture_put_bits(data, &position, 1, inter); /* frame_type */
    picture_put_bits(data, &position, 2, 2);     /* show_frame, error_resilient_mode */
    if (inter) {
        picture_put_bits(data, &position, 2, 0);    /* reset_frame_context */
        picture_put_bits(data, &position, 8, 0xff); /* refresh_frame_flags */
        picture_put_bits(data, &position, 12, 0);   /* slot 0 three times, no sign bias */
        picture_put_bits(data, &position, 1, 1);    /* found_ref */
        picture_put_bits(data, &position, 1, 0);    /* render_and_frame_size_different */
        picture_put_bits(data, &position, 2, 1);    /* is_filter_switchable */
    } else {
        picture_put_bits(data, &position, 24, 0x498342); /* frame_sync_code */
        picture_put_bits(data, &position, 4, 2);         /* CS_BT_601, studio range */
        picture_put_bits(data, &position, 16, session->width - 1);
        picture_put_bits(data, &position, 16, session->height - 1);
        picture_put_bits(data, &position, 1, 0); /* render_and_frame_size_different */
    }
    picture_put_bits(data, &position, 4, 0);   /* refresh_frame_context and those after it */
    picture_put_bits(data, &position, 10, 0);  /* loop filter: off, no deltas */
    picture_put_bits(data, &position, 8, 100); /* base_q_idx */
    picture_put_bits(data, &position, 4, 0);   /* no deltas, no segmentation */
    if (session->width > 448)                  /* eight superblocks may be two tiles (6.2.13) */
        picture_put_bits(data, &position, 1, 0);
    picture_put_bits(data, &position, 1, 0); /* tile_rows_log2 */
    picture_put_bits(data, &position, 16, compressed);
    return (position + 7) / 8;
}

bool picture_vp9(struct session *session, VASurfaceID surface)
{
    enum { COMPRESSED = 32, TILE = 40 }; /* all 0: ONLY_4X4, and no probability is changed */
    bool inter = session->reference != VA_INVALID_SURFACE;
    uint8_t data[64 + COMPRESSED + TILE] = {0};
    unsigned int header = vp9_header(session, data, COMPRESSED);
    unsigned int size = header + COMPRESSED + TILE;
    VADecPictureParameterBufferVP9 picture = {
        .frame_width = (uint16_t)session->width,
        .frame_height = (uint16_t)session->height,
        .pic_fields.bits = {.subsampling_x = 1,
                            .subsampling_y = 1,
                            .frame_type = inter,
                            .show_frame = 1,
                            .mcomp_filter_type = 4},
        .frame_header_length_in_bytes = (uint8_t)header,
        .first_partition_size = COMPRESSED,
        .bit_depth = 8,
    };
    VASliceParameterBufferVP9 slice = {.slice_data_size = size,
                                       .slice_data_flag = VA_SLICE_DATA_FLAG_ALL};

    for (unsigned int i = 0; i < 8; i++)
        picture.reference_frames[i] = session->reference;
    memset(data + header + COMPRESSED, 0x5a, TILE);
    const struct part parts[] = {
        {VAPictureParameterBufferType, sizeof(picture), &picture},
        {VASliceParameterBufferType, sizeof(slice), &slice},
        {VASliceDataBufferType, size, data},
    };
    return picture_render(session, surface, parts, 3);
}

bool picture_av1(struct session *session, VASurfaceID surface)
{
    bool inter = session->reference != VA_INVALID_SURFACE;
    uint8_t data[64];
    VADecPictureParameterBufferAV1 picture = {
        .order_hint_bits_minus_1 = 6,
        .seq_info_fields.fields = {.enable_order_hint = 1, .subsampling_x = 1, .subsampling_y = 1},
        .current_frame = surface,
        .current_display_picture = VA_INVALID_SURFACE,
        .frame_width_minus1 = (uint16_t)(session->width - 1),
        .frame_height_minus1 = (uint16_t)(session->height - 1),
        .primary_ref_frame = 7, /* PRIMARY_REF_NONE */
        .order_hint = (uint8_t)(session->decoded % 128),
        .tile_cols = 1,
        .tile_rows = 1,
        .pic_info_fields.bits = {.frame_type = inter,
                                 .show_frame = 1,
                                 .error_resilient_mode = !inter,
                                 .uniform_tile_spacing_flag = 1},
        .superres_scale_denominator = 8,
        .base_qindex = 100,
        .mode_control_fields.bits = {.tx_mode = 2},
    };
    VASliceParameterBufferAV1 slice = {.slice_data_size = sizeof(data),
                                       .slice_data_flag = VA_SLICE_DATA_FLAG_ALL};

    for (unsigned int i = 0; i < 7; i++)
        picture.wm[i].wmmat[2] = picture.wm[i].wmmat[5] = 1 << 16;
    for (unsigned int i = 0; i < 8; i++)
        picture.ref_frame_map[i] = session->reference;
    memset(data, 0x5a, sizeof(data));
    const struct part parts[] = {
        {VAPictureParameterBufferType, sizeof(picture), &picture},
        {VASliceParameterBufferType, sizeof(slice), &slice},
        {VASliceDataBufferType, sizeof(data), data},
    };
    return picture_render(session, surface, parts, 3);
}
