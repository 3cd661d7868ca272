/* SPDX-License-Identifier: MIT */
/*
 * Memory that a context has before its first picture.
 *
 * vaCreateContext is the last call after which clients still go to software, so what a stream needs
 * is there when it returns: picture memory and its descriptors, OUTPUT buffers, requests. How much
 * the stream needs is not known yet: VA tells neither its level nor its reference pictures. A
 * reserve for the worst stream would send most others to software on boards with a small CMA area;
 * so it is what a picture of an ordinary stream of that size needs at the least, and surfaces
 * beyond it get memory with their first picture. Should that fail, pictures that no other needs
 * as a reference any more move to ordinary memory (displace.c). Only a stream with more references
 * than pictures_at_once() says can run out of memory in the middle.
 */
#ifndef PROVISION_H
#define PROVISION_H

#include "decode/context.h"

/* Pictures that a stream of that codec and size has to have in the decoder's memory at once, if it
 * keeps to what levels and encoders make of such a size: its references, and the picture being
 * decoded. At most MAX_RESERVE. */
unsigned pictures_at_once(const struct codec *codec, uint32_t width, uint32_t height);

/* Without lock, of a context without an id. Obtains that much memory, but not more than for the
 * render targets where the client names them. -ENOMEM and the like (logged): there is not so much.
 */
int reserve_fill(struct context *context, const VASurfaceID *targets, unsigned num_targets);

#endif
