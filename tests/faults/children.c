/* SPDX-License-Identifier: MIT */
#include "children.h"
#include "player.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

void child_start(struct child *child, void (*run)(const void *argument, struct outcome *),
                 const void *argument)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        abort();
    fflush(NULL);
    *child = (struct child){.fd = ends[0], .start = player_now()};
    child->pid = fork();
    if (!child->pid) {
        struct outcome outcome = {.survived = false};

        close(ends[0]);
        run(argument, &outcome);
        if (write(ends[1], &outcome, sizeof(outcome)) != sizeof(outcome))
            _exit(3);
        exit(0);
    }
    close(ends[1]);
}

struct outcome child_finish(struct child *child, double seconds)
{
    struct outcome outcome = {.survived = false};
    struct pollfd pollfd = {.fd = child->fd, .events = POLLIN};
    double left = child->start + seconds - player_now();
    bool told = false;
    int status = 0;

    if (poll(&pollfd, 1, left > 0 ? (int)(1000 * left) : 0) <= 0) {
        kill(child->pid, SIGKILL);
        snprintf(outcome.text, sizeof(outcome.text), "hangs");
    } else {
        told = read(child->fd, &outcome, sizeof(outcome)) == sizeof(outcome);
    }
    close(child->fd);
    waitpid(child->pid, &status, 0);
    if (told && status) {
        outcome.survived = false;
        snprintf(outcome.text, sizeof(outcome.text), "at the end: %s %d",
                 WIFSIGNALED(status) ? "signal" : "exit status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    } else if (!told && !outcome.text[0]) {
        snprintf(outcome.text, sizeof(outcome.text), "%s %d",
                 WIFSIGNALED(status) ? "crash: signal" : "crash: exit status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
    return outcome;
}
