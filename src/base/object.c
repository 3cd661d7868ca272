/* SPDX-License-Identifier: MIT */
#include "base/object.h"

#include <stdlib.h>

/* An id is generation (16 bits) and index (16). Generations go from 1 to 0xfffe, so that no id is 0
 * or VA_INVALID_ID. The first generation is high, so that no count, size or pair of small numbers
 * is a valid id. */
#define INDEX_BITS       16
#define FIRST_GENERATION 0x7a00u
#define LAST_GENERATION  0xfffeu
#define MAX_OBJECTS      (1u << INDEX_BITS)
/* Entries are reused in the order in which they became free. With at least this many, an id comes
 * back only after 67 million others. */
#define MIN_ENTRIES 1024
#define END_OF_LIST UINT32_MAX

static uint32_t make_id(uint32_t generation, uint32_t index)
{
    return generation << INDEX_BITS | index;
}

void object_table_init(struct object_table *table)
{
    lock_init(&table->lock);
    table->entries = NULL;
    table->size = 0;
    table->first_free = table->last_free = END_OF_LIST;
    table->serials = 0;
}

static void append_free(struct object_table *table, uint32_t index) REQUIRES(table->lock)
{
    table->entries[index].next_free = END_OF_LIST;
    if (table->first_free == END_OF_LIST)
        table->first_free = index;
    else
        table->entries[table->last_free].next_free = index;
    table->last_free = index;
}

static bool grow(struct object_table *table) REQUIRES(table->lock)
{
    uint32_t size = table->size ? table->size * 2 : MIN_ENTRIES;
    struct object_entry *entries;

    if (size > MAX_OBJECTS)
        return false;
    entries = realloc(table->entries, size * sizeof(*entries));
    if (!entries)
        return false;
    table->entries = entries;
    for (; table->size < size; table->size++) {
        entries[table->size] = (struct object_entry){.generation = FIRST_GENERATION};
        append_free(table, table->size);
    }
    return true;
}

bool object_add(struct object_table *table, struct object *object, enum object_kind kind,
                void (*release)(struct object *))
{
    struct object_entry *entry;
    uint32_t index;
    bool added = false;

    lock_acquire(&table->lock);
    if (table->first_free != END_OF_LIST || grow(table)) {
        index = table->first_free;
        entry = &table->entries[index];
        table->first_free = entry->next_free;
        entry->object = object;
        object->id = make_id(entry->generation, index);
        object->serial = ++table->serials;
        object->kind = (uint16_t)kind;
        if (!__atomic_load_n(&object->references, __ATOMIC_RELAXED))
            object_ref(object);
        object->release = release;
        added = true;
    }
    lock_release(&table->lock);
    return added;
}

static struct object_entry *find(struct object_table *table, uint32_t id, enum object_kind kind)
    REQUIRES(table->lock)
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

/* The object with that id, kind and serial number (0: any), with a new reference, or NULL. */
static void *get(struct object_table *table, uint32_t id, enum object_kind kind, uint64_t serial)
{
    struct object_entry *entry;
    struct object *object = NULL;

    lock_acquire(&table->lock);
    entry = find(table, id, kind);
    if (entry && (!serial || entry->object->serial == serial)) {
        object = entry->object;
        object_ref(object);
    }
    lock_release(&table->lock);
    return object;
}

void *object_get(struct object_table *table, uint32_t id, enum object_kind kind)
{
    return get(table, id, kind, 0);
}

void *object_get_named(struct object_table *table, struct object_name name, enum object_kind kind)
{
    /* Must not even take a reference to another object: the caller may hold a lock that its release
     * takes. */
    return name.serial ? get(table, name.id, kind, name.serial) : NULL;
}

/* Needs no lock: an object in the table has the reference of its id, so its count never rises from
 * 0. */
void object_ref(struct object *object)
{
    __atomic_add_fetch(&object->references, 1, __ATOMIC_RELAXED);
}

bool object_unref(struct object *object)
{
    return __atomic_sub_fetch(&object->references, 1, __ATOMIC_ACQ_REL) == 0;
}

void object_put(struct object *object)
{
    if (object && object_unref(object))
        object->release(object);
}

/* Removes the entry's object, and returns it with the reference of its id. */
static struct object *take_out(struct object_table *table, struct object_entry *entry)
    REQUIRES(table->lock)
{
    struct object *object = entry->object;

    entry->object = NULL;
    entry->generation = entry->generation < LAST_GENERATION ? entry->generation + 1 : 1;
    append_free(table, (uint32_t)(entry - table->entries));
    return object;
}

void *object_remove(struct object_table *table, uint32_t id, enum object_kind kind)
{
    struct object_entry *entry;
    struct object *object = NULL;

    lock_acquire(&table->lock);
    entry = find(table, id, kind);
    if (entry)
        object = take_out(table, entry);
    lock_release(&table->lock);
    return object;
}

/* The object's entry, if its id is still valid, or NULL. */
static struct object_entry *entry_of(struct object_table *table, const struct object *object)
    REQUIRES(table->lock)
{
    struct object_entry *entry = find(table, object->id, object->kind);

    return entry && entry->object == object ? entry : NULL;
}

bool object_has_id(struct object_table *table, const struct object *object)
{
    bool has;

    lock_acquire(&table->lock);
    has = entry_of(table, object);
    lock_release(&table->lock);
    return has;
}

void object_drop_id(struct object_table *table, struct object *object)
{
    struct object_entry *entry;

    lock_acquire(&table->lock);
    entry = entry_of(table, object);
    if (entry)
        take_out(table, entry);
    lock_release(&table->lock);
    if (entry)
        object_put(object);
}

void object_for_each(struct object_table *table, enum object_kind kind,
                     bool (*visit)(struct object *, void *), void *argument)
{
    bool more = true;

    for (uint32_t i = 0; more; i++) {
        struct object *object = NULL;

        lock_acquire(&table->lock);
        more = i < table->size;
        if (more && table->entries[i].object && table->entries[i].object->kind == kind) {
            object = table->entries[i].object;
            object_ref(object);
        }
        lock_release(&table->lock);
        if (object) {
            more = visit(object, argument);
            object_put(object);
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

    object_put(object_remove(removal->table, object->id, removal->kind));
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
    lock_destroy(&table->lock);
}
