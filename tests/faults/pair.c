/* SPDX-License-Identifier: MIT */
/*
 * Two videos at once on one display, of different codecs and sizes, of which one ends badly again
 * and again: pair RECORDING TRUTH WIDTH HEIGHT RECORDING TRUTH WIDTH HEIGHT [rounds=N]. The second
 * one is played with lies in its parameters and data, or is taken down in the middle, with pictures
 * in flight; played honestly, it has to be right. The first one has to be right all the time.
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

struct video {
    pthread_t thread;
    VADisplay display;
    struct recording *recording;
    unsigned rounds, plays, failed, refused;
};

static atomic_bool over;

static bool clean(const struct player *player)
{
    return player->right == player->recording->num_outputs && !player->errors && !player->marked &&
           !player->inconsistent;
}

static void *play_good(void *argument)
{
    struct video *video = argument;
    struct player player;

    player_init(&player, video->display, video->recording);
    while (!over) {
        player_play(&player);
        if (!clean(&player)) {
            fprintf(stderr, "the good one: %u of %u pictures right, %u errors (%s)\n", player.right,
                    player.outputs, player.errors, player.first_error);
            video->failed++;
        }
        if (video->plays++ % 3 == 2)
            player_close(&player);
    }
    player_close(&player);
    return NULL;
}

/* xorshift: the same on every machine. */
static uint32_t next(void)
{
    static uint32_t state = 1;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static void spoil(uint32_t type, uint8_t *data, size_t size)
{
    (void)type;
    if (size && next() % 4 == 0)
        data[next() % size] ^= (uint8_t)(1u << next() % 8);
}

static void play_bad(struct video *video)
{
    struct recording part = *video->recording;
    struct player player;

    for (unsigned round = 0; round < video->rounds; round++) {
        player_init(&player, video->display, video->recording);
        switch (round % 3) {
        case 0:
            part.truth = NULL; /* anything may be shown */
            player.recording = &part;
            player.spoil = spoil;
            part.num_records = video->recording->num_records;
            break;
        case 1:
            part.truth = video->recording->truth;
            player.recording = &part;
            part.num_records = video->recording->num_records * (1 + round % 5) / 7;
            break;
        default:
            break;
        }
        player_play(&player);
        video->refused += player.errors;
        if (round % 3 == 2 && !clean(&player)) {
            fprintf(stderr, "the bad one, played well: %u of %u pictures right, %u errors (%s)\n",
                    player.right, player.outputs, player.errors, player.first_error);
            video->failed++;
        }
        player_close(&player);
        video->plays++;
    }
}

static struct recording *load(char **arguments)
{
    return recording_load(arguments[0], arguments[1], (unsigned)strtoul(arguments[2], NULL, 10),
                          (unsigned)strtoul(arguments[3], NULL, 10));
}

int main(int argc, char **argv)
{
    int fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC), major, minor;
    VADisplay display = vaGetDisplayDRM(fd);
    struct video good = {.display = display}, bad = {.display = display, .rounds = 30};

    if (argc < 9 || vaInitialize(display, &major, &minor))
        return EXIT_FAILURE;
    if (argc > 9 && !strncmp(argv[9], "rounds=", 7))
        bad.rounds = (unsigned)strtoul(argv[9] + 7, NULL, 10);
    good.recording = load(argv + 1);
    bad.recording = load(argv + 5);
    if (pthread_create(&good.thread, NULL, play_good, &good))
        return EXIT_FAILURE;
    play_bad(&bad);
    over = true;
    pthread_join(good.thread, NULL);
    vaTerminate(display);
    close(fd);
    printf("%u plays of the good one, %u failed; %u of the bad one, %u calls refused, %u failed\n",
           good.plays, good.failed, bad.plays, bad.refused, bad.failed);
    recording_free(good.recording);
    recording_free(bad.recording);
    return good.failed || bad.failed || good.plays < 2 ? EXIT_FAILURE : EXIT_SUCCESS;
}
