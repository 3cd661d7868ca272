/* SPDX-License-Identifier: MIT */
/*
 * Usage: hardware_errors DEVICE
 * Errors from hardware: the simulated device (guest/fakehw.c) reports a decode error, a bus error,
 * or nothing at all for one chosen job. The error is that surface's alone, the next pictures
 * decode, everything can be destroyed, and no call takes long: the kernel's drivers give a silent
 * device two seconds, ours gives a picture four. For a reported error vaSyncSurface succeeds and
 * vaQuerySurfaceError tells; for silence that was waited for, vaSyncSurface fails
 * (src/decode/outcome.c).
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cases.h"
#include "va_client.h"

enum { WIDTH = 320, HEIGHT = 240, SURFACES = 8, PICTURES = 6 };
enum fault { DECODE_ERROR = 1, BUS_ERROR, NO_INTERRUPT }; /* as fakehw.c numbers them */
enum end { WHOLE, DAMAGED, LOST };

#define KNOBS "/sys/kernel/debug/fakehw/"
/* What a call may take: the kernel's two seconds, and time for a loaded machine. */
#define LIMIT 4.5
/* What one has to take that waits for a silent device: nobody but the kernel ends such a job. */
#define SILENCE 1.9

/*
 * What the kernel's driver makes of an interrupt that says "error": lines of Linux 6.12, in
 * drivers/media/platform/verisilicon and drivers/staging/media. Most look at the bit that says
 * "decoded", that of Rockchip's VPU2 at the interrupt's own, which an error sets, too: there nobody
 * can tell a failed picture from a good one. The drivers have no use for "bus error" but to log it;
 * cedrus has no such bit at all, and the simulated one says "error". Where no interrupt comes, each
 * gives the device up after two seconds and ends the job as failed: hantro_drv.c:167,
 * rkvdec-h264.c:1163, rkvdec-vp9.c:821, cedrus_dec.c:110.
 */
static const struct behaviour {
    const char *device;
    bool sees_errors;
} behaviours[] = {
    {"g1", true},      /* imx8m_vpu_hw.c:244, G1_REG_INTERRUPT_DEC_RDY_INT */
    {"g2", true},      /* hantro_g2.c:64, G2_REG_INTERRUPT_DEC_RDY_INT */
    {"rk3399", false}, /* rockchip_vpu_hw.c:380, VDPU_REG_INTERRUPT_DEC_IRQ */
    {"rk3568", false}, /* likewise */
    {"rk3588", true},  /* rockchip_vpu_hw.c:416, AV1_REG_INTERRUPT_DEC_RDY_INT */
    {"rkvdec", true},  /* rkvdec.c:966, RKVDEC_RDY_STA */
    {"cedrus", true},  /* cedrus_{mpeg2.c:27,h264.c:492,h265.c:65,vp8.c:630}, cedrus_hw.c:142 */
    {NULL, false},
};

/* This device's. */
static const struct behaviour *kernel;

static enum client_codec codecs[CLIENT_CODECS];
static unsigned int codec_count;

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool set_knob(const char *path, unsigned int value)
{
    char text[16];
    int length = snprintf(text, sizeof(text), "%u", value);
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    CHECK(fd >= 0);
    bool written = write(fd, text, (size_t)length) == length;
    close(fd);
    CHECK(written);
    return true;
}

/* The job counted from now (1: the next) ends with the fault. */
static bool fail_job(unsigned int job, enum fault fault)
{
    return set_knob(KNOBS "fault", fault) && set_knob(KNOBS "fail_in", job);
}

/* Whether the fault has been injected: a test whose fault never came proves nothing. */
static bool has_failed(void)
{
    char text[16] = {0};
    int fd = open(KNOBS "fail_in", O_RDONLY | O_CLOEXEC);

    CHECK(fd >= 0);
    ssize_t length = read(fd, text, sizeof(text) - 1);
    close(fd);
    CHECK(length > 0 && text[0] == '0');
    return true;
}

/* Waits for a surface and compares its end with the expected one, in every way that VA tells it. */
static bool ended(struct session *session, VASurfaceID surface, enum end wanted)
{
    VADisplay display = session->client->display;
    VASurfaceDecodeMBErrors *errors = NULL;
    VASurfaceStatus status;
    double start = now();
    VAStatus end = vaSyncSurface(display, surface);

    CHECK(now() - start < LIMIT);
    CHECK(end == (wanted == LOST ? VA_STATUS_ERROR_DECODING_ERROR : VA_STATUS_SUCCESS));
    CHECK_VA(vaQuerySurfaceStatus(display, surface, &status));
    CHECK(status == VASurfaceReady);
    CHECK_VA(
        vaQuerySurfaceError(display, surface, VA_STATUS_ERROR_DECODING_ERROR, (void **)&errors));
    CHECK(errors);
    CHECK((errors[0].status != -1) == (wanted != WHOLE));
    if (wanted != WHOLE) {
        CHECK(errors[0].num_mb == WIDTH / 16 * (HEIGHT / 16));
        CHECK(errors[1].status == -1);
    }
    /* told once is told always */
    CHECK(vaSyncSurface(display, surface) == end);
    return true;
}

