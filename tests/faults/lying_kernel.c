/* SPDX-License-Identifier: MIT */
/*
 * A kernel that does not tell the truth (tests/virtdec/lies.c):
 * lying_kernel RECORDING TRUTH WIDTH HEIGHT [first=SEED] [seeds=N].
 *
 * Each seed has a child of its own, which is lied to from before vaInitialize on (odd seeds), or
 * from then on. It decodes, reads, exports, changes the size and closes. Pictures may be wrong: a
 * client cannot know another stride from the true one. Wanted are: no crash, no call over 5 s, all
 * descriptors, mappings and memory given back, and, when the kernel tells the truth again, a right
 * decode in a new context, of the same display if that was made in good faith, and of a new one.
 */
#include "children.h"
#include "survey.h"

#include <stdlib.h>
#include <string.h>

#define PICTURES     8
#define LONGEST_CALL 5.0 /* seconds */
#define LONGEST_RUN  40
#define PARALLEL     2

/* A call that gives nothing to compare; any answer is right as long as it comes. */
#define TRY(player, function, ...)                                   \
    ({                                                               \
        double since_ = player_now();                                \
        VAStatus status_ = function((player)->display, __VA_ARGS__); \
        player_took(player, #function, since_);                      \
        status_;                                                     \
    })

/* Another size, and the ways to samples that a player has no use for. */
static void look_around(struct player *player)
{
    VAImageFormat format = {.fourcc = VA_FOURCC_NV12};
    VASurfaceAttrib attributes[32];
    unsigned count = 32;
    VASurfaceID surfaces[2];
    VAContextID context;
    VAImage image;
    void *data;

    if (player->config == VA_INVALID_ID)
        return;
    TRY(player, vaQuerySurfaceAttributes, player->config, attributes, &count);
    if (TRY(player, vaCreateSurfaces, VA_RT_FORMAT_YUV420, 176, 144, surfaces, 2, NULL, 0))
        return;
    if (!TRY(player, vaCreateContext, player->config, 176, 144, VA_PROGRESSIVE, surfaces, 2,
             &context)) {
        if (!TRY(player, vaCreateImage, &format, 176, 144, &image)) {
            TRY(player, vaPutImage, surfaces[0], image.image_id, 0, 0, 176, 144, 0, 0, 176, 144);
            TRY(player, vaGetImage, surfaces[1], 0, 0, 176, 144, image.image_id);
            TRY(player, vaDestroyImage, image.image_id);
        }
        if (!TRY(player, vaDeriveImage, surfaces[0], &image)) {
            if (!TRY(player, vaMapBuffer, image.buf, &data)) {
                memset((uint8_t *)data + image.offsets[1], 128, image.pitches[1]);
                TRY(player, vaUnmapBuffer, image.buf);
            }
            TRY(player, vaDestroyImage, image.image_id);
        }
        TRY(player, vaDestroyContext, context);
    }
    TRY(player, vaDestroySurfaces, surfaces, 2);
}

static void play_lies(struct session *session, struct outcome *outcome)
{
    struct player player;

    player_init(&player, session->display, session->recording);
    player_play(&player);
    look_around(&player);
    player_play(&player); /* in the same context, with the same surfaces */
    player_close(&player);
    if (player.longest > LONGEST_CALL)
        FAIL(outcome, "%s took %.1f s", player.longest_call, player.longest);
}

static void play_truth(struct session *session, const char *what, struct outcome *outcome)
{
    struct player player;

    player_init(&player, session->display, session->recording);
    player_play(&player);
    if (!clean(&player))
        FAIL(outcome, "%s: %u of %u pictures right, %u errors (%s)", what, player.right,
             player.outputs, player.errors, player.first_error);
    if (!player_close(&player))
        FAIL(outcome, "%s, closing: %s", what, player.first_error);
}

static void begin_lies(unsigned seed)
{
    char spec[32];

    snprintf(spec, sizeof(spec), "lies:%u", seed);
    set_faults(spec);
}

static void run_seed(const struct recording *recording, unsigned seed, struct outcome *outcome)
{
    struct session session = {.recording = recording};
    unsigned files = open_files(), maps = mappings();
    bool in_good_faith = seed % 2 == 0;
    double start = player_now();

    set_faults("");
    if (!in_good_faith)
        begin_lies(seed);
    if (open_session(&session)) {
        begin_lies(seed);
        play_lies(&session, outcome);
        set_faults("");
        if (in_good_faith)
            play_truth(&session, "the same display", outcome);
    } else if (player_now() - start > LONGEST_CALL) {
        FAIL(outcome, "vaInitialize took %.1f s", player_now() - start);
    }
    close_session(&session);
    set_faults("");
    if (open_session(&session))
        play_truth(&session, "a new display", outcome);
    else
        FAIL(outcome, "vaInitialize fails afterwards");
    close_session(&session);
    if (open_files() != files)
        FAIL(outcome, "%d descriptors leaked", (int)(open_files() - files));
    if (mappings() != maps)
        FAIL(outcome, "%d mappings leaked", (int)(mappings() - maps));
    outcome->survived = !outcome->text[0];
}

struct seed_run {
    const struct recording *recording;
    unsigned seed;
    struct child child;
};

static void run_child(const void *argument, struct outcome *outcome)
{
    const struct seed_run *run = argument;

    run_seed(run->recording, run->seed, outcome);
}

static unsigned finish(struct seed_run *run)
{
    struct outcome outcome = child_finish(&run->child, LONGEST_RUN);

    if (!outcome.survived)
        printf("not survived: seed %u: %s\n", run->seed, outcome.text);
    fflush(stdout);
    return outcome.survived;
}

int main(int argc, char **argv)
{
    unsigned first = 1, seeds = 1, survived = 0;
    struct seed_run runs[PARALLEL];
    struct recording *recording;

    if (argc < 5) {
        fprintf(stderr,
                "usage: lying_kernel RECORDING TRUTH WIDTH HEIGHT [first=SEED] [seeds=N]\n");
        return EXIT_FAILURE;
    }
    if (!find_virtdec())
        return EXIT_FAILURE;
    for (int i = 5; i < argc; i++) {
        if (!strncmp(argv[i], "first=", 6))
            first = (unsigned)strtoul(argv[i] + 6, NULL, 10);
        if (!strncmp(argv[i], "seeds=", 6))
            seeds = (unsigned)strtoul(argv[i] + 6, NULL, 10);
    }
    recording = recording_load(argv[1], argv[2], (unsigned)strtoul(argv[3], NULL, 10),
                               (unsigned)strtoul(argv[4], NULL, 10));
    recording_cut(recording, PICTURES);
    for (unsigned n = 0; n < seeds + PARALLEL; n++) {
        struct seed_run *run = &runs[n % PARALLEL];

        if (n >= PARALLEL)
            survived += n - PARALLEL < seeds ? finish(run) : 0;
        if (n >= seeds)
            continue;
        *run = (struct seed_run){.recording = recording, .seed = first + n};
        child_start(&run->child, run_child, run);
    }
    recording_free(recording);
    printf("seeds %u to %u: %u of %u survived\n", first, first + seeds - 1, survived, seeds);
    return survived == seeds ? EXIT_SUCCESS : EXIT_FAILURE;
}
