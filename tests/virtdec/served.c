/* SPDX-License-Identifier: MIT */
/*
 * A decoder in another process: virtdec_serve, whose socket VIRTDEC_DECODER names. Where that
 * process is gone no picture comes back, so that the client's is striped and reported.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "interpose.h"
#include "served.h"

#define MAX_SIDE 16384

struct served {
    int socket;
    uint8_t *memory; /* the planes of `frame` */
    size_t size;
    struct vd_frame frame;
    bool has_frame;
};

static void close_served(void *decoder)
{
    struct served *served = decoder;
    if (served->socket >= 0)
        VD_REAL(close)(served->socket);
    free(served->memory);
    free(served);
}

/* Takes the planes that follow a reply. */
static bool receive_frame(struct served *served, const struct served_reply *reply)
{
    size_t size = 0;
    served->has_frame = false;
    if (reply->planes == 0)
        return true;
    if (reply->planes > 3 || reply->width > MAX_SIDE || reply->height > MAX_SIDE)
        return false;
    for (unsigned i = 0; i < reply->planes; i++)
        size += served_line(reply, i) * served_lines(reply, i);
    if (size > served->size) {
        free(served->memory);
        served->memory = malloc(size);
        served->size = served->memory ? size : 0;
    }
    if (!served->memory || !served_receive(served->socket, served->memory, size))
        return false;
    const uint8_t *plane = served->memory;
    served->frame =
        (struct vd_frame){.width = reply->width, .height = reply->height, .depth = reply->depth};
    for (unsigned i = 0; i < reply->planes; i++) {
        served->frame.data[i] = plane;
        served->frame.stride[i] = (ptrdiff_t)served_line(reply, i);
        plane += served_line(reply, i) * served_lines(reply, i);
    }
    served->has_frame = true;
    return true;
}

/* Sends a request and takes the answer; whether it was done. */
static bool ask(struct served *served, enum served_operation operation, const void *data,
                size_t size)
{
    struct served_request request = {.operation = operation, .size = (uint32_t)size};
    struct served_reply reply;
    if (served_send(served->socket, &request, sizeof(request)) &&
        served_send(served->socket, data, size) &&
        served_receive(served->socket, &reply, sizeof(reply)) && receive_frame(served, &reply))
        return reply.done;
    served->has_frame = false;
    return false;
}

static bool connect_to(int socket, const char *name)
{
    /* An abstract address: a zero and the name. */
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    if (length >= sizeof(address.sun_path))
        return false;
    memcpy(address.sun_path + 1, name, length);
    return connect(socket, (const struct sockaddr *)&address,
                   (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)) == 0;
}

static void *open_served(const char *codec)
{
    const char *name = getenv("VIRTDEC_DECODER");
    struct served *served = calloc(1, sizeof(*served));
    if (!served)
        return NULL;
    served->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (served->socket < 0 || !name || !connect_to(served->socket, name) ||
        !ask(served, SERVED_OPEN, codec, strlen(codec))) {
        close_served(served);
        return NULL;
    }
    return served;
}

static const struct vd_frame *decode(void *decoder, const uint8_t *data, size_t size)
{
    struct served *served = decoder;
    bool began = ask(served, SERVED_DECODE, data, size);
    return began && served->has_frame ? &served->frame : NULL;
}

static const struct vd_frame *last_frame(void *decoder)
{
    struct served *served = decoder;
    return served->has_frame ? &served->frame : NULL;
}

static void flush(void *decoder)
{
    ask(decoder, SERVED_FLUSH, NULL, 0);
}

const struct vd_av_calls vd_served_calls = {
    .open = open_served,
    .decode = decode,
    .last = last_frame,
    .flush = flush,
    .close = close_served,
};
