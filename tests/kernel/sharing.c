/* SPDX-License-Identifier: MIT */
/*
 * Surfaces shared as dma-bufs on a real kernel: exported before their first decode, imported by
 * another process (by mmap, and by way of a second driver, vgem), decoded into again while still
 * exported.
 */
#include <drm.h>
#include <drm/vgem_drm.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cases.h"
#include "va_client.h"

enum { WIDTH = 640, HEIGHT = 368, SURFACES = 4, MAX_OBJECTS = 4 };

static enum client_codec
    codecs[CLIENT_CODECS]; /* the second is the first where the device has one only */
static unsigned int codec_count;

/* What the importing process is told. */
struct message {
    VADRMPRIMESurfaceDescriptor descriptor;
    bool second_importer; /* by way of vgem */
};

static bool send_descriptor(int socket, const struct message *message)
{
    char control[CMSG_SPACE(MAX_OBJECTS * sizeof(int))] = {0};
    struct iovec data = {.iov_base = (void *)message, .iov_len = sizeof(*message)};
    size_t fds = message->descriptor.num_objects;
    struct msghdr header = {.msg_iov = &data,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = CMSG_SPACE(fds * sizeof(int))};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);

    CHECK(fds >= 1 && fds <= MAX_OBJECTS);
    *rights = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(fds * sizeof(int))};
    for (size_t i = 0; i < fds; i++)
        memcpy(CMSG_DATA(rights) + i * sizeof(int), &message->descriptor.objects[i].fd,
               sizeof(int));
    CHECK(sendmsg(socket, &header, 0) == (ssize_t)sizeof(*message));
    return true;
}

/* Returns false at the end of the connection. */
static bool receive_descriptor(int socket, struct message *message)
{
    char control[CMSG_SPACE(MAX_OBJECTS * sizeof(int))] = {0};
    struct iovec data = {.iov_base = message, .iov_len = sizeof(*message)};
    struct msghdr header = {.msg_iov = &data,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof(control)};

    if (recvmsg(socket, &header, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(*message))
        return false;
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
    CHECK(rights && rights->cmsg_type == SCM_RIGHTS);
    for (size_t i = 0; i < message->descriptor.num_objects; i++)
        memcpy(&message->descriptor.objects[i].fd, CMSG_DATA(rights) + i * sizeof(int),
               sizeof(int));
    return true;
}

/* Hands a dma-buf to a second driver, which attaches to it, and takes back what that driver exports
 * under its own handle. */
static bool through_vgem(int card, int fd, int *again)
{
    struct drm_prime_handle prime = {.fd = fd};

    CHECK(ioctl(card, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime) == 0);
    prime.flags = DRM_CLOEXEC;
    CHECK(ioctl(card, DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) == 0);
    *again = prime.fd;
    return true;
}

/* exported_hash of the surface as vgem hands it on. */
static bool vgem_hash(const VADRMPRIMESurfaceDescriptor *descriptor, uint64_t *hash)
{
    VADRMPRIMESurfaceDescriptor copy = *descriptor;
    int card = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);

    CHECK(card >= 0);
    for (uint32_t i = 0; i < descriptor->num_objects; i++)
        if (!through_vgem(card, descriptor->objects[i].fd, &copy.objects[i].fd))
            return false;
    bool good = exported_hash(&copy, WIDTH, HEIGHT, hash);
    exported_close(&copy);
    close(card);
    return good;
}

/* The importing process: answers each descriptor with the hash of what it sees. */
static int importer(int socket)
{
    struct message message;

    while (receive_descriptor(socket, &message)) {
        uint64_t hash = 0;
        bool good = message.second_importer
                        ? vgem_hash(&message.descriptor, &hash)
                        : exported_hash(&message.descriptor, WIDTH, HEIGHT, &hash);
        exported_close(&message.descriptor);
        if (!good || write(socket, &hash, sizeof(hash)) != sizeof(hash))
            return 1;
    }
    return 0;
}

/* Starts the importing process before the driver is loaded, so that it shares nothing. */
static bool start_importer(int *socket)
{
    int pair[2];

    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        close(pair[0]);
        _exit(importer(pair[1]));
    }
    close(pair[1]);
    *socket = pair[0];
    return true;
}

