/* SPDX-License-Identifier: MIT */
/*
 * Streams that lie: hostile RECORDING TRUTH WIDTH HEIGHT [rounds=N] [seed=N]. Plays a recording
 * with bits flipped, counts and offsets changed and slice data cut off, in parameters and data of
 * some pictures, and wants a driver that lives on and decodes the true stream right afterwards, in
 * the same context.
 */
#include "player.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <va/va_drm.h>

/* xorshift: the same on every machine. */
static uint32_t state;

static uint32_t next(void)
{
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static void spoil(uint32_t type, uint8_t *data, size_t size)
{
    static const uint32_t values[] = {0, 1, 0xff, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000};
    size_t at;

    if (!size || next() % 6)
        return;
    at = next() % size;
    switch (next() % 4) {
    case 0:
        data[at] ^= (uint8_t)(1u << next() % 8);
        break;
    case 1:
        data[at] = (uint8_t)next();
        break;
    case 2:
        /* Counts, sizes and offsets come in words. */
        if (size >= 4)
            memcpy(data + at / 4 * 4 % (size - 3), &values[next() % 7], 4);
        break;
    default:
        if (type == VASliceDataBufferType)
            memset(data + at, 0, size - at);
        else
            memset(data, (int)next(), size);
        break;
    }
}

int main(int argc, char **argv)
{
    struct recording *recording;
    struct player player;
    uint8_t *truth;
    unsigned rounds = 40, errors = 0, failed = 0;
    int fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC), major, minor;
    VADisplay display = vaGetDisplayDRM(fd);

    if (argc < 5 || vaInitialize(display, &major, &minor))
        return EXIT_FAILURE;
    state = 1;
    for (int i = 5; i < argc; i++) {
        if (!strncmp(argv[i], "rounds=", 7))
            rounds = (unsigned)strtoul(argv[i] + 7, NULL, 10);
        if (!strncmp(argv[i], "seed=", 5))
            state = (uint32_t)strtoul(argv[i] + 5, NULL, 10) | 1;
    }
    recording = recording_load(argv[1], argv[2], (unsigned)strtoul(argv[3], NULL, 10),
                               (unsigned)strtoul(argv[4], NULL, 10));
    truth = recording->truth;
    player_init(&player, display, recording);
    for (unsigned round = 0; round < rounds; round++) {
        recording->truth = NULL; /* anything may be shown */
        player.spoil = spoil;
        player_play(&player);
        errors += player.errors;
        if (player.longest > 5) {
            printf("round %u: %s took %.1f s\n", round, player.longest_call, player.longest);
            failed++;
            player.longest = 0;
        }
        recording->truth = truth;
        player.spoil = NULL;
        player_play(&player);
        if (player.right != recording->num_outputs || player.errors) {
            printf("round %u: %u of %u pictures right afterwards, %u errors (%s)\n", round,
                   player.right, recording->num_outputs, player.errors, player.first_error);
            failed++;
        }
        if (round % 8 == 7)
            player_close(&player);
    }
    player_close(&player);
    vaTerminate(display);
    close(fd);
    printf("%u rounds, %u calls refused, %u failed\n", rounds, errors, failed);
    recording_free(recording);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
