/* SPDX-License-Identifier: MIT */
/* The reference picture sets of a slice segment header (7.3.6.1, 7.3.7). */
#ifndef HEVC_REF_PIC_SETS_H
#define HEVC_REF_PIC_SETS_H

#include "codec/hevc_slice_parser.h"

/* Parses from slice_pic_order_cnt_lsb to the end of the elements that depend on
 * long_term_ref_pics_present_flag. */
void hevc_parse_ref_pic_sets(struct hevc_parser *p);
/* NumPicTotalCurr (7-55), from the header if it determines it, or else from the caller. */
unsigned hevc_num_pic_total_curr(const struct hevc_slice_header_params *params,
                                 const struct hevc_slice_header *header);

#endif
