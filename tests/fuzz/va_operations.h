/* SPDX-License-Identifier: MIT */
/* What fuzz_va does with its input, one operation after the other. */
#ifndef VA_OPERATIONS_H
#define VA_OPERATIONS_H

#include "../kernel/pictures.h"
#include "fuzz_input.h"
#include "vtable_client.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MAX_IDS      12
#define SIDE         64 /* luma samples: what every device decodes */

/* A codec of a device. */
struct device {
    const char *personality; /* of the virtual decoder */
    enum client_codec codec;
};

struct coded {
    VAProfile profile, other; /* `other`: one that a device may not have */
    bool (*picture)(struct session *session, VASurfaceID surface);
};

extern const struct coded coded_as[CLIENT_CODECS];

/* Ids of one kind that the driver gave out, some of them destroyed since. */
struct ids {
    VAGenericID id[MAX_IDS];
    unsigned count;
};

/* One input. */
struct run {
    struct input in;
    struct vtable_client client;
    struct client display; /* `client`, for pictures.h */
    const struct device *device;
    struct session contexts[MAX_IDS];
    unsigned num_contexts;
    struct ids configs, surfaces, buffers, images;
    bool faults; /* the device made some */
};

void keep(struct ids *ids, VAGenericID id);
/* Enters a context; valid until MAX_IDS more are entered. */
struct session *keep_context(struct run *run, VAContextID id, enum client_codec codec,
                             unsigned width, unsigned height);

/* Decodes a picture; an honest one is what it should be, else it has changes where the input says
 * so. False: it was refused. */
bool decode_picture(struct run *run, struct session *session, enum client_codec codec,
                    VASurfaceID surface, bool honest);

/* What the next bytes say. */
void operate(struct run *run);

#endif
