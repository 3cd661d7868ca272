/* SPDX-License-Identifier: MIT */
/*
 * replay RECORDING [OPTION=NUMBER]... [MODE]: plays a recording over and over and prints, a line
 * each, what was asked for.
 *
 * MODE count (default): `NAME TOTAL` of each counter of cost.h, over the steady state (where the
 * driver is the counting one), and `pictures`, `bytes` of slice data, `seconds`.
 * MODE readback: the last picture is read in every way.
 *
 * Options: frames= pictures in the steady state; skip= pictures before; streams= threads with a
 * context each; depth= pictures in flight before one is waited for; surfaces= of a context; churn=
 * surfaces made and destroyed before; drain=1 nothing is
 * in flight when the steady state begins and ends; settle=1 every picture is done before it is
 * waited for (virtual decoder only); export=1 every picture is exported when it is shown; idle=
 * microseconds before each wait; copies= times that each slice is copied to nowhere by
 * plain_copy(), which profilers find by that name.
 */
#include "cost.h"
#include "replay.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <va/va_drm.h>

#define MAX_STREAMS 64

struct cost cost_counts;

/* Of the virtual decoder, where it is loaded. */
void virtdec_settle(void) __attribute__((weak));

struct options {
    unsigned long frames, skip, streams, depth, surfaces, churn, idle, copies, settle, drain,
        export;
    bool readback;
};

struct stream {
    const struct options *options;
    const char *path;
    VADisplay display;
    pthread_barrier_t *barrier;
    pthread_t thread;
    unsigned long pictures, errors;
    unsigned recorded; /* pictures of the recording */
    size_t bytes;
};

/* What a copy of the bitstream costs, at the least. */
__attribute__((noinline)) static void plain_copy(uint8_t *to, const uint8_t *from, size_t size)
{
    memcpy(to, from, size);
    __asm__ volatile("" : : "r"(to) : "memory");
}

static void copy_slices(const struct recording *recording, unsigned long times)
{
    for (unsigned n = 0; n < recording->num_records && times; n++) {
        const struct record *record = &recording->records[n];

        for (unsigned b = 0; b < record->num_buffers; b++) {
            const struct recorded_buffer *buffer = &record->buffers[b];
            size_t size = (size_t)buffer->size * buffer->count;
            uint8_t *to = buffer->type == VASliceDataBufferType ? malloc(size) : NULL;

            for (unsigned long i = 0; i < times && to; i++)
                plain_copy(to, buffer->data, size);
            free(to);
        }
    }
}

static void churn(VADisplay display, const struct replay *replay, unsigned long count)
{
    for (unsigned long i = 0; i < count; i++) {
        VASurfaceID surface;

        if (vaCreateSurfaces(display, replay->format, replay->width, replay->height, &surface, 1,
                             NULL, 0) ||
            vaDestroySurfaces(display, &surface, 1))
            die("surfaces cannot be made any more");
    }
}

static void *run_stream(void *argument)
{
    struct stream *stream = argument;
    const struct options *options = stream->options;
    struct recording *recording = recording_load(stream->path, NULL, 0, 0);
    struct replay replay;
    struct plan plan;
    unsigned long before;
    size_t bytes;

    plan_make(&plan, recording);
    replay_open(&replay, stream->display, &plan, (unsigned)options->surfaces,
                (unsigned)options->depth);
    replay.idle_us = (unsigned)options->idle;
    replay.settle = options->settle ? virtdec_settle : NULL;
    replay.export = options->export;
    churn(stream->display, &replay, options->churn);
    replay_run(&replay, options->skip);
    if (options->drain)
        replay_drain(&replay);
    pthread_barrier_wait(stream->barrier); /* all are warm */
    pthread_barrier_wait(stream->barrier); /* counters were read */
    before = replay.pictures;
    bytes = replay.slice_bytes;
    replay_run(&replay, options->frames);
    if (options->drain)
        replay_drain(&replay);
    pthread_barrier_wait(stream->barrier); /* all are through */
    stream->pictures = replay.pictures - before;
    stream->bytes = replay.slice_bytes - bytes;
    pthread_barrier_wait(stream->barrier); /* counters were read */
    replay_drain(&replay);
    if (options->readback)
        readback(stream->display, replay_last(&replay), replay.width, replay.height);
    copy_slices(recording, options->copies);
    stream->errors = replay.errors;
    stream->recorded = plan.num_pictures;
    replay_close(&replay);
    plan_free(&plan);
    recording_free(recording);
    return NULL;
}

