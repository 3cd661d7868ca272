/* SPDX-License-Identifier: MIT */
/*
 * Allocates picture memory.
 *
 * It comes from the decoder's own allocator, so that the decoder can always write it: a short-lived
 * file is told the stream's format, gives CAPTURE buffers, exports them as dma-bufs and is closed.
 * The dma-bufs keep the memory. So a surface can have memory before any context exists, and keeps
 * it when its context is destroyed.
 *
 * No function may be called with driver->lock held.
 */
#ifndef ALLOCATOR_H
#define ALLOCATOR_H

#include "device/picture_memory.h"

/* Memory for a picture of that stream format, with one reference. `sequence`: the stream's controls
 * that the device needs before it can tell its CAPTURE format; NULL: no stream is known yet. NULL:
 * the device gives none (logged). */
struct picture_memory *memory_allocate(struct driver *driver, const struct device *device,
                                       const struct device_codec *codec,
                                       const struct coded_format *format,
                                       const struct control_set *sequence);

/* The layout that such memory would have, if no stream is known yet. Returns 0 or a negative errno.
 */
int memory_layout(struct driver *driver, const struct device *device,
                  const struct device_codec *codec, const struct coded_format *format,
                  struct picture_layout *layout);

/* Like memory_allocate() for `count` pictures, all or none. Returns 0 or a negative errno; does not
 * log that there is no memory. */
int memory_allocate_many(struct driver *driver, const struct device *device,
                         const struct device_codec *codec, const struct coded_format *format,
                         const struct control_set *sequence, struct picture_memory **memories,
                         unsigned count);

#endif
