/* SPDX-License-Identifier: MIT */
/*
 * Streams whose references are in danger: their contexts end in the middle, and other contexts take
 * their surfaces. references RECORDING TRUTH WIDTH HEIGHT [told] [across-contexts].
 *
 * "told": of this codec a picture whose references are missing is refused. "across-contexts": it
 * goes on in a new context with what an old one left (handover.c).
 */
#include "late_stream.h"
#include "survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static VADisplay display;
static unsigned failed;

static void check(bool holds, const char *what, unsigned line)
{
    failed += !holds;
    if (!holds)
        fprintf(stderr, "%s:%u: %s\n", __FILE__, line, what);
}
#define CHECK(condition) check((condition), #condition, __LINE__)

static bool all_right(const struct stream *stream)
{
    return stream->right == stream->recording->num_outputs && !stream->wrong && !stream->errors;
}

/* Up to behind so many pictures. */
static void play_pictures(struct stream *stream, unsigned pictures)
{
    while (stream->pictures < pictures && stream_step(stream))
        ;
}

static void play_by_turns(struct stream *streams, unsigned count)
{
    for (bool more = true; more;) {
        more = false;
        for (unsigned i = 0; i < count; i++)
            more |= stream_step(&streams[i]);
    }
    for (unsigned i = 0; i < count; i++)
        stream_show_rest(&streams[i]);
}

/* Streams of one profile end their contexts and make new ones, in any order; another one that
 * begins in between has nothing to do with theirs. */
static void contexts_end_and_begin(const struct recording *recording)
{
    enum { STREAMS = 3 };

    for (unsigned first = 0; first < STREAMS; first++) {
        struct stream streams[STREAMS + 1];

        for (unsigned i = 0; i <= STREAMS; i++)
            streams[i] = stream_open(display, recording, 1);
        for (unsigned i = 0; i < STREAMS; i++)
            play_pictures(&streams[i], 5 + 2 * i);
        for (unsigned i = 0; i < STREAMS; i++)
            stream_end_context(&streams[i]);
        play_pictures(&streams[STREAMS], 2);
        for (unsigned i = 0; i < STREAMS; i++)
            stream_begin_context(&streams[(first + i) % STREAMS]);
        play_by_turns(streams, STREAMS + 1);
        for (unsigned i = 0; i <= STREAMS; i++) {
            CHECK(all_right(&streams[i]));
            stream_close(&streams[i]);
        }
    }
}

/* Contexts that nobody goes on with go with their surfaces, and the oldest when there are many. */
static void contexts_end(const struct recording *recording)
{
    enum { STREAMS = 12, KEPT = 8 };
    struct stream streams[STREAMS];
    unsigned files[STREAMS + 1];

    for (unsigned i = 0; i < STREAMS; i++) {
        files[i] = open_files();
        streams[i] = stream_open(display, recording, 1);
        play_pictures(&streams[i], 3);
        stream_show_rest(&streams[i]);
        stream_end_context(&streams[i]);
    }
    files[STREAMS] = open_files();
    /* Besides the memory of the pictures. */
    CHECK(files[STREAMS] - files[STREAMS - 1] < files[1] - files[0]);
    for (unsigned i = STREAMS - KEPT; i < STREAMS; i++) {
        stream_begin_context(&streams[i]);
        stream_finish(&streams[i]);
        CHECK(all_right(&streams[i]));
    }
    for (unsigned i = 0; i < STREAMS; i++)
        stream_close(&streams[i]);
    CHECK(open_files() == files[0]);
}

/* The recording's first picture, which has no references. */
static const struct record *first_picture(const struct recording *recording)
{
    const struct record *record = recording->records;

    while (record->kind != RECORD_PICTURE)
        record++;
    return record;
}

/* Whether the next record is a picture that is shown at once. */
static bool shows_next(const struct stream *stream)
{
    const struct record *next = &stream->recording->records[stream->at];

    return stream->at + 1 < stream->recording->num_records && next[0].kind == RECORD_PICTURE &&
           next[1].kind == RECORD_OUTPUT && next[0].surface == next[1].surface;
}