static void print_counts(const struct cost *before, const struct cost *after)
{
#define PRINT(name) printf("%s %lld\n", #name, (long long)(after->name - before->name));
    COST_CALLS(PRINT)
    COST_OTHERS(PRINT)
#undef PRINT
    printf("heap_total %lld\n", (long long)after->heap);
    printf("output_total %lld\n", (long long)after->output_mapped);
}

static int64_t sum_of_calls(const struct cost *cost)
{
    int64_t sum = 0;

#define ADD_UP(name) sum += cost->name;
    COST_CALLS(ADD_UP)
#undef ADD_UP
    return sum;
}

/* Bytes of all buffers of the virtual decoder; each is a file in memory that it keeps mapped. */
static unsigned long long decoder_memory(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    unsigned long long total = 0, inodes[512];
    unsigned count = 0;
    char line[512];

    while (maps && fgets(line, sizeof(line), maps)) {
        unsigned long long start, end, inode;
        unsigned known = 0;

        if (!strstr(line, "virtdec-buffer") ||
            sscanf(line, "%llx-%llx %*s %*s %*s %llu", &start, &end, &inode) != 3)
            continue;
        while (known < count && inodes[known] != inode)
            known++;
        if (known < count || count == 512)
            continue;
        inodes[count++] = inode;
        total += end - start;
    }
    if (maps)
        fclose(maps);
    return total;
}

static void read_options(int argc, char **argv, struct options *options)
{
    const struct {
        const char *name;
        unsigned long *value;
    } known[] = {
        {"frames", &options->frames},     {"skip", &options->skip},
        {"streams", &options->streams},   {"depth", &options->depth},
        {"surfaces", &options->surfaces}, {"churn", &options->churn},
        {"idle", &options->idle},         {"settle", &options->settle},
        {"drain", &options->drain},       {"copies", &options->copies},
        {"export", &options->export},
    };

    for (int i = 2; i < argc; i++) {
        size_t length = strcspn(argv[i], "="), n = 0;

        options->readback |= strcmp(argv[i], "readback") == 0;
        while (n < sizeof(known) / sizeof(known[0]) &&
               (strncmp(known[n].name, argv[i], length) != 0 || known[n].name[length]))
            n++;
        if (n < sizeof(known) / sizeof(known[0]) && argv[i][length])
            *known[n].value = strtoul(argv[i] + length + 1, NULL, 10);
    }
    if (!options->streams || options->streams > MAX_STREAMS || !options->surfaces ||
        options->surfaces > MAX_POOL || options->depth >= MAX_POOL)
        die("an option is out of range");
}

int main(int argc, char **argv)
{
    struct options options = {.frames = 120, .skip = 40, .streams = 1, .depth = 4, .surfaces = 24};
    double opened = now_seconds(), initialised, ready, start, end;
    int fd = open("/dev/dri/renderD128", O_RDWR | O_CLOEXEC), major, minor;
    VADisplay display = vaGetDisplayDRM(fd);
    struct stream streams[MAX_STREAMS] = {0};
    unsigned long pictures = 0, errors = 0;
    struct cost initial, before, after;
    pthread_barrier_t barrier;
    size_t bytes = 0;

    if (argc < 2)
        die("which recording?");
    read_options(argc, argv, &options);
    if (vaInitialize(display, &major, &minor))
        die("no driver");
    initialised = now_seconds();
    initial = cost_counts;
    pthread_barrier_init(&barrier, NULL, (unsigned)options.streams + 1);
    for (unsigned i = 0; i < options.streams; i++) {
        streams[i] = (struct stream){
            .options = &options, .path = argv[1], .display = display, .barrier = &barrier};
        if (pthread_create(&streams[i].thread, NULL, run_stream, &streams[i]))
            die("no thread");
    }
    pthread_barrier_wait(&barrier);
    ready = now_seconds();
    before = cost_counts;
    start = now_seconds();
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    end = now_seconds();
    after = cost_counts;
    printf("decoder_memory %llu\n", decoder_memory());
    pthread_barrier_wait(&barrier);
    for (unsigned i = 0; i < options.streams; i++) {
        pthread_join(streams[i].thread, NULL);
        pictures += streams[i].pictures;
        bytes += streams[i].bytes;
        errors += streams[i].errors;
    }
    print_counts(&before, &after);
    printf("pictures %lu\nbytes %zu\nseconds %.6f\n", pictures, bytes, end - start);
    printf("initialize_us %.0f\nwarm_us %.0f\nerrors %lu\n", (initialised - opened) * 1e6,
           (ready - initialised) * 1e6, errors);
    printf("initialize_calls %lld\nrecorded_pictures %u\n", (long long)sum_of_calls(&initial),
           streams[0].recorded);
    vaTerminate(display);
    close(fd);
    return errors ? EXIT_FAILURE : EXIT_SUCCESS;
}
