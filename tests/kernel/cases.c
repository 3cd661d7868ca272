/* SPDX-License-Identifier: MIT */
#include "cases.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc < 2;
}

/* Why the process ended badly; NULL when it did not. */
static const char *failure(int status)
{
    if (WIFEXITED(status))
        return WEXITSTATUS(status) == 0 ? NULL : "failed";
    if (WIFSIGNALED(status))
        return WTERMSIG(status) == SIGALRM ? "no end" : strsignal(WTERMSIG(status));
    return "unknown end";
}

/* The first line that a case wrote to stderr. */
static void read_reason(FILE *errors, char *reason, int size)
{
    rewind(errors);
    if (!fgets(reason, size, errors))
        reason[0] = '\0';
    reason[strcspn(reason, "\n")] = '\0';
}

int run_cases(const char *suite, const struct test_case *cases, int argc, char **argv)
{
    int bad = 0;

    for (; cases->name; cases++) {
        if (!wanted(cases->name, argc, argv))
            continue;
        if (getenv("CASES_NO_FORK")) { /* for a debugger */
            bad += !cases->run();
            continue;
        }
        FILE *errors = tmpfile();
        fflush(stdout);
        pid_t child = fork();
        if (child == 0) {
            if (errors)
                dup2(fileno(errors), STDERR_FILENO);
            setpgid(0, 0);
            alarm(cases->seconds ? cases->seconds : 30);
            _exit(cases->run() ? 0 : 1);
        }
        int status = -1;
        char reason[300] = "";
        if (child > 0) {
            waitpid(child, &status, 0);
            kill(-child, SIGKILL); /* whatever it left running */
        }
        if (errors) {
            read_reason(errors, reason, sizeof(reason));
            fclose(errors);
        }
        const char *why = child > 0 ? failure(status) : "fork";
        if (why)
            printf("not ok %s %s: %s %s\n", suite, cases->name, why, reason);
        else
            printf("ok %s %s\n", suite, cases->name);
        bad += why != NULL;
    }
    return bad ? 1 : 0;
}
