/* SPDX-License-Identifier: MIT */
/*
 * What players and faults do to a driver, one test for each; see point[] at the end. Not here:
 * every wrong id, size and order of calls (tests/va/misuse.c), streams that lie (hostile.c), two
 * videos of different codecs (pair.c), memory, descriptors and calls that fail one by one
 * (faults.c), frames that wait for the next one (late.c).
 */
#include "point_client.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <va/va_drmcommon.h>

enum { WIDTH = 96, HEIGHT = 80, LARGE_WIDTH = 208, LARGE_HEIGHT = 144, SURFACES = 8 };

/* A probe with a small surface, then the real size; a size change in the middle of everything, in
 * the same context, with pictures in flight and an export that somebody keeps. */
static void resolution_change_while_streaming(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID small[SURFACES], large[SURFACES], probe = surface_new(client, 64, 64);
    VADRMPRIMESurfaceDescriptor kept;

    surface_destroy(client, probe);
    for (unsigned i = 0; i < SURFACES; i++) {
        small[i] = surface_new(client, WIDTH, HEIGHT);
        large[i] = surface_new(client, LARGE_WIDTH, LARGE_HEIGHT);
    }
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < SURFACES; i++)
            EXPECT(VA_STATUS_SUCCESS, decode(&decoder, small[i], 10 * round + i));
        if (round == 0) {
            EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client->display, small[0]));
            NEED(export_surface(client, small[0], &kept));
        }
        decoder.width = LARGE_WIDTH;
        decoder.height = LARGE_HEIGHT;
        for (unsigned i = 0; i < SURFACES; i++)
            EXPECT(VA_STATUS_SUCCESS, decode(&decoder, large[i], 10 * round + i + 3));
        for (unsigned i = 0; i < SURFACES; i++) {
            CHECK(surface_shows(client, small[i], 10 * round + i, WIDTH, HEIGHT));
            CHECK(surface_shows(client, large[i], 10 * round + i + 3, LARGE_WIDTH, LARGE_HEIGHT));
        }
        if (round == 0) {
            CHECK(export_shows(&kept, 0, WIDTH, HEIGHT));
            /* The holder goes on; the surface gets a successor. */
            surface_destroy(client, small[0]);
            small[0] = surface_new(client, WIDTH, HEIGHT);
        }
        CHECK(export_shows(&kept, 0, WIDTH, HEIGHT));
        decoder.width = WIDTH;
        decoder.height = HEIGHT;
    }
    close_export(&kept);
    EXPECT(VA_STATUS_SUCCESS, vaDestroySurfaces(client->display, small, SURFACES));
    EXPECT(VA_STATUS_SUCCESS, vaDestroySurfaces(client->display, large, SURFACES));
    decoder_close(&decoder);
}

static void context_again_at_another_size(struct client *client)
{
    struct decoder first = decoder_open(client, WIDTH, HEIGHT), second, third;
    VASurfaceID a = surface_new(client, WIDTH, HEIGHT), c = surface_new(client, WIDTH, HEIGHT);
    VASurfaceID b = surface_new(client, LARGE_WIDTH, LARGE_HEIGHT);

    CHECK(decodes(&first, a, 1));
    EXPECT(VA_STATUS_SUCCESS, decode(&first, c, 2)); /* in flight when its context goes */
    decoder_close(&first);
    second = decoder_open(client, LARGE_WIDTH, LARGE_HEIGHT);
    CHECK(decodes(&second, b, 3));
    CHECK(surface_shows(client, a, 1, WIDTH, HEIGHT));
    CHECK(surface_shows(client, c, 2, WIDTH, HEIGHT));
    decoder_close(&second);
    third = decoder_open(client, WIDTH, HEIGHT);
    CHECK(decodes(&third, c, 4)); /* a surface of the first context in the third */
    CHECK(surface_shows(client, a, 1, WIDTH, HEIGHT));
    CHECK(surface_shows(client, b, 3, LARGE_WIDTH, LARGE_HEIGHT));
    decoder_close(&third);
    CHECK(surface_shows(client, c, 4, WIDTH, HEIGHT));
    surface_destroy(client, a);
    surface_destroy(client, b);
    surface_destroy(client, c);
}

