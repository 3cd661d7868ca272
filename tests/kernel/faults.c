/* SPDX-License-Identifier: MIT */
/*
 * What the driver does when the kernel refuses: every ioctl of a short decode fails once, with
 * several errors; and every allocation and copy that the kernel makes for the process fails once
 * (the kernel's own fault injection: /proc/<pid>/fail-nth). Each time the client sees errors but
 * no crash and no hang, everything can be destroyed, nothing stays open, and a second decode in
 * the same process works.
 *
 * Link with -rdynamic: the driver's ioctl calls come here.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <linux/media.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "va_client.h"

enum { WIDTH = 320, HEIGHT = 240, PICTURES = 6 };

static enum client_codec codecs[CLIENT_CODECS];
static unsigned int codec_count;

static struct {
    int countdown; /* the ioctl that fails; 0: none */
    int error;
    bool injected;
    int nth_fd; /* /proc/thread-self/fail-nth while the kernel injects; else 0 */
} fault;

/* What is left to fail-nth's count; 0 when it fired or nothing is injected. */
static int kernel_fault_left(void)
{
    char text[16] = {0};

    if (fault.nth_fd <= 0 || pread(fault.nth_fd, text, sizeof(text) - 1, 0) <= 0)
        return 0;
    return (int)strtol(text, NULL, 10);
}

static void set_kernel_fault(int nth)
{
    char text[16];
    int length = snprintf(text, sizeof(text), "%d", nth);

    if (fault.nth_fd > 0)
        (void)!pwrite(fault.nth_fd, text, (size_t)length, 0);
}

typedef int open_function(const char *path, int flags, ...);

/*
 * Nothing fails while a video device is being opened: visl does not check one of its allocations
 * there, and the kernel would die of it.
 */
static int open_safely(const char *name, const char *path, int flags, int mode)
{
    open_function *next = (open_function *)dlsym(RTLD_NEXT, name);
    int left = strncmp(path, "/dev/video", strlen("/dev/video")) == 0 ? kernel_fault_left() : 0;

    if (left > 0)
        set_kernel_fault(0);
    int fd = next(path, flags, mode);
    int error = errno;
    if (left > 0)
        set_kernel_fault(left);
    errno = error;
    return fd;
}

#define WRAP_OPEN(name)                                                        \
    int name(const char *path, int flags, ...)                                 \
    {                                                                          \
        va_list arguments;                                                     \
        va_start(arguments, flags);                                            \
        int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, int) : 0; \
        va_end(arguments);                                                     \
        return open_safely(#name, path, flags, mode);                          \
    }

WRAP_OPEN(open)
WRAP_OPEN(open64)

typedef int ioctl_function(int fd, unsigned long request, ...);

/* V4L2's and the media controller's requests */
static bool is_media(unsigned long request)
{
    return _IOC_TYPE(request) == 'V' || _IOC_TYPE(request) == '|';
}

int ioctl(int fd, unsigned long request, ...)
{
    static ioctl_function *next;
    va_list arguments;

    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    if (!next)
        next = (ioctl_function *)dlsym(RTLD_NEXT, "ioctl");
    if (fault.countdown > 0 && is_media(request) && --fault.countdown == 0) {
        fault.injected = true;
        errno = fault.error;
        return -1;
    }
    if (request != VIDIOC_EXPBUF && request != MEDIA_IOC_REQUEST_ALLOC)
        return next(fd, request, argument);

    /*
     * Where the copy to the caller fails, the kernel has already opened the descriptor that it
     * then cannot name: that leak is its own. The lowest free number is the one that it takes.
     */
    int orphan = dup(fd);
    if (orphan >= 0)
        close(orphan);
    int result = next(fd, request, argument);
    if (result < 0 && errno == EFAULT && orphan >= 0) {
        close(orphan);
        errno = EFAULT;
    }
    return result;
}

/* A whole life: everything that a player does, every call tried whatever the one before said. */
static bool whole_life(enum client_codec codec)
{
    struct client client;
    struct session session;
    bool good = true;

    if (!client_open(&client)) {
        client_close(&client);
        return false;
    }
    good &= session_open(&session, &client, codec, WIDTH, HEIGHT, 4, true);
    for (unsigned int i = 0; good && i < PICTURES; i++) {
        VASurfaceID surface = session.surfaces[i % session.surface_count];
        VADRMPRIMESurfaceDescriptor exported;
        uint64_t here, there;

        /* one failed picture does not end a player: it goes on with the next */
        good &= session_decode(&session, surface, i % 2 == 0);
        good &= surface_hash(&client, surface, WIDTH, HEIGHT, i % 2, &here);
        if (surface_export(&client, surface, &exported)) {
            good &= exported_hash(&exported, WIDTH, HEIGHT, &there) && here == there;
            exported_close(&exported);
        } else {
            good = false;
        }
    }
    good &= session_close(&session);
    client_close(&client);
    return good;
}

