/* SPDX-License-Identifier: MIT */
/*
 * Messages to the client.
 *
 * A client's callback may call VA-API again, or take a lock of the client's that another thread
 * holds around a call. So no callback runs inside the driver. Messages are written to a board, and
 * the thread that made the call delivers them after the call has left the driver.
 *
 * All functions may be called with any lock held, except messages_deliver(), which wants no lock
 * held.
 */
#ifndef LOG_H
#define LOG_H

#include "base/lock.h"

#include <pthread.h>
#include <stdbool.h>
#include <va/va_backend.h>

/* How many threads can have messages at the same time. Messages of further threads are only
 * counted. */
#define MAX_SPEAKERS 8

struct driver;

/* The messages of one call. */
struct messages {
    pthread_t thread;
    bool taken;       /* in use by a call of that thread */
    unsigned dropped; /* number of messages that did not fit */
    unsigned used;    /* bytes of text */
    char text[2048];  /* for each message, one character for its kind, and a string */
};

/* The messages of all calls that are inside the driver. */
struct message_board {
    struct lock lock;  /* no other lock is taken while it is held */
    unsigned speakers; /* atomic: number of calls that have messages */
    unsigned dropped;  /* number of messages of calls that found no free entry */
    struct messages of[MAX_SPEAKERS];
};

/* The callback for messages of one kind. */
struct listener {
    VAMessageCallback callback; /* NULL: none */
    void *argument;
};

/* The messages of the calling thread, and the callbacks for them. */
struct delivery {
    struct listener error, info;
    struct messages messages;
};

/* A new, empty board. NULL: out of memory. */
struct message_board *message_board_new(void);
void message_board_free(struct message_board *board);

/* Whether any call has messages, in the calling thread or another one. */
static inline bool messages_pending(const struct message_board *board)
{
    return __atomic_load_n(&board->speakers, __ATOMIC_RELAXED) != 0;
}

/* Takes the calling thread's messages off the board. */
void messages_take(const struct driver *driver, struct delivery *delivery);
/* Calls the client's callbacks. Uses no data of the driver or of libva, because both may have been
 * freed by then. */
void messages_deliver(const struct delivery *delivery);

/* Reports an error: one line, without the newline. */
void log_error(const struct driver *driver, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Reports information, in the same form. */
void log_info(const struct driver *driver, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
