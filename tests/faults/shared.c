/* SPDX-License-Identifier: MIT */
/*
 * Threads whose contexts, of two sizes and two codecs, decode into the same surfaces, while others
 * look at them and destroy them, for the sanitizers:
 * shared RECORDING TRUTH RECORDING TRUTH WIDTH HEIGHT [seconds=N].
 *
 * Where threads take turns with a surface each picture is right or an error is told. Where they do
 * not nobody knows what a surface shows; the virtual decoder's report says whether a picture was
 * predicted from memory that was another's. Afterwards both recordings play as ever.
 */
#include "../va/client.h"
#include "player.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

enum {
    WIDTH = 96,
    HEIGHT = 80,
    SMALL = 64,
    TURNS = 6,
    PLAYERS = 2,
    RACERS = 2,
    FEW = 3,
    LONGEST = 10
};

/* One at a time decodes into it and looks; anybody else does what they like. */
struct turn {
    pthread_mutex_t lock;
    _Atomic VASurfaceID surface;
};

struct worker {
    pthread_t thread;
    struct recording recording; /* of players */
    unsigned seed, width, height;
    unsigned pictures, right, silent, errors;
    double longest;
    _Atomic VAContextID context; /* of players: for others to destroy */
};

static struct client client;
static struct turn turns[TURNS];
static VASurfaceID pool[PLAYER_SURFACES];
static struct worker workers[2], racers[RACERS], players[PLAYERS];
static atomic_bool over;

/* The upper bits of a linear congruential generator. */
static unsigned next(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Whether the surface shows the picture; if not, whether that was told. */
static void look(struct worker *worker, VASurfaceID surface, unsigned number, const VAImage *image)
{
    VASurfaceDecodeMBErrors *errors = NULL;
    bool shows;

    if (vaSyncSurface(client.display, surface) != VA_STATUS_SUCCESS ||
        vaGetImage(client.display, surface, 0, 0, worker->width, worker->height, image->image_id) !=
            VA_STATUS_SUCCESS ||
        vaQuerySurfaceError(client.display, surface, VA_STATUS_ERROR_DECODING_ERROR,
                            (void **)&errors) != VA_STATUS_SUCCESS ||
        errors[0].status != -1) {
        worker->errors++;
        return;
    }
    shows =
        image_shows(image, image_map(&client, image), number, 0, 0, worker->width, worker->height);
    image_unmap(&client, image);
    worker->right += shows;
    worker->silent += !shows;
}

static void *take_turns(void *argument)
{
    struct worker *worker = argument;
    struct decoder decoder = decoder_open(&client, worker->width, worker->height);
    VAImage image = image_new(&client, VA_FOURCC_NV12, worker->width, worker->height);

    for (unsigned n = 0; !over; n++) {
        struct turn *turn = &turns[next(&worker->seed) % TURNS];
        VASurfaceID surface;
        double start;

        pthread_mutex_lock(&turn->lock);
        surface = turn->surface;
        start = player_now();
        worker->pictures++;
        if (decode(&decoder, surface, n) != VA_STATUS_SUCCESS)
            worker->errors++;
        else if (next(&worker->seed) % 2) /* else the next one finds it in flight */
            look(worker, surface, n, &image);
        if (player_now() - start > worker->longest)
            worker->longest = player_now() - start;
        pthread_mutex_unlock(&turn->lock);
        if (n % 64 == 63) {
            decoder_close(&decoder);
            decoder = decoder_open(&client, worker->width, worker->height);
        }
    }
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client.display, image.image_id));
    decoder_close(&decoder);
    return NULL;
}

/* As many pictures as can be, into few surfaces, in flight all of them. */
static void *race(void *argument)
{
    struct worker *worker = argument;
    struct decoder decoder = decoder_open(&client, worker->width, worker->height);

    while (!over) {
        double start = player_now();
        VASurfaceID surface = pool[next(&worker->seed) % FEW];

        worker->errors += decode(&decoder, surface, worker->pictures++) != VA_STATUS_SUCCESS;
        if (player_now() - start > worker->longest)
            worker->longest = player_now() - start;
    }
    decoder_close(&decoder);
    return NULL;
}

