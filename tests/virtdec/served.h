/* SPDX-License-Identifier: MIT */
/*
 * How served.c and serve.c talk: a connection of a stream socket for each decoder. The client sends
 * a struct served_request with its bytes; each is answered with a struct served_reply, and behind
 * it the planes of `last`, line after line without gaps.
 */
#ifndef VIRTDEC_SERVED_H
#define VIRTDEC_SERVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "avdecoder.h"

enum served_operation {
    SERVED_OPEN, /* the codec's name; what the connection begins with */
    SERVED_DECODE,
    SERVED_FLUSH,
};

struct served_request {
    uint32_t operation, size;
};

struct served_reply {
    uint32_t done;   /* OPEN: there is a decoder; DECODE: the packet began a frame */
    uint32_t planes; /* of the last frame; 0: there is none */
    uint32_t width, height, depth;
};

/* Bytes of a line of a plane, and how many lines it has, with what lies behind what is shown. */
static inline size_t served_line(const struct served_reply *reply, unsigned plane)
{
    return ((size_t)reply->width + 15) / 16 * 16 / (plane ? 2 : 1) * (reply->depth > 8 ? 2 : 1);
}

static inline size_t served_lines(const struct served_reply *reply, unsigned plane)
{
    return ((size_t)reply->height + 15) / 16 * 16 / (plane ? 2 : 1);
}

/* Moves all of it through a socket. False: the other end is gone. */
bool served_send(int socket, const void *data, size_t size);
bool served_receive(int socket, void *data, size_t size);

#endif
