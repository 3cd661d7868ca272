/* SPDX-License-Identifier: MIT */
/*
 * Frames that the driver keeps back (src/decode/deferred.h), and what a client may do meanwhile:
 * late RECORDING TRUTH WIDTH HEIGHT [RECORDING TRUTH WIDTH HEIGHT]. The recordings are of AV1; the
 * second one is of another size. Prints a line for each test.
 */
#include "late_stream.h"
#include "survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MAX_REINITS 40

static VADisplay display;
static unsigned failures;

static void check(bool holds, const char *test, const char *what, unsigned n)
{
    if (!holds)
        printf("not ok %s: %s (%u)\n", test, what, n);
    failures += !holds;
}

#define CHECK(condition, n) check(condition, __func__, #condition, n)

static bool all_right(const struct stream *stream)
{
    return stream->right == stream->recording->num_outputs && !stream->errors;
}

/* Every picture is waited for before the next one is submitted: some are sent a second time. */
static void a_client_that_syncs_at_once(const struct recording *recording)
{
    struct stream stream = stream_open(display, recording, 0);

    set_faults("");
    stream_finish(&stream);
    CHECK(all_right(&stream), stream.right);
    CHECK(calls_of("REQUEST_QUEUE") > stream.pictures, calls_of("REQUEST_QUEUE"));
    stream_close(&stream);
}

/* Whoever asks later than that makes no frame be decoded twice. */
static void a_client_that_syncs_later(const struct recording *recording)
{
    for (unsigned delay = 1; delay < 6; delay++) {
        struct stream stream = stream_open(display, recording, delay);

        set_faults("");
        stream_finish(&stream);
        CHECK(all_right(&stream), delay);
        CHECK(calls_of("REQUEST_QUEUE") == stream.pictures, calls_of("REQUEST_QUEUE"));
        stream_close(&stream);
    }
}

static VAStatus poll_status(VASurfaceID surface)
{
    double start = player_now();
    VASurfaceStatus status = VASurfaceRendering;

    while (player_now() - start < 5) {
        if (vaQuerySurfaceStatus(display, surface, &status) != VA_STATUS_SUCCESS)
            return VA_STATUS_ERROR_OPERATION_FAILED;
        if (status == VASurfaceReady)
            return VA_STATUS_SUCCESS;
    }
    return VA_STATUS_ERROR_TIMEDOUT;
}

static VAStatus export_and_sync(VASurfaceID surface)
{
    VADRMPRIMESurfaceDescriptor descriptor;
    VAStatus status =
        vaExportSurfaceHandle(display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                              VA_EXPORT_SURFACE_SEPARATE_LAYERS, &descriptor);

    if (status != VA_STATUS_SUCCESS)
        return status;
    for (unsigned i = 0; i < descriptor.num_objects; i++)
        close(descriptor.objects[i].fd);
    return poll_status(surface);
}

static VAStatus no_wait(VASurfaceID surface)
{
    (void)surface;
    return VA_STATUS_SUCCESS;
}

static VAStatus sync_briefly(VASurfaceID surface)
{
    VAStatus status;

    do
        status = vaSyncSurface2(display, surface, 1000000);
    while (status == VA_STATUS_ERROR_TIMEDOUT);
    return status;
}

/* After the last frame none comes that would set it going. */
static void the_last_frame(const struct recording *recording)
{
    static VAStatus (*const ways[])(VASurfaceID) = {poll_status, export_and_sync, no_wait,
                                                    sync_briefly};

    for (unsigned way = 0; way <= sizeof(ways) / sizeof(ways[0]); way++) {
        struct stream stream = stream_open(display, recording, 2);
        double start;

        stream.no_sync = true;
        stream_play(&stream, recording->num_records);
        start = player_now();
        if (way < sizeof(ways) / sizeof(ways[0]))
            CHECK(ways[way](stream.last) == VA_STATUS_SUCCESS, way);
        else
            stream_end_context(&stream);
        stream_show_rest(&stream);
        CHECK(all_right(&stream), way);
        /* Waiting for what never comes would take the driver 4 s. */
        CHECK(player_now() - start < 4, way);
        stream_close(&stream);
    }
}

static struct stream *overtaking;

/* wrap.c calls it. */
void while_duplicating(void) __attribute__((visibility("default")));
void while_duplicating(void)
{
    struct stream *stream = overtaking;

    overtaking = NULL;
    if (stream)
        stream_step(stream);
}

/* Another thread submits the frame while its surface is exported: who has the dma-buf waits for
 * its fences, and of that nobody tells. */
static void exported_while_submitted(const struct recording *recording)
{
    struct stream stream = stream_open(display, recording, 2);
    VADRMPRIMESurfaceDescriptor descriptor = {0};
    const struct record *record = recording->records;

    set_faults("");
    /* Up to the second frame: which slots the first one refreshes is certain. */
    while (stream.pictures == 0 || record->kind != RECORD_PICTURE) {
        stream_step(&stream);
        record = &recording->records[stream.at];
    }
    CHECK(calls_of("REQUEST_QUEUE") == 1, calls_of("REQUEST_QUEUE"));
    for (unsigned i = 0; i < stream.num_surfaces; i++) {
        if (stream.surfaces[i].recorded != record->surface)
            continue;
        overtaking = &stream;
        CHECK(vaExportSurfaceHandle(
                  display, stream.surfaces[i].id, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                  VA_EXPORT_SURFACE_SEPARATE_LAYERS, &descriptor) == VA_STATUS_SUCCESS,
              i);
    }
    CHECK(stream.pictures == 2 && !overtaking, stream.pictures);
    CHECK(calls_of("REQUEST_QUEUE") == 2, calls_of("REQUEST_QUEUE"));
    for (unsigned i = 0; i < descriptor.num_objects; i++)
        close(descriptor.objects[i].fd);
    stream_finish(&stream);
    CHECK(all_right(&stream), stream.right);
    stream_close(&stream);
}

