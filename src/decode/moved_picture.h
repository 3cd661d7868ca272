/* SPDX-License-Identifier: MIT */
/* Moves pictures from the decoder's memory to ordinary memory, and back. Both functions take
 * driver->lock, and hold it while they copy. */
#ifndef MOVED_PICTURE_H
#define MOVED_PICTURE_H

#include "decode/surface.h"

/* Takes the surface's memory for another picture: its contents move to ordinary memory, where they
 * can be read but neither exported nor decoded into. The surface's reference to `memory` is given
 * up; the caller has one of its own. `owners`: how many references there are, both included, if
 * nothing else uses the memory. False: something does, or there is no ordinary memory. */
bool memory_move_picture(struct driver *driver, struct surface *surface,
                         struct picture_memory *memory, unsigned owners);

/* Moves the picture back, into `memory`, which becomes the surface's with the caller's reference.
 * False: it had not moved, or does not fit. */
bool memory_return_picture(struct driver *driver, struct surface *surface,
                           struct picture_memory *memory);

#endif
