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

#include <va/va_backend.h>

struct driver;

/* Whom messages of one kind go to. */
struct listener {
    VAMessageCallback callback; /* NULL: nobody */
    void *argument;
};

/* What one call has to say. */
struct messages {
    struct messages *outer; /* those of a call that the thread was in before, or NULL */
    unsigned used;          /* bytes of text */
    unsigned dropped;       /* messages for which there was no room */
    struct listener error, info;
    char text[2048]; /* for each message its kind, one character, and a string */
};

/* Writes down in `messages` what the calling thread has to say from now on. */
void messages_begin(const struct driver *driver, struct messages *messages);
/* Ends that, and notes whom to deliver it to. */
void messages_end(const struct driver *driver, struct messages *messages);
/* Calls the client's callbacks, and looks at nothing that is the driver's or libva's: either may be
 * gone by then. */
void messages_deliver(const struct messages *messages);

/* Something that went wrong, in a line without its end. */
void log_error(const struct driver *driver, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A remark. */
void log_info(const struct driver *driver, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
