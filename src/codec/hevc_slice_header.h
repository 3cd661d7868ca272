/* SPDX-License-Identifier: MIT */
#ifndef HEVC_SLICE_HEADER_H
#define HEVC_SLICE_HEADER_H

#include "codec/hevc_slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Parses the header of the coded slice segment in `nal`, `size` bytes that begin with the NAL
 * unit header (no start code) and hold emulation prevention bytes.
 *
 * `header`: written in any case; complete only on success
 * `independent`: the header of the last independent slice segment, which a dependent one
 *                inherits; NULL: there is none, and a dependent one fails
 * `element`: NULL, or where to put the name of the syntax element that failed: a static string,
 *                NULL on success
 * Returns 0; -ENODATA: the data ends inside the header; -ENOTSUP: a predicted set of unknown size;
 *         -EINVAL: no coded slice segment, or a value that 7.4 does not allow, in the header or in
 *         `params`
 */
int hevc_slice_header_parse(struct hevc_slice_header *header,
                            const struct hevc_slice_header_params *params,
                            const struct hevc_slice_header *independent, const uint8_t *nal,
                            size_t size, const char **element);

/*
 * Reads entry_point_offset_minus1[] of a slice segment whose header was parsed, and adds 1 to each:
 * bytes of slice segment data with emulation prevention bytes (7.4.7.1).
 *
 * `offsets`: room for header->num_entry_point_offsets values
 * Returns 0; -ENODATA: the data ends before the last one
 */
int hevc_slice_entry_points(const struct hevc_slice_header *header, const uint8_t *nal, size_t size,
                            uint32_t *offsets);

#endif
