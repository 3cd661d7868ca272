/* SPDX-License-Identifier: MIT */
/*
 * Objects: everything that a client names by id (configs, contexts, surfaces, buffers, images).
 *
 * An object lives while its id is valid or a counted reference to it exists, so that one thread can
 * destroy what another one is using. Objects hold references to what they use, never ids.
 *
 * A client may use an id after the object is gone. Ids carry a generation, and are reused in the
 * order in which they became free, so that a stale id is invalid for a long time before it names
 * another object. If the driver has to remember an object without keeping it alive, it stores an
 * object_name, which never refers to another object.
 *
 * All functions may be called with any lock held, except those that may release an object:
 * object_put(), object_drop_id(), object_for_each() and object_table_finish(). These want no lock
 * held, unless the caller knows that another reference remains.
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
    uint64_t serial; /* unique: no other object of the table ever has it */
    uint32_t id;
    uint16_t kind;
    unsigned references;              /* atomic */
    void (*release)(struct object *); /* called without locks, after the last reference is gone */
    struct object *next;              /* in a list of objects to release later */
};

struct object_name {
    uint64_t serial; /* 0: refers to no object */
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
    uint64_t serials GUARDED_BY(lock); /* the last one assigned */
};

/* The functions take the table's lock, and no other lock while they hold it. */
void object_table_init(struct object_table *table);
/* Removes all remaining objects: images and buffers first, then contexts, surfaces and configs. */
void object_table_finish(struct object_table *table);

/* Gives `object` an id and its first reference, which belongs to the id. An object that already has
 * references keeps those instead, and one of them becomes the id's. False: out of memory or ids. */
bool object_add(struct object_table *table, struct object *object, enum object_kind kind,
                void (*release)(struct object *));

/* The object with that id and kind, with a new reference, or NULL. */
void *object_get(struct object_table *table, uint32_t id, enum object_kind kind);

static inline struct object_name object_name(const struct object *object)
{
    return (struct object_name){object->serial, object->id};
}

/* The object with that name and kind, with a new reference. NULL: its id is no longer valid. */
void *object_get_named(struct object_table *table, struct object_name name, enum object_kind kind);

/* Takes another reference to an object to which the caller already holds one. */
void object_ref(struct object *object);
/* Drops a reference, and releases the object if it was the last one. */
void object_put(struct object *object);
/* Drops a reference. True: it was the last one, and the caller has to call object->release() once
 * it holds no lock. */
bool object_unref(struct object *object);

/* Invalidates the id, and returns the object with the reference that the id held. NULL: there is no
 * such object. */
void *object_remove(struct object_table *table, uint32_t id, enum object_kind kind);

/* Whether the object's id is still valid. The caller holds a reference to the object. */
bool object_has_id(struct object_table *table, const struct object *object);
/* Invalidates the id, unless it is invalid already, and drops the reference that it held. */
void object_drop_id(struct object_table *table, struct object *object);

/* Calls `visit` for each object of a kind until it returns false. Holds a reference during the
 * call, but not the table's lock. */
void object_for_each(struct object_table *table, enum object_kind kind,
                     bool (*visit)(struct object *, void *), void *argument);

#endif
