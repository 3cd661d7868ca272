/* SPDX-License-Identifier: MIT */
/* Surfaces, as the files that serve clients share them. */
#ifndef SURFACE_H
#define SURFACE_H

#include "driver.h"

/* A surface with what vaQuerySurfaceError says of it: an entry and the end of the list. */
struct surface_with_errors {
    struct surface surface;
    VASurfaceDecodeMBErrors errors[2];
};

/* The context that the surface is bound to, with a new reference, or NULL. */
struct context *surface_context(struct surface *surface);

#endif