/* What is exported keeps its memory, which then may not do for the other one's pictures: a player
 * that changes parameters exports nothing. */
static void change_nothing(uint32_t type, uint8_t *data, size_t size)
{
    (void)type;
    (void)data;
    (void)size;
}

/* The recorded surfaces are those of the pool. */
static void use_pool(struct player *player)
{
    for (unsigned i = 0; i < player->recording->num_records; i++) {
        const struct record *record = &player->recording->records[i];
        unsigned n = player->num_surfaces;

        if (record->kind == RECORD_SURFACE && n < PLAYER_SURFACES)
            player->surfaces[player->num_surfaces++] =
                (struct player_surface){.recorded = record->surface,
                                        .id = pool[n],
                                        .width = record->width,
                                        .height = record->height};
    }
}

static void *play(void *argument)
{
    struct worker *worker = argument;
    struct player player;

    player_init(&player, client.display, &worker->recording);
    player.spoil = change_nothing;
    use_pool(&player);
    while (!over) {
        player_play(&player);
        worker->pictures += player.outputs;
        worker->errors += player.errors;
        /* Another thread may have destroyed it. */
        if (player.errors && player.context != VA_INVALID_ID) {
            vaDestroyContext(client.display, player.context);
            player.context = VA_INVALID_ID;
        }
        worker->context = player.context;
    }
    worker->longest = player.longest;
    player.num_surfaces = 0;
    player_close(&player);
    return NULL;
}

static void *look_at_anything(void *argument)
{
    VAImage image = image_new(&client, VA_FOURCC_NV12, SMALL, SMALL);
    unsigned seed = *(unsigned *)argument;

    while (!over) {
        bool by_turns = next(&seed) % 2;
        VASurfaceID surface =
            by_turns ? turns[next(&seed) % TURNS].surface : pool[next(&seed) % PLAYER_SURFACES];
        VADRMPRIMESurfaceDescriptor descriptor;
        VASurfaceStatus status;
        VAImage derived;

        switch (next(&seed) % 5) {
        case 0:
            vaSyncSurface2(client.display, surface, next(&seed) % 2000000);
            break;
        case 1:
            vaQuerySurfaceStatus(client.display, surface, &status);
            break;
        case 2:
            vaGetImage(client.display, surface, 0, 0, SMALL, SMALL, image.image_id);
            break;
        case 3:
            if (vaDeriveImage(client.display, surface, &derived) == VA_STATUS_SUCCESS)
                vaDestroyImage(client.display, derived.image_id);
            break;
        default:
            if (by_turns && vaExportSurfaceHandle(
                                client.display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_SEPARATE_LAYERS,
                                &descriptor) == VA_STATUS_SUCCESS)
                for (unsigned i = 0; i < descriptor.num_objects; i++)
                    close(descriptor.objects[i].fd);
        }
        usleep(200);
    }
    EXPECT(VA_STATUS_SUCCESS, vaDestroyImage(client.display, image.image_id));
    return NULL;
}

/* Surfaces and contexts that others are using. */
static void *destroy(void *argument)
{
    unsigned seed = *(unsigned *)argument;

    for (unsigned n = 0; !over; n++) {
        struct turn *turn = &turns[next(&seed) % TURNS];
        VASurfaceID old = turn->surface;

        turn->surface = surface_new(&client, WIDTH, HEIGHT);
        surface_destroy(&client, old);
        if (n % 16 == 15)
            vaDestroyContext(client.display, players[n / 16 % PLAYERS].context);
        usleep(3000);
    }
    return NULL;
}

static void start(pthread_t *thread, void *(*run)(void *), void *argument)
{
    if (pthread_create(thread, NULL, run, argument))
        client_abort();
}

