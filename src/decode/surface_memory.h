/* SPDX-License-Identifier: MIT */
/* The memory of a surface that a client wants to access, allocated if no picture has been decoded
 * into it. The functions want no lock held. */
#ifndef SURFACE_MEMORY_H
#define SURFACE_MEMORY_H

#include "decode/surface.h"

/* The surface's memory with a new reference. If it has none yet, it is allocated for the most
 * probable use: for the context that the surface is bound to, else for one of its size, else for
 * the newest config. NULL with *status set. */
struct picture_memory *surface_memory(struct surface *surface, VAStatus *status);

/* Like surface_memory(), but for an export: a picture in ordinary memory first moves back to
 * decoder memory. */
struct picture_memory *surface_dmabufs(struct surface *surface, VAStatus *status);

#endif
