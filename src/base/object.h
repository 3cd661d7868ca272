/* SPDX-License-Identifier: MIT */
/*
 * Everything a client names by id: configs, contexts, surfaces, buffers, images.
 *
 * An object lives while its id is valid or somebody holds a counted reference to it, so that one
 * thread can destroy what another one is using. Objects hold references to what they use, never
 * ids.
 *
 * A client may use an id after its object is gone. Ids carry a generation, and are reused in the
 * order in which they became free, so that such an id is unknown for a long time before it is
 * another object's. Where the driver itself has to remember an object without holding it, it keeps
 * an object_name, which is never another object's.
 */
#ifndef OBJECT_H
#define OBJECT_H

#include "base/lock.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

enum object_kind {
    OBJECT_CONFIG = 1,
    OBJECT_CONTEXT,
    OBJECT_SURFACE,
    OBJECT_BUFFER,
    OBJECT_IMAGE,
};

struct object {
    uint64_t serial; /* no other object of the table has, had or will have it */
    uint32_t id;
    uint16_t kind;
    unsigned references;              /* atomic */
    void (*release)(struct object *); /* called without any lock when the last reference goes */
    struct object *next;              /* among those whose release is put off */
};

struct object_name {
    uint64_t serial; /* 0: of no object */
    uint32_t id;
};

struct object_entry {
    struct object *object; /* NULL: free */
    uint16_t generation;
    uint32_t next_free;
};

struct object_table {
    struct lock lock;
    struct object_entry *entries GUARDED_BY(lock);
    uint32_t size GUARDED_BY(lock);
    /* entries in the order in which they became free */
    uint32_t first_free GUARDED_BY(lock), last_free GUARDED_BY(lock);
    uint64_t serials GUARDED_BY(lock); /* given so far */
};

void object_table_init(struct object_table *table);
/* Releases every object that is left, newest kinds first: images and buffers before surfaces. */
void object_table_finish(struct object_table *table);

/* Gives `object` an id and its first reference, which belongs to the id; one that had an id before
 * keeps its references, the id's among them.
 * Returns false when memory or ids are exhausted. */
bool object_add(struct object_table *table, struct object *object, enum object_kind kind,
                void (*release)(struct object *));

/* The object of that id and kind with a new reference, or NULL. */
void *object_get(struct object_table *table, uint32_t id, enum object_kind kind);

static inline struct object_name object_name(const struct object *object)
{
    return (struct object_name){object->serial, object->id};
}

/* The object of that name and kind with a new reference, or NULL: its id is gone. */
void *object_get_named(struct object_table *table, struct object_name name, enum object_kind kind);

/* Another reference to an object that the caller already holds one of. */
void object_ref(struct object *object);
void object_put(struct object *object);
/* Gives a reference back and returns true if it was the last one: the caller then has to call
 * object->release, once it holds no lock. */
bool object_unref(struct object *object);

/* Makes the id invalid and returns the object with the reference that the id held, or NULL. */
void *object_remove(struct object_table *table, uint32_t id, enum object_kind kind);

/* Whether the id of an object that the caller holds is still valid. */
bool object_has_id(struct object_table *table, const struct object *object);
/* Makes it invalid if it is not yet, and gives up the reference that it held. */
void object_drop_id(struct object_table *table, struct object *object);

/* Calls `visit` for each object of a kind, with a reference held and no lock, until it returns
 * false. */
void object_for_each(struct object_table *table, enum object_kind kind,
                     bool (*visit)(struct object *, void *), void *argument);

#endif
