/* SPDX-License-Identifier: MIT */
/* vaInitialize and vaTerminate: the function that libva looks up in the library, and the end of a
 * display. */
#include "base/log.h"
#include "decode/buffer.h"
#include "decode/open.h"
#include "decode/trace.h"
#include "device/discovery.h"
#include "va/entry.h"
#include "va/functions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef DRIVER_VERSION
#define DRIVER_VERSION "unknown"
#endif

/* "v4l2-stateless 0.1.0 - hantro-vpu, rkvdec"; the caller frees it. */
static char *vendor_string(const struct driver *driver)
{
    char *vendor = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&vendor, &size);

    if (!stream)
        return NULL;
    fprintf(stream, "v4l2-stateless %s -", DRIVER_VERSION);
    for (unsigned i = 0; i < driver->num_devices; i++)
        fprintf(stream, "%s %s", i ? "," : "", driver->devices[i].name);
    if (fclose(stream) != 0) {
        free(vendor);
        return NULL;
    }
    return vendor;
}

static void driver_close(struct driver *driver)
{
    contexts_destroy(driver);
    object_table_finish(&driver->objects);
    buffers_release_spares(driver);
    devices_close(driver);
    trace_close(driver->trace);
}

static void driver_free(struct driver *driver)
{
    lock_destroy(&driver->lock);
    message_board_free(driver->messages);
    free(driver);
}

static struct driver *driver_new(VADriverContextP va)
{
    struct driver *driver = calloc(1, sizeof(*driver));

    if (!driver)
        return NULL;
    driver->messages = message_board_new();
    if (!driver->messages) {
        free(driver);
        return NULL;
    }
    driver->va = va;
    lock_init(&driver->lock);
    object_table_init(&driver->objects);
    return driver;
}

/* Distributions install the driver on many machines that have no such decoder. Players then decode
 * in software, so this is not an error, unless the user named a device. */
static void tell_of_no_decoder(const struct driver *driver)
{
    void (*tell)(const struct driver *, const char *, ...) =
        secure_getenv("LIBVA_V4L2_REQUEST_MEDIA_PATH") ||
                secure_getenv("LIBVA_V4L2_REQUEST_VIDEO_PATH")
            ? log_error
            : log_info;

    tell(driver, "no stateless video decoder found");
}

static VAStatus driver_open(struct driver *driver)
{
    VADriverContextP va = driver->va;
    char *vendor;

    if (!devices_open(driver)) {
        tell_of_no_decoder(driver);
        return VA_STATUS_ERROR_UNKNOWN;
    }
    driver->trace = trace_open(driver);
    vendor = vendor_string(driver);
    if (!vendor)
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    entries_fill(va);
    va->vtable->vaTerminate = va_terminate;
    va->pDriverData = driver;
    va->str_vendor = vendor;
    return VA_STATUS_SUCCESS;
}

static VAStatus driver_init(VADriverContextP va)
{
    struct driver *driver = driver_new(va);
    struct delivery delivery;
    VAStatus status;

    if (!driver)
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    status = driver_open(driver);
    if (status != VA_STATUS_SUCCESS)
        driver_close(driver);
    messages_take(driver, &delivery);
    if (status != VA_STATUS_SUCCESS)
        driver_free(driver);
    messages_deliver(&delivery);
    return status;
}

/*
 * Waits for calls of other threads that are inside the driver before it frees anything. This
 * protects only the driver: libva itself frees the display while a call may be on its way into the
 * driver or back to the client, so a client has to stop its threads first.
 *
 * A callback may terminate the display and then return into the driver, because libva never unloads
 * it (RTLD_NODELETE).
 */
VAStatus va_terminate(VADriverContextP va)
{
    struct driver *driver = driver_of(va);
    struct delivery delivery;
    bool closed;

    if (!driver)
        return VA_STATUS_ERROR_INVALID_DISPLAY;
    closed = entries_close(driver);
    va->pDriverData = NULL;
    if (closed)
        driver_close(driver);
    else
        log_error(driver, "a call has not returned; its resources are not freed");
    free((char *)va->str_vendor);
    va->str_vendor = NULL;
    messages_take(driver, &delivery);
    if (closed)
        driver_free(driver);
    messages_deliver(&delivery);
    return VA_STATUS_SUCCESS;
}

/* libva looks for a function named after its own API version, and then for older versions. */
#define JOIN(prefix, major, minor)      prefix##major##_##minor
#define INIT_NAME(prefix, major, minor) JOIN(prefix, major, minor)
#define DRIVER_INIT                     INIT_NAME(__vaDriverInit_, VA_MAJOR_VERSION, VA_MINOR_VERSION)

/* NOLINTNEXTLINE(bugprone-reserved-identifier): the name is libva's. */
__attribute__((visibility("default"))) VAStatus DRIVER_INIT(VADriverContextP va);

/* NOLINTNEXTLINE(bugprone-reserved-identifier) */
VAStatus DRIVER_INIT(VADriverContextP va)
{
    return driver_init(va);
}
