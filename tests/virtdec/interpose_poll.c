/* SPDX-License-Identifier: MIT */
/* Interposed poll and select: our descriptors answer from the queues' state. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "interpose.h"
#include "virtdec.h"

/* A poll() over foreign descriptors too sleeps in the kernel; this descriptor wakes it. */
struct poller {
    struct poller *next;
    int event;
};
static struct poller *pollers;

/* Wakes the polls that sleep in the kernel; vd_lock held. */
void vd_wake_pollers(void)
{
    uint64_t one = 1;
    for (struct poller *p = pollers; p; p = p->next) {
        ssize_t written = VD_REAL(write)(p->event, &one, sizeof(one));
        (void)written;
    }
}

/* The events of one of our descriptors; -1 when it is to be left to the kernel. vd_lock held. */
static int events_of(int fd, short events)
{
    struct vd_file *file = vd_file_get(fd);
    if (!file)
        return -1;
    int result = -1;
    if (vd_fault_gone() && file->kind != VD_FILE_DMABUF && file->kind != VD_FILE_RENDER)
        result = POLLERR | POLLHUP;
    else if (file->kind == VD_FILE_DMABUF && vd_fault_readers())
        result = 0;
    else if (file->kind == VD_FILE_VIDEO)
        result = vd_ctx_poll(file->ctx, events);
    else if (file->kind == VD_FILE_REQUEST)
        result = vd_request_poll(file->req, events);
    vd_file_put(file);
    return result < 0 ? result : result & (events | POLLERR | POLLHUP);
}

/* One pass over our descriptors: sets revents, returns how many have some. */
static int scan(struct pollfd *fds, nfds_t count, bool *all_ours)
{
    int ready = 0;
    *all_ours = true;
    for (nfds_t i = 0; i < count; i++) {
        int events = fds[i].fd < 0 ? 0 : events_of(fds[i].fd, fds[i].events);
        if (events < 0) {
            *all_ours = false;
            continue;
        }
        fds[i].revents = (short)events;
        ready += events != 0;
    }
    return ready;
}

/* Polls the foreign descriptors in the kernel, ours left out, `wake` added when it is not -1. */
static int poll_foreign(struct pollfd *fds, nfds_t count, int wake, const struct timespec *timeout,
                        const sigset_t *mask)
{
    struct pollfd *copy = calloc(count + 1, sizeof(*copy));
    if (!copy)
        return -ENOMEM;
    pthread_mutex_lock(&vd_lock);
    for (nfds_t i = 0; i < count; i++) {
        copy[i] = fds[i];
        if (fds[i].fd >= 0 && events_of(fds[i].fd, fds[i].events) >= 0)
            copy[i].fd = -1;
    }
    pthread_mutex_unlock(&vd_lock);
    copy[count] = (struct pollfd){.fd = wake, .events = POLLIN};
    int result = VD_REAL(ppoll)(copy, count + 1, timeout, mask);
    int ready = result < 0 ? -errno : 0;
    for (nfds_t i = 0; i < count && result >= 0; i++) {
        if (copy[i].fd < 0)
            continue;
        fds[i].revents = copy[i].revents;
        ready += fds[i].revents != 0;
    }
    free(copy);
    return ready;
}

static struct timespec deadline_of(const struct timespec *timeout)
{
    struct timespec end = {0};
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += timeout->tv_sec;
    end.tv_nsec += timeout->tv_nsec;
    if (end.tv_nsec >= 1000000000L) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000L;
    }
    return end;
}

static struct timespec remaining(const struct timespec *end)
{
    struct timespec now, left = {0};
    clock_gettime(CLOCK_MONOTONIC, &now);
    left.tv_sec = end->tv_sec - now.tv_sec;
    left.tv_nsec = end->tv_nsec - now.tv_nsec;
    if (left.tv_nsec < 0) {
        left.tv_sec--;
        left.tv_nsec += 1000000000L;
    }
    return left.tv_sec < 0 ? (struct timespec){0} : left;
}

