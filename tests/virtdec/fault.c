/* SPDX-License-Identifier: MIT */
/*
 * The one place that decides whether a call is made to fail.
 *
 * VIRTDEC_FAULT="CALL:N:ERRNO[,...]": the N-th call of that kind (from 1 on) fails with that errno
 * and does nothing. CALL is an ioctl's name without its prefix (QBUF, S_EXT_CTRLS, REQUEST_QUEUE,
 * ...), or open, mmap, poll, memory (of a dma-buf); "any" counts them all together; "openK" counts
 * those of the K-th decoder's video node alone. Without an errno, and N counting jobs (from 1 on):
 *   decode:N   the job ends with V4L2_BUF_FLAG_ERROR
 *   broken:N   from that job on all end so
 *   silent:N   the job ends so after a second, as when a kernel's driver gives its hardware up
 *   hang:N     from that job on the device does not answer any more
 *   gone:N     with that job the device disappears: ENODEV everywhere, POLLERR
 *   readers:1  somebody reads every dma-buf for ever: none gets POLLOUT
 *   index:N    the N-th CAPTURE buffer comes back with its neighbour's index
 *   lies:SEED  many answers are wrong: see lies.c
 * A client in the same process finds virtdec_fault(), which sets the same anew and forgets all
 * counts, virtdec_fault_calls(), which tells the counts, and virtdec_fault_call(), by which calls
 * of its own invention take part.
 */
#include "virtdec.h"

#include <errno.h>
#include <limits.h>
#include <linux/dma-buf.h>
#include <linux/media.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interpose.h"

#define MAX_KINDS  64
#define MAX_FAULTS 8

struct kind {
    char name[24];
    unsigned calls;
};

