/* SPDX-License-Identifier: MIT */
#ifndef VP9_COMPRESSED_HEADER_H
#define VP9_COMPRESSED_HEADER_H

#include "codec/vp9_uncompressed_header.h"

/* tx_mode (7.3.1). */
enum vp9_tx_mode {
    VP9_ONLY_4X4 = 0,
    VP9_ALLOW_8X8 = 1,
    VP9_ALLOW_16X16 = 2,
    VP9_ALLOW_32X32 = 3,
    VP9_TX_MODE_SELECT = 4,
};

/* reference_mode (7.3.6). */
enum vp9_reference_mode {
    VP9_SINGLE_REFERENCE = 0,
    VP9_COMPOUND_REFERENCE = 1,
    VP9_REFERENCE_MODE_SELECT = 2,
};

/* mv_probs() (6.3.16): new probabilities, which are odd; 0 where there is no update. */
struct vp9_mv_probs {
    uint8_t joint[3];
    uint8_t sign[2];
    uint8_t classes[2][10];
    uint8_t class0_bit[2];
    uint8_t bits[2][10];
    uint8_t class0_fr[2][2][3];
    uint8_t fr[2][3];
    uint8_t class0_hp[2];
    uint8_t hp[2];
};

/*
 * compressed_header() (VP9 bitstream specification 6.3). It updates probabilities, whose old values
 * only the decoder knows, so this struct holds the updates themselves. Each is
 * inv_map_table[deltaProb] (6.3.5), 1 to 254; 0: no update.
 */
struct vp9_compressed_header {
    uint8_t tx_mode; /* enum vp9_tx_mode */
    uint8_t tx8[2][1];
    uint8_t tx16[2][2];
    uint8_t tx32[2][3];
    uint8_t coef[4][2][2][6][6][3];
    uint8_t skip[3];
    uint8_t inter_mode[7][3];
    uint8_t interp_filter[4][2];
    uint8_t is_inter[4];
    uint8_t reference_mode; /* enum vp9_reference_mode */
    uint8_t comp_mode[5];
    uint8_t single_ref[5][2];
    uint8_t comp_ref[5];
    uint8_t y_mode[4][9];
    uint8_t partition[16][3];
    struct vp9_mv_probs mv;
};

/*
 * Parses a compressed header, `size` bytes at `data`, of the frame whose uncompressed header is
 * `frame`.
 *
 * `header`: written in any case; complete only on success
 * Returns 0; -EINVAL: no data, or the marker bit is not 0 (9.2.1); -ENODATA: the data ends inside
 *         the header
 */
int vp9_compressed_header_parse(struct vp9_compressed_header *header,
                                const struct vp9_uncompressed_header *frame, const uint8_t *data,
                                size_t size);

/* inv_map_table[`delta_prob`] of 6.3.5, for 0 to 254. */
uint8_t vp9_inv_map(unsigned delta_prob);

#endif
