/* SPDX-License-Identifier: MIT */
/*
 * Runs named test cases, each in a process of its own: a crash or a hang of one is its result and
 * nobody else's.
 */
#pragma once

#include <stdbool.h>

struct test_case {
    const char *name;
    bool (*run)(void);
    unsigned int seconds; /* limit; 0 means 30 */
};

/*
 * Runs the cases (up to one with a NULL name) that argv names, or all, and prints "ok NAME" or
 * "not ok NAME: why". Returns the exit status.
 */
int run_cases(const char *suite, const struct test_case *cases, int argc, char **argv);
