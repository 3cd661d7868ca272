/* SPDX-License-Identifier: MIT */
/* The kernel's controls for the reference picture sets of a sequence parameter set, copied from
 * <linux/v4l2-controls.h> for builds with older headers: the kernel got them long after the
 * others. */
#ifndef HEVC_EXT_SPS_H
#define HEVC_EXT_SPS_H

#include "kernel_controls.h"

#ifndef V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS
#define V4L2_CID_STATELESS_HEVC_EXT_SPS_ST_RPS (V4L2_CID_CODEC_STATELESS_BASE + 408)
#define V4L2_CID_STATELESS_HEVC_EXT_SPS_LT_RPS (V4L2_CID_CODEC_STATELESS_BASE + 409)

#define V4L2_HEVC_EXT_SPS_ST_RPS_FLAG_INTER_REF_PIC_SET_PRED 0x1
#define V4L2_HEVC_EXT_SPS_LT_RPS_FLAG_USED_LT                0x1

/* st_ref_pic_set() (H.265 7.3.7) */
struct v4l2_ctrl_hevc_ext_sps_st_rps {
    __u8 delta_idx_minus1;
    __u8 delta_rps_sign;
    __u8 num_negative_pics;
    __u8 num_positive_pics;
    __u32 used_by_curr_pic; /* bit j: used_by_curr_pic_flag[j], or S0's flags and above them S1's */
    __u32 use_delta_flag;
    __u16 abs_delta_rps_minus1;
    __u16 delta_poc_s0_minus1[16];
    __u16 delta_poc_s1_minus1[16];
    __u16 flags;
};

/* A candidate for lt_idx_sps. */
struct v4l2_ctrl_hevc_ext_sps_lt_rps {
    __u16 lt_ref_pic_poc_lsb_sps;
    __u16 flags;
};
#endif

#endif
