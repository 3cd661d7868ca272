/* SPDX-License-Identifier: MIT */
/*
 * without_rdtscp COMMAND...: runs a program and all that it starts on a processor that does not
 * have the instruction rdtscp, as the processors of many virtual machines: CPUID says so. The
 * instruction itself still works, so that only those notice who ask, as valgrind does: it then
 * refuses it.
 *
 * Each CPUID of the program faults (arch_prctl(ARCH_SET_CPUID)) and is answered here. This ends as
 * the command does, or with 77 where CPUID cannot be made to fault or nothing may be traced.
 */
#include <cpuid.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define SET_CPUID        0x1012 /* ARCH_SET_CPUID of asm/prctl.h */
#define SKIPPED          77
#define EXTENDED         0x80000001u
#define RDTSCP           (1u << 27) /* in EDX */
#define SYSCALL_STOP     (SIGTRAP | 0x80)
#define INSTRUCTION_SIZE 2 /* of both `cpuid` and `syscall` */

static const uint8_t cpuid_instruction[] = {0x0f, 0xa2}, syscall_instruction[] = {0x0f, 0x05};

static void check(long result, const char *what)
{
    if (result != -1)
        return;
    perror(what);
    exit(EXIT_FAILURE);
}

/* Goes on until the next stop of the thread. False: it is gone. */
static bool step(pid_t tid, int how)
{
    int status;

    return ptrace(how, tid, NULL, NULL) != -1 && waitpid(tid, &status, __WALL) == tid &&
           WIFSTOPPED(status);
}

/* A new program has begun, for which CPUID works again: makes it call arch_prctl() in its first
 * place, before any of its own instructions. */
static void make_cpuid_fault(pid_t tid)
{
    struct user_regs_struct before, call;
    long text, patched;

    /* To the end of execve(), which sets the registers. */
    if (!step(tid, PTRACE_SYSCALL))
        return;
    check(ptrace(PTRACE_GETREGS, tid, NULL, &before), "PTRACE_GETREGS");
    errno = 0;
    text = patched = ptrace(PTRACE_PEEKTEXT, tid, before.rip, NULL);
    check(errno ? -1 : 0, "PTRACE_PEEKTEXT");
    memcpy(&patched, syscall_instruction, sizeof(syscall_instruction));
    check(ptrace(PTRACE_POKETEXT, tid, before.rip, patched), "PTRACE_POKETEXT");
    call = before;
    call.rax = SYS_arch_prctl;
    call.rdi = SET_CPUID;
    call.rsi = 0;
    check(ptrace(PTRACE_SETREGS, tid, NULL, &call), "PTRACE_SETREGS");
    if (!step(tid, PTRACE_SINGLESTEP))
        return;
    check(ptrace(PTRACE_GETREGS, tid, NULL, &call), "PTRACE_GETREGS");
    check(ptrace(PTRACE_POKETEXT, tid, before.rip, text), "PTRACE_POKETEXT");
    check(ptrace(PTRACE_SETREGS, tid, NULL, &before), "PTRACE_SETREGS");
    if (call.rax != 0) {
        fprintf(stderr, "without_rdtscp: CPUID cannot be made to fault here\n");
        exit(SKIPPED);
    }
}

/* Answers the CPUID that the thread stands at. False: it stands at another instruction. */
static bool answer_cpuid(pid_t tid)
{
    struct user_regs_struct regs;
    unsigned a, b, c, d;
    long text;

    check(ptrace(PTRACE_GETREGS, tid, NULL, &regs), "PTRACE_GETREGS");
    errno = 0;
    text = ptrace(PTRACE_PEEKTEXT, tid, regs.rip, NULL);
    if (errno || memcmp(&text, cpuid_instruction, sizeof(cpuid_instruction)) != 0)
        return false;
    __cpuid_count((unsigned)regs.rax, (unsigned)regs.rcx, a, b, c, d);
    if ((unsigned)regs.rax == EXTENDED)
        d &= ~RDTSCP;
    regs.rax = a;
    regs.rbx = b;
    regs.rcx = c;
    regs.rdx = d;
    regs.rip += INSTRUCTION_SIZE;
    check(ptrace(PTRACE_SETREGS, tid, NULL, &regs), "PTRACE_SETREGS");
    return true;
}

/* The signal that a stopped thread is to get when it goes on. */
static int handle_stop(pid_t tid, int status)
{
    int signal = WSTOPSIG(status);

    if (status >> 16 == PTRACE_EVENT_EXEC)
        make_cpuid_fault(tid);
    if (status >> 16 || signal == SIGSTOP) /* with which each new thread begins */
        return 0;
    if (signal == SYSCALL_STOP || (signal == SIGSEGV && answer_cpuid(tid)))
        return 0;
    return signal;
}

/* The wait status of the command. */
static int trace(pid_t command)
{
    int status, result = 0;
    pid_t tid;

    while ((tid = waitpid(-1, &status, __WALL)) > 0)
        if (WIFSTOPPED(status))
            ptrace(PTRACE_CONT, tid, NULL, (void *)(long)handle_stop(tid, status));
        else if (tid == command)
            result = status;
    return result;
}

int main(int argc, char **argv)
{
    pid_t command;
    int status;

    if (argc < 2) {
        fprintf(stderr, "usage: without_rdtscp COMMAND...\n");
        return EXIT_FAILURE;
    }
    command = fork();
    check(command, "fork");
    if (command == 0) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1) {
            perror("PTRACE_TRACEME");
            _exit(SKIPPED);
        }
        raise(SIGSTOP);
        execvp(argv[1], argv + 1);
        perror(argv[1]);
        _exit(127);
    }
    check(waitpid(command, &status, 0), "waitpid");
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    check(ptrace(PTRACE_SETOPTIONS, command, NULL,
                 PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                     PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD),
          "PTRACE_SETOPTIONS");
    check(ptrace(PTRACE_CONT, command, NULL, NULL), "PTRACE_CONT");
    status = trace(command);
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    return WEXITSTATUS(status);
}