/* What the other process sees in an exported surface. */
static bool seen_elsewhere(int socket, const VADRMPRIMESurfaceDescriptor *descriptor,
                           bool second_importer, uint64_t *hash)
{
    struct message message = {.descriptor = *descriptor, .second_importer = second_importer};

    if (!send_descriptor(socket, &message))
        return false;
    CHECK(read(socket, hash, sizeof(*hash)) == (ssize_t)sizeof(*hash));
    return true;
}

/* What there is when the surfaces are exported. */
enum before { NOTHING, CONFIG, CONTEXT };

static bool export_all(struct session *session, VADRMPRIMESurfaceDescriptor exported[SURFACES])
{
    for (unsigned int i = 0; i < SURFACES; i++)
        if (!surface_export(session->client, session->surfaces[i], &exported[i]))
            return false;
    return true;
}

static bool open_and_export(struct session *session, enum before before,
                            VADRMPRIMESurfaceDescriptor exported[SURFACES])
{
    return (before == NOTHING || session_create_config(session)) &&
           session_create_surfaces(session, SURFACES) &&
           (before != CONTEXT || session_create_context(session, true)) &&
           export_all(session, exported) && (before != NOTHING || session_create_config(session)) &&
           (before == CONTEXT || session_create_context(session, false));
}

/*
 * Nobody knows what a surface is for that is exported before there is any config: it gets the
 * layout that one of the device's codecs has. Another one may lay pictures out otherwise (rkvdec's
 * VP9 in blocks of 64 lines, its H.264 in 16): it cannot decode into the surface.
 */
static bool is_laid_out_otherwise(struct session *session,
                                  const VADRMPRIMESurfaceDescriptor *exported, bool *otherwise)
{
    struct session other = *session;
    VADRMPRIMESurfaceDescriptor right;

    if (!session_create_surfaces(&other, 1) ||
        !surface_export(session->client, other.surfaces[0], &right))
        return false;
    exported_close(&right);
    *otherwise = false;
    for (unsigned int i = 0; i < 2; i++)
        *otherwise |= right.layers[0].pitch[i] != exported->layers[0].pitch[i] ||
                      right.layers[0].offset[i] != exported->layers[0].offset[i];
    return session_destroy_surfaces(&other);
}

static bool is_refused(struct session *session)
{
    client_quiet = true;
    bool decoded = session_decode(session, session->surfaces[0], true);
    client_quiet = false;
    CHECK(!decoded);
    return true;
}

/* After every decode, compares what VA says of the surface with what another process sees in the
 * dma-buf. */
static bool seen_as_decoded(struct session *session, int socket, bool second_importer,
                            const VADRMPRIMESurfaceDescriptor exported[SURFACES])
{
    uint64_t before = 0;

    for (unsigned int i = 0; i < 5 * SURFACES; i++) {
        VASurfaceID surface = session->surfaces[i % SURFACES];
        uint64_t here, there;

        if (!client_ran_jobs(0) || !session_decode(session, surface, true) || !client_ran_jobs(1) ||
            !surface_hash(session->client, surface, WIDTH, HEIGHT, i % 2, &here) ||
            !seen_elsewhere(socket, &exported[i % SURFACES], second_importer, &there))
            return false;
        CHECK(here == there);
        CHECK(here != before || !client_content());
        before = here;
    }
    return true;
}

/* Exports every surface before the first decode, and keeps those dma-bufs. */
static bool decoded_into_exported(bool second_importer, enum before before)
{
    int socket = -1;

    if (!start_importer(&socket))
        return false;
    for (unsigned int c = 0; c < codec_count; c++) {
        VADRMPRIMESurfaceDescriptor exported[SURFACES];
        struct client client;
        struct session session;
        bool otherwise = false;

        if (!client_open(&client))
            return false;
        session = session_of(&client, codecs[c], WIDTH, HEIGHT);
        if (!open_and_export(&session, before, exported) ||
            (before == NOTHING && !is_laid_out_otherwise(&session, &exported[0], &otherwise)))
            return false;
        CHECK(!otherwise || c > 0);
        if (otherwise ? !is_refused(&session)
                      : !seen_as_decoded(&session, socket, second_importer, exported))
            return false;
        for (unsigned int i = 0; i < SURFACES; i++)
            exported_close(&exported[i]);
        if (!session_close(&session))
            return false;
        client_close(&client);
    }
    close(socket);
    return true;
}

