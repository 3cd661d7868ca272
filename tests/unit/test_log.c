/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/driver.h"
#include "base/log.h"
#include "unit.h"

static char heard[2][65536]; /* errors, remarks */
static unsigned deliveries;
static pthread_mutex_t hearing = PTHREAD_MUTEX_INITIALIZER;

static void hear(void *argument, const char *message)
{
    size_t length;

    pthread_mutex_lock(&hearing);
    length = strlen(argument);
    deliveries++;
    snprintf((char *)argument + length, sizeof(heard[0]) - length, "%s", message);
    pthread_mutex_unlock(&hearing);
}

/* A client that listens to both kinds. */
struct fixture {
    struct VADisplayContext display;
    struct VADriverContext va;
    struct driver driver;
};

static void set_up(struct fixture *f)
{
    memset(f, 0, sizeof(*f));
    f->display.error_callback = f->display.info_callback = hear;
    f->display.error_callback_user_context = heard[0];
    f->display.info_callback_user_context = heard[1];
    f->va.pDisplayContext = &f->display;
    f->driver.va = &f->va;
    f->driver.messages = message_board_new();
    assert_non_null(f->driver.messages);
    heard[0][0] = heard[1][0] = '\0';
    deliveries = 0;
}

static void tear_down(const struct fixture *f)
{
    assert_false(messages_pending(f->driver.messages));
    message_board_free(f->driver.messages);
}

/* What the end of a call does. */
static void deliver(struct fixture *f)
{
    struct delivery delivery;

    messages_take(&f->driver, &delivery);
    messages_deliver(&delivery);
}

static void come_after_the_call(void **state)
{
    struct delivery delivery;
    struct fixture f;

    (void)state;
    set_up(&f);
    assert_false(messages_pending(f.driver.messages));
    log_error(&f.driver, "one %d", 1);
    log_info(&f.driver, "two");
    log_error(&f.driver, "three");
    assert_true(messages_pending(f.driver.messages));
    messages_take(&f.driver, &delivery);
    assert_int_equal(deliveries, 0);
    /* From here on neither libva nor the driver need be there. */
    tear_down(&f);
    memset(&f, 0xff, sizeof(f));
    messages_deliver(&delivery);
    assert_int_equal(deliveries, 3);
    assert_string_equal(heard[0], "v4l2-stateless: one 1\nv4l2-stateless: three\n");
    assert_string_equal(heard[1], "v4l2-stateless: two\n");
}

static void go_to_nobody(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    f.display.error_callback = NULL;
    log_error(&f.driver, "no callback");
    assert_false(messages_pending(f.driver.messages));
    log_info(&f.driver, "a remark");
    deliver(&f);
    assert_string_equal(heard[1], "v4l2-stateless: a remark\n");
    f.va.pDisplayContext = NULL;
    log_info(&f.driver, "no libva");
    deliver(&f);
    assert_int_equal(deliveries, 1);
    tear_down(&f);
}

static void are_cut_and_counted(void **state)
{
    struct fixture f;
    char text[1000], lost[64];
    unsigned told;

    (void)state;
    set_up(&f);
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    for (unsigned i = 0; i < 100; i++)
        log_error(&f.driver, "%s", text);
    deliver(&f);
    told = deliveries - 1;
    assert_true(told >= 3);
    snprintf(lost, sizeof(lost), "v4l2-stateless: %u more messages", 100 - told);
    assert_non_null(strstr(heard[0], lost));
    for (char *line = heard[0], *end; (end = strchr(line, '\n')); line = end + 1)
        assert_true(end - line < 512);
    /* The next call begins anew. */
    heard[0][0] = '\0';
    log_error(&f.driver, "next");
    deliver(&f);
    assert_string_equal(heard[0], "v4l2-stateless: next\n");
    tear_down(&f);
}

/* A thread that says something, and delivers it when it is told to. */
struct speaker {
    pthread_t thread;
    struct fixture *fixture;
    pthread_barrier_t *spoken, *heard;
};

static void *speak(void *argument)
{
    struct speaker *speaker = argument;

    log_info(&speaker->fixture->driver, "other");
    pthread_barrier_wait(speaker->spoken);
    pthread_barrier_wait(speaker->heard);
    deliver(speaker->fixture);
    return NULL;
}

static void start(struct speaker *speaker, struct fixture *f, pthread_barrier_t *spoken,
                  pthread_barrier_t *heard_it)
{
    *speaker = (struct speaker){.fixture = f, .spoken = spoken, .heard = heard_it};
    assert_int_equal(pthread_create(&speaker->thread, NULL, speak, speaker), 0);
}

static void are_the_thread_s_own(void **state)
{
    pthread_barrier_t spoken, heard_it;
    struct speaker speaker;
    struct fixture f;

    (void)state;
    set_up(&f);
    pthread_barrier_init(&spoken, NULL, 2);
    pthread_barrier_init(&heard_it, NULL, 2);
    start(&speaker, &f, &spoken, &heard_it);
    pthread_barrier_wait(&spoken);
    deliver(&f);
    assert_int_equal(deliveries, 0);
    log_error(&f.driver, "own");
    deliver(&f);
    assert_int_equal(deliveries, 1);
    assert_string_equal(heard[0], "v4l2-stateless: own\n");
    pthread_barrier_wait(&heard_it);
    pthread_join(speaker.thread, NULL);
    assert_int_equal(deliveries, 2);
    assert_string_equal(heard[1], "v4l2-stateless: other\n");
    tear_down(&f);
}

/* With the board full a message is lost, and somebody says so. */
static void of_many_threads_are_counted(void **state)
{
    struct speaker speakers[MAX_SPEAKERS];
    pthread_barrier_t spoken, heard_it;
    struct fixture f;

    (void)state;
    set_up(&f);
    pthread_barrier_init(&spoken, NULL, MAX_SPEAKERS + 1);
    pthread_barrier_init(&heard_it, NULL, MAX_SPEAKERS + 1);
    for (unsigned i = 0; i < MAX_SPEAKERS; i++)
        start(&speakers[i], &f, &spoken, &heard_it);
    pthread_barrier_wait(&spoken);
    log_error(&f.driver, "lost");
    deliver(&f);
    assert_int_equal(deliveries, 0);
    pthread_barrier_wait(&heard_it);
    for (unsigned i = 0; i < MAX_SPEAKERS; i++)
        pthread_join(speakers[i].thread, NULL);
    assert_string_equal(heard[0], "v4l2-stateless: 1 more messages, for which there was no room\n");
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(come_after_the_call),         cmocka_unit_test(go_to_nobody),
        cmocka_unit_test(are_cut_and_counted),         cmocka_unit_test(are_the_thread_s_own),
        cmocka_unit_test(of_many_threads_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
