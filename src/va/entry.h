/* SPDX-License-Identifier: MIT */
/* The tables that libva calls the driver through. */
#ifndef ENTRY_H
#define ENTRY_H

#include <stdbool.h>
#include <va/va_backend.h>

struct driver;

/* Fills the tables, except vaTerminate, and sets the version and limits that libva needs to use
 * them. */
void entries_fill(VADriverContextP va);

/* Refuses new calls, and waits until no call is inside the driver. False: some did not end within
 * 10 s. */
bool entries_close(struct driver *driver);

#endif
