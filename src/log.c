/* SPDX-License-Identifier: MIT */
/* Messages go where the client sent libva's: its callbacks, or stderr by LIBVA_MESSAGING_LEVEL. */
#include "log.h"

#include "driver.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PREFIX      "v4l2-stateless: "
#define MAX_MESSAGE 512 /* bytes, all included; longer ones are cut */

enum kind {
    ERROR = 'e',
    INFO = 'i',
};

/* libva's own function for drivers would call the client even where it set no callback. */
static struct listener listener_of(const struct driver *driver, enum kind kind)
{
    const struct VADisplayContext *display = driver->va->pDisplayContext;

    if (!display)
        return (struct listener){NULL, NULL};
    return kind == ERROR
               ? (struct listener){display->error_callback, display->error_callback_user_context}
               : (struct listener){display->info_callback, display->info_callback_user_context};
}

/* A key rather than a thread-local variable: LeakSanitizer (GCC 12) crashes on that of a library
 * that is loaded late, in whatever client runs under it. */
void messages_begin(const struct driver *driver, struct messages *messages)
{
    messages->outer = pthread_getspecific(driver->messages);
    messages->used = 0;
    messages->dropped = 0;
    pthread_setspecific(driver->messages, messages);
}

void messages_end(const struct driver *driver, struct messages *messages)
{
    pthread_setspecific(driver->messages, messages->outer);
    if (!messages->used && !messages->dropped)
        return;
    messages->error = listener_of(driver, ERROR);
    messages->info = listener_of(driver, INFO);
}

static void tell(const struct listener *listener, const char *message)
{
    if (listener->callback)
        listener->callback(listener->argument, message);
}

void messages_deliver(const struct messages *messages)
{
    const char *end = messages->text + messages->used;

    for (const char *at = messages->text; at < end; at += 1 + strlen(at + 1) + 1)
        tell(*at == ERROR ? &messages->error : &messages->info, at + 1);
    if (messages->dropped) {
        char lost[128];

        snprintf(lost, sizeof(lost), PREFIX "%u more messages, for which there was no room\n",
                 messages->dropped);
        tell(&messages->error, lost);
    }
}

/* Outside a call there is nobody to tell. */
static void write_down(const struct driver *driver, enum kind kind, const char *format,
                       va_list arguments)
{
    struct messages *messages = pthread_getspecific(driver->messages);
    char message[MAX_MESSAGE] = PREFIX;
    size_t start = strlen(message), size;

    if (!messages)
        return;
    /* One byte less: libva adds no end of line of its own. */
    if (vsnprintf(message + start, sizeof(message) - start - 1, format, arguments) < 0)
        return;
    size = strlen(message);
    message[size++] = '\n';
    message[size++] = '\0';
    if (messages->used + 1 + size > sizeof(messages->text)) {
        messages->dropped++;
        return;
    }
    messages->text[messages->used] = (char)kind;
    memcpy(messages->text + messages->used + 1, message, size);
    messages->used += 1 + (unsigned)size;
}

void log_error(const struct driver *driver, const char *format, ...)
{
    va_list arguments;

    if (!listener_of(driver, ERROR).callback)
        return;
    va_start(arguments, format);
    write_down(driver, ERROR, format, arguments);
    va_end(arguments);
}

void log_info(const struct driver *driver, const char *format, ...)
{
    va_list arguments;

    if (!listener_of(driver, INFO).callback)
        return;
    va_start(arguments, format);
    write_down(driver, INFO, format, arguments);
    va_end(arguments);
}
