/* SPDX-License-Identifier: MIT */
/* The memory of a surface as clients look at it, allocated if no picture has been decoded into it.
 * Wants no lock held. */
#ifndef SURFACE_MEMORY_H
#define SURFACE_MEMORY_H

#include "decode/surface.h"

/* The surface's memory with a new reference. If it has none yet, it is allocated for the most
 * probable use: for the context that the surface is bound to, or one of its size, or the newest
 * config. NULL with *status set. */
struct picture_memory *surface_memory(struct surface *surface, VAStatus *status);

/* The same, for an export: a picture in ordinary memory first moves back to the decoder's. */
struct picture_memory *surface_dmabufs(struct surface *surface, VAStatus *status);

#endif
