/* SPDX-License-Identifier: MIT */
#ifndef HEVC_ENTRY_POINT_H
#define HEVC_ENTRY_POINT_H

#include <stdint.h>

/* An element of V4L2_CID_STATELESS_HEVC_ENTRY_POINT_OFFSETS, an array of integers. */
struct hevc_entry_point {
    uint32_t offset; /* bytes from the previous entry point, or from the start of the data */
};

#endif
