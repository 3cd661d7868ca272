/* SPDX-License-Identifier: MIT */
/* Calls that fail (fault.c), and answers that are not true (lies.c). */
#ifndef VIRTDEC_FAULT_H
#define VIRTDEC_FAULT_H

#include <stdbool.h>

/* Call sites at which VIRTDEC_FAULT can make a call fail. */
enum vd_site {
    VD_SITE_OPEN,
    VD_SITE_IOCTL,
    VD_SITE_MMAP,
    VD_SITE_POLL,
    VD_SITE_DECODE,
    VD_SITE_MEMORY,
};

int vd_fault(enum vd_site site, unsigned long detail);
bool vd_fault_job(void);
bool vd_fault_gone(void);
bool vd_fault_readers(void);
bool vd_fault_silent(void);
bool vd_fault_index(void);

/* lies.c */

struct pollfd;

void vd_lies_begin(unsigned seed);
int vd_lies_ioctl(unsigned long request, void *arg, int (*call)(void *), void *of_call);
int vd_lies_poll(struct pollfd *fds, unsigned count, int result);

#endif
