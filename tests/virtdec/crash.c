/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into a client that dies: prints the stack of a segmentation fault behind a line
 * "crash: stack", a line a call, OBJECT(+OFFSET)[ADDRESS], innermost first; then lets it die.
 */
#include <execinfo.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static const char heading[] = "\ncrash: stack\n";

static void tell(int number)
{
    void *stack[64];
    int depth = backtrace(stack, sizeof(stack) / sizeof(stack[0]));
    if (write(STDERR_FILENO, heading, sizeof(heading) - 1) > 0)
        backtrace_symbols_fd(stack, depth, STDERR_FILENO);
    raise(number);
}

__attribute__((constructor)) static void install(void)
{
    void *stack[1];
    struct sigaction action = {.sa_handler = tell, .sa_flags = (int)SA_RESETHAND};
    backtrace(stack, 1); /* loads what it needs while that is safe */
    sigaction(SIGSEGV, &action, NULL);
}
