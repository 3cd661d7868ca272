/* SPDX-License-Identifier: MIT */
#ifndef VP8_FRAME_HEADER_H
#define VP8_FRAME_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The start of VP8's frame header, up to the quantizer indices (RFC 6386, 9.2 to 9.6 and 19.2),
 * with the RFC's names. It holds what this frame codes, and nothing from earlier frames.
 */
struct vp8_frame_header {
    bool color_space;   /* key frames only */
    bool clamping_type; /* key frames only */

    bool segmentation_enabled;
    bool update_mb_segmentation_map;
    bool update_segment_feature_data;
    bool segment_feature_mode;      /* true: absolute values */
    int8_t quantizer_update[4];     /* -127 to 127; 0 where not coded */
    int8_t lf_update[4];            /* -63 to 63; 0 where not coded */
    uint8_t segment_prob_update[3]; /* 255 where not coded */

    bool filter_type;          /* true: simple */
    uint8_t loop_filter_level; /* 0 to 63 */
    uint8_t sharpness_level;   /* 0 to 7 */
    bool loop_filter_adj_enable;
    bool mode_ref_lf_delta_update;

    uint8_t log2_nbr_of_dct_partitions; /* 0 to 3 */

    uint8_t y_ac_qi;   /* 0 to 127 */
    int8_t y_dc_delta; /* -15 to 15 */
    int8_t y2_dc_delta;
    int8_t y2_ac_delta;
    int8_t uv_dc_delta;
    int8_t uv_ac_delta;
};

/*
 * Parses the start of the frame header that the first partition begins with.
 *
 * `header`: written in any case; complete only on success
 * `key_frame`: what the frame tag says
 * `data`: the first partition, without the frame tag (9.1), `size` bytes
 * Returns 0; -ENODATA: the data ends inside the header
 */
int vp8_frame_header_parse(struct vp8_frame_header *header, bool key_frame, const uint8_t *data,
                           size_t size);

#endif
