/* SPDX-License-Identifier: MIT */
/* Messages go where the client sent libva's: its callbacks, or stderr by LIBVA_MESSAGING_LEVEL. */
#include "driver.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef void (*message_callback)(VADriverContextP, const char *);

static void send_message(const struct driver *driver, message_callback callback, const char *format,
                         va_list arguments)
{
    char message[512] = "v4l2-stateless: ";
    size_t start = strlen(message), end;

    if (!callback)
        return;
    /* One byte less: libva adds no end of line of its own. */
    if (vsnprintf(message + start, sizeof(message) - start - 1, format, arguments) < 0)
        return;
    end = strlen(message);
    message[end] = '\n';
    message[end + 1] = '\0';
    callback(driver->va, message);
}

void log_error(const struct driver *driver, const char *format, ...)
{
    /* libva's own part calls the client's callback even where the client set none. */
    VADisplayContextP display = driver->va->pDisplayContext;
    va_list arguments;

    va_start(arguments, format);
    if (!display || display->error_callback)
        send_message(driver, driver->va->error_callback, format, arguments);
    va_end(arguments);
}

void log_info(const struct driver *driver, const char *format, ...)
{
    /* libva's own part calls the client's callback even where the client set none. */
    VADisplayContextP display = driver->va->pDisplayContext;
    va_list arguments;

    va_start(arguments, format);
    if (!display || display->info_callback)
        send_message(driver, driver->va->info_callback, format, arguments);
    va_end(arguments);
}
