/* SPDX-License-Identifier: MIT */
/*
 * Parameter buffers that another thread destroys while vaRenderPicture reads them: the call gives
 * up the last reference to the buffer, and must not do so with the lock that its release takes.
 */
#include "client.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

/* So many slices take longer to copy than another thread takes to destroy them. */
enum { WIDTH = 96, HEIGHT = 80, ROUNDS = 400, SLICES = 100, SECONDS = 60 };

static _Atomic VABufferID rendered = VA_INVALID_ID;
static atomic_bool over;

static void *destroy(void *argument)
{
    const struct client *client = argument;

    while (!over) {
        VABufferID buffer = atomic_exchange(&rendered, VA_INVALID_ID);

        if (buffer != VA_INVALID_ID)
            EXPECT(VA_STATUS_SUCCESS, vaDestroyBuffer(client->display, buffer));
    }
    return NULL;
}

int main(void)
{
    struct client client = client_open();
    struct decoder decoder = decoder_open(&client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(&client, WIDTH, HEIGHT);
    pthread_t thread;

    alarm(SECONDS); /* a deadlock ends here */
    if (pthread_create(&thread, NULL, destroy, &client) != 0)
        client_abort();
    for (unsigned i = 0; i < ROUNDS; i++) {
        VABufferID buffer;
        VAStatus status;

        NEED(vaBeginPicture(client.display, decoder.context, surface));
        NEED(vaCreateBuffer(client.display, decoder.context, VASliceParameterBufferType,
                            sizeof(VASliceParameterBufferH264), SLICES, NULL, &buffer));
        rendered = buffer;
        status = vaRenderPicture(client.display, decoder.context, &buffer, 1);
        /* Whichever was first. */
        CHECK(status == VA_STATUS_SUCCESS || status == VA_STATUS_ERROR_INVALID_BUFFER);
        while (rendered != VA_INVALID_ID)
            usleep(1);
    }
    over = true;
    pthread_join(thread, NULL);
    /* The context is as good as new. */
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surface, 1));
    CHECK(surface_shows(&client, surface, 1, WIDTH, HEIGHT));
    surface_destroy(&client, surface);
    decoder_close(&decoder);
    client_close(&client);
    return client_result();
}
