/* SPDX-License-Identifier: MIT */
/* The tables that libva calls the driver through. */
#ifndef ENTRY_H
#define ENTRY_H

#include <stdbool.h>
#include <va/va_backend.h>

struct driver;

/* Fills them but for vaTerminate, and what libva has to know to use them. */
void entries_fill(VADriverContextP va);

/* Waits until no call is inside the driver; those that come from now on are refused. False: some
 * did not end within 10 s. */
bool entries_close(struct driver *driver);

#endif
