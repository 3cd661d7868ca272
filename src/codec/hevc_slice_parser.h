/* SPDX-License-Identifier: MIT */
/* Checked reads, which the parts of the slice segment header parser share. */
#ifndef HEVC_SLICE_PARSER_H
#define HEVC_SLICE_PARSER_H

#include "codec/bit_reader.h"
#include "codec/hevc_slice.h"

struct hevc_parser {
    struct bit_reader reader;
    const struct hevc_slice_header_params *params;
    struct hevc_slice_header *header;
    const char *element; /* the first that failed */
    int error;           /* 0 or negative errno */
};

/* Records a failure, unless there was one before. */
void hevc_fail(struct hevc_parser *p, const char *element, int error);
/* Whether the element just read is valid. */
bool hevc_check_read(struct hevc_parser *p, const char *element);
/* All return 0 after a failure. */
uint32_t hevc_read_u(struct hevc_parser *p, const char *element, unsigned bits);
bool hevc_read_flag(struct hevc_parser *p, const char *element);
uint32_t hevc_read_ue(struct hevc_parser *p, const char *element, uint32_t max);
int32_t hevc_read_se(struct hevc_parser *p, const char *element, int32_t min, int32_t max);

/* Ceil(Log2(count)), 0 for a count of 0. */
unsigned hevc_ceil_log2(uint32_t count);

#endif
