/* SPDX-License-Identifier: MIT */
/*
 * virtdec_serve COMMAND...: runs a program, in whose virtual decoder nothing of libavcodec is
 * loaded: it asks this process for its pictures (VIRTDEC_DECODER). Neither outlives the other, and
 * it ends as the command does.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "served.h"

#define MAX_PACKET (256u << 20)

static void check(int result, const char *what)
{
    if (result >= 0)
        return;
    perror(what);
    exit(EXIT_FAILURE);
}

static bool send_frame(int socket, const struct vd_frame *frame, const struct served_reply *reply)
{
    for (unsigned i = 0; i < reply->planes; i++)
        for (size_t y = 0; y < served_lines(reply, i); y++)
            if (!served_send(socket, frame->data[i] + (ptrdiff_t)y * frame->stride[i],
                             served_line(reply, i)))
                return false;
    return true;
}

static bool answer(int socket, bool done, const struct vd_frame *last)
{
    struct served_reply reply = {.done = done};
    if (last) {
        reply.width = last->width;
        reply.height = last->height;
        reply.depth = last->depth;
        while (reply.planes < 3 && last->data[reply.planes])
            reply.planes++;
    }
    return served_send(socket, &reply, sizeof(reply)) && send_frame(socket, last, &reply);
}

/* Answers one request; false: it was the last one. `data` is a string, too. */
static bool handle(int socket, void **decoder, uint32_t operation, const uint8_t *data, size_t size)
{
    const struct vd_av_calls *calls = &vd_avcodec_calls;
    if (operation == SERVED_OPEN) {
        if (!*decoder)
            *decoder = calls->open((const char *)data);
        return answer(socket, *decoder != NULL, NULL);
    }
    if (!*decoder)
        return false;
    if (operation == SERVED_DECODE) {
        bool began = calls->decode(*decoder, data, size) != NULL;
        return answer(socket, began, calls->last(*decoder));
    }
    calls->flush(*decoder);
    return answer(socket, true, NULL);
}

/* One connection: one decoder. */
static void *serve(void *argument)
{
    int socket = (int)(intptr_t)argument;
    struct served_request request;
    void *decoder = NULL;
    bool more = true;
    while (more && served_receive(socket, &request, sizeof(request)) && request.size < MAX_PACKET) {
        uint8_t *data = calloc(1, (size_t)request.size + 1);
        more = data && served_receive(socket, data, request.size) &&
               handle(socket, &decoder, request.operation, data, request.size);
        free(data);
    }
    if (decoder)
        vd_avcodec_calls.close(decoder);
    close(socket);
    return NULL;
}

static void *accept_all(void *argument)
{
    int listening = (int)(intptr_t)argument, connection;
    while ((connection = accept4(listening, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)connection) == 0)
            pthread_detach(thread);
        else
            close(connection);
    }
    /* Without an answer every program would wait for ever. */
    check(connection, "accept");
    return NULL;
}

/* A socket with an abstract address of the kernel's choice, whose name goes into the environment.
 */
static int listen_somewhere(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = sizeof(address);
    int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(listening, "socket");
    check(bind(listening, (struct sockaddr *)&address, sizeof(address.sun_family)), "bind");
    check(listen(listening, SOMAXCONN), "listen");
    check(getsockname(listening, (struct sockaddr *)&address, &length), "getsockname");
    /* The address's first byte is the zero of abstract ones, and no zero follows the last. */
    char name[sizeof(address.sun_path) + 1] = {0};
    memcpy(name, address.sun_path + 1, length - offsetof(struct sockaddr_un, sun_path) - 1);
    check(setenv("VIRTDEC_DECODER", name, 1), "setenv");
    return listening;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    int status;
    if (argc < 2) {
        fprintf(stderr, "usage: virtdec_serve COMMAND...\n");
        return EXIT_FAILURE;
    }
    int listening = listen_somewhere();
    pid_t self = getpid(), command = fork();
    check(command, "fork");
    if (command == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != self)
            return EXIT_FAILURE;
        execvp(argv[1], argv + 1);
        perror(argv[1]);
        _exit(127);
    }
    if (pthread_create(&thread, NULL, accept_all, (void *)(intptr_t)listening) != 0)
        return EXIT_FAILURE; /* the command dies with its parent */
    check(waitpid(command, &status, 0), "waitpid");
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    return WEXITSTATUS(status);
}
