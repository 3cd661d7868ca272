/* SPDX-License-Identifier: MIT */
/* Sequence controls of a stream of which nothing but the coded format is known. */
#ifndef SEQUENCE_H
#define SEQUENCE_H

#include "device/device.h"
#include "kernel_controls.h"

union sequence_control {
    struct v4l2_ctrl_h264_sps h264;
    struct v4l2_ctrl_hevc_sps hevc;
    struct v4l2_ctrl_vp9_frame vp9;
    struct v4l2_ctrl_av1_sequence av1;
};

/* Fills `set` with what a device is to be told before it tells its CAPTURE format for pictures of
 * `format`: the simplest valid 4:2:0 sequence of that size and bit depth. Its values are in
 * `control`. The set stays empty where the codec has nothing to say. */
void probe_sequence_of_format(const struct codec *codec, const struct coded_format *format,
                              union sequence_control *control, struct control_set *set);

/* The same, empty as well where the device needs no such words for pictures of that depth. */
void probe_sequence_for_device(const struct device_codec *codec, const struct coded_format *format,
                               union sequence_control *control, struct control_set *set);

#endif
