/* SPDX-License-Identifier: MIT */
/* The memory of a surface that no picture has been decoded into yet. */
#ifndef SURFACE_MEMORY_H
#define SURFACE_MEMORY_H

#include "decode/surface.h"

/* surface.c */
/* The surface's memory with a new reference, allocated for the most probable use (the context that
 * it is bound to, or one of its size, or the newest config) if it has none yet. NULL with *status
 * set. */
struct picture_memory *surface_memory(struct surface *surface, VAStatus *status);

/* The surface's memory as dma-bufs, the same way; a picture that moved comes back first. */
struct picture_memory *surface_dmabufs(struct surface *surface, VAStatus *status);

#endif
