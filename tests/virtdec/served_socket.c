/* SPDX-License-Identifier: MIT */
/* See served.h. */
#include <errno.h>
#include <sys/socket.h>

#include "served.h"

bool served_send(int socket, const void *data, size_t size)
{
    for (const char *at = data, *end = at + size; at < end;) {
        ssize_t sent = send(socket, at, (size_t)(end - at), MSG_NOSIGNAL);
        if (sent > 0)
            at += sent;
        else if (sent == 0 || errno != EINTR)
            return false;
    }
    return true;
}

bool served_receive(int socket, void *data, size_t size)
{
    for (char *at = data, *end = at + size; at < end;) {
        ssize_t received = recv(socket, at, (size_t)(end - at), 0);
        if (received > 0)
            at += received;
        else if (received == 0 || errno != EINTR)
            return false;
    }
    return true;
}
