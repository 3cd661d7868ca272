/* SPDX-License-Identifier: MIT */
/*
 * Threads that decode, export, look and destroy on one display, for the thread sanitizer:
 * stress RECORDING TRUTH WIDTH HEIGHT [rounds=N].
 */
#include "player.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <va/va_drm.h>
#include <va/va_drmcommon.h>

#define THREADS 4

struct worker {
    pthread_t thread;
    VADisplay display;
    const struct recording *recording;
    unsigned rounds, number;
    unsigned wrong, errors;
};

static atomic_bool over;

static void *decode(void *argument)
{
    struct worker *worker = argument;
    struct player player;

    player_init(&player, worker->display, worker->recording);
    for (unsigned i = 0; i < worker->rounds; i++) {
        player_play(&player);
        worker->wrong += player.wrong + player.silent;
        worker->errors += player.errors;
        if (player.errors)
            fprintf(stderr, "thread %u: %s\n", worker->number, player.first_error);
        if (i % 2 == worker->number % 2)
            player_close(&player);
    }
    player_close(&player);
    return NULL;
}

/* Every surface there may be: waits for it, looks at it, exports it. Never begins a picture. */
static void *meddle(void *argument)
{
    VADisplay display = argument;

    for (unsigned n = 0; !over; n++) {
        VASurfaceID surface = 0x30000000u | (n % 8) << 16 | n / 8 % 96;
        VADRMPRIMESurfaceDescriptor descriptor;
        VASurfaceStatus status;
        VAImage image;

        if (vaQuerySurfaceStatus(display, surface, &status) != VA_STATUS_SUCCESS)
            continue;
        vaSyncSurface2(display, surface, n % 3 ? 0 : 1000000);
        if (n % 5 == 0 &&
            vaExportSurfaceHandle(display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                  VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS,
                                  &descriptor) == VA_STATUS_SUCCESS)
            for (unsigned i = 0; i < descriptor.num_objects; i++)
                close(descriptor.objects[i].fd);
        if (n % 7 == 0 && vaDeriveImage(display, surface, &image) == VA_STATUS_SUCCESS)
            vaDestroyImage(display, image.image_id);
        usleep(200);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct worker workers[THREADS];
    struct recording *recording;
    unsigned rounds = 6, wrong = 0, errors = 0;
    int fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC), major, minor;
    VADisplay display = vaGetDisplayDRM(fd);
    pthread_t meddler;

    if (argc < 5 || vaInitialize(display, &major, &minor))
        return EXIT_FAILURE;
    for (int i = 5; i < argc; i++)
        if (!strncmp(argv[i], "rounds=", 7))
            rounds = (unsigned)strtoul(argv[i] + 7, NULL, 10);
    recording = recording_load(argv[1], argv[2], (unsigned)strtoul(argv[3], NULL, 10),
                               (unsigned)strtoul(argv[4], NULL, 10));
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){
            .display = display, .recording = recording, .rounds = rounds, .number = i};
        if (pthread_create(&workers[i].thread, NULL, decode, &workers[i]))
            return EXIT_FAILURE;
    }
    if (pthread_create(&meddler, NULL, meddle, display))
        return EXIT_FAILURE;
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        wrong += workers[i].wrong;
        errors += workers[i].errors;
    }
    over = true;
    pthread_join(meddler, NULL);
    vaTerminate(display);
    close(fd);
    printf("%u threads, %u rounds each: %u wrong pictures, %u errors\n", THREADS, rounds, wrong,
           errors);
    recording_free(recording);
    return wrong || errors ? EXIT_FAILURE : EXIT_SUCCESS;
}
