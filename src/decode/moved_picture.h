/* SPDX-License-Identifier: MIT */
/* Moves pictures from the decoder's memory to ordinary memory, and back. Both functions take
 * driver->lock, and hold it while they copy. */
#ifndef MOVED_PICTURE_H
#define MOVED_PICTURE_H

#include "decode/surface.h"

/* Takes the surface's memory for another picture: moves its contents to ordinary memory, where they
 * can be read, but neither exported nor decoded into. Drops the surface's reference to `memory`;
 * the caller has one of its own. `owners`: the number of references, including these two, if
 * nothing else uses the memory. False: something else uses it, it was exported, it cannot be read,
 * or there is no ordinary memory. */
bool memory_move_picture(struct driver *driver, struct surface *surface,
                         struct picture_memory *memory, unsigned owners);

/* Moves the picture back into `memory`, which becomes the surface's memory, with the caller's
 * reference. False: the picture is not in ordinary memory, does not fit, or `memory` cannot be
 * written. */
bool memory_return_picture(struct driver *driver, struct surface *surface,
                           struct picture_memory *memory);

#endif
