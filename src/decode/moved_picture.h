/* SPDX-License-Identifier: MIT */
/* Pictures that move from the decoder's memory to ordinary memory, and back. */
#ifndef MOVED_PICTURE_H
#define MOVED_PICTURE_H

#include "decode/surface.h"

/* Takes the surface's memory for another picture: what it holds moves to ordinary memory, where it
 * can be read but neither exported nor decoded into. The surface's reference to `memory` is given
 * up. `owners`: the references that there may be, the surface's among them. False: somebody else
 * uses the memory, or there is no ordinary memory either. */
bool memory_move_picture(struct driver *driver, struct surface *surface,
                         struct picture_memory *memory, unsigned owners);

/* The reverse: a picture that moved goes to `memory`, which becomes the surface's. False: it has
 * not moved, or does not fit there. */
bool memory_return_picture(struct driver *driver, struct surface *surface,
                           struct picture_memory *memory);

#endif
