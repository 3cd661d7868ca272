/* SPDX-License-Identifier: MIT */
/* Pictures that others than the client look at, and others that decode; see point[] in points.c. */
#include "point_client.h"

#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WIDTH = 96, HEIGHT = 80, LARGE_WIDTH = 208, LARGE_HEIGHT = 144, SURFACES = 4 };
enum { MOST_OBJECTS = 4, UNCLOSED = 40, ROUNDS = 5, MEETINGS = 60 };

extern char **environ;

static uint32_t sum(const VADRMPRIMESurfaceDescriptor *descriptor)
{
    uint32_t result = 1;

    for (unsigned i = 0; i < descriptor->num_objects; i++) {
        size_t size = descriptor->objects[i].size;
        uint8_t *map = mmap(NULL, size, PROT_READ, MAP_SHARED, descriptor->objects[i].fd, 0);

        if (map == MAP_FAILED)
            client_abort();
        for (size_t at = 0; at < size; at++)
            result = 31 * result + map[at];
        munmap(map, size);
    }
    return result;
}

/* A surface that was exported, so that its memory must stay, is given pictures of another size:
 * they are refused with `wanted`, what the holder sees stays as it is, and other surfaces decode.
 */
static void other_size(struct client *client, struct decoder *decoder, VASurfaceID exported,
                       unsigned number, VAStatus wanted)
{
    VASurfaceID other = surface_new(client, decoder->width, decoder->height);
    VADRMPRIMESurfaceDescriptor kept;
    uint32_t before;

    NEED(export_surface(client, exported, &kept));
    before = sum(&kept);
    EXPECT(wanted, decode(decoder, exported, number));
    CHECK(sum(&kept) == before);
    CHECK(decodes(decoder, other, number));
    CHECK(sum(&kept) == before);
    surface_destroy(client, exported);
    CHECK(decodes(decoder, other, number + 1));
    CHECK(sum(&kept) == before);
    close_export(&kept);
    surface_destroy(client, other);
}

void exports_of_another_size(struct client *client)
{
    struct decoder decoder;
    VASurfaceID surface;

    /* Made for a probe, or for a larger stream, and exported before the first decode. */
    surface = surface_new(client, 64, 64);
    decoder = decoder_open(client, WIDTH, HEIGHT);
    other_size(client, &decoder, surface, 1, VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
    other_size(client, &decoder, surface_new(client, LARGE_WIDTH, LARGE_HEIGHT), 3,
               VA_STATUS_ERROR_UNSUPPORTED_MEMORY_TYPE);
    /* The stream changes its size while somebody has the last picture. */
    surface = surface_new(client, WIDTH, HEIGHT);
    CHECK(decodes(&decoder, surface, 5));
    decoder.width = LARGE_WIDTH;
    decoder.height = LARGE_HEIGHT;
    other_size(client, &decoder, surface, 6, VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED);
    decoder_close(&decoder);
}

/* A thread that exports the surface at the moment when another one decodes into it. */
struct exporter {
    struct client *client;
    pthread_barrier_t *start;
    VASurfaceID surface;
    VADRMPRIMESurfaceDescriptor descriptor;
    VAStatus status;
};

static void *export_at_start(void *argument)
{
    struct exporter *exporter = argument;

    pthread_barrier_wait(exporter->start);
    exporter->status = export_surface(exporter->client, exporter->surface, &exporter->descriptor);
    return NULL;
}

/* A first decode and an export both give the surface memory: it gets one, which both see. */
void exports_meet_first_decodes(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VASurfaceID first = surface_new(client, WIDTH, HEIGHT);
    const char *dmabuf = getenv("VIRTDEC_DMABUF");
    pthread_barrier_t start;

    if (dmabuf && dmabuf[0] == '0') /* whoever comes second is refused */
        return;
    CHECK(decodes(&decoder, first, 0));
    pthread_barrier_init(&start, NULL, 2);
    for (unsigned i = 1; i <= MEETINGS; i++) {
        struct exporter exporter = {.client = client, .start = &start};
        pthread_t thread;

        exporter.surface = surface_new(client, WIDTH, HEIGHT);
        if (pthread_create(&thread, NULL, export_at_start, &exporter))
            client_abort();
        pthread_barrier_wait(&start);
        CHECK(decodes(&decoder, exporter.surface, i));
        pthread_join(thread, NULL);
        NEED(exporter.status);
        CHECK(export_shows(&exporter.descriptor, i, WIDTH, HEIGHT));
        close_export(&exporter.descriptor);
        surface_destroy(client, exporter.surface);
    }
    pthread_barrier_destroy(&start);
    surface_destroy(client, first);
    decoder_close(&decoder);
}

/* Surfaces come and go, and nobody closes what was exported of them until the very end. */
void exports_closed_late_or_never(struct client *client)
{
    struct decoder decoder = decoder_open(client, WIDTH, HEIGHT);
    VADRMPRIMESurfaceDescriptor late[UNCLOSED], never;
    VASurfaceID surface;

    for (unsigned i = 0; i < UNCLOSED; i++) {
        surface = surface_new(client, WIDTH, HEIGHT);
        /* A queue that keeps what was exported has 32 buffers; then it says so, once. */
        CHECK(decodes(&decoder, surface, i) || (i == 32 && decodes(&decoder, surface, i)));
        NEED(export_surface(client, surface, &late[i]));
        surface_destroy(client, surface);
    }
    for (unsigned i = 0; i < UNCLOSED; i++)
        CHECK(export_shows(&late[i], i, WIDTH, HEIGHT));
    decoder_close(&decoder);
    decoder = decoder_open(client, WIDTH, HEIGHT);
    surface = surface_new(client, WIDTH, HEIGHT);
    CHECK(decodes(&decoder, surface, UNCLOSED));
    for (unsigned i = 0; i < UNCLOSED; i++) {
        CHECK(export_shows(&late[i], i, WIDTH, HEIGHT));
        close_export(&late[i]);
    }
    /* This one stays with the process. */
    NEED(export_surface(client, surface, &never));
    surface_destroy(client, surface);
    decoder_close(&decoder);
    CHECK(export_shows(&never, UNCLOSED, WIDTH, HEIGHT));
}

/* ---- several processes ------------------------------------------------------------------- */

static const char *const endings[] = {"killed", "hung", "gone", "left"};

struct message {
    struct msghdr header;
    struct iovec vector;
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(MOST_OBJECTS * sizeof(int))];
    } control;
};