static bool exported_before_decode(void)
{
    return decoded_into_exported(false, CONTEXT);
}

static bool exported_before_context(void)
{
    return decoded_into_exported(false, CONFIG);
}

static bool exported_before_everything(void)
{
    return decoded_into_exported(false, NOTHING);
}

static bool second_importer(void)
{
    return decoded_into_exported(true, CONTEXT);
}

/* Clients export anew for each frame and close at once. The memory must be the same each time. */
static bool exported_every_time(void)
{
    struct client client;
    struct session session;
    VADRMPRIMESurfaceDescriptor first, again;

    if (!client_open(&client) ||
        !session_open(&session, &client, codecs[1], WIDTH, HEIGHT, SURFACES, true) ||
        !surface_export(&client, session.surfaces[0], &first))
        return false;
    for (unsigned int i = 0; i < 40; i++) {
        uint64_t one, two;

        if (!session_decode(&session, session.surfaces[1], false) ||
            !session_decode(&session, session.surfaces[0], true) ||
            !surface_export(&client, session.surfaces[0], &again) ||
            !exported_hash(&first, WIDTH, HEIGHT, &one) ||
            !exported_hash(&again, WIDTH, HEIGHT, &two))
            return false;
        exported_close(&again);
        CHECK(one == two);
    }
    exported_close(&first);
    if (!session_close(&session))
        return false;
    client_close(&client);
    return true;
}

/* The dma-buf holds the picture after surface, context and display are gone. */
static bool exported_outlives_everything(void)
{
    struct client client;
    struct session session;
    VADRMPRIMESurfaceDescriptor exported;
    uint64_t before, after;

    if (!client_open(&client) ||
        !session_open(&session, &client, codecs[0], WIDTH, HEIGHT, SURFACES, true) ||
        !session_decode(&session, session.surfaces[0], true) ||
        !surface_export(&client, session.surfaces[0], &exported) ||
        !exported_hash(&exported, WIDTH, HEIGHT, &before) || !session_close(&session))
        return false;
    client_close(&client);
    if (!exported_hash(&exported, WIDTH, HEIGHT, &after))
        return false;
    CHECK(before == after);
    exported_close(&exported);
    return true;
}

/* A surface that was never decoded into is a legal source for every way of reading. */
static bool never_decoded(void)
{
    for (unsigned int with_context = 0; with_context < 2; with_context++) {
        struct client client;
        struct session session = {.client = &client, .width = WIDTH, .height = HEIGHT};
        VADRMPRIMESurfaceDescriptor exported;
        uint64_t hash;

        if (!client_open(&client))
            return false;
        if (with_context
                ? !session_open(&session, &client, codecs[1], WIDTH, HEIGHT, SURFACES, true)
                : !session_create_surfaces(&session, SURFACES))
            return false;
        CHECK_VA(vaSyncSurface(client.display, session.surfaces[0]));
        if (!surface_hash(&client, session.surfaces[0], WIDTH, HEIGHT, true, &hash) ||
            !surface_hash(&client, session.surfaces[1], WIDTH, HEIGHT, false, &hash) ||
            !surface_export(&client, session.surfaces[2], &exported) ||
            !exported_hash(&exported, WIDTH, HEIGHT, &hash))
            return false;
        exported_close(&exported);
        client_close(&client);
    }
    return true;
}

/* Seconds on the clock that only moves forward. */
static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Puts an unsignalled read fence on a dma-buf, as a display or a GPU that still reads it does. */
static bool attach_read_fence(int card, int fd, uint32_t *fence)
{
    struct drm_prime_handle prime = {.fd = fd};
    struct drm_vgem_fence_attach attach = {0};

    CHECK(ioctl(card, DRM_IOCTL_PRIME_FD_TO_HANDLE, &prime) == 0);
    attach.handle = prime.handle;
    CHECK(ioctl(card, DRM_IOCTL_VGEM_FENCE_ATTACH, &attach) == 0);
    *fence = attach.out_fence;
    return true;
}