/*
 * An AV1 frame that was waited for before the next one told which slots it refreshes is decoded
 * once more with it (src/decode/deferred.h). A key frame refreshes all slots and uses none: with it
 * every picture is one job again.
 */
static void count_from_here(struct session *session)
{
    if (session->codec == CLIENT_AV1)
        session->reference = VA_INVALID_SURFACE;
}

/* Of a picture with that fault, which is waited for. */
static enum end end_after(enum fault fault)
{
    if (fault == NO_INTERRUPT)
        return LOST;
    return kernel->sees_errors ? DAMAGED : WHOLE;
}

/* Pictures in flight, the job of one of them fails. */
static bool one_fails(struct session *session, unsigned int which, enum fault fault)
{
    unsigned int first = session->decoded;
    double start = now();

    count_from_here(session);
    if (!fail_job(which + 1, fault))
        return false;
    for (unsigned int i = 0; i < PICTURES; i++)
        if (!session_decode(session, session->surfaces[(first + i) % SURFACES], false))
            return false;
    for (unsigned int i = 0; i < PICTURES; i++)
        if (!ended(session, session->surfaces[(first + i) % SURFACES],
                   i == which ? end_after(fault) : WHOLE))
            return false;
    CHECK(fault != NO_INTERRUPT || now() - start > SILENCE);
    return has_failed();
}

static bool with_fault(enum client_codec codec, enum fault fault)
{
    static const unsigned int places[] = {2, 0, PICTURES - 1};
    /* each silence takes two seconds: all places with one codec only */
    unsigned int tried = fault == NO_INTERRUPT && codec != codecs[0] ? 1 : 3;
    struct client client;
    struct session session;

    if (!client_open(&client) ||
        !session_open(&session, &client, codec, WIDTH, HEIGHT, SURFACES, true))
        return false;
    for (unsigned int i = 0; i < tried; i++) {
        if (!one_fails(&session, places[i], fault))
            return false;
        /* nothing lingers: the pictures after it are whole, those in the failed surface, too */
        for (unsigned int k = 0; k < SURFACES; k++) {
            VASurfaceID surface = session.surfaces[session.decoded % SURFACES];
            if (!session_decode(&session, surface, false) || !ended(&session, surface, WHOLE))
                return false;
        }
    }
    double start = now();
    if (!session_close(&session))
        return false;
    client_close(&client);
    CHECK(now() - start < LIMIT);
    return true;
}

/* Every surface gets a picture, without an error. */
static bool all_decode(struct session *session)
{
    for (unsigned int i = 0; i < SURFACES; i++)
        if (!session_decode(session, session->surfaces[i], false) ||
            !ended(session, session->surfaces[i], WHOLE))
            return false;
    return true;
}

/* The context goes while the device is silent; the next one works. */
static bool destroyed_while_silent(enum client_codec codec)
{
    struct client client;
    struct session session;

    if (!client_open(&client) ||
        !session_open(&session, &client, codec, WIDTH, HEIGHT, SURFACES, true) ||
        !session_decode(&session, session.surfaces[0], true) || !fail_job(1, NO_INTERRUPT))
        return false;
    for (unsigned int i = 1; i < 4; i++)
        if (!session_decode(&session, session.surfaces[i], false))
            return false;
    double start = now();
    if (!session_close(&session))
        return false;
    CHECK(now() - start < LIMIT);
    if (!has_failed() || !session_open(&session, &client, codec, WIDTH, HEIGHT, SURFACES, true))
        return false;
    if (!all_decode(&session) || !session_close(&session))
        return false;
    client_close(&client);
    return true;
}

/*
 * An AV1 frame that is decoded once more, with the slots that it refreshes, and fails: the decoder
 * does not know it as the reference that the next shown frame builds on.
 */
