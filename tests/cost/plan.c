/* SPDX-License-Identifier: MIT */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RECORDED 256 /* surfaces of the recorded run */
#define NONE         UINT32_MAX

/* The recorded surfaces and the picture that each holds at some point of the recording. */
struct holders {
    uint32_t id[MAX_RECORDED];
    unsigned instance[MAX_RECORDED];
    unsigned count;
};

_Noreturn void die(const char *what)
{
    fprintf(stderr, "replay: %s\n", what);
    exit(EXIT_FAILURE);
}

static void *checked(void *memory)
{
    if (!memory)
        die("no memory");
    return memory;
}

static unsigned find(const struct holders *holders, uint32_t id)
{
    for (unsigned i = 0; i < holders->count; i++)
        if (holders->id[i] == id)
            return i;
    return NONE;
}

static void add_patch(struct plan *plan, struct patch patch)
{
    if (plan->num_patches == plan->patch_room) {
        plan->patch_room = plan->patch_room ? 2 * plan->patch_room : 256;
        plan->patches = checked(realloc(plan->patches, plan->patch_room * sizeof(*plan->patches)));
    }
    plan->patches[plan->num_patches++] = patch;
}

/* A new picture, or a second field in the surface that was decoded into just now. */
static void begin(struct plan *plan, struct holders *holders, unsigned n, bool continued)
{
    const struct record *record = &plan->recording->records[n];
    unsigned holder = find(holders, record->surface);

    if (holder == NONE)
        die("a picture without a surface");
    if (!continued) {
        holders->instance[holder] = plan->num_instances;
        plan->instances[plan->num_instances++] = (struct instance){.first = n};
    }
    plan->instance_of[n] = holders->instance[holder];
    plan->instances[plan->instance_of[n]].last = n;
    plan->num_pictures++;
}

static void find_patches(struct plan *plan, const struct holders *holders, unsigned n)
{
    const struct record *record = &plan->recording->records[n];

    for (unsigned b = 0; b < record->num_buffers; b++) {
        const struct recorded_buffer *buffer = &record->buffers[b];
        size_t size = (size_t)buffer->size * buffer->count;

        if (buffer->type == VASliceDataBufferType) {
            plan->slice_bytes += size;
            continue;
        }
        for (size_t at = 0; at + 4 <= size; at += 4) {
            uint32_t word;
            unsigned holder;

            memcpy(&word, buffer->data + at, 4);
            holder = find(holders, word);
            if (holder == NONE || holders->instance[holder] == NONE)
                continue;
            add_patch(plan, (struct patch){n, b, at, holders->instance[holder]});
            plan->instances[holders->instance[holder]].last = n;
        }
    }
}

void plan_make(struct plan *plan, const struct recording *recording)
{
    struct holders holders = {.count = 0};
    uint32_t last_target = NONE;

    *plan = (struct plan){.recording = recording};
    plan->instances = checked(calloc(recording->num_records + 1, sizeof(*plan->instances)));
    plan->instance_of = checked(calloc(recording->num_records + 1, sizeof(*plan->instance_of)));
    for (unsigned n = 0; n < recording->num_records; n++) {
        const struct record *record = &recording->records[n];
        unsigned holder = find(&holders, record->surface);

        switch (record->kind) {
        case RECORD_SURFACE:
            if (holder != NONE)
                break;
            if (holders.count == MAX_RECORDED)
                die("too many surfaces");
            holders.id[holders.count] = record->surface;
            holders.instance[holders.count++] = NONE;
            break;
        case RECORD_PICTURE:
            begin(plan, &holders, n, record->surface == last_target);
            find_patches(plan, &holders, n);
            last_target = record->surface;
            break;
        case RECORD_OUTPUT:
            if (holder == NONE || holders.instance[holder] == NONE)
                die("an output without a picture");
            plan->instance_of[n] = holders.instance[holder];
            plan->instances[plan->instance_of[n]].shown = true;
            if (record->surface == last_target)
                last_target = NONE;
            break;
        case RECORD_CONTEXT:
            break;
        }
    }
    if (!plan->num_pictures)
        die("no pictures");
}

void plan_free(struct plan *plan)
{
    free(plan->instances);
    free(plan->instance_of);
    free(plan->patches);
}