/* While a picture is in flight, or kept back for the next one, the client destroys the surfaces
 * that it refers to, and writes to new ones. */
static void surfaces_are_destroyed(const struct recording *recording)
{
    enum { FRESH = 16 };
    struct stream stream = stream_open(display, recording, 0);
    VASurfaceID fresh[FRESH], before;

    play_pictures(&stream, 5);
    while (!shows_next(&stream) && stream_step(&stream))
        ;
    before = stream.last;
    stream.delay = PLAYER_SURFACES; /* to be looked at later */
    stream_step(&stream);
    stream_step(&stream);
    vaSyncSurface(display, before); /* its job reads some of the same surfaces */
    for (unsigned i = 0; i < stream.num_surfaces; i++) {
        if (stream.surfaces[i].id == stream.last)
            continue;
        CHECK(vaDestroySurfaces(display, &stream.surfaces[i].id, 1) == VA_STATUS_SUCCESS);
        stream.surfaces[i].id = VA_INVALID_SURFACE;
    }
    CHECK(vaCreateSurfaces(display, VA_RT_FORMAT_YUV420, recording->width, recording->height, fresh,
                           FRESH, NULL, 0) == VA_STATUS_SUCCESS);
    for (unsigned i = 0; i < FRESH; i++)
        CHECK(vaPutImage(display, fresh[i], stream.image.image_id, 0, 0, recording->width,
                         recording->height, 0, 0, recording->width,
                         recording->height) == VA_STATUS_SUCCESS);
    stream_show_rest(&stream);
    CHECK(stream.right && !stream.wrong && !stream.errors);
    CHECK(vaDestroySurfaces(display, fresh, FRESH) == VA_STATUS_SUCCESS);
    stream_close(&stream);
}

/* While a picture is in flight another context takes all of its references, as fast as it can: the
 * picture is right all the same. The next ones miss them. */
static void surfaces_are_taken(const struct recording *recording, bool told)
{
    const struct record *intra = first_picture(recording);
    struct stream stream = stream_open(display, recording, 0);
    struct stream thief = stream_open(display, recording, 0);
    VASurfaceID target;

    play_pictures(&thief, 1);
    play_pictures(&stream, 5);
    while (!shows_next(&stream) && stream_step(&stream))
        ;
    CHECK(shows_next(&stream));
    stream.delay = PLAYER_SURFACES; /* to be looked at later */
    setenv("VIRTDEC_LATENCY_US", "150000", 1);
    stream_step(&stream);
    stream_step(&stream);
    target = stream.last;
    for (unsigned i = 0; i < stream.num_surfaces; i++) {
        if (stream.surfaces[i].id == target)
            continue;
        CHECK(stream_submit(&thief, intra, stream.surfaces[i].id) == VA_STATUS_SUCCESS);
        setenv("VIRTDEC_LATENCY_US", "0", 1);
    }
    stream_show_rest(&stream);
    CHECK(stream.right && !stream.wrong && !stream.errors);
    stream_finish(&stream);
    CHECK(!told || (stream.errors && !stream.silent));
    stream_show_rest(&thief);
    CHECK(!thief.wrong && !thief.errors);
    stream_close(&stream);
    stream_close(&thief);
}

static bool has_word(int argc, char **argv, const char *word)
{
    for (int i = 5; i < argc; i++)
        if (!strcmp(argv[i], word))
            return true;
    return false;
}

int main(int argc, char **argv)
{
    struct recording *recording;
    struct session session;

    if (argc < 5 || !find_virtdec())
        return EXIT_FAILURE;
    recording = recording_load(argv[1], argv[2], (unsigned)strtoul(argv[3], NULL, 10),
                               (unsigned)strtoul(argv[4], NULL, 10));
    session.recording = recording;
    if (!open_session(&session))
        return EXIT_FAILURE;
    display = session.display;
    surfaces_are_destroyed(recording);
    surfaces_are_taken(recording, has_word(argc, argv, "told"));
    if (has_word(argc, argv, "across-contexts")) {
        contexts_end_and_begin(recording);
        contexts_end(recording);
    }
    close_session(&session);
    recording_free(recording);
    printf("%u failed\n", failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
