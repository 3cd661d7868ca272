/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/object.h"
#include "unit.h"

struct thing {
    struct object object;
    unsigned *released;
};

static void release(struct object *object)
{
    struct thing *thing = (struct thing *)object;

    (*thing->released)++;
    free(thing);
}

static struct thing *add(struct object_table *table, enum object_kind kind, unsigned *released)
{
    struct thing *thing = calloc(1, sizeof(*thing));

    assert_non_null(thing);
    thing->released = released;
    assert_true(object_add(table, &thing->object, kind, release));
    return thing;
}

static void lives_while_referenced(void **state)
{
    struct object_table table;
    unsigned released = 0;
    struct thing *thing;
    uint32_t id;

    (void)state;
    object_table_init(&table);
    thing = add(&table, OBJECT_SURFACE, &released);
    id = thing->object.id;
    assert_ptr_equal(object_get(&table, id, OBJECT_SURFACE), thing);
    assert_ptr_equal(object_remove(&table, id, OBJECT_SURFACE), thing);
    object_put(&thing->object);
    assert_int_equal(released, 0);
    assert_null(object_get(&table, id, OBJECT_SURFACE));
    assert_null(object_remove(&table, id, OBJECT_SURFACE));
    object_put(&thing->object);
    assert_int_equal(released, 1);
    object_put(NULL);
    object_table_finish(&table);
}

static void ids_are_of_one_kind_and_one_life(void **state)
{
    struct object_table table;
    unsigned released = 0;
    uint32_t first, second;

    (void)state;
    object_table_init(&table);
    first = add(&table, OBJECT_BUFFER, &released)->object.id;
    assert_null(object_get(&table, first, OBJECT_IMAGE));
    assert_null(object_remove(&table, first, OBJECT_CONFIG));
    object_put(object_remove(&table, first, OBJECT_BUFFER));
    second = add(&table, OBJECT_BUFFER, &released)->object.id;
    assert_int_not_equal(first, second);
    assert_null(object_get(&table, first, OBJECT_BUFFER));
    assert_null(object_get(&table, 0, OBJECT_BUFFER));
    assert_null(object_get(&table, UINT32_MAX, OBJECT_BUFFER));
    object_table_finish(&table);
    assert_int_equal(released, 2);
}

/* Adds a thing that goes again at once; returns the id that it had. */
static uint32_t pass_through(struct object_table *table, unsigned *released)
{
    uint32_t id = add(table, OBJECT_IMAGE, released)->object.id;

    object_put(object_remove(table, id, OBJECT_IMAGE));
    return id;
}

static void ids_come_back_in_turn(void **state)
{
    struct object_table table;
    unsigned released = 0, others = 0;
    uint32_t first;

    (void)state;
    object_table_init(&table);
    first = pass_through(&table, &released);
    while ((uint16_t)pass_through(&table, &released) != (uint16_t)first)
        others++;
    assert_int_equal(others, table.size - 1);
    object_table_finish(&table);
}

/* With all entries but one in use, every id is that one's. */
static void ids_come_back_late(void **state)
{
    struct object_table table;
    unsigned released = 0, others = 0, entries;
    struct thing *first, *second;
    struct object_name name;
    uint32_t id, last;

    (void)state;
    object_table_init(&table);
    first = add(&table, OBJECT_IMAGE, &released);
    entries = table.size;
    for (unsigned i = 1; i < entries; i++)
        add(&table, OBJECT_BUFFER, &released);
    name = object_name(&first->object);
    id = first->object.id;
    object_ref(&first->object);
    object_drop_id(&table, &first->object);
    assert_null(object_get_named(&table, name, OBJECT_IMAGE));
    while ((last = pass_through(&table, &released)) != id) {
        assert_int_equal((uint16_t)last, (uint16_t)id);
        assert_true(last != 0 && last != UINT32_MAX);
        others++;
    }
    assert_true(others >= 65000);
    /* Once more around: what has the id then is not the first thing, whoever asks. */
    for (unsigned i = 0; i < others; i++)
        pass_through(&table, &released);
    assert_int_equal(add(&table, OBJECT_IMAGE, &released)->object.id, id);
    assert_false(object_has_id(&table, &first->object));
    assert_null(object_get_named(&table, name, OBJECT_IMAGE));
    object_drop_id(&table, &first->object);
    second = object_get(&table, id, OBJECT_IMAGE);
    assert_non_null(second);
    assert_ptr_not_equal(second, first);
    assert_ptr_equal(object_get_named(&table, object_name(&second->object), OBJECT_IMAGE), second);
    object_put(&second->object);
    object_put(&second->object);
    object_put(&first->object);
    object_table_finish(&table);
    assert_int_equal(released, entries + 2 * others + 2);
}

static void finish_releases_all(void **state)
{
    struct object_table table;
    unsigned released = 0;

    (void)state;
    object_table_init(&table);
    for (unsigned i = 0; i < 1000; i++)
        add(&table, (enum object_kind)(OBJECT_CONFIG + i % 5), &released);
    object_table_finish(&table);
    assert_int_equal(released, 1000);
}

static void ids_run_out_cleanly(void **state)
{
    struct object_table table;
    struct thing extra = {.released = NULL};
    unsigned released = 0;

    (void)state;
    object_table_init(&table);
    for (unsigned i = 0; i < 65536; i++)
        add(&table, OBJECT_BUFFER, &released);
    assert_false(object_add(&table, &extra.object, OBJECT_BUFFER, release));
    object_table_finish(&table);
    assert_int_equal(released, 65536);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lives_while_referenced),
        cmocka_unit_test(ids_are_of_one_kind_and_one_life),
        cmocka_unit_test(ids_come_back_in_turn),
        cmocka_unit_test(ids_come_back_late),
        cmocka_unit_test(finish_releases_all),
        cmocka_unit_test(ids_run_out_cleanly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
