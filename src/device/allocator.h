/* SPDX-License-Identifier: MIT */
/*
 * Allocates picture memory.
 *
 * The memory comes from the decoder's own allocator, so the decoder can always write to it: the
 * driver opens the video node, sets the stream's format, allocates CAPTURE buffers, exports them as
 * dma-bufs and closes the node. The dma-bufs keep the memory alive. A surface can therefore have
 * memory before any context exists, and keeps it after its context is destroyed.
 *
 * No function may be called with driver->lock held.
 */
#ifndef ALLOCATOR_H
#define ALLOCATOR_H

#include "device/picture_memory.h"

/* Allocates memory for one picture of that format, with one reference. `sequence`: the stream's
 * controls that the device needs to choose its CAPTURE format; NULL: no stream is known yet.
 * Returns NULL (logged) if the allocation fails. */
struct picture_memory *memory_allocate(struct driver *driver, const struct device *device,
                                       const struct device_codec *codec,
                                       const struct coded_format *format,
                                       const struct control_set *sequence);

/* Gets the layout of memory that is allocated while no stream is known. Returns 0 or a negative
 * errno. */
int memory_layout(struct driver *driver, const struct device *device,
                  const struct device_codec *codec, const struct coded_format *format,
                  struct picture_layout *layout);

/* Like memory_allocate() for `count` pictures, all or none. Returns 0 or a negative errno; does not
 * log a failed allocation. */
int memory_allocate_many(struct driver *driver, const struct device *device,
                         const struct device_codec *codec, const struct coded_format *format,
                         const struct control_set *sequence, struct picture_memory **memories,
                         unsigned count);

#endif