static void make_message(struct message *message, VADRMPRIMESurfaceDescriptor *descriptor,
                         unsigned count)
{
    memset(message, 0, sizeof(*message));
    message->vector = (struct iovec){descriptor, sizeof(*descriptor)};
    message->header.msg_iov = &message->vector;
    message->header.msg_iovlen = 1;
    message->header.msg_control = message->control.bytes;
    message->header.msg_controllen = CMSG_SPACE(count * sizeof(int));
}

static bool send_export(int fd, VADRMPRIMESurfaceDescriptor *descriptor)
{
    struct message message;
    struct cmsghdr *control;
    int *fds;

    make_message(&message, descriptor, descriptor->num_objects);
    control = CMSG_FIRSTHDR(&message.header);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(descriptor->num_objects * sizeof(int));
    fds = (int *)CMSG_DATA(control);
    for (unsigned i = 0; i < descriptor->num_objects; i++)
        fds[i] = descriptor->objects[i].fd;
    return sendmsg(fd, &message.header, 0) == (ssize_t)sizeof(*descriptor);
}

static bool receive_export(int fd, VADRMPRIMESurfaceDescriptor *descriptor)
{
    struct message message;
    struct cmsghdr *control;

    make_message(&message, descriptor, MOST_OBJECTS);
    if (recvmsg(fd, &message.header, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(*descriptor))
        return false;
    control = CMSG_FIRSTHDR(&message.header);
    if (!control || descriptor->num_objects > MOST_OBJECTS ||
        control->cmsg_len != CMSG_LEN(descriptor->num_objects * sizeof(int)))
        return false;
    for (unsigned i = 0; i < descriptor->num_objects; i++)
        descriptor->objects[i].fd = ((const int *)CMSG_DATA(control))[i];
    return true;
}

/* Another process's video: passes a picture on and ends in the middle of the next ones. */
int neighbour(const char *ending, int fd)
{
    struct client client = client_open();
    struct decoder decoder = decoder_open(&client, WIDTH, HEIGHT);
    VADRMPRIMESurfaceDescriptor descriptor;
    VASurfaceID surfaces[SURFACES];

    for (unsigned i = 0; i < SURFACES; i++)
        surfaces[i] = surface_new(&client, WIDTH, HEIGHT);
    CHECK(decodes(&decoder, surfaces[0], 7));
    NEED(export_surface(&client, surfaces[0], &descriptor));
    CHECK(send_export(fd, &descriptor));
    if (!strcmp(ending, "hung"))
        set_faults("hang:1");
    if (!strcmp(ending, "gone"))
        set_faults("gone:2");
    for (unsigned i = 1; i < SURFACES; i++)
        decode(&decoder, surfaces[i], i);
    if (!strcmp(ending, "left"))
        _exit(client_result()); /* and takes nothing down */
    if (!strcmp(ending, "gone"))
        abort();
    raise(SIGKILL);
    return EXIT_FAILURE;
}

void two_videos_in_two_processes(struct client *client)
{
    struct decoder decoder = decoder_open(client, LARGE_WIDTH, LARGE_HEIGHT);
    VASurfaceID surfaces[SURFACES];

    for (unsigned i = 0; i < SURFACES; i++)
        surfaces[i] = surface_new(client, LARGE_WIDTH, LARGE_HEIGHT);
    for (unsigned round = 0; round < ROUNDS; round++) {
        VADRMPRIMESurfaceDescriptor theirs = {0};
        const char *ending = endings[round % (sizeof(endings) / sizeof(endings[0]))];
        char number[16];
        char *arguments[] = {(char *)"points", (char *)"neighbour", (char *)ending, number, NULL};
        int ends[2], status = 0;
        pid_t pid;

        if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends))
            client_abort();
        snprintf(number, sizeof(number), "%d", ends[1]);
        for (unsigned i = 0; i < SURFACES; i++)
            EXPECT(VA_STATUS_SUCCESS, decode(&decoder, surfaces[i], 10 * round + i));
        if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ))
            client_abort();
        close(ends[1]);
        CHECK(receive_export(ends[0], &theirs));
        for (unsigned i = 0; i < SURFACES; i++)
            CHECK(surface_shows(client, surfaces[i], 10 * round + i, LARGE_WIDTH, LARGE_HEIGHT));
        if (waitpid(pid, &status, 0) != pid)
            client_abort();
        CHECK(WIFSIGNALED(status) == (strcmp(ending, "left") != 0));
        /* Their picture is ours now, whatever became of them. */
        CHECK(theirs.num_objects && export_shows(&theirs, 7, WIDTH, HEIGHT));
        CHECK(decodes(&decoder, surfaces[0], round));
        CHECK(theirs.num_objects && export_shows(&theirs, 7, WIDTH, HEIGHT));
        close_export(&theirs);
        close(ends[0]);
    }
    EXPECT(VA_STATUS_SUCCESS, vaDestroySurfaces(client->display, surfaces, SURFACES));
    decoder_close(&decoder);
}
