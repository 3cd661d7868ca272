/* SPDX-License-Identifier: MIT */
/* LIBVA_V4L2_REQUEST_TRACE=FILE: writes every control of every request, by name and value. Has a
 * lock of its own, which is innermost. */
#ifndef TRACE_H
#define TRACE_H

#include "codec/codec.h"

struct driver;
struct trace;

/* Opens the file that the environment names, which has to be a regular one or a new one. NULL: no
 * tracing (logged if a file was named). */
struct trace *trace_open(const struct driver *driver);
void trace_close(struct trace *trace);

/* Writes one request: a line `job N CODEC context C timestamp T bytes B`, then a line
 * `CONTROL.FIELD = VALUE...` for each field (arrays on one line). Does nothing without a trace.
 * May be called with any lock held. */
void trace_request(struct trace *trace, const struct codec *codec, uint32_t context,
                   uint64_t timestamp, size_t bytes, const struct control_set *set);

#endif