/* All slots go round; each decode has to succeed. */
static void go_round(struct decoder *decoder, const VASurfaceID *surfaces)
{
    for (unsigned i = 0; i < 5 * SURFACES; i++)
        CHECK(decodes(decoder, surfaces[i % SURFACES], i));
}

/* `SURFACES` pictures in flight at once. */
static unsigned in_flight(struct decoder *decoder, const VASurfaceID *surfaces)
{
    unsigned good = 0;

    for (unsigned i = 0; i < SURFACES; i++)
        decode(decoder, surfaces[i], i);
    for (unsigned i = 0; i < SURFACES; i++)
        good += vaSyncSurface(decoder->client->display, surfaces[i]) == VA_STATUS_SUCCESS &&
                surface_shows(decoder->client, surfaces[i], i, WIDTH, HEIGHT);
    return good;
}

static void request_slot_replaced(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surfaces[SURFACES];

    for (unsigned i = 0; i < SURFACES; i++)
        surfaces[i] = surface_new(client, WIDTH, HEIGHT);
    go_round(&decoder, surfaces);
    /* Reinit fails: a fresh request, and nobody notices. */
    set_faults("REQUEST_REINIT:2:EBUSY,REQUEST_REINIT:5:ENOMEM");
    go_round(&decoder, surfaces);
    CHECK(calls_of("REQUEST_ALLOC") == 2);
    /* No fresh one either: the pool goes on without the slot, and it comes back. */
    set_faults("REQUEST_REINIT:2:EBUSY,REQUEST_ALLOC:1:ENOMEM");
    go_round(&decoder, surfaces);
    set_faults("");
    CHECK(in_flight(&decoder, surfaces) == SURFACES);
    /* Buffers in an unknown state. */
    set_faults("DQBUF:3:EIO");
    in_flight(&decoder, surfaces);
    set_faults("");
    CHECK(in_flight(&decoder, surfaces) == SURFACES);
    set_faults("DQBUF:4:EINVAL,STREAMOFF:1:EIO");
    in_flight(&decoder, surfaces);
    set_faults("");
    CHECK(in_flight(&decoder, surfaces) == SURFACES);
    set_faults("DQBUF:4:EINVAL,STREAMOFF:2:EIO");
    in_flight(&decoder, surfaces);
    set_faults("");
    CHECK(in_flight(&decoder, surfaces) == SURFACES);
    EXPECT(VA_STATUS_SUCCESS, vaDestroySurfaces(client->display, surfaces, SURFACES));
    decoder_close(&decoder);
}

static void device_stops_answering(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surfaces[SURFACES];
    double start;

    for (unsigned i = 0; i < SURFACES; i++)
        surfaces[i] = surface_new(client, WIDTH, HEIGHT);
    go_round(&decoder, surfaces);
    set_faults("hang:2");
    CHECK(decodes(&decoder, surfaces[0], 1));
    start = now();
    EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surfaces[1], 2));
    EXPECT(VA_STATUS_ERROR_TIMEDOUT, vaSyncSurface2(client->display, surfaces[1], 1000000));
    CHECK(now() - start < 0.5);
    start = now();
    CHECK(vaSyncSurface(client->display, surfaces[1]) != VA_STATUS_SUCCESS);
    CHECK(now() - start < 5);
    /* What comes then is told at once. */
    start = now();
    for (unsigned i = 2; i < SURFACES; i++)
        decode(&decoder, surfaces[i], i);
    for (unsigned i = 2; i < SURFACES; i++)
        CHECK(vaSyncSurface(client->display, surfaces[i]) != VA_STATUS_SUCCESS);
    CHECK(now() - start < 2);
    start = now();
    decoder_close(&decoder);
    EXPECT(VA_STATUS_SUCCESS, vaDestroySurfaces(client->display, surfaces, SURFACES));
    CHECK(now() - start < 5);
    set_faults("");
    decoder = decoder_open(client, WIDTH, HEIGHT);
    surfaces[0] = surface_new(client, WIDTH, HEIGHT);
    CHECK(decodes(&decoder, surfaces[0], 1));
    surface_destroy(client, surfaces[0]);
    decoder_close(&decoder);
}