static bool signal_fence(int card, uint32_t fence)
{
    struct drm_vgem_fence_signal signal = {.fence = fence};

    CHECK(ioctl(card, DRM_IOCTL_VGEM_FENCE_SIGNAL, &signal) == 0);
    return true;
}

enum { READER_MS = 400 };

/*
 * Somebody still reads an exported picture (an unsignalled fence on its dma-buf) when it is decoded
 * into again: nothing may be written before the reader is done.
 */
static bool reader_is_waited_for(void)
{
    struct client client;
    struct session session;
    VADRMPRIMESurfaceDescriptor exported;
    uint64_t before, during;
    uint32_t fence = 0;
    int card = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);

    CHECK(card >= 0);
    if (!client_open(&client) ||
        !session_open(&session, &client, codecs[0], WIDTH, HEIGHT, SURFACES, true) ||
        !session_decode(&session, session.surfaces[0], true) ||
        !session_decode(&session, session.surfaces[1], true) ||
        !surface_export(&client, session.surfaces[0], &exported) ||
        !exported_hash(&exported, WIDTH, HEIGHT, &before) ||
        !attach_read_fence(card, exported.objects[0].fd, &fence))
        return false;

    double start = now();
    pid_t reader = fork();
    CHECK(reader >= 0);
    if (reader == 0) {
        /* the reader: sees its picture unchanged to the end, then signals */
        usleep(READER_MS * 1000);
        bool same = exported_hash(&exported, WIDTH, HEIGHT, &during) && during == before;
        _exit(signal_fence(card, fence) && same ? 0 : 1);
    }
    if (!session_decode(&session, session.surfaces[0], true))
        return false;
    double waited = now() - start;
    int status = -1;
    waitpid(reader, &status, 0);
    CHECK(status == 0);
    CHECK(waited >= READER_MS / 1000.0);
    CHECK(waited < 10);
    exported_close(&exported);
    close(card);
    if (!session_close(&session))
        return false;
    client_close(&client);
    return true;
}

/* A reader that never finishes (vgem gives up after ten seconds) must not stop the client. */
static bool endless_reader(void)
{
    struct client client;
    struct session session;
    VADRMPRIMESurfaceDescriptor exported;
    uint32_t fence = 0;
    int card = open("/dev/dri/card0", O_RDWR | O_CLOEXEC);

    CHECK(card >= 0);
    if (!client_open(&client) ||
        !session_open(&session, &client, codecs[0], WIDTH, HEIGHT, SURFACES, true) ||
        !session_decode(&session, session.surfaces[0], true) ||
        !session_decode(&session, session.surfaces[1], true) ||
        !surface_export(&client, session.surfaces[0], &exported) ||
        !attach_read_fence(card, exported.objects[0].fd, &fence))
        return false;
    double start = now();
    /* an error is as good as a picture here; only the time counts */
    client_quiet = true;
    (void)session_decode(&session, session.surfaces[0], true);
    client_quiet = false;
    CHECK(now() - start < 9);
    CHECK(signal_fence(card, fence));
    exported_close(&exported);
    close(card);
    /* the last picture is in the second surface: what comes next may be predicted from it */
    if (!session_decode(&session, session.surfaces[2], true) || !session_close(&session))
        return false;
    client_close(&client);
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"exported before the first decode", exported_before_decode, 0},
        {"exported before the context", exported_before_context, 0},
        {"exported before config and context", exported_before_everything, 0},
        {"imported by a second driver", second_importer, 0},
        {"exported every time", exported_every_time, 0},
        {"dma-buf outlives everything", exported_outlives_everything, 0},
        {"never decoded into", never_decoded, 0},
        {"reader of an exported surface is waited for", reader_is_waited_for, 0},
        {"reader that never finishes", endless_reader, 0},
        {NULL, NULL, 0},
    };
    codec_count = client_codecs(codecs);
    if (codec_count == 0 || !client_count_jobs())
        return 2;
    if (codec_count == 1)
        codecs[1] = codecs[0];
    return run_cases("sharing", cases, argc, argv);
}