static bool fails_when_sent_again(void)
{
    struct client client;
    struct session session;

    if (!client_open(&client) ||
        !session_open(&session, &client, CLIENT_AV1, WIDTH, HEIGHT, SURFACES, true) ||
        !session_decode(&session, session.surfaces[0], true) ||
        !session_decode(&session, session.surfaces[1], true) || !fail_job(1, DECODE_ERROR) ||
        !session_decode(&session, session.surfaces[2], false) ||
        !ended(&session, session.surfaces[2], DAMAGED) || !has_failed() ||
        !ended(&session, session.surfaces[1], DAMAGED) ||
        !ended(&session, session.surfaces[0], WHOLE) ||
        !session_decode(&session, session.surfaces[3], false) ||
        !ended(&session, session.surfaces[3], WHOLE) || !session_close(&session))
        return false;
    client_close(&client);
    return true;
}

/* A client from its first call to its last, with a picture in every surface. */
static bool whole_life(enum client_codec codec)
{
    struct client client;
    struct session session;

    if (!client_open(&client) ||
        !session_open(&session, &client, codec, WIDTH, HEIGHT, SURFACES, true) ||
        !all_decode(&session) || !session_close(&session))
        return false;
    client_close(&client);
    return true;
}

/* The process dies while the device is silent; the next one decodes. */
static bool killed_while_silent(enum client_codec codec)
{
    struct client client;
    struct session session;
    int status = 0;
    double start = now();

    if (!whole_life(codec))
        return false;
    double life = now() - start; /* as loaded as the machine is */
    start = now();
    pid_t child = fork();

    CHECK(child >= 0);
    if (child == 0) {
        if (client_open(&client) &&
            session_open(&session, &client, codec, WIDTH, HEIGHT, SURFACES, true) &&
            session_decode(&session, session.surfaces[0], true) && fail_job(1, NO_INTERRUPT) &&
            session_decode(&session, session.surfaces[1], false) &&
            session_decode(&session, session.surfaces[2], false) &&
            session_decode(&session, session.surfaces[3], false))
            raise(SIGKILL);
        _exit(1);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    if (!has_failed() || !whole_life(codec))
        return false;
    CHECK(now() - start < LIMIT + 10 * life);
    return true;
}

/* Two decoders; a job of one fails, and is told by nobody's picture but its own. Where the device
 * is silent the other one waits for it, and finds the failed picture's error reported already. */
static bool beside_another(enum client_codec codec, enum client_codec next, enum fault fault)
{
    struct client client;
    struct session one, other;
    enum end end = fault == NO_INTERRUPT ? DAMAGED : end_after(fault);

    if (!client_open(&client) ||
        !session_open(&one, &client, codec, WIDTH, HEIGHT, SURFACES, true) ||
        !session_open(&other, &client, next, WIDTH, HEIGHT, SURFACES, true) ||
        !session_decode(&other, other.surfaces[SURFACES - 1], true) || !fail_job(1, fault))
        return false;
    for (unsigned int i = 0; i < PICTURES; i++)
        if (!session_decode(&one, one.surfaces[i], false) ||
            !session_decode(&other, other.surfaces[i], false))
            return false;
    for (unsigned int i = 0; i < PICTURES; i++)
        if (!ended(&other, other.surfaces[i], WHOLE) ||
            !ended(&one, one.surfaces[i], i == 0 ? end : WHOLE))
            return false;
    if (!has_failed() || !session_close(&one) || !session_close(&other))
        return false;
    client_close(&client);
    return true;
}

/* One picture of three fails, fifty times: nothing is used up by it. */
static bool fail_again_and_again(enum client_codec codec)
{
    unsigned int descriptors = 0;
    struct client client;
    struct session session;

    if (!client_open(&client) ||
        !session_open(&session, &client, codec, WIDTH, HEIGHT, SURFACES, true))
        return false;
    for (unsigned int i = 0; i < 50; i++) {
        if (i == 1) /* by now every surface has its memory */
            descriptors = client_descriptors(false);
        count_from_here(&session);
        if (!fail_job(1 + i % 3, i % 2 ? DECODE_ERROR : BUS_ERROR))
            return false;
        for (unsigned int k = 0; k < 3; k++)
            if (!session_decode(&session, session.surfaces[k], false))
                return false;
        for (unsigned int k = 0; k < 3; k++)
            if (!ended(&session, session.surfaces[k], k == i % 3 ? end_after(DECODE_ERROR) : WHOLE))
                return false;
        if (!has_failed())
            return false;
    }
    CHECK(client_descriptors(false) == descriptors);
    if (!session_close(&session))
        return false;
    client_close(&client);
    return true;
}

/*
 * A picture builds on one that never was (a stream with a lost picture). Who decodes it all the
 * same, and who gives it up, is the kernel's driver's business; that of G2 does the latter, and
 * forgets to end the request (hantro_g2_hevc_dec.c:607). What comes then decodes, and nothing takes
 * long. (Ours refuses such frames of VP8, VP9 and AV1 itself: see check_references() of
 * src/codec/vp9.c.)
 */
static bool missing_reference_of(enum client_codec codec)
{
    struct client client;
    struct session session;
    unsigned int descriptors = 0;
    double start = now();

    if (!client_open(&client) ||
        !session_open(&session, &client, codec, WIDTH, HEIGHT, SURFACES, true) ||
        !all_decode(&session))
        return false;
    double picture = (now() - start) / SURFACES;
    start = now();
    for (unsigned int i = 0; i < PICTURES; i++) {
        VASurfaceID never;

        CHECK_VA(vaCreateSurfaces(client.display, VA_RT_FORMAT_YUV420, WIDTH, HEIGHT, &never, 1,
                                  NULL, 0));
        session.reference = never;
        session.decoded += 3; /* its order count was nobody's */
        if (i == 1)
            descriptors = client_descriptors(false);
        bool taken = session_decode(&session, session.surfaces[0], false);
        CHECK(taken || codec == CLIENT_VP8 || codec == CLIENT_VP9 || codec == CLIENT_AV1);
        VAStatus end = vaSyncSurface(client.display, session.surfaces[0]);
        CHECK(!taken || end == VA_STATUS_SUCCESS);
        if (codec == CLIENT_HEVC && strcmp(kernel->device, "g2") == 0 &&
            !ended(&session, session.surfaces[0], DAMAGED))
            return false;
        CHECK_VA(vaDestroySurfaces(client.display, &never, 1));
        session.reference = VA_INVALID_SURFACE;
        if (!all_decode(&session))
            return false;
        CHECK(i == 0 || client_descriptors(false) <= descriptors);
    }
    /* a tenth of a second for the first, less for each of the others: not the silence's seconds */
    CHECK(now() - start < 1 + 2 * PICTURES * SURFACES * picture);
    if (!session_close(&session))
        return false;
    client_close(&client);
    return true;
}

/* Runs a test with each codec that the device has. */
static bool each_codec(bool (*run)(enum client_codec codec))
{
    for (unsigned int i = 0; i < codec_count; i++)
        if (!run(codecs[i]))
            return false;
    return true;
}

static bool each_codec_with(enum fault fault)
{
    for (unsigned int i = 0; i < codec_count; i++)
        if (!with_fault(codecs[i], fault))
            return false;
    return true;
}

static bool decode_error(void)
{
    return each_codec_with(DECODE_ERROR);
}

static bool bus_error(void)
{
    return each_codec_with(BUS_ERROR);
}

static bool silence(void)
{
    return each_codec_with(NO_INTERRUPT);
}

static bool missing_reference(void)
{
    return each_codec(missing_reference_of);
}

static bool silence_and_destroy(void)
{
    return each_codec(destroyed_while_silent);
}

static bool again_and_again(void)
{
    return each_codec(fail_again_and_again);
}

/* What the kernel's driver does then is the same for all its codecs. */
static bool silence_and_kill(void)
{
    return killed_while_silent(codecs[codec_count - 1]);
}

static bool beside(void)
{
    for (unsigned int i = 0; i < codec_count; i++)
        if (!beside_another(codecs[i], codecs[(i + 1) % codec_count], DECODE_ERROR))
            return false;
    return beside_another(codecs[0], codecs[codec_count - 1], NO_INTERRUPT);
}

int main(int argc, char **argv)
{
    static struct test_case cases[] = {
        {"decode error", decode_error, 0},
        {"bus error", bus_error, 0},
        {"no interrupt", silence, 60},
        {"destroyed while the device is silent", silence_and_destroy, 60},
        {"killed while the device is silent", silence_and_kill, 0},
        {"errors beside another decoder", beside, 0},
        {"one picture of three, fifty times", again_and_again, 60},
        {"a reference that is missing", missing_reference, 60},
        {"decode error of what is sent again", fails_when_sent_again, 0}, /* AV1's, and last */
        {NULL, NULL, 0},
    };

    if (argc < 2) {
        fprintf(stderr, "usage: hardware_errors DEVICE\n");
        return 2;
    }
    kernel = behaviours;
    while (kernel->device && strcmp(argv[1], kernel->device) != 0)
        kernel++;
    codec_count = client_codecs(codecs);
    if (!kernel->device || codec_count == 0)
        return 2;
    if (codecs[codec_count - 1] != CLIENT_AV1)
        cases[sizeof(cases) / sizeof(cases[0]) - 2].name = NULL;
    return run_cases("errors", cases, 1, argv);
}
