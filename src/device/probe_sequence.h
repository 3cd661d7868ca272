/* SPDX-License-Identifier: MIT */
/* Sequence controls of the simplest stream of a coded format, for asking a device for its CAPTURE
 * format while no stream is known. */
#ifndef PROBE_SEQUENCE_H
#define PROBE_SEQUENCE_H

#include "device/device.h"
#include "kernel_controls.h"

union sequence_control {
    struct v4l2_ctrl_h264_sps h264;
    struct v4l2_ctrl_hevc_sps hevc;
    struct v4l2_ctrl_vp9_frame vp9;
    struct v4l2_ctrl_av1_sequence av1;
};

/* Fills `set` with the control that a device needs to choose its CAPTURE format: the simplest valid
 * 4:2:0 sequence of that size and bit depth. `control` holds the values. The set is empty if the
 * codec has no such control. */
void probe_sequence_of_format(const struct codec *codec, const struct coded_format *format,
                              union sequence_control *control, struct control_set *set);

/* The same, but the set is also empty if the device does not need it for pictures of that depth. */
void probe_sequence_for_device(const struct device_codec *codec, const struct coded_format *format,
                               union sequence_control *control, struct control_set *set);

#endif
