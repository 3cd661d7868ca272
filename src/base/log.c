/* SPDX-License-Identifier: MIT */
/* Messages go to the same place as libva's: to the client's callbacks, or to stderr as set by
 * LIBVA_MESSAGING_LEVEL. */
#include "base/log.h"

#include "base/driver.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX      "v4l2-stateless: "
#define MAX_MESSAGE 512 /* bytes, including prefix and end; longer messages are cut */

enum kind {
    ERROR = 'e',
    INFO = 'i',
};

struct message_board *message_board_new(void)
{
    struct message_board *board = calloc(1, sizeof(*board));

    if (board)
        lock_init(&board->lock);
    return board;
}

void message_board_free(struct message_board *board)
{
    lock_destroy(&board->lock);
    free(board);
}

/* libva's own function for drivers would make the call even if the client has set no callback. */
static struct listener listener_of(const struct driver *driver, enum kind kind)
{
    const struct VADisplayContext *display = driver->va->pDisplayContext;

    if (!display)
        return (struct listener){NULL, NULL};
    return kind == ERROR
               ? (struct listener){display->error_callback, display->error_callback_user_context}
               : (struct listener){display->info_callback, display->info_callback_user_context};
}

/* The calling thread's messages, or NULL. Wants the board's lock held. */
static struct messages *own(struct message_board *board) REQUIRES(board->lock)
{
    for (unsigned i = 0; i < MAX_SPEAKERS; i++)
        if (board->of[i].taken && pthread_equal(board->of[i].thread, pthread_self()))
            return &board->of[i];
    return NULL;
}

/* Like own(), but takes a free entry if the thread has none. NULL: no entry is free. */
static struct messages *own_or_new(struct message_board *board) REQUIRES(board->lock)
{
    struct messages *messages = own(board);

    for (unsigned i = 0; i < MAX_SPEAKERS && !messages; i++) {
        if (board->of[i].taken)
            continue;
        messages = &board->of[i];
        messages->taken = true;
        messages->thread = pthread_self();
        messages->used = messages->dropped = 0;
        __atomic_add_fetch(&board->speakers, 1, __ATOMIC_RELAXED);
    }
    return messages;
}

void messages_take(const struct driver *driver, struct delivery *delivery)
{
    struct message_board *board = driver->messages;
    struct messages *messages;

    delivery->messages.used = delivery->messages.dropped = 0;
    lock_acquire(&board->lock);
    messages = own(board);
    if (messages) {
        delivery->messages = *messages;
        delivery->messages.dropped += board->dropped;
        board->dropped = 0;
        messages->taken = false;
        __atomic_sub_fetch(&board->speakers, 1, __ATOMIC_RELAXED);
    }
    lock_release(&board->lock);
    delivery->error = listener_of(driver, ERROR);
    delivery->info = listener_of(driver, INFO);
}

static void tell(const struct listener *listener, const char *message)
{
    if (listener->callback)
        listener->callback(listener->argument, message);
}

void messages_deliver(const struct delivery *delivery)
{
    const struct messages *messages = &delivery->messages;
    const char *end = messages->text + messages->used;

    for (const char *at = messages->text; at < end; at += 1 + strlen(at + 1) + 1)
        tell(*at == ERROR ? &delivery->error : &delivery->info, at + 1);
    if (messages->dropped) {
        char lost[128];

        snprintf(lost, sizeof(lost), PREFIX "%u more messages, for which there was no room\n",
                 messages->dropped);
        tell(&delivery->error, lost);
    }
}

/* `size`: bytes of the message, including the terminating null byte. */
static void write_down(struct message_board *board, enum kind kind, const char *message,
                       size_t size)
{
    struct messages *messages;

    lock_acquire(&board->lock);
    messages = own_or_new(board);
    if (!messages) {
        board->dropped++;
    } else if (messages->used + 1 + size > sizeof(messages->text)) {
        messages->dropped++;
    } else {
        messages->text[messages->used] = (char)kind;
        memcpy(messages->text + messages->used + 1, message, size);
        messages->used += 1 + (unsigned)size;
    }
    lock_release(&board->lock);
}

static void say(const struct driver *driver, enum kind kind, const char *format, va_list arguments)
{
    char message[MAX_MESSAGE] = PREFIX;
    size_t size = strlen(message);

    if (!listener_of(driver, kind).callback)
        return;
    /* Leave a byte for the newline, which libva does not add. */
    if (vsnprintf(message + size, sizeof(message) - size - 1, format, arguments) < 0)
        return;
    size = strlen(message);
    message[size++] = '\n';
    message[size++] = '\0';
    write_down(driver->messages, kind, message, size);
}

void log_error(const struct driver *driver, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(driver, ERROR, format, arguments);
    va_end(arguments);
}

void log_info(const struct driver *driver, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    say(driver, INFO, format, arguments);
    va_end(arguments);
}