static void device_disappears(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID a = surface_new(client, WIDTH, HEIGHT), b = surface_new(client, WIDTH, HEIGHT);
    VADRMPRIMESurfaceDescriptor kept;
    double start;

    CHECK(decodes(&decoder, a, 1));
    NEED(export_surface(client, a, &kept));
    set_faults("gone:1");
    start = now();
    decode(&decoder, b, 2);
    CHECK(vaSyncSurface(client->display, b) != VA_STATUS_SUCCESS);
    CHECK(decode(&decoder, b, 3) != VA_STATUS_SUCCESS);
    /* Pictures that there are stay. */
    CHECK(surface_shows(client, a, 1, WIDTH, HEIGHT));
    CHECK(export_shows(&kept, 1, WIDTH, HEIGHT));
    decoder_close(&decoder);
    CHECK(now() - start < 3);
    surface_destroy(client, a);
    surface_destroy(client, b);
    CHECK(export_shows(&kept, 1, WIDTH, HEIGHT));
    close_export(&kept);
    set_faults("");
    decoder = decoder_open(client, WIDTH, HEIGHT);
    a = surface_new(client, WIDTH, HEIGHT);
    CHECK(decodes(&decoder, a, 4));
    surface_destroy(client, a);
    decoder_close(&decoder);
}

/* Of two videos one ends badly in each round; the other one does not notice. */
static void two_videos(struct client *client)
{
    struct decoder good = decoder_open(client, LARGE_WIDTH, LARGE_HEIGHT);
    VASurfaceID surfaces[2] = {surface_new(client, LARGE_WIDTH, LARGE_HEIGHT),
                               surface_new(client, LARGE_WIDTH, LARGE_HEIGHT)};

    for (unsigned round = 0; round < 8; round++) {
        static const char *const ends[] = {"", "QBUF:1:ENODEV", "REQUEST_QUEUE:1:EIO", "decode:1"};
        struct decoder bad = decoder_open(client, WIDTH, HEIGHT);
        VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);

        EXPECT(VA_STATUS_SUCCESS, decode(&good, surfaces[0], round));
        CHECK(decodes(&bad, surface, round));
        EXPECT(VA_STATUS_SUCCESS, decode(&good, surfaces[1], round + 1));
        EXPECT(VA_STATUS_SUCCESS, vaSyncSurface(client->display, surfaces[1]));
        set_faults(ends[round % 4]);
        decode(&bad, surface, round);
        vaSyncSurface(client->display, surface);
        set_faults("");
        CHECK(surface_shows(client, surfaces[0], round, LARGE_WIDTH, LARGE_HEIGHT));
        CHECK(surface_shows(client, surfaces[1], round + 1, LARGE_WIDTH, LARGE_HEIGHT));
        if (round % 2)
            surface_destroy(client, surface);
        decoder_close(&bad);
        if (!(round % 2))
            surface_destroy(client, surface);
    }
    EXPECT(VA_STATUS_SUCCESS, vaDestroySurfaces(client->display, surfaces, 2));
    decoder_close(&good);
}

