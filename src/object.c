/* SPDX-License-Identifier: MIT */
#include "object.h"

#include <stdlib.h>

/* An id is kind (4 bits), generation (12), index (16): never 0, never VA_INVALID_ID. */
#define INDEX_BITS      16
#define GENERATION_BITS 12
#define MAX_OBJECTS     (1u << INDEX_BITS)
#define END_OF_LIST     UINT32_MAX

static uint32_t make_id(enum object_kind kind, uint16_t generation, uint32_t index)
{
    return (uint32_t)kind << (INDEX_BITS + GENERATION_BITS) | (uint32_t)generation << INDEX_BITS |
           index;
}

void object_table_init(struct object_table *table)
{
    pthread_mutex_init(&table->lock, NULL);
    table->entries = NULL;
    table->size = 0;
    table->first_free = END_OF_LIST;
}

static bool grow(struct object_table *table)
{
    uint32_t size = table->size ? table->size * 2 : 64;
    struct object_entry *entries;

    if (size > MAX_OBJECTS)
        return false;
    entries = realloc(table->entries, size * sizeof(*entries));
    if (!entries)
        return false;
    for (uint32_t i = size; i-- > table->size;) {
        entries[i] = (struct object_entry){.next_free = table->first_free};
        table->first_free = i;
    }
    table->entries = entries;
    table->size = size;
    return true;
}

bool object_add(struct object_table *table, struct object *object, enum object_kind kind,
                void (*release)(struct object *))
{
    struct object_entry *entry;
    uint32_t index;
    bool added = false;

    pthread_mutex_lock(&table->lock);
    if (table->first_free != END_OF_LIST || grow(table)) {
        index = table->first_free;
        entry = &table->entries[index];
        table->first_free = entry->next_free;
        entry->object = object;
        object->id = make_id(kind, entry->generation, index);
        object->kind = (uint16_t)kind;
        if (!__atomic_load_n(&object->references, __ATOMIC_RELAXED))
            object_ref(table, object);
        object->release = release;
        added = true;
    }
    pthread_mutex_unlock(&table->lock);
    return added;
}

static struct object_entry *find(struct object_table *table, uint32_t id, enum object_kind kind)
{
    uint32_t index = id & (MAX_OBJECTS - 1);
    struct object_entry *entry;

    if (index >= table->size)
        return NULL;
    entry = &table->entries[index];
    if (!entry->object || entry->object->id != id || entry->object->kind != kind)
        return NULL;
    return entry;
}

void *object_get(struct object_table *table, uint32_t id, enum object_kind kind)
{
    struct object_entry *entry;
    struct object *object = NULL;

    pthread_mutex_lock(&table->lock);
    entry = find(table, id, kind);
    if (entry) {
        object = entry->object;
        object_ref(table, object);
    }
    pthread_mutex_unlock(&table->lock);
    return object;
}

/* No lock: what is in the table has the id's reference, so that a count never rises from 0. */
void object_ref(struct object_table *table, struct object *object)
{
    (void)table;
    __atomic_add_fetch(&object->references, 1, __ATOMIC_RELAXED);
}

bool object_unref(struct object_table *table, struct object *object)
{
    (void)table;
    return __atomic_sub_fetch(&object->references, 1, __ATOMIC_ACQ_REL) == 0;
}

void object_put(struct object_table *table, struct object *object)
{
    if (object && object_unref(table, object))
        object->release(object);
}

void *object_remove(struct object_table *table, uint32_t id, enum object_kind kind)
{
    struct object_entry *entry;
    struct object *object = NULL;

    pthread_mutex_lock(&table->lock);
    entry = find(table, id, kind);
    if (entry) {
        object = entry->object;
        entry->object = NULL;
        entry->generation = (entry->generation + 1) & ((1u << GENERATION_BITS) - 1);
        entry->next_free = table->first_free;
        table->first_free = id & (MAX_OBJECTS - 1);
    }
    pthread_mutex_unlock(&table->lock);
    return object;
}

void object_for_each(struct object_table *table, enum object_kind kind,
                     bool (*visit)(struct object *, void *), void *argument)
{
    bool more = true;

    for (uint32_t i = 0; more; i++) {
        struct object *object = NULL;

        pthread_mutex_lock(&table->lock);
        more = i < table->size;
        if (more && table->entries[i].object && table->entries[i].object->kind == kind) {
            object = table->entries[i].object;
            object_ref(table, object);
        }
        pthread_mutex_unlock(&table->lock);
        if (object) {
            more = visit(object, argument);
            object_put(table, object);
        }
    }
}

struct removal {
    struct object_table *table;
    enum object_kind kind;
};

static bool remove_one(struct object *object, void *argument)
{
    struct removal *removal = argument;

    object_put(removal->table, object_remove(removal->table, object->id, removal->kind));
    return true;
}

void object_table_finish(struct object_table *table)
{
    static const enum object_kind order[] = {OBJECT_IMAGE, OBJECT_BUFFER, OBJECT_CONTEXT,
                                             OBJECT_SURFACE, OBJECT_CONFIG};

    for (unsigned i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        struct removal removal = {table, order[i]};

        object_for_each(table, order[i], remove_one, &removal);
    }
    free(table->entries);
    pthread_mutex_destroy(&table->lock);
}
