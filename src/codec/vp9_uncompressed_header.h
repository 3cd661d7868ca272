/* SPDX-License-Identifier: MIT */
#ifndef VP9_UNCOMPRESSED_HEADER_H
#define VP9_UNCOMPRESSED_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VP9_REFS_PER_FRAME   3
#define VP9_NUM_REF_FRAMES   8
#define VP9_MAX_SEGMENTS     8
#define VP9_SEG_LVL_MAX      4
#define VP9_MAX_REF_DELTAS   4
#define VP9_MAX_MODE_DELTAS  2
#define VP9_SEGMENT_PROBS    7
#define VP9_PREDICTION_PROBS 3

/* frame_type (7.2). */
enum vp9_frame_type {
    VP9_KEY_FRAME = 0,
    VP9_NON_KEY_FRAME = 1,
};

/* interpolation_filter (7.2.7). */
enum vp9_interpolation_filter {
    VP9_EIGHTTAP_SMOOTH = 0,
    VP9_EIGHTTAP = 1,
    VP9_EIGHTTAP_SHARP = 2,
    VP9_BILINEAR = 3,
    VP9_SWITCHABLE = 4,
};

/*
 * State that persists from one frame's header to the next: elements that a header need not repeat,
 * which setup_past_independence() (7.2) resets. The decoder keeps the probability tables itself.
 */
struct vp9_persistent {
    int8_t loop_filter_ref_deltas[VP9_MAX_REF_DELTAS];
    int8_t loop_filter_mode_deltas[VP9_MAX_MODE_DELTAS];
    bool segmentation_abs_or_delta_update;
    uint8_t feature_enabled[VP9_MAX_SEGMENTS]; /* bit j: FeatureEnabled[i][j] */
    int16_t feature_data[VP9_MAX_SEGMENTS][VP9_SEG_LVL_MAX];
    /* Those of the last frame that updated the segment map; 0 before the first. */
    uint8_t segmentation_tree_probs[VP9_SEGMENT_PROBS];
    uint8_t segmentation_pred_prob[VP9_PREDICTION_PROBS];
    /* color_config() of the last frame that had one (7.2.2). */
    uint8_t bit_depth; /* 8, 10 or 12; 0: there was none yet */
    uint8_t color_space;
    bool color_range;
    bool subsampling_x;
    bool subsampling_y;
};

/*
 * The size, in luma samples, of a frame that takes it from a reference frame
 * (frame_size_with_refs(), 7.2.5). The caller knows it.
 */
struct vp9_frame_size {
    uint32_t width, height;
};

/*
 * uncompressed_header() (VP9 bitstream specification 6.2), with the standard's names. Elements that
 * the header does not have hold the value that 7.2 infers for them, or else 0.
 */
struct vp9_uncompressed_header {
    uint8_t profile;
    bool show_existing_frame;      /* then only frame_to_show_map_idx below is valid */
    uint8_t frame_to_show_map_idx; /* 0 to 7 */
    uint8_t frame_type;            /* enum vp9_frame_type */
    bool show_frame;
    bool error_resilient_mode;
    bool intra_only;
    uint8_t reset_frame_context; /* as coded: 0 and 1 mean the same */
    uint8_t refresh_frame_flags;
    uint8_t ref_frame_idx[VP9_REFS_PER_FRAME];
    bool ref_frame_sign_bias[VP9_REFS_PER_FRAME]; /* of LAST_FRAME, GOLDEN_FRAME, ALTREF_FRAME */
    bool size_from_refs;                          /* a found_ref is 1: the caller gave the size */
    uint32_t frame_width;                         /* luma samples, 1 to 65536 */
    uint32_t frame_height;
    uint32_t render_width;
    uint32_t render_height;
    bool allow_high_precision_mv;
    uint8_t interpolation_filter; /* enum vp9_interpolation_filter */
    bool refresh_frame_context;
    bool frame_parallel_decoding_mode;
    uint8_t frame_context_idx; /* as coded, before setup_past_independence() makes it 0 */

    uint8_t loop_filter_level;     /* 0 to 63 */
    uint8_t loop_filter_sharpness; /* 0 to 7 */
    bool loop_filter_delta_enabled;
    bool loop_filter_delta_update;

    uint8_t base_q_idx;
    int8_t delta_q_y_dc; /* -15 to 15 */
    int8_t delta_q_uv_dc;
    int8_t delta_q_uv_ac;

    bool segmentation_enabled;
    bool segmentation_update_map;
    bool segmentation_temporal_update;
    bool segmentation_update_data;
    uint8_t segmentation_tree_probs[VP9_SEGMENT_PROBS];   /* 255 where not coded */
    uint8_t segmentation_pred_prob[VP9_PREDICTION_PROBS]; /* 255 where not coded */

    uint8_t tile_cols_log2; /* 0 to 6 */
    uint8_t tile_rows_log2; /* 0 to 2 */

    uint16_t header_size_in_bytes;     /* of the compressed header, which follows; not 0 */
    uint16_t uncompressed_header_size; /* bytes, up to where the compressed header starts */

    /* The state after this frame: its own loop filter deltas, segmentation features and colour. */
    struct vp9_persistent persistent;
};

/*
 * Parses the uncompressed header of the frame in `data`, `size` bytes: one frame, not a superframe
 * (annex B).
 *
 * `header`: written in any case; complete only on success
 * `before`: the state after the frames decoded so far; all zero before the first one
 * `coded`: the frame's size, used where the header takes it from a reference
 * `element`: NULL, or where to put the name of the syntax element that failed: a static string,
 *                NULL on success
 * Returns 0; -ENODATA: the data ends inside the header, or in the compressed header that it
 *         announces; -EINVAL: a value that 7.2 does not allow, or a frame that depends on a missing
 *         key frame
 */
int vp9_uncompressed_header_parse(struct vp9_uncompressed_header *header,
                                  const struct vp9_persistent *before,
                                  const struct vp9_frame_size *coded, const uint8_t *data,
                                  size_t size, const char **element);

/* FrameIsIntra (7.2). */
bool vp9_frame_is_intra(const struct vp9_uncompressed_header *header);

/* Lossless (7.2.9). */
bool vp9_lossless(const struct vp9_uncompressed_header *header);

/* Whether the frame's references allow compound prediction (frame_reference_mode(), 6.3.12). */
bool vp9_compound_reference_allowed(const struct vp9_uncompressed_header *header);

#endif