static void exports_and_their_readers(struct client *client)
{
    const char *dmabuf = getenv("VIRTDEC_DMABUF");
    bool imports = !dmabuf || dmabuf[0] != '0';
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    VADRMPRIMESurfaceDescriptor before = {0}, after, later;
    struct decoder decoder;
    double start;

    /* Before anything was decoded, without a context; where memory cannot be imported, the decode
     * that comes too late for it is refused. */
    NEED(export_surface(client, surface, &before));
    decoder = decoder_open(client, WIDTH, HEIGHT);
    if (imports) {
        CHECK(decodes(&decoder, surface, 1));
        CHECK(export_shows(&before, 1, WIDTH, HEIGHT));
    } else {
        CHECK(decode(&decoder, surface, 1) != VA_STATUS_SUCCESS);
        surface_destroy(client, surface);
        surface = surface_new(client, WIDTH, HEIGHT);
        CHECK(decodes(&decoder, surface, 1));
    }
    NEED(export_surface(client, surface, &after));
    CHECK(decodes(&decoder, surface, 2));
    CHECK(export_shows(&after, 2, WIDTH, HEIGHT));
    NEED(export_surface(client, surface, &later));
    CHECK(export_shows(&later, 2, WIDTH, HEIGHT));
    /* Somebody still reads: the decode waits, within bounds, and then says so. */
    set_faults("readers:1");
    start = now();
    EXPECT(VA_STATUS_ERROR_SURFACE_BUSY, decode(&decoder, surface, 3));
    CHECK(now() - start < 3);
    CHECK(export_shows(&later, 2, WIDTH, HEIGHT));
    set_faults("");
    CHECK(decodes(&decoder, surface, 3));
    surface_destroy(client, surface);
    CHECK(export_shows(&after, 3, WIDTH, HEIGHT));
    /* The memory is not given to the next surface as long as somebody has it. */
    surface = surface_new(client, WIDTH, HEIGHT);
    CHECK(decodes(&decoder, surface, 4));
    CHECK(export_shows(&later, 3, WIDTH, HEIGHT));
    decoder_close(&decoder);
    CHECK(export_shows(&later, 3, WIDTH, HEIGHT));
    surface_destroy(client, surface);
    close_export(&before);
    close_export(&after);
    close_export(&later);
}

/* A thread that uses ids that are wrong, of another kind, or long gone. */
static void *misuse(void *argument)
{
    struct client *client = argument;
    unsigned seed = 7;

    for (unsigned i = 0; i < 3000; i++) {
        VAGenericID id = (VAGenericID)rand_r(&seed) & 0x7000003fu;
        VAGenericID other = (VAGenericID)rand_r(&seed) & 0x7000003fu;
        VASurfaceStatus status;
        VABufferID buffer;
        void *data;

        vaBeginPicture(client->display, id, other);
        vaRenderPicture(client->display, id, &other, 1);
        if (vaCreateBuffer(client->display, id, VASliceDataBufferType, i % 300, 1, NULL, &buffer) ==
            VA_STATUS_SUCCESS) {
            vaMapBuffer(client->display, buffer, &data);
            vaBufferSetNumElements(client->display, buffer, i);
            vaUnmapBuffer(client->display, buffer);
            vaDestroyBuffer(client->display, buffer);
        }
        vaEndPicture(client->display, id);
        vaQuerySurfaceStatus(client->display, other, &status);
        vaGetImage(client->display, id, -1, (int)other, 0xffffffffu, 1, other);
        vaPutImage(client->display, id, other, 0, 0, 16, 16, 1 << 30, 0, 16, 16);
        vaUnmapBuffer(client->display, id);
    }
    return NULL;
}

