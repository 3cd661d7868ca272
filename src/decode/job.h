/* SPDX-License-Identifier: MIT */
/* Jobs: requests in the kernel, in the order in which they were queued and will end. */
#ifndef JOB_H
#define JOB_H

#include "decode/capture.h"
#include "decode/slot.h"

#define MAX_JOBS (2 * MAX_SLOTS)

/* One request in the kernel. */
struct job {
    struct slot *slot;
    struct surface *surface; /* counted */
    struct surface *display; /* counted; gets the picture instead (codec->display), or NULL */
    unsigned capture, display_capture;
    bool needs_queue;     /* its CAPTURE buffer is to be queued when earlier jobs let it go */
    bool returns_capture; /* its end gives the CAPTURE buffer back */
    bool continues;       /* a second field: the first one had jobs of its own */
    uint64_t timestamp;   /* ns */
    uint32_t references;  /* bit i: reads captures[i] */
    enum picture_use use;
};

#endif
