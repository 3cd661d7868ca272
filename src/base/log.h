/* SPDX-License-Identifier: MIT */
/*
 * Messages to the client.
 *
 * A client's callback may call VA-API again, or take a lock of the client's that another thread
 * holds around a call. So no callback runs inside the driver: what a call has to say is written
 * down, and the thread that made the call delivers it after it has left the driver.
 */
#ifndef LOG_H
#define LOG_H

#include "base/lock.h"

#include <pthread.h>
#include <stdbool.h>
#include <va/va_backend.h>

/* Threads that have something to say at the same time; what others say meanwhile is only counted.
 */
#define MAX_SPEAKERS 8

struct driver;

/* What one call has to say. */
struct messages {
    pthread_t thread;
    bool taken;       /* by a call of that thread */
    unsigned dropped; /* messages for which there was no room */
    unsigned used;    /* bytes of text */
    char text[2048];  /* for each message its kind, one character, and a string */
};

/* Messages of calls that are inside the driver. */
struct message_board {
    struct lock lock;  /* innermost */
    unsigned speakers; /* atomic: calls that have something to say */
    unsigned dropped;  /* messages of calls for which there was no room */
    struct messages of[MAX_SPEAKERS];
};

/* Whom messages of one kind go to. */
struct listener {
    VAMessageCallback callback; /* NULL: nobody */
    void *argument;
};

/* What the calling thread has to say, and to whom. */
struct delivery {
    struct listener error, info;
    struct messages messages;
};

/* An empty board, or NULL. */
struct message_board *message_board_new(void);
void message_board_free(struct message_board *board);

/* Whether a call has something to say: if not the calling thread's, then another one. */
static inline bool messages_pending(const struct message_board *board)
{
    return __atomic_load_n(&board->speakers, __ATOMIC_RELAXED) != 0;
}

/* Takes what the calling thread has to say off the board. */
void messages_take(const struct driver *driver, struct delivery *delivery);
/* Calls the client's callbacks, and looks at nothing that is the driver's or libva's: either may be
 * gone by then. */
void messages_deliver(const struct delivery *delivery);

/* Something that went wrong, in a line without its end. */
void log_error(const struct driver *driver, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A remark. */
void log_info(const struct driver *driver, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
