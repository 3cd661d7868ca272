/* SPDX-License-Identifier: MIT */
/* A clean decode, by which faults are counted and judged. */
#ifndef SURVEY_H
#define SURVEY_H

#include "player.h"

#define MAX_KINDS 64

struct count {
    char call[24];
    unsigned playing, total; /* calls until the stream was over, and until all was closed */
};

struct survey {
    struct count counts[MAX_KINDS];
    unsigned num_counts, jobs;
    char problem[200];
};

struct session {
    const struct recording *recording;
    int fd;
    VADisplay display;
};

/* Of the virtual decoder that is preloaded: see tests/virtdec/fault.c. */
extern void (*set_faults)(const char *);
extern unsigned (*get_calls)(char *, size_t);
/* False, with a message: there is none. */
bool find_virtdec(void);
/* Calls of that kind since set_faults(). */
unsigned calls_of(const char *call);

/* A display; false: vaInitialize failed. To be closed in both cases. */
bool open_session(struct session *session);
void close_session(struct session *session);

unsigned open_files(void);
/* Mappings of the decoder's memory. */
unsigned mappings(void);
/* Whether a play showed everything, without an error. */
bool clean(const struct player *player);

/* Made in a child, so that the caller's fork()s never have a decoder's threads and memory. */
struct survey survey_of(const struct recording *recording);

#endif