static void run(unsigned seconds)
{
    unsigned seeds[] = {11, 12, 13};
    pthread_t others[3];

    for (unsigned i = 0; i < 2; i++)
        start(&workers[i].thread, take_turns, &workers[i]);
    for (unsigned i = 0; i < RACERS; i++)
        start(&racers[i].thread, race, &racers[i]);
    for (unsigned i = 0; i < PLAYERS; i++)
        start(&players[i].thread, play, &players[i]);
    for (unsigned i = 0; i < 3; i++)
        start(&others[i], i ? look_at_anything : destroy, &seeds[i]);
    alarm(seconds + 60);
    sleep(seconds);
    over = true;
    for (unsigned i = 0; i < 3; i++)
        pthread_join(others[i], NULL);
    for (unsigned i = 0; i < 2; i++)
        pthread_join(workers[i].thread, NULL);
    for (unsigned i = 0; i < RACERS; i++)
        pthread_join(racers[i].thread, NULL);
    for (unsigned i = 0; i < PLAYERS; i++)
        pthread_join(players[i].thread, NULL);
    alarm(0);
}

static void tell(const struct worker *worker, const char *what)
{
    printf("%s: %u pictures, %u errors, longest call %.1f s; ", what, worker->pictures,
           worker->errors, worker->longest);
    CHECK(worker->pictures > 10 && worker->longest < LONGEST);
}

static void play_as_ever(const struct recording *recording)
{
    struct player player;

    player_init(&player, client.display, recording);
    player_play(&player);
    CHECK(player.right == recording->num_outputs && !player.errors);
    CHECK(player_close(&player));
}

int main(int argc, char **argv)
{
    struct recording *recordings[PLAYERS];
    unsigned width, height, seconds = 3;

    if (argc < 7)
        return EXIT_FAILURE;
    if (argc > 7 && !strncmp(argv[7], "seconds=", 8))
        seconds = (unsigned)strtoul(argv[7] + 8, NULL, 10);
    width = (unsigned)strtoul(argv[5], NULL, 10);
    height = (unsigned)strtoul(argv[6], NULL, 10);
    client = client_open();
    for (unsigned i = 0; i < TURNS; i++) {
        pthread_mutex_init(&turns[i].lock, NULL);
        turns[i].surface = surface_new(&client, WIDTH, HEIGHT);
    }
    for (unsigned i = 0; i < PLAYER_SURFACES; i++)
        pool[i] = surface_new(&client, width, height);
    for (unsigned i = 0; i < PLAYERS; i++) {
        recordings[i] = recording_load(argv[2 * i + 1], argv[2 * i + 2], width, height);
        players[i].recording = *recordings[i];
        players[i].recording.truth = NULL;
        players[i].context = VA_INVALID_ID;
    }
    workers[0] = (struct worker){.seed = 1, .width = WIDTH, .height = HEIGHT};
    workers[1] = (struct worker){.seed = 2, .width = SMALL, .height = SMALL};
    racers[0] = (struct worker){.seed = 3, .width = WIDTH, .height = HEIGHT};
    racers[1] = (struct worker){.seed = 4, .width = SMALL, .height = SMALL};
    run(seconds);
    for (unsigned i = 0; i < 2; i++) {
        tell(&workers[i], "by turns");
        printf("%u right, %u silently wrong; ", workers[i].right, workers[i].silent);
        CHECK(workers[i].right && !workers[i].silent);
    }
    for (unsigned i = 0; i < RACERS; i++)
        tell(&racers[i], "racing");
    for (unsigned i = 0; i < PLAYERS; i++)
        tell(&players[i], "playing");
    printf("\n");
    for (unsigned i = 0; i < TURNS; i++)
        surface_destroy(&client, turns[i].surface);
    EXPECT(VA_STATUS_SUCCESS, vaDestroySurfaces(client.display, pool, PLAYER_SURFACES));
    for (unsigned i = 0; i < PLAYERS; i++) {
        play_as_ever(recordings[i]);
        recording_free(recordings[i]);
    }
    client_close(&client);
    return client_result();
}
