/* SPDX-License-Identifier: MIT */
/*
 * The memory that a context allocates before its first picture.
 *
 * vaCreateContext is the last call after which clients still fall back to software. So it allocates
 * what a stream needs: picture memory and its descriptors, OUTPUT buffers, and requests. How much
 * the stream will need is not known, because VA conveys neither its level nor the number of its
 * reference pictures. A reserve for the worst stream would send most others to software on boards
 * with a small CMA area. The reserve is therefore the least that an ordinary stream of that size
 * needs, and further surfaces get memory with their first picture. If that fails, pictures that are
 * no longer references move to ordinary memory (displace.h). Only a stream with more references
 * than pictures_at_once() assumes can run out of memory.
 */
#ifndef PROVISION_H
#define PROVISION_H

#include "decode/context.h"

/* How many pictures an ordinary stream of that codec and size has in the decoder's memory at once:
 * its references, as usual at that size, and the picture being decoded. At most MAX_RESERVE. */
unsigned pictures_at_once(const struct codec *codec, uint32_t width, uint32_t height);

/* Wants no lock held, and a context without an id. Allocates memory for that many pictures, but for
 * no more than the number of render targets if the client names any. Returns 0 or a negative errno
 * (logged). Returns 0 as well if the device needs to know more about the stream first. */
int reserve_fill(struct context *context, const VASurfaceID *targets, unsigned num_targets);

#endif
