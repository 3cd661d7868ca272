/* SPDX-License-Identifier: MIT */
/* AV1: the parts of codec_av1.c. Clauses are those of the AV1 specification. */
#ifndef VIRTDEC_AV1_H
#define VIRTDEC_AV1_H

#include "bits.h"
#include "virtdec.h"

#define AV1_SLOTS     8
#define AV1_REFS      7 /* references of a frame, LAST_FRAME to ALTREF_FRAME */
#define AV1_NO_REF    7 /* PRIMARY_REF_NONE */
#define AV1_ALL_SLOTS 0xff

/* What one of the eight slots holds (7.20). */
struct av1_slot {
    bool valid;
    uint64_t timestamp, serial;
    uint8_t order_hint;
    bool grain; /* its CAPTURE buffer has film grain: the reference is elsewhere */
    struct v4l2_av1_segmentation segmentation;
    int32_t gm_params[AV1_REFS + 1][6];
};

/* A frame to be written, with what follows from its controls. */
struct av1_frame {
    struct vd_job *job;
    const struct v4l2_ctrl_av1_sequence *sequence;
    const struct v4l2_ctrl_av1_frame *control;
    const struct v4l2_ctrl_av1_film_grain *grain; /* NULL: the device has no such control */
    const struct v4l2_ctrl_av1_tile_group_entry *tiles;
    unsigned num_tiles;
    const struct av1_slot *slots;
    unsigned type;   /* as written: a hidden key frame becomes an intra-only one */
    uint8_t refresh; /* slots */
    bool intra;      /* FrameIsIntra */
    bool error_resilient;
    bool force_integer_mv;
    bool coded_lossless, all_lossless;
    uint32_t upscaled_width, width, height;
    unsigned tile_cols_log2, tile_rows_log2;
};

static inline bool av1_has(uint32_t flags, uint32_t flag)
{
    return (flags & flag) != 0;
}

/* av1_sequence.c: sequence_header_obu() (5.5) as an OBU. Tools that are only gates are open. */
void av1_write_sequence(struct vd_writer *w, struct vd_job *job,
                        const struct v4l2_ctrl_av1_sequence *sequence);
/* An OBU of the type with a payload (5.3). */
void av1_write_obu(struct vd_writer *w, unsigned type, const struct vd_writer *payload);
/* su(count) and ns(n) (4.10.6, 4.10.7). */
void av1_put_su(struct vd_writer *w, unsigned count, int32_t value);
void av1_put_ns(struct vd_writer *w, uint32_t n, uint32_t value);

/* av1_header.c: uncompressed_header() (5.9.2). Fills the derived members of `frame`. */
void av1_write_header(struct vd_writer *w, struct av1_frame *frame);

/* av1_filters.c: quantization_params() to lr_params() (5.9.12 to 5.9.20). */
void av1_write_quantization(struct vd_writer *w, const struct av1_frame *frame);
void av1_write_segmentation(struct vd_writer *w, const struct av1_frame *frame);
void av1_write_deltas(struct vd_writer *w, const struct av1_frame *frame);
void av1_find_lossless(struct av1_frame *frame);
void av1_write_loop_filter(struct vd_writer *w, const struct av1_frame *frame);
void av1_write_cdef(struct vd_writer *w, const struct av1_frame *frame);
void av1_write_restoration(struct vd_writer *w, const struct av1_frame *frame);

/* av1_motion.c: skip_mode_params(), global_motion_params(), film_grain_params() (5.9.22 to 5.9.30).
 */
void av1_write_skip_mode(struct vd_writer *w, const struct av1_frame *frame);
void av1_write_global_motion(struct vd_writer *w, const struct av1_frame *frame);
void av1_write_film_grain(struct vd_writer *w, const struct av1_frame *frame);
void av1_default_motion(int32_t params[AV1_REFS + 1][6]);

/* av1_tiles.c: tile_info() (5.9.15) and the tile group (5.11.1). */
void av1_write_tile_info(struct vd_writer *w, struct av1_frame *frame);
void av1_write_tiles(struct vd_writer *w, const struct av1_frame *frame);

#endif