/* Sleeps until one of our descriptors or a foreign one is ready. */
static int poll_mixed(struct pollfd *fds, nfds_t count, const struct timespec *end,
                      const sigset_t *mask)
{
    struct poller self = {.event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (self.event < 0)
        return -errno;
    pthread_mutex_lock(&vd_lock);
    self.next = pollers;
    pollers = &self;
    int ready = 0;
    for (;;) {
        bool all_ours;
        int ours = scan(fds, count, &all_ours);
        pthread_mutex_unlock(&vd_lock);
        struct timespec left = {0};
        if (!ours && end)
            left = remaining(end);
        bool last = ours || (end && !left.tv_sec && !left.tv_nsec);
        ready = poll_foreign(fds, count, self.event, end || ours ? &left : NULL, mask);
        if (ready >= 0)
            ready += ours;
        uint64_t drained;
        ssize_t got = VD_REAL(read)(self.event, &drained, sizeof(drained));
        (void)got;
        pthread_mutex_lock(&vd_lock);
        if (ready || last)
            break;
    }
    for (struct poller **at = &pollers; *at; at = &(*at)->next) {
        if (*at == &self) {
            *at = self.next;
            break;
        }
    }
    pthread_mutex_unlock(&vd_lock);
    VD_REAL(close)(self.event);
    return ready;
}

/* timeout: NULL waits for ever. */
static int poll_virtual(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                        const sigset_t *mask)
{
    struct timespec end;
    if (timeout)
        end = deadline_of(timeout);
    bool all_ours;
    pthread_mutex_lock(&vd_lock);
    int ready = scan(fds, count, &all_ours);
    while (all_ours && !ready) {
        if (vd_wait(timeout ? &end : NULL) == ETIMEDOUT) {
            ready = scan(fds, count, &all_ours);
            break;
        }
        ready = scan(fds, count, &all_ours);
    }
    pthread_mutex_unlock(&vd_lock);
    if (!all_ours)
        ready = poll_mixed(fds, count, timeout ? &end : NULL, mask);
    if (ready < 0) {
        errno = -ready;
        return -1;
    }
    return ready;
}

static bool any_ours(const struct pollfd *fds, nfds_t count)
{
    for (nfds_t i = 0; i < count; i++)
        if (vd_file_maybe(fds[i].fd))
            return true;
    return false;
}

VD_EXPORT int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                    const sigset_t *mask)
{
    if (!any_ours(fds, count))
        return VD_REAL(ppoll)(fds, count, timeout, mask);
    int error = vd_fault(VD_SITE_POLL, 0);
    if (error) {
        errno = error;
        return -1;
    }
    return vd_lies_poll(fds, (unsigned)count, poll_virtual(fds, count, timeout, mask));
}

VD_EXPORT int poll(struct pollfd *fds, nfds_t count, int timeout)
{
    if (!any_ours(fds, count))
        return VD_REAL(poll)(fds, count, timeout);
    struct timespec ts = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000L};
    return ppoll(fds, count, timeout < 0 ? NULL : &ts, NULL);
}

/* The checked variants that _FORTIFY_SOURCE calls. */
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size);
int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                const sigset_t *mask, size_t size);

VD_EXPORT int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size)
{
    if (size / sizeof(*fds) < count)
        abort();
    return poll(fds, count, timeout);
}

VD_EXPORT int __ppoll_chk(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                          const sigset_t *mask, size_t size)
{
    if (size / sizeof(*fds) < count)
        abort();
    return ppoll(fds, count, timeout, mask);
}

static bool in_set(int fd, const fd_set *set)
{
    return set && FD_ISSET(fd, set);
}

static bool selects_ours(int count, const fd_set *in, const fd_set *out, const fd_set *except)
{
    for (int fd = 0; fd < count; fd++)
        if ((in_set(fd, in) || in_set(fd, out) || in_set(fd, except)) && vd_file_maybe(fd))
            return true;
    return false;
}

/* select() as a poll(), with the kernel's own correspondence of the events. */
static int select_virtual(int count, fd_set *in, fd_set *out, fd_set *except,
                          const struct timespec *timeout, const sigset_t *mask)
{
    struct pollfd fds[FD_SETSIZE];
    nfds_t used = 0;
    for (int fd = 0; fd < count && fd < FD_SETSIZE; fd++) {
        short events = (short)((in_set(fd, in) ? POLLIN : 0) | (in_set(fd, out) ? POLLOUT : 0) |
                               (in_set(fd, except) ? POLLPRI : 0));
        if (events)
            fds[used++] = (struct pollfd){.fd = fd, .events = events};
    }
    int result = ppoll(fds, used, timeout, mask);
    if (result < 0)
        return result;
    fd_set *sets[3] = {in, out, except};
    const short wanted[3] = {POLLIN | POLLHUP | POLLERR, POLLOUT | POLLERR, POLLPRI};
    const short asked[3] = {POLLIN, POLLOUT, POLLPRI};
    int ready = 0;
    for (int s = 0; s < 3; s++) {
        if (!sets[s])
            continue;
        FD_ZERO(sets[s]);
        for (nfds_t i = 0; i < used; i++) {
            if ((fds[i].events & asked[s]) && (fds[i].revents & wanted[s])) {
                FD_SET(fds[i].fd, sets[s]);
                ready++;
            }
        }
    }
    return ready;
}

VD_EXPORT int pselect(int count, fd_set *restrict in, fd_set *restrict out, fd_set *restrict except,
                      const struct timespec *restrict timeout, const sigset_t *restrict mask)
{
    if (!selects_ours(count, in, out, except))
        return VD_REAL(pselect)(count, in, out, except, timeout, mask);
    return select_virtual(count, in, out, except, timeout, mask);
}

VD_EXPORT int select(int count, fd_set *restrict in, fd_set *restrict out, fd_set *restrict except,
                     struct timeval *restrict timeout)
{
    if (!selects_ours(count, in, out, except))
        return VD_REAL(select)(count, in, out, except, timeout);
    struct timespec ts = {0};
    if (timeout) {
        ts.tv_sec = timeout->tv_sec;
        ts.tv_nsec = timeout->tv_usec * 1000L;
    }
    return select_virtual(count, in, out, except, timeout ? &ts : NULL, NULL);
}
