/* SPDX-License-Identifier: MIT */
/*
 * play RECORDING TRUTH: plays a recording (tests/faults/recording.h), each of whose pictures is as
 * large as its surface, and compares every picture with TRUTH. Links nothing but libva: what is
 * here runs under valgrind. Exit status: 0 when all pictures are right.
 */
#include "player.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <va/va_drm.h>

int main(int argc, char **argv)
{
    struct recording *recording;
    struct player player;
    int fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC), major, minor;
    VADisplay display = vaGetDisplayDRM(fd);
    bool closed, right;

    if (argc != 3 || vaInitialize(display, &major, &minor)) {
        fprintf(stderr, "usage: play RECORDING TRUTH\n");
        return EXIT_FAILURE;
    }
    recording = recording_load(argv[1], argv[2], 0, 0);
    player_init(&player, display, recording);
    player_play(&player);
    closed = player_close(&player);
    printf("%u of %u pictures right, %u errors (%s)\n", player.right, recording->num_outputs,
           player.errors, player.errors ? player.first_error : "none");
    right = player.right > 0 && player.right == recording->num_outputs && !player.errors && closed;
    recording_free(recording);
    right = vaTerminate(display) == VA_STATUS_SUCCESS && right;
    close(fd);
    return right ? EXIT_SUCCESS : EXIT_FAILURE;
}
