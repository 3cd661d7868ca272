/* SPDX-License-Identifier: MIT */
/* Tests in processes of their own, which may crash or hang. */
#ifndef CHILDREN_H
#define CHILDREN_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

struct outcome {
    bool survived;
    char text[200]; /* why not */
};

/* Notes what went wrong first. */
#define FAIL(outcome, ...)                                                   \
    do {                                                                     \
        if (!(outcome)->text[0])                                             \
            snprintf((outcome)->text, sizeof((outcome)->text), __VA_ARGS__); \
    } while (0)

struct child {
    pid_t pid;
    int fd;
    double start;
};

/* Runs a test, which fills the outcome, in a new process. */
void child_start(struct child *child, void (*run)(const void *argument, struct outcome *),
                 const void *argument);
/* Waits until so many seconds after its start, and kills what hangs then. A crash and an exit
 * status (of a sanitizer, after the test) are part of the outcome. */
struct outcome child_finish(struct child *child, double seconds);

#endif