/* The surface of a kept frame goes, then the stream begins anew; or all of it goes. */
static void its_surface_is_destroyed(const struct recording *recording)
{
    for (unsigned way = 0; way < 2; way++) {
        struct stream stream = stream_open(display, recording, 2);

        stream_play(&stream, recording->num_records);
        stream_destroy_surfaces(&stream);
        if (way) {
            stream_rewind(&stream);
            stream_finish(&stream);
            CHECK(all_right(&stream), way);
        }
        stream_close(&stream);
    }
}

/* Of every frame: the context goes while it is kept, and the next one begins anew. */
static void its_context_is_destroyed(const struct recording *recording)
{
    for (unsigned stop = 1; stop < recording->num_records; stop += 3) {
        struct stream stream = stream_open(display, recording, 3);

        stream_play(&stream, stop);
        stream_end_context(&stream);
        stream_show_rest(&stream);
        CHECK(!stream.wrong && !stream.errors, stop);
        stream_rewind(&stream);
        stream_finish(&stream);
        CHECK(all_right(&stream), stop);
        stream_close(&stream);
    }
}

static void two_streams(const struct recording *recording, const struct recording *other)
{
    for (unsigned delay = 0; delay < 3; delay++) {
        struct stream a = stream_open(display, recording, delay);
        struct stream b = stream_open(display, other, 2 - delay);

        for (bool more = true; more;) {
            more = stream_step(&a);
            more |= stream_step(&b);
        }
        stream_show_rest(&b);
        stream_show_rest(&a);
        CHECK(all_right(&a), delay);
        CHECK(all_right(&b), delay);
        stream_close(&a);
        stream_close(&b);
    }
}

/* In one context; of each part's last frame nobody asks before the next part runs. */
static void the_size_changes(const struct recording *recording, const struct recording *other)
{
    struct stream a = stream_open(display, recording, 1), b = stream_open(display, other, 1);

    stream_play(&a, recording->num_records);
    stream_lend_context(&a, &b);
    stream_play(&b, other->num_records);
    stream_show_rest(&a);
    CHECK(all_right(&a), 0);
    stream_rewind(&a);
    stream_play(&a, recording->num_records);
    stream_show_rest(&b);
    stream_show_rest(&a);
    CHECK(all_right(&b), 1);
    CHECK(all_right(&a), 2);
    stream_close(&b);
    stream_close(&a);
}

/* A picture that the driver refuses comes between any two. */
static void refused_frames_between(const struct recording *recording)
{
    for (unsigned delay = 0; delay < 3; delay++) {
        struct stream stream = stream_open(display, recording, delay);

        stream.refused_between = true;
        stream_finish(&stream);
        CHECK(all_right(&stream), delay);
        stream_close(&stream);
    }
}

/* A request that takes no reinit is replaced: nobody notices. Where there is no new one either, the
 * surface says that it failed, so does the next vaEndPicture, and a key frame later all is well. */
static void requests_fail(const struct recording *recording)
{
    unsigned told = 0;

    for (unsigned n = 1; n < MAX_REINITS; n++) {
        struct stream stream = stream_open(display, recording, 0);
        char fault[80];

        snprintf(fault, sizeof(fault), "REQUEST_REINIT:%u:EBUSY", n);
        set_faults(fault);
        stream_finish(&stream);
        CHECK(all_right(&stream), n);
        stream_close(&stream);

        set_faults("");
        stream = stream_open(display, recording, 0);
        stream.break_requests = n;
        stream_finish(&stream);
        CHECK(!stream.silent, n);
        told += stream.told;
        stream.break_requests = 0;
        set_faults("");
        stream_rewind(&stream);
        stream_finish(&stream);
        CHECK(all_right(&stream), n);
        stream_close(&stream);
    }
    CHECK(told > 0, told);
}

int main(int argc, char **argv)
{
    struct recording *recording, *other = NULL;
    struct session session = {0};
    unsigned files, maps;

    if (argc < 5 || !find_virtdec() || !open_session(&session))
        return EXIT_FAILURE;
    display = session.display;
    recording = recording_load(argv[1], argv[2], (unsigned)strtoul(argv[3], NULL, 10),
                               (unsigned)strtoul(argv[4], NULL, 10));
    if (argc > 8)
        other = recording_load(argv[5], argv[6], (unsigned)strtoul(argv[7], NULL, 10),
                               (unsigned)strtoul(argv[8], NULL, 10));
    files = open_files();
    maps = mappings();
    a_client_that_syncs_at_once(recording);
    a_client_that_syncs_later(recording);
    the_last_frame(recording);
    exported_while_submitted(recording);
    its_surface_is_destroyed(recording);
    its_context_is_destroyed(recording);
    refused_frames_between(recording);
    requests_fail(recording);
    if (other) {
        two_streams(recording, other);
        the_size_changes(recording, other);
    }
    set_faults("");
    check(open_files() <= files + 1, "main", "descriptors are left", open_files() - files);
    check(mappings() <= maps, "main", "mappings are left", mappings() - maps);
    close_session(&session);
    recording_free(recording);
    if (other)
        recording_free(other);
    printf("%s: %u failed\n", failures ? "not ok" : "ok", failures);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
