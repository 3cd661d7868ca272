/* SPDX-License-Identifier: MIT */
/* HEVC in the virtual decoder: slice segment headers, writing of parameter sets, checks. */
#ifndef VIRTDEC_HEVC_H
#define VIRTDEC_HEVC_H

#include "../../src/codec/hevc_ext_sps.h" /* the kernel's own names */
#include "bits.h"
#include "virtdec.h"

#define HEVC_ENTRIES     16   /* of the DPB, and more than a list has */
#define HEVC_MAX_ENTRIES 1100 /* entry points of a slice segment */
#define HEVC_SETS        64   /* in a sequence parameter set */

enum { HEVC_B, HEVC_P, HEVC_I };

/* The controls of a job. */
struct hevc_controls {
    const struct v4l2_ctrl_hevc_sps *sps;
    const struct v4l2_ctrl_hevc_pps *pps;
    const struct v4l2_ctrl_hevc_decode_params *dp;
    const struct v4l2_ctrl_hevc_scaling_matrix *scaling;
};

/* A slice segment header (7.3.6.1), read with the parameter sets of the controls. */
struct hevc_slice {
    unsigned type, temporal_id; /* of the NAL unit */
    bool first, no_output_of_prior, dependent;
    uint32_t pps_id, address;
    uint32_t reserved; /* slice_reserved_flag[], as one number */
    unsigned slice_type;
    bool output;
    uint32_t lsb;
    uint32_t short_term_bits, long_term_bits; /* of the sets, read independently */
    bool temporal_mvp, sao_luma, sao_chroma;
    uint32_t active[2]; /* num_ref_idx_lX_active_minus1 + 1, 0 without the list */
    bool modified[2];
    uint32_t list_entry[2][HEVC_ENTRIES];
    bool mvd_l1_zero, cabac_init, collocated_from_l0;
    uint32_t collocated_ref_idx;
    bool weights;
    uint32_t luma_denom;
    int32_t delta_chroma_denom;
    int32_t luma_weight[2][HEVC_ENTRIES], luma_offset[2][HEVC_ENTRIES];
    int32_t chroma_weight[2][HEVC_ENTRIES][2], chroma_offset[2][HEVC_ENTRIES][2];
    uint32_t merge; /* five_minus_max_num_merge_cand */
    int32_t qp_delta, cb_offset, cr_offset;
    bool deblocking_off, across;
    int32_t beta, tc;
    /* of this segment: */
    uint32_t entry_points;
    uint32_t entry_point[HEVC_MAX_ENTRIES];
    size_t sets_begin, sets_end; /* bits from slice_pic_order_cnt_lsb to behind the sets */
    size_t header_bits;          /* to slice_segment_data(), no emulation prevention */
    size_t header_bytes;         /* the same with it */
};

static inline bool hevc_is_idr(const struct hevc_slice *s)
{
    return s->type == 19 || s->type == 20;
}

static inline bool hevc_is_irap(const struct hevc_slice *s)
{
    return s->type >= 16 && s->type <= 23;
}

/* hevc_parse.c: 0, or -1 for a header that is none with these controls. `before`: the last
 * independent slice segment, or NULL. */
int hevc_parse_slice(struct hevc_slice *s, const struct hevc_controls *c,
                     const struct hevc_slice *before, const uint8_t *nal, size_t size);

/* hevc_write.c: NAL units with start codes. */
void hevc_write_vps(struct vd_writer *w, const struct v4l2_ctrl_hevc_sps *sps);
void hevc_write_sps(struct vd_writer *w, const struct hevc_controls *c);
void hevc_write_pps(struct vd_writer *w, const struct hevc_controls *c);
/* The slice segment with its reference picture set as the decode parameters say. */
void hevc_write_slice(struct vd_writer *w, const struct hevc_controls *c,
                      const struct hevc_slice *s, const uint8_t *nal, size_t size);

/* Where a slice segment lies: `size` bytes from `at` on in the OUTPUT buffer. */
struct hevc_place {
    size_t at, size;
    bool slice_based;
};

/* hevc_check.c */
void hevc_check_picture(struct vd_job *job, const struct hevc_controls *c,
                        const struct hevc_slice *s);
void hevc_check_slice(struct vd_job *job, const struct hevc_controls *c,
                      const struct v4l2_ctrl_hevc_slice_params *p, const struct hevc_slice *s,
                      const struct hevc_place *place);
/* Compares entry points; `used` of the control's `count` belong to earlier slices of the job. */
void hevc_check_entry_points(struct vd_job *job, const uint32_t *offsets, uint32_t count,
                             uint32_t used, const struct hevc_slice *s);

/* The tables of reference picture sets, as the hardware has them. */
struct hevc_sets {
    bool present; /* the device has the controls */
    unsigned rows;
    struct v4l2_ctrl_hevc_ext_sps_st_rps short_term[HEVC_SETS];
    const struct v4l2_ctrl_hevc_ext_sps_lt_rps *long_term;
    uint32_t candidates;
};

/* hevc_sets.c */
void hevc_take_sets(struct hevc_sets *sets, const struct vd_job *job);
void hevc_check_sets(struct vd_job *job, const struct hevc_controls *c,
                     const struct hevc_sets *sets, const struct hevc_slice *s, const uint8_t *nal,
                     size_t size);

#endif
