/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "driver.h"
#include "unit.h"

static char heard[2][65536]; /* errors, remarks */
static unsigned deliveries;

static void hear(void *argument, const char *message)
{
    size_t length = strlen(argument);

    deliveries++;
    snprintf((char *)argument + length, sizeof(heard[0]) - length, "%s", message);
}

/* A client that listens to both kinds. */
struct fixture {
    struct VADisplayContext display;
    struct VADriverContext va;
    struct driver driver;
    struct messages messages;
};

static void set_up(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    f->display.error_callback = f->display.info_callback = hear;
    f->display.error_callback_user_context = heard[0];
    f->display.info_callback_user_context = heard[1];
    f->va.pDisplayContext = &f->display;
    f->driver.va = &f->va;
    assert_int_equal(pthread_key_create(&f->driver.messages, NULL), 0);
    heard[0][0] = heard[1][0] = '\0';
    deliveries = 0;
}

static void tear_down(const struct fixture *f)
{
    pthread_key_delete(f->driver.messages);
}

static void deliver(struct fixture *f)
{
    messages_end(&f->driver, &f->messages);
    messages_deliver(&f->messages);
}

static void come_after_the_call(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    messages_begin(&f.driver, &f.messages);
    log_error(&f.driver, "one %d", 1);
    log_info(&f.driver, "two");
    log_error(&f.driver, "three");
    assert_int_equal(deliveries, 0);
    messages_end(&f.driver, &f.messages);
    assert_int_equal(deliveries, 0);
    /* From here on neither libva nor the driver need be there. */
    tear_down(&f);
    memset(&f.display, 0xff, sizeof(f.display));
    memset(&f.va, 0xff, sizeof(f.va));
    memset(&f.driver, 0xff, sizeof(f.driver));
    messages_deliver(&f.messages);
    assert_int_equal(deliveries, 3);
    assert_string_equal(heard[0], "v4l2-stateless: one 1\nv4l2-stateless: three\n");
    assert_string_equal(heard[1], "v4l2-stateless: two\n");
}

static void go_to_nobody(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    log_error(&f.driver, "outside a call");
    f.display.error_callback = NULL;
    messages_begin(&f.driver, &f.messages);
    log_error(&f.driver, "no callback");
    log_info(&f.driver, "a remark");
    deliver(&f);
    assert_int_equal(deliveries, 1);
    assert_string_equal(heard[1], "v4l2-stateless: a remark\n");
    f.va.pDisplayContext = NULL;
    messages_begin(&f.driver, &f.messages);
    log_info(&f.driver, "no libva");
    deliver(&f);
    assert_int_equal(deliveries, 1);
    tear_down(&f);
}

static void are_cut_and_counted(void **state)
{
    struct fixture f;
    char lost[64];
    unsigned told;
    char text[1000];

    (void)state;
    set_up(&f);
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    messages_begin(&f.driver, &f.messages);
    for (unsigned i = 0; i < 100; i++)
        log_error(&f.driver, "%s", text);
    log_error(&f.driver, "short");
    deliver(&f);
    told = deliveries - 1;
    assert_true(told >= 3);
    snprintf(lost, sizeof(lost), "v4l2-stateless: %u more messages", 101 - told);
    assert_non_null(strstr(heard[0], lost));
    for (char *line = heard[0], *end; (end = strchr(line, '\n')); line = end + 1)
        assert_true(end - line < 512);
    /* The next call begins anew. */
    heard[0][0] = '\0';
    messages_begin(&f.driver, &f.messages);
    log_error(&f.driver, "next");
    deliver(&f);
    assert_string_equal(heard[0], "v4l2-stateless: next\n");
    tear_down(&f);
}

static void *other_call(void *argument)
{
    struct fixture *f = argument;
    struct messages messages;

    messages_begin(&f->driver, &messages);
    log_info(&f->driver, "other");
    messages_end(&f->driver, &messages);
    messages_deliver(&messages);
    return NULL;
}

static void are_the_thread_s_own(void **state)
{
    struct fixture f;
    pthread_t thread;

    (void)state;
    set_up(&f);
    messages_begin(&f.driver, &f.messages);
    log_error(&f.driver, "own");
    assert_int_equal(pthread_create(&thread, NULL, other_call, &f), 0);
    pthread_join(thread, NULL);
    assert_int_equal(deliveries, 1);
    assert_string_equal(heard[1], "v4l2-stateless: other\n");
    deliver(&f);
    assert_int_equal(deliveries, 2);
    assert_string_equal(heard[0], "v4l2-stateless: own\n");
    tear_down(&f);
}

/* One call inside another one of the same thread. */
static void are_the_call_s_own(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    messages_begin(&f.driver, &f.messages);
    log_error(&f.driver, "outer");
    other_call(&f);
    assert_string_equal(heard[1], "v4l2-stateless: other\n");
    log_error(&f.driver, "still outer");
    deliver(&f);
    assert_string_equal(heard[0], "v4l2-stateless: outer\nv4l2-stateless: still outer\n");
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(come_after_the_call), cmocka_unit_test(go_to_nobody),
        cmocka_unit_test(are_cut_and_counted), cmocka_unit_test(are_the_thread_s_own),
        cmocka_unit_test(are_the_call_s_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
