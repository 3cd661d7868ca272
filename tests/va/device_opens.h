/* SPDX-License-Identifier: MIT */
/* Which of the virtual decoder's devices are opened. */
#ifndef DEVICE_OPENS_H
#define DEVICE_OPENS_H

#include <stdbool.h>

/* Faults to come, see tests/virtdec/fault.c; NULL: none. Counts of opens begin anew. */
void device_faults(const char *plan);

/* Whether that device has been opened since then, and not the other one, of two. */
bool device_opened_alone(unsigned device);

#endif
