/* SPDX-License-Identifier: MIT */
/*
 * Open files. A device descriptor is a real one (an empty memfd of its own inode), so that dup(),
 * fcntl(), O_NONBLOCK and exec behave; this table says what stands behind it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "interpose.h"
#include "virtdec.h"

#define MAX_FD 65536

pthread_mutex_t vd_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static _Atomic(struct vd_file *) table[MAX_FD];

/* A child of fork() has none of the worker threads; it keeps its hands off what it inherited. */
static void forget_all(void)
{
    for (size_t fd = 0; fd < MAX_FD; fd++)
        atomic_store(&table[fd], NULL);
    pthread_mutex_init(&vd_lock, NULL);
}

static void before_fork(void)
{
    pthread_mutex_lock(&vd_lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&vd_lock);
}

__attribute__((constructor)) static void init(void)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&changed, &attr);
    pthread_condattr_destroy(&attr);
    pthread_atfork(before_fork, after_fork, forget_all);
}

/* Wakes whoever waits for a change of state; vd_lock held. */
void vd_changed(void)
{
    pthread_cond_broadcast(&changed);
    vd_wake_pollers();
}

/* Waits for the next change, at most until the monotonic time given (NULL: for ever); vd_lock
 * held. Returns 0 or ETIMEDOUT. */
int vd_wait(const struct timespec *until)
{
    if (!until)
        return pthread_cond_wait(&changed, &vd_lock);
    return pthread_cond_timedwait(&changed, &vd_lock, until);
}

static ino_t inode_of(int fd)
{
    struct stat st;
    return syscall(SYS_fstat, fd, &st) == 0 ? st.st_ino : 0;
}

static void release(struct vd_file *file)
{
    if (file->ctx)
        vd_ctx_free(file->ctx);
    if (file->req)
        vd_request_put(file->req);
    vd_mem_put(file->mem);
    free(file);
}

/* Opens a descriptor for an object whose reference the file takes over: a context, a request or a
 * memory by kind, NULL for the others. flags: O_CLOEXEC, O_NONBLOCK; for memory also the access
 * mode. `node`: that it was opened by, or NULL. Returns the descriptor or a negative errno, and
 * then the object is still the caller's. */
int vd_file_new(enum vd_file_kind kind, int flags, void *object, const struct vd_node *node)
{
    int fd;
    if (kind == VD_FILE_DMABUF) {
        /* A fresh open file description, so that the export's access mode holds for mmap(). */
        char path[32];
        vd_fd_path(path, sizeof(path), ((struct vd_mem *)object)->fd);
        fd = VD_REAL(open)(path, flags & (O_ACCMODE | O_CLOEXEC));
    } else {
        fd = memfd_create("virtdec", flags & O_CLOEXEC ? MFD_CLOEXEC : 0);
        if (fd >= 0 && (flags & O_NONBLOCK))
            VD_REAL(fcntl)(fd, F_SETFL, O_NONBLOCK);
    }
    if (fd < 0)
        return -errno;
    struct vd_file *file = fd < MAX_FD ? calloc(1, sizeof(*file)) : NULL;
    if (!file) {
        VD_REAL(close)(fd);
        return -ENFILE;
    }
    file->kind = kind;
    file->node = node;
    file->refs = 1;
    file->ino = inode_of(fd);
    if (kind == VD_FILE_VIDEO)
        file->ctx = object;
    else if (kind == VD_FILE_REQUEST)
        file->req = object;
    else if (kind == VD_FILE_DMABUF)
        file->mem = object;
    atomic_store(&table[fd], file);
    return fd;
}

/* The file behind a descriptor with a reference for the caller, or NULL if it is none of ours;
 * vd_lock held. A descriptor that was closed behind our back is recognised by its inode. */
struct vd_file *vd_file_get(int fd)
{
    if (fd < 0 || fd >= MAX_FD)
        return NULL;
    struct vd_file *file = atomic_load(&table[fd]);
    if (!file)
        return NULL;
    if (inode_of(fd) != file->ino) {
        atomic_store(&table[fd], NULL);
        vd_file_put(file);
        return NULL;
    }
    file->refs++;
    return file;
}

/* Whether a descriptor may be ours; needs no lock. */
bool vd_file_maybe(int fd)
{
    return fd >= 0 && fd < MAX_FD && atomic_load(&table[fd]) != NULL;
}

/* Drops a reference; the last one closes the object. vd_lock held, dropped in between. */
void vd_file_put(struct vd_file *file)
{
    if (--file->refs == 0)
        release(file);
}

/* Enters a duplicate of a descriptor; vd_lock held. */
void vd_file_dup(int from, int to)
{
    if (to < 0 || to >= MAX_FD || from == to)
        return;
    struct vd_file *file = vd_file_get(from);
    atomic_store(&table[to], file);
}

/* Takes a descriptor out of the table, before it is closed; vd_lock held. The caller puts the
 * file afterwards. */
struct vd_file *vd_file_detach(int fd)
{
    if (fd < 0 || fd >= MAX_FD)
        return NULL;
    return atomic_exchange(&table[fd], NULL);
}

/* Whether O_NONBLOCK is set on a descriptor. */
bool vd_file_nonblock(int fd)
{
    int flags = VD_REAL(fcntl)(fd, F_GETFL);
    return flags >= 0 && (flags & O_NONBLOCK);
}
