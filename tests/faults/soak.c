/* SPDX-License-Identifier: MIT */
/*
 * Weeks of a player in minutes: soak RECORDING TRUTH WIDTH HEIGHT [frames=N]. Plays a recording
 * again and again, with jumps, new contexts, new surfaces and other sizes in between, and wants as
 * many descriptors, mappings and bytes at the end as after the first tenth. Prints a table.
 */
#include "player.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <va/va_drm.h>

struct usage {
    unsigned files, mappings;
    size_t allocated; /* bytes, by malloc */
    size_t resident;  /* KiB */
};

static struct usage usage_now(void)
{
    struct usage usage = {.allocated = mallinfo2().uordblks};
    FILE *maps = fopen("/proc/self/maps", "re"), *status = fopen("/proc/self/statm", "re");
    size_t total = 0;
    char line[512];

    for (int fd = 0; fd < 1024; fd++)
        usage.files += fcntl(fd, F_GETFD) >= 0;
    while (maps && fgets(line, sizeof(line), maps))
        usage.mappings += strstr(line, "virtdec-buffer") != NULL;
    if (status && fscanf(status, "%zu %zu", &total, &usage.resident) == 2)
        usage.resident *= 4;
    if (maps)
        fclose(maps);
    if (status)
        fclose(status);
    return usage;
}

/* A few pictures of another size, as a player that probes, or a stream that changes. */
static void small_probe(VADisplay display, VAConfigID config)
{
    VASurfaceID surfaces[3];
    VAContextID context;
    VAImage image;

    if (vaCreateSurfaces(display, VA_RT_FORMAT_YUV420, 64, 64, surfaces, 3, NULL, 0))
        abort();
    if (vaCreateContext(display, config, 64, 64, 0, surfaces, 3, &context))
        abort();
    if (vaDeriveImage(display, surfaces[0], &image) || vaDestroyImage(display, image.image_id))
        abort();
    if (vaDestroyContext(display, context) || vaDestroySurfaces(display, surfaces, 3))
        abort();
}

int main(int argc, char **argv)
{
    struct recording *recording;
    struct player player;
    struct usage base = {0}, end;
    unsigned long frames = 20000, done = 0, wrong = 0, errors = 0, next_line = 0;
    int fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC), major, minor;
    VADisplay display = vaGetDisplayDRM(fd);

    if (argc < 5 || vaInitialize(display, &major, &minor))
        return EXIT_FAILURE;
    for (int i = 5; i < argc; i++)
        if (!strncmp(argv[i], "frames=", 7))
            frames = strtoul(argv[i] + 7, NULL, 10);
    recording = recording_load(argv[1], argv[2], (unsigned)strtoul(argv[3], NULL, 10),
                               (unsigned)strtoul(argv[4], NULL, 10));
    player_init(&player, display, recording);
    printf("%10s %6s %9s %14s %13s\n", "frames", "files", "mappings", "malloc (bytes)",
           "resident (KiB)");
    for (unsigned round = 0; done < frames; round++) {
        /* A seek: the same stream from its start, in the same context, mostly. */
        player_play(&player);
        done += player.outputs;
        wrong += player.wrong + player.silent;
        errors += player.errors + player.inconsistent;
        if (round % 4 == 3)
            small_probe(display, player.config);
        if (round % 7 == 6)
            player_close(&player);
        if (done >= next_line) {
            player_close(&player);
            end = usage_now();
            printf("%10lu %6u %9u %14zu %13zu\n", done, end.files, end.mappings, end.allocated,
                   end.resident);
            fflush(stdout);
            if (done * 10 >= frames && !base.files)
                base = end;
            next_line += frames / 10;
        }
    }
    player_close(&player);
    end = usage_now();
    vaTerminate(display);
    close(fd);
    recording_free(recording);
    printf("%lu frames, %lu wrong, %lu errors; %+d files, %+d mappings, %+ld bytes since %s\n",
           done, wrong, errors, (int)(end.files - base.files), (int)(end.mappings - base.mappings),
           (long)end.allocated - (long)base.allocated, "the first tenth");
    return wrong || errors || end.files != base.files || end.mappings != base.mappings ||
                   end.allocated > base.allocated + (64u << 10)
               ? EXIT_FAILURE
               : EXIT_SUCCESS;
}
