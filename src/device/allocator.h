/* SPDX-License-Identifier: MIT */
/*
 * Where picture memory comes from.
 *
 * It comes from the decoder's own allocator, so that it is always memory that the decoder can
 * write: a short-lived file handle is told the stream's format, gives one CAPTURE buffer, exports
 * it as dma-bufs and is closed. The dma-bufs keep the memory. So a surface has memory before any
 * context exists, and keeps it when its context goes. Only where there is too little of it does a
 * decoded picture move to ordinary memory (moved_picture.h).
 */
#ifndef ALLOCATOR_H
#define ALLOCATOR_H

#include "device/picture_memory.h"

/* Memory for a picture of that stream format, from the decoder's own allocator, with one
 * reference. `sequence`: the stream's controls that the device needs to know before it can tell its
 * CAPTURE format; NULL: no stream is known yet. NULL when there is none to be had (logged). */
struct picture_memory *memory_create(struct driver *driver, const struct device *device,
                                     const struct device_codec *codec,
                                     const struct coded_format *format,
                                     const struct control_set *sequence);

/* How such memory is laid out where no stream is known yet. Returns 0 or a negative errno. */
int memory_layout(struct driver *driver, const struct device *device,
                  const struct device_codec *codec, const struct coded_format *format,
                  struct picture_layout *layout);

/* As memory_create() for `count` pictures, all or none. Returns 0 or a negative errno and logs
 * nothing. */
int memory_create_several(struct driver *driver, const struct device *device,
                          const struct device_codec *codec, const struct coded_format *format,
                          const struct control_set *sequence, struct picture_memory **memories,
                          unsigned count);

#endif
