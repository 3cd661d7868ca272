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
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "va_client.h"

enum { WIDTH = 320, HEIGHT = 240, PICTURES = 6 };

static struct {
    int countdown; /* the ioctl that fails; 0: none */
    int error;
    bool injected;
} fault;

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
    return next(fd, request, argument);
}

static unsigned int count_descriptors(void)
{
    unsigned int count = 0;
    DIR *directory = opendir("/proc/self/fd");

    if (!directory)
        return 0;
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
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
    unsigned int open_now = count_descriptors();

    client_quiet = false;
    if (open_now != descriptors) {
        fprintf(stderr, "%s %d: %u descriptors open, %u before\n", what, nth, open_now,
                descriptors);
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
    for (unsigned int codec = CLIENT_MPEG2; codec <= CLIENT_H264; codec++) {
        if (!whole_life(codec))
            return false;
        unsigned int descriptors = count_descriptors();
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
    char text[16] = {0};
    int fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);

    if (fd < 0)
        return false;
    int length = snprintf(text, sizeof(text), "%d", nth);
    client_quiet = true;
    if (pwrite(fd, text, (size_t)length, 0) != length) {
        close(fd);
        return false;
    }
    whole_life(codec);
    memset(text, 0, sizeof(text));
    ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
    (void)!pwrite(fd, "0", 1, 0);
    close(fd);
    return got > 0 && strtol(text, NULL, 10) == 0;
}

static bool kernel_faults(void)
{
    const char *stride_text = getenv("FAULT_STRIDE");
    int stride = stride_text ? (int)strtol(stride_text, NULL, 10) : 23;

    if (!prepare_kernel_faults())
        return false;
    for (unsigned int codec = CLIENT_MPEG2; codec <= CLIENT_H264; codec++) {
        if (!whole_life(codec))
            return false;
        unsigned int descriptors = count_descriptors();
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
    return run_cases("faults", cases, argc, argv);
}
