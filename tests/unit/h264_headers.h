/* SPDX-License-Identifier: MIT */
#ifndef H264_HEADERS_H
#define H264_HEADERS_H

#include "codec/h264_slice_header.h"

/*
 * A slice header written out by hand from Rec. ITU-T H.264 7.3.3, 7.4.3 and 9.1: its bits from the
 * NAL unit header on, without emulation prevention, and what a parser has to make of them.
 */
struct h264_header_case {
    const char *name;
    const char *bits;
    struct h264_slice_header_params params;
    struct h264_slice_header header; /* header_bit_size_raw 0: the same as header_bit_size */
};

extern const struct h264_header_case h264_header_cases[];
extern const unsigned num_h264_header_cases;

/* Fails the running test where `actual` differs from `expected`, header_bit_size_raw aside. */
void assert_h264_header_equal(const struct h264_slice_header *actual,
                              const struct h264_slice_header *expected);

#endif
