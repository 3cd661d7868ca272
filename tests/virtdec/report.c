/* SPDX-License-Identifier: MIT */
/* The report file: what the decoder saw, one line an event, and nothing on the client's terminal.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "virtdec.h"

#define OPEN_TRIES 100 /* a millisecond apart */

/* Opens the file. A process at the limit of its descriptors may have one again in a moment: a line
 * that is lost would tell of a job that never was. */
static int open_report(const char *path)
{
    int fd;

    for (unsigned i = 0; i < OPEN_TRIES; i++) {
        fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (fd >= 0 || (errno != EMFILE && errno != ENFILE))
            return fd;
        usleep(1000);
    }
    return fd;
}

/* Appends one line to the file that VIRTDEC_REPORT names. One write() a line keeps the lines of
 * several threads and processes whole. */
void vd_report(const char *format, ...)
{
    const char *path = getenv("VIRTDEC_REPORT");
    if (!path || !*path)
        return;
    char line[512];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line, sizeof(line) - 1, format, args);
    va_end(args);
    if (length < 0)
        return;
    if ((size_t)length > sizeof(line) - 2)
        length = sizeof(line) - 2;
    line[length++] = '\n';
    int fd = open_report(path);
    if (fd < 0)
        return;
    ssize_t written = write(fd, line, (size_t)length);
    (void)written;
    close(fd);
}
