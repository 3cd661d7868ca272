/* SPDX-License-Identifier: MIT */
/* LIBVA_V4L2_REQUEST_TRACE=FILE: writes every control of every request, by name and value. It has
 * its own lock, and no other lock is taken while that is held. */
#ifndef TRACE_H
#define TRACE_H

#include "codec/codec.h"

struct driver;
struct trace;

/* Opens the file that the environment variable names, which has to be a regular file or not to
 * exist. NULL: no tracing (logged if a file was named and cannot be opened). */
struct trace *trace_open(const struct driver *driver);
/* Closes the trace. NULL is allowed. */
void trace_close(struct trace *trace);

/* Writes one request: a line `job N CODEC context C timestamp T bytes B`, then a line
 * `CONTROL.FIELD = VALUE...` for each field (arrays on one line). Does nothing without a trace.
 * May be called with any lock held. */
void trace_request(struct trace *trace, const struct codec *codec, uint32_t context,
                   uint64_t timestamp, size_t bytes, const struct control_set *set);

#endif