static void misuse_in_threads(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surface = surface_new(client, WIDTH, HEIGHT);
    pthread_t threads[3];

    for (unsigned i = 0; i < 3; i++)
        if (pthread_create(&threads[i], NULL, misuse, client))
            client_abort();
    for (unsigned i = 0; i < 40; i++) {
        decode(&decoder, surface, i); /* somebody may have begun another picture here */
        vaSyncSurface(client->display, surface);
    }
    for (unsigned i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    CHECK(decodes(&decoder, surface, 1));
    surface_destroy(client, surface);
    decoder_close(&decoder);
}

/* No descriptor is to be had while a context is opened, a picture decoded or exported. */
static void descriptors_run_out(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID surfaces[SURFACES];
    VADRMPRIMESurfaceDescriptor descriptor;
    struct rlimit before, none;

    for (unsigned i = 0; i < SURFACES; i++)
        surfaces[i] = surface_new(client, WIDTH, HEIGHT);
    CHECK(decodes(&decoder, surfaces[0], 1));
    getrlimit(RLIMIT_NOFILE, &before);
    for (unsigned spare = 0; spare < 10; spare++) {
        VAContextID context = VA_INVALID_ID;
        int fds[64], count = 0;

        none = before;
        none.rlim_cur = 64;
        setrlimit(RLIMIT_NOFILE, &none);
        while (count < 64 && (fds[count] = open("/", O_RDONLY | O_CLOEXEC)) >= 0)
            count++;
        for (unsigned i = 0; i < spare && count > 0; i++)
            close(fds[--count]);
        in_flight(&decoder, surfaces);
        if (export_surface(client, surfaces[1], &descriptor) == VA_STATUS_SUCCESS)
            close_export(&descriptor);
        if (vaCreateContext(client->display, decoder.config, WIDTH, HEIGHT, 0, NULL, 0, &context) ==
            VA_STATUS_SUCCESS)
            EXPECT(VA_STATUS_SUCCESS, vaDestroyContext(client->display, context));
        while (count > 0)
            close(fds[--count]);
        setrlimit(RLIMIT_NOFILE, &before);
        CHECK(in_flight(&decoder, surfaces) == SURFACES);
    }
    EXPECT(VA_STATUS_SUCCESS, vaDestroySurfaces(client->display, surfaces, SURFACES));
    decoder_close(&decoder);
}

static const struct {
    const char *name;
    void (*run)(struct client *);
} point[] = {
    {"resolution_change_while_streaming", resolution_change_while_streaming},
    {"context_again_at_another_size", context_again_at_another_size},
    {"request_slot_replaced", request_slot_replaced},
    {"decode_error_is_its_surfaces", decode_error_is_its_surfaces},
    {"errors_in_a_row", errors_in_a_row},
    {"silent_hardware", silent_hardware},
    {"stopped_longer_than_its_timeout", stopped_longer_than_its_timeout},
    {"buffers_with_wrong_indices", buffers_with_wrong_indices},
    {"device_stops_answering", device_stops_answering},
    {"device_disappears", device_disappears},
    {"two_videos", two_videos},
    {"two_videos_in_two_processes", two_videos_in_two_processes},
    {"exports_and_their_readers", exports_and_their_readers},
    {"exports_of_another_size", exports_of_another_size},
    {"exports_meet_first_decodes", exports_meet_first_decodes},
    {"exports_closed_late_or_never", exports_closed_late_or_never},
    {"surfaces_of_two_contexts", surfaces_of_two_contexts},
    {"surfaces_of_two_threads", surfaces_of_two_threads},
    {"misuse_in_threads", misuse_in_threads},
    {"descriptors_run_out", descriptors_run_out},
};

/* Each in a process of its own: prints "ok NAME" or "not ok NAME". */
int main(int argc, char **argv)
{
    int failed = 0;

    if (!find_virtdec())
        return EXIT_FAILURE;
    if (argc == 4 && !strcmp(argv[1], "neighbour"))
        return neighbour(argv[2], (int)strtol(argv[3], NULL, 10));
    for (size_t i = 0; i < sizeof(point) / sizeof(point[0]); i++) {
        int status = 0;
        pid_t pid;

        if (argc > 1 && strcmp(argv[1], point[i].name) != 0)
            continue;
        fflush(NULL);
        pid = fork();
        if (!pid) {
            struct client client = client_open();

            alarm(60);
            point[i].run(&client);
            client_close(&client);
            exit(client_result());
        }
        waitpid(pid, &status, 0);
        printf("%s %s\n", status ? "not ok" : "ok", point[i].name);
        failed |= status;
    }
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
