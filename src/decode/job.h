/* SPDX-License-Identifier: MIT */
/* The struct of a job: a request in the kernel. Jobs end in the order in which they were queued.
 * Guarded by context->lock. */
#ifndef JOB_H
#define JOB_H

#include "decode/capture.h"
#include "decode/slot.h"

#define MAX_JOBS (2 * MAX_SLOTS)

struct job {
    struct slot *slot;
    struct surface *surface; /* counted */
    struct surface *display; /* counted; shows the picture instead (codec->display); or NULL */
    unsigned capture, display_capture;
    bool needs_queue; /* its CAPTURE buffer has to be queued once earlier jobs no longer use it */
    bool returns_capture; /* the kernel returns the CAPTURE buffer at the end of this job */
    bool continues;       /* it is of a second field; the first one had its own jobs */
    uint64_t timestamp;   /* ns */
    uint32_t references;  /* bit i: reads captures.list[i] */
    enum picture_use use;
};

#endif