struct fault {
    char name[24];
    unsigned number;
    int error;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kind kinds[MAX_KINDS];
static struct fault faults[MAX_FAULTS];
static unsigned num_kinds, num_faults, jobs, captures;
static bool configured, hung, gone;

static const struct {
    unsigned long request;
    const char *name;
} ioctls[] = {
    {VIDIOC_QUERYCAP, "QUERYCAP"},
    {VIDIOC_ENUM_FMT, "ENUM_FMT"},
    {VIDIOC_ENUM_FRAMESIZES, "ENUM_FRAMESIZES"},
    {VIDIOC_G_FMT, "G_FMT"},
    {VIDIOC_TRY_FMT, "TRY_FMT"},
    {VIDIOC_S_FMT, "S_FMT"},
    {VIDIOC_REQBUFS, "REQBUFS"},
    {VIDIOC_CREATE_BUFS, "CREATE_BUFS"},
    {VIDIOC_QUERYBUF, "QUERYBUF"},
    {VIDIOC_EXPBUF, "EXPBUF"},
    {VIDIOC_QBUF, "QBUF"},
    {VIDIOC_DQBUF, "DQBUF"},
    {VIDIOC_STREAMON, "STREAMON"},
    {VIDIOC_STREAMOFF, "STREAMOFF"},
    {VIDIOC_DECODER_CMD, "DECODER_CMD"},
    {VIDIOC_QUERYCTRL, "QUERYCTRL"},
    {VIDIOC_QUERY_EXT_CTRL, "QUERY_EXT_CTRL"},
    {VIDIOC_QUERYMENU, "QUERYMENU"},
    {VIDIOC_G_EXT_CTRLS, "G_EXT_CTRLS"},
    {VIDIOC_S_EXT_CTRLS, "S_EXT_CTRLS"},
    {VIDIOC_TRY_EXT_CTRLS, "TRY_EXT_CTRLS"},
    {MEDIA_IOC_DEVICE_INFO, "DEVICE_INFO"},
    {MEDIA_IOC_G_TOPOLOGY, "G_TOPOLOGY"},
    {MEDIA_IOC_REQUEST_ALLOC, "REQUEST_ALLOC"},
    {MEDIA_REQUEST_IOC_QUEUE, "REQUEST_QUEUE"},
    {MEDIA_REQUEST_IOC_REINIT, "REQUEST_REINIT"},
    {DMA_BUF_IOCTL_SYNC, "DMA_BUF_SYNC"},
};

static const struct {
    const char *name;
    int error;
} errors[] = {
    {"EINTR", EINTR},   {"EIO", EIO},       {"EAGAIN", EAGAIN}, {"ENOMEM", ENOMEM},
    {"EBUSY", EBUSY},   {"ENODEV", ENODEV}, {"EINVAL", EINVAL}, {"ENFILE", ENFILE},
    {"EMFILE", EMFILE}, {"EACCES", EACCES}, {"EPERM", EPERM},   {"ENOSPC", ENOSPC},
    {"EFAULT", EFAULT}, {"EPIPE", EPIPE},   {"ENOTTY", ENOTTY}, {"ERANGE", ERANGE},
    {"ENOENT", ENOENT},
};

static int error_of(const char *name)
{
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (!strcmp(errors[i].name, name))
            return errors[i].error;
    return EIO;
}

static void parse(const char *spec)
{
    unsigned seed = 0;
    num_faults = num_kinds = jobs = captures = 0;
    hung = gone = false;
    configured = true;
    while (spec && *spec && num_faults < MAX_FAULTS) {
        struct fault *fault = &faults[num_faults];
        char error[16] = "EIO";
        if (sscanf(spec, "%23[^:]:%u:%15[A-Z]", fault->name, &fault->number, error) >= 2) {
            fault->error = error_of(error);
            seed = strcmp(fault->name, "lies") != 0 ? seed : fault->number;
            num_faults++;
        }
        spec = strchr(spec, ',');
        spec = spec ? spec + 1 : NULL;
    }
    vd_lies_begin(seed);
}

static void configure(void)
{
    if (!configured)
        parse(getenv("VIRTDEC_FAULT"));
}

static const char *name_of(enum vd_site site, unsigned long detail)
{
    switch (site) {
    case VD_SITE_OPEN:
        /* The render node belongs to another device. */
        return detail >> 8 == vd_node_of(0, VD_FILE_RENDER)->major ? NULL : "open";
    case VD_SITE_MMAP:
        return "mmap";
    case VD_SITE_POLL:
        return "poll";
    case VD_SITE_MEMORY:
        return "memory";
    case VD_SITE_DECODE:
        return NULL;
    case VD_SITE_IOCTL:
        break;
    }
    for (size_t i = 0; i < sizeof(ioctls) / sizeof(ioctls[0]); i++)
        if (ioctls[i].request == detail)
            return ioctls[i].name;
    return NULL;
}

/* Counts a call of that kind; returns its number, 0 when there are too many kinds. */
static unsigned count(const char *name)
{
    unsigned i = 0;
    while (i < num_kinds && !vd_same(kinds[i].name, name))
        i++;
    if (i == num_kinds) {
        if (num_kinds == MAX_KINDS)
            return 0;
        snprintf(kinds[num_kinds].name, sizeof(kinds[0].name), "%s", name);
        kinds[num_kinds++].calls = 0;
    }
    return ++kinds[i].calls;
}

static int planned(const char *name, unsigned number)
{
    for (unsigned i = 0; i < num_faults; i++)
        if (faults[i].number == number && vd_same(faults[i].name, name))
            return faults[i].error;
    return 0;
}

static bool planned_from(const char *name, unsigned number)
{
    for (unsigned i = 0; i < num_faults; i++)
        if (vd_same(faults[i].name, name) && number >= faults[i].number)
            return true;
    return false;
}

static int call(const char *name)
{
    int error = planned(name, count(name));
    int any = planned("any", count("any"));
    return error ? error : any;
}

/* The same for the opens of one decoder's video node, which nobody counts who plans nothing. */
static int open_call(unsigned long major, unsigned long minor)
{
    char name[24];
    if (major != vd_node_of(0, VD_FILE_VIDEO)->major)
        return 0;
    snprintf(name, sizeof(name), "open%lu", minor);
    return planned_from(name, UINT_MAX) ? planned(name, count(name)) : 0;
}

/* Returns 0, or the errno that the call at this site must return without doing anything.
 * detail: the ioctl's number, or what else tells calls of one site apart. */
int vd_fault(enum vd_site site, unsigned long detail)
{
    const char *name = name_of(site, detail);
    int error = 0;
    pthread_mutex_lock(&lock);
    configure();
    if (site == VD_SITE_DECODE) /* which vd_fault_job() has counted */
        error = planned("decode", jobs) || planned("silent", jobs) || planned_from("broken", jobs)
                    ? EIO
                    : 0;
    else if (name)
        error = call(name);
    if (!error && site == VD_SITE_OPEN)
        error = open_call(detail >> 8, detail & 0xff);
    /* Memory outlives the device that it came from. */
    if (!error && gone && name && site != VD_SITE_POLL && detail != DMA_BUF_IOCTL_SYNC)
        error = ENODEV;
    pthread_mutex_unlock(&lock);
    return error;
}

/* A job is about to start: whether the device still does its work. vd_lock held. */
bool vd_fault_job(void)
{
    bool was_gone = vd_fault_gone();
    pthread_mutex_lock(&lock);
    configure();
    if (!hung && !gone) {
        jobs++;
        hung = planned_from("hang", jobs);
        gone = planned_from("gone", jobs);
    }
    bool works = !hung && !gone, is_gone = gone;
    pthread_mutex_unlock(&lock);
    if (is_gone && !was_gone)
        vd_changed();
    return works;
}

/* Whether the hardware does not answer in this job. */
bool vd_fault_silent(void)
{
    pthread_mutex_lock(&lock);
    bool result = planned("silent", jobs);
    pthread_mutex_unlock(&lock);
    return result;
}

/* A CAPTURE buffer goes back to the client: whether with a wrong index. */
bool vd_fault_index(void)
{
    pthread_mutex_lock(&lock);
    configure();
    bool result = planned("index", ++captures);
    pthread_mutex_unlock(&lock);
    return result;
}

/* Whether the device has disappeared. */
bool vd_fault_gone(void)
{
    pthread_mutex_lock(&lock);
    bool result = gone;
    pthread_mutex_unlock(&lock);
    return result;
}

/* Whether dma-bufs are to look as if somebody was reading them. */
bool vd_fault_readers(void)
{
    pthread_mutex_lock(&lock);
    configure();
    bool result = planned_from("readers", 1);
    pthread_mutex_unlock(&lock);
    return result;
}

void virtdec_fault(const char *spec);
unsigned virtdec_fault_calls(char *text, size_t size);
int virtdec_fault_call(const char *name);

/* Replaces the plan; NULL: no more faults, and a device that hung or went is there again. */
VD_EXPORT void virtdec_fault(const char *spec)
{
    pthread_mutex_lock(&lock);
    parse(spec);
    pthread_mutex_unlock(&lock);
    pthread_mutex_lock(&vd_lock);
    vd_changed();
    pthread_mutex_unlock(&vd_lock);
}

/* Writes "CALL N\n" for each kind of call since the plan was made; returns the number of jobs. */
VD_EXPORT unsigned virtdec_fault_calls(char *text, size_t size)
{
    size_t used = 0;
    pthread_mutex_lock(&lock);
    if (size)
        text[0] = '\0';
    for (unsigned i = 0; i < num_kinds && used < size; i++) {
        int length = snprintf(text + used, size - used, "%s %u\n", kinds[i].name, kinds[i].calls);
        used += length > 0 ? (size_t)length : 0;
    }
    unsigned result = jobs;
    pthread_mutex_unlock(&lock);
    return result;
}

/* Counts a call that somebody else makes; returns 0 or the errno that it has to fail with. */
VD_EXPORT int virtdec_fault_call(const char *name)
{
    pthread_mutex_lock(&lock);
    configure();
    int error = call(name);
    pthread_mutex_unlock(&lock);
    return error;
}
