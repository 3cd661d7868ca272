/* SPDX-License-Identifier: MIT */
/* LIBVA_V4L2_REQUEST_TRACE=FILE: every control of every request, by name and value. */
#ifndef TRACE_H
#define TRACE_H

#include "codec/codec.h"

struct driver;
struct trace;

/* Opens the file that the environment names, a regular one or a new one; NULL: no tracing. */
struct trace *trace_open(const struct driver *driver);
void trace_close(struct trace *trace);

/* Writes one request: a line `job N CODEC context C timestamp T bytes B`, then a line
 * `CONTROL.FIELD = VALUE...` for each field (arrays on one line). Does nothing without a trace. */
void trace_request(struct trace *trace, const struct codec *codec, uint32_t context,
                   uint64_t timestamp, size_t bytes, const struct control_set *set);

#endif
