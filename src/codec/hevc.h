/* SPDX-License-Identifier: MIT */
/*
 * The parts of HEVC that codecs.yaml cannot express: what must be parsed from slice headers, the
 * lists of the decoded picture buffer, and the positions of tiles. Only the generated builder calls
 * it.
 */
#ifndef HEVC_H
#define HEVC_H

#include "codec/codec.h"
#include "codec/hevc_entry_point.h"
#include "codec/hevc_ext_sps.h"
#include "codec/hevc_slice_header.h"

struct v4l2_ctrl_hevc_decode_params;

#define HEVC_VA_REFERENCES 15 /* VAPictureParameterBufferHEVC.ReferenceFrames[] */
#define HEVC_NO_ENTRY      255

/* DPB indices of one of the three lists of 8.3.2. */
struct hevc_poc_list {
    uint8_t count;
    uint8_t entry[HEVC_VA_REFERENCES];
};

/* What a surface stores about the picture that was decoded into it last. */
struct hevc_surface {
    int32_t pic_order_cnt;
};

/* What a context stores, and what prepare() found out about the current picture. */
struct hevc_context {
    /* Of the current picture: */
    uint8_t num_active_dpb_entries;
    uint8_t reference[HEVC_VA_REFERENCES + 1]; /* index in ReferenceFrames[] of each DPB entry */
    /* The inverse. HEVC_NO_ENTRY: not in the DPB; always so for the last element. */
    uint8_t dpb_index[HEVC_VA_REFERENCES + 1];
    struct hevc_poc_list st_curr_before, st_curr_after, lt_curr;
    uint16_t short_term_ref_pic_set_size; /* of the first slice segment, like the next two */
    uint16_t long_term_ref_pic_set_size;
    uint8_t num_delta_pocs_of_ref_rps_idx;
    bool uniform_spacing; /* tiles have the sizes of uniform_spacing_flag (6-3, 6-4) */
    uint8_t column_width_minus1[20];
    uint8_t row_height_minus1[22];

    /* Of all pictures so far: */
    uint8_t highest_temporal_id;
    uint16_t set_tables; /* another value for each picture, never 0 */
};

/*
 * Parses the picture's first slice segment header, sorts its references and works out its tiles
 * (struct hevc_context). Returns VA_STATUS_SUCCESS or sets `error`.
 */
VAStatus hevc_prepare(struct picture *picture, struct build_error *error);

/*
 * Parses NAL unit header and slice_segment_header() of slice segment `slice` (7.3.1.2, 7.3.6.1); a
 * dependent one inherits from the last independent one before it. Returns VA_STATUS_SUCCESS or sets
 * `error`: VA_STATUS_ERROR_DECODING_ERROR if the bitstream is invalid.
 */
VAStatus hevc_read_slice_header(const struct picture *picture, unsigned slice,
                                struct hevc_slice_header *header, struct build_error *error);

/*
 * Fills the DPB entries and the three lists of 8.3.2, which hold indices of DPB entries. Not in the
 * table, because VA only flags the pictures of a list: their order follows from picture order
 * counts, and for long-term pictures from the slices' reference picture lists.
 */
VAStatus hevc_fill_dpb(const struct picture *picture, struct v4l2_ctrl_hevc_decode_params *decode,
                       struct build_error *error);

/*
 * Fills `count` offsets of slice segment `slice` from its header. Not in the table, because a slice
 * has any number of them.
 */
VAStatus hevc_fill_entry_points(const struct picture *picture, unsigned slice, unsigned count,
                                struct hevc_entry_point *points, struct build_error *error);

/* Picture order counts relative to the current picture's, the largest first. */
struct hevc_deltas {
    unsigned count;
    int32_t delta[HEVC_MAX_SET_PICS + 1];
};

/*
 * hevc_ext_sps_rps.c: makes an explicit set from which `set` is predicted such that its used
 * pictures are `current`. It has as many pictures as `set` says. False: there is no such set.
 */
bool hevc_code_predicting_set(const struct hevc_short_term_ref_pic_set *set,
                              struct hevc_deltas *current,
                              struct v4l2_ctrl_hevc_ext_sps_st_rps *coded);

/*
 * hevc_ext_sps_rps.c: these fill an array of `count` sets, or candidates, from which slice `slice`
 * gets the references that VA gives. Not in codecs.yaml, because they are derived backwards from
 * those.
 */
VAStatus hevc_fill_short_term_sets(const struct picture *picture, unsigned slice, unsigned count,
                                   struct v4l2_ctrl_hevc_ext_sps_st_rps *sets,
                                   struct build_error *error);
VAStatus hevc_fill_long_term_candidates(const struct picture *picture, unsigned slice,
                                        unsigned count,
                                        struct v4l2_ctrl_hevc_ext_sps_lt_rps *candidates,
                                        struct build_error *error);

#endif
