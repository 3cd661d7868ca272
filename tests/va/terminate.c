/* SPDX-License-Identifier: MIT */
/* vaTerminate at moments that clients should not choose. */
#include "client.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>
#include <va/va_backend.h>

enum {
    WIDTH = 96,
    HEIGHT = 80,
    LARGE_WIDTH = 4096,
    LARGE_HEIGHT = 2304,
    THREADS = 16,
    DEADLOCK = 60 /* s */
};

static void terminate(void *display, const char *message)
{
    (void)message;
    EXPECT(VA_STATUS_SUCCESS, vaTerminate(display));
}

/* The call that caused the message returns as if nothing had been. */
static void in_a_callback(void)
{
    struct client client = client_open();
    struct decoder decoder = decoder_open(&client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(&client, WIDTH, HEIGHT);
    VABufferID buffers[4];

    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 1));
    parameters_new(&decoder, surface, buffers);
    slice_new(&decoder, 1, 0, HEIGHT / 16, buffers + 2);
    vaSetErrorCallback(client.display, terminate, client.display);
    /* Without the slice's data. */
    EXPECT(VA_STATUS_ERROR_INVALID_PARAMETER, render(&decoder, surface, buffers, 3));
    close(client.fd);
}

/* A client that calls the driver without libva, whose own data of the display would not be there
 * any more for calls that come too late. */
static struct client left;
static VADriverContextP va;
static VASurfaceID large;
static VAImage image;
static atomic_uint copies;

static void *read_back(void *argument)
{
    VAStatus status;

    (void)argument;
    while (!(status = va->vtable->vaGetImage(va, large, 0, 0, LARGE_WIDTH, LARGE_HEIGHT,
                                             image.image_id)))
        copies++;
    EXPECT(VA_STATUS_ERROR_INVALID_DISPLAY, status);
    return NULL;
}

static unsigned open_files(void)
{
    unsigned count = 0;

    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

/* They end as they would have without it, and later ones are refused. */
static void while_calls_are_inside(void)
{
    unsigned files = open_files();
    pthread_t threads[THREADS];

    left = client_open();
    va = ((VADisplayContextP)left.display)->pDriverContext;
    large = surface_new(&left, LARGE_WIDTH, LARGE_HEIGHT);
    image = image_new(&left, VA_FOURCC_I420, LARGE_WIDTH, LARGE_HEIGHT);
    for (unsigned i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, read_back, NULL) != 0)
            client_abort();
    while (copies < 2 * THREADS)
        usleep(1000);
    EXPECT(VA_STATUS_SUCCESS, va->vtable->vaTerminate(va));
    /* Nobody holds the surface's memory any more. */
    CHECK(open_files() == files + 1);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    EXPECT(VA_STATUS_ERROR_INVALID_DISPLAY, va->vtable->vaSyncSurface(va, large));
    EXPECT(VA_STATUS_ERROR_INVALID_DISPLAY, va->vtable->vaTerminate(va));
    close(left.fd);
}

int main(void)
{
    alarm(DEADLOCK);
    in_a_callback();
    while_calls_are_inside();
    return client_result();
}