/* After a fault: the process is as before it. */
static bool recovered(enum client_codec codec, unsigned int descriptors, const char *what, int nth)
{
    unsigned int open_now = client_descriptors(false);

    client_quiet = false;
    if (open_now != descriptors) {
        fprintf(stderr, "%s %d: %u descriptors open, %u before:", what, nth, open_now, descriptors);
        client_descriptors(true);
        fputc('\n', stderr);
        return false;
    }
    if (!whole_life(codec)) {
        fprintf(stderr, "%s %d: no decode after it\n", what, nth);
        return false;
    }
    return true;
}

/* Every ioctl of a life fails once. retried: the error means "again", and nobody may notice. */
static bool failing_ioctls(int error, bool retried)
{
    for (unsigned int c = 0; c < codec_count; c++) {
        enum client_codec codec = codecs[c];
        if (!whole_life(codec))
            return false;
        unsigned int descriptors = client_descriptors(false);
        for (int nth = 1;; nth++) {
            fault.countdown = nth;
            fault.error = error;
            fault.injected = false;
            client_quiet = !retried;
            bool good = whole_life(codec);
            fault.countdown = 0;
            if (!fault.injected) {
                client_quiet = false;
                CHECK(nth > 20); /* a life has more ioctls than that */
                break;
            }
            if (retried && !good) {
                fprintf(stderr, "ioctl %d: %s was not tried again\n", nth, strerror(error));
                return false;
            }
            if (!recovered(codec, descriptors, "ioctl", nth))
                return false;
        }
    }
    return true;
}

static bool out_of_memory(void)
{
    return failing_ioctls(ENOMEM, false);
}

static bool input_output_error(void)
{
    return failing_ioctls(EIO, false);
}

static bool invalid_argument(void)
{
    return failing_ioctls(EINVAL, false);
}

static bool interrupted(void)
{
    return failing_ioctls(EINTR, true);
}

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    CHECK(fd >= 0);
    ssize_t written = write(fd, text, strlen(text));
    close(fd);
    CHECK(written == (ssize_t)strlen(text));
    return true;
}

/* Lets the kernel's injection fail what it leaves alone by default. */
static bool prepare_kernel_faults(void)
{
    return write_text("/sys/kernel/debug/failslab/ignore-gfp-wait", "N") &&
           write_text("/sys/kernel/debug/failslab/verbose", "0") &&
           write_text("/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N") &&
           write_text("/sys/kernel/debug/fail_page_alloc/min-order", "0") &&
           write_text("/sys/kernel/debug/fail_page_alloc/verbose", "0") &&
           write_text("/sys/kernel/debug/fail_usercopy/verbose", "0");
}

/*
 * Runs a life in which the kernel fails the nth thing that can fail for this thread. Returns
 * whether anything was failed.
 */
static bool life_with_kernel_fault(enum client_codec codec, int nth)
{
    fault.nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
    if (fault.nth_fd < 0)
        return false;
    client_quiet = true;
    set_kernel_fault(nth);
    whole_life(codec);
    bool fired = kernel_fault_left() == 0;
    set_kernel_fault(0);
    close(fault.nth_fd);
    fault.nth_fd = 0;
    return fired;
}

static bool kernel_faults(void)
{
    const char *stride_text = getenv("FAULT_STRIDE");
    int stride = stride_text ? (int)strtol(stride_text, NULL, 10) : 23;

    if (!prepare_kernel_faults())
        return false;
    for (unsigned int c = 0; c < codec_count; c++) {
        enum client_codec codec = codecs[c];
        if (!whole_life(codec))
            return false;
        unsigned int descriptors = client_descriptors(false);
        int nth = 1;
        for (; life_with_kernel_fault(codec, nth); nth += stride > 0 ? stride : 1)
            if (!recovered(codec, descriptors, "kernel fault", nth))
                return false;
        client_quiet = false;
        CHECK(nth > 100); /* a life has more failure points than that */
    }
    return true;
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"every ioctl fails with ENOMEM", out_of_memory, 300},
        {"every ioctl fails with EIO", input_output_error, 300},
        {"every ioctl fails with EINVAL", invalid_argument, 300},
        {"every ioctl is interrupted", interrupted, 300},
        {"every kernel allocation and copy fails", kernel_faults, 3000},
        {NULL, NULL, 0},
    };
    codec_count = client_codecs(codecs);
    if (codec_count == 0)
        return 2;
    return run_cases("faults", cases, argc, argv);
}
