/* SPDX-License-Identifier: MIT */
/* Interposed functions that take a path: the nodes and sysfs entries seem to exist. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "interpose.h"
#include "virtdec.h"

static int fail(int error)
{
    errno = error;
    return -1;
}

/* The node of a path, or of where links of the real file system lead from there: absolute ones,
 * as the last part of a path. */
static const struct vd_node *find_node(const char *path)
{
    enum { MAX_LINKS = 8 };
    const struct vd_node *node = vd_node_by_path(path);
    char target[2][PATH_MAX];
    int error = errno;
    for (unsigned i = 0; !node && i < MAX_LINKS; i++) {
        ssize_t length = VD_REAL(readlink)(path, target[i % 2], PATH_MAX - 1);
        if (length <= 0)
            break;
        target[i % 2][length] = '\0';
        path = target[i % 2];
        node = vd_node_by_path(path);
    }
    errno = error;
    return node;
}

/* Opens what is virtual; -2 when the path is not ours. */
static int open_virtual(const char *path, int flags)
{
    const struct vd_node *node = find_node(path);
    if (node) {
        int fd = vd_node_open(node, flags);
        return fd < 0 ? fail(-fd) : fd;
    }
    const char *text = vd_text_file(path);
    if (!text)
        return -2;
    int fd = memfd_create("virtdec-sysfs", flags & O_CLOEXEC ? MFD_CLOEXEC : 0);
    if (fd >= 0) {
        ssize_t written = write(fd, text, strlen(text));
        (void)written;
        lseek(fd, 0, SEEK_SET);
    }
    return fd;
}

static mode_t mode_of(int flags, va_list args)
{
    return flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, mode_t) : 0;
}

#define DEFINE_OPEN(name)                                        \
    VD_EXPORT int name(const char *path, int flags, ...)         \
    {                                                            \
        va_list args;                                            \
        va_start(args, flags);                                   \
        mode_t mode = mode_of(flags, args);                      \
        va_end(args);                                            \
        int fd = open_virtual(path, flags);                      \
        return fd != -2 ? fd : VD_REAL(name)(path, flags, mode); \
    }
DEFINE_OPEN(open)
DEFINE_OPEN(open64)

#define DEFINE_OPENAT(name)                                           \
    VD_EXPORT int name(int dir, const char *path, int flags, ...)     \
    {                                                                 \
        va_list args;                                                 \
        va_start(args, flags);                                        \
        mode_t mode = mode_of(flags, args);                           \
        va_end(args);                                                 \
        int fd = open_virtual(path, flags);                           \
        return fd != -2 ? fd : VD_REAL(name)(dir, path, flags, mode); \
    }
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)

/* The checked variants that _FORTIFY_SOURCE calls. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags);

#define DEFINE_OPEN_2(name)                                \
    VD_EXPORT int name(const char *path, int flags)        \
    {                                                      \
        int fd = open_virtual(path, flags);                \
        return fd != -2 ? fd : VD_REAL(name)(path, flags); \
    }
DEFINE_OPEN_2(__open_2)
DEFINE_OPEN_2(__open64_2)

#define DEFINE_OPENAT_2(name)                                   \
    VD_EXPORT int name(int dir, const char *path, int flags)    \
    {                                                           \
        int fd = open_virtual(path, flags);                     \
        return fd != -2 ? fd : VD_REAL(name)(dir, path, flags); \
    }
DEFINE_OPENAT_2(__openat_2)
DEFINE_OPENAT_2(__openat64_2)

#define DEFINE_FOPEN(name)                                                     \
    VD_EXPORT FILE *name(const char *restrict path, const char *restrict mode) \
    {                                                                          \
        if (!vd_text_file(path))                                               \
            return VD_REAL(name)(path, mode);                                  \
        int fd = open_virtual(path, O_CLOEXEC);                                \
        return fd < 0 ? NULL : fdopen(fd, "r");                                \
    }
DEFINE_FOPEN(fopen)
DEFINE_FOPEN(fopen64)

static void stat_node(const struct vd_node *node, struct stat *st)
{
    memset(st, 0, sizeof(*st));
    st->st_mode = S_IFCHR | 0666;
    st->st_nlink = 1;
    st->st_rdev = makedev(node->major, node->minor);
    st->st_ino = 0x7664 + node->minor + ((ino_t)node->major << 8);
}

/* Answers a stat of a virtual path; false when it is not ours. */
static bool stat_virtual(const char *path, bool follow, struct stat *st)
{
    const struct vd_node *node = follow ? find_node(path) : vd_node_by_path(path);
    if (node) {
        stat_node(node, st);
        return true;
    }
    const char *text = vd_text_file(path);
    const char *link = follow ? NULL : vd_link_target(path);
    mode_t mode;
    if (text)
        mode = S_IFREG | 0444;
    else if (link)
        mode = S_IFLNK | 0777;
    else if (vd_is_virtual_dir(path) || vd_link_target(path))
        mode = S_IFDIR | 0755;
    else
        return false;
    memset(st, 0, sizeof(*st));
    st->st_mode = mode;
    st->st_nlink = 1;
    st->st_ino = 0x7664;
    st->st_size = text ? (off_t)strlen(text) : 0;
    return true;
}

static bool fstat_virtual(int fd, struct stat *st)
{
    if (!vd_file_maybe(fd))
        return false;
    pthread_mutex_lock(&vd_lock);
    struct vd_file *file = vd_file_get(fd);
    const struct vd_node *node = file ? file->node : NULL;
    if (file)
        vd_file_put(file);
    pthread_mutex_unlock(&vd_lock);
    if (node)
        stat_node(node, st);
    return node;
}

/* Of all call sites: the linker knows where their section begins and ends. */
extern struct vd_real __start_vd_real[] __attribute__((visibility("hidden")));
extern struct vd_real __stop_vd_real[] __attribute__((visibility("hidden")));

__attribute__((constructor)) static void look_up_all(void)
{
    for (struct vd_real *real = __start_vd_real; real < __stop_vd_real; real++)
        vd_real_function(real);
}

/* struct stat and struct stat64 are one layout on every 64-bit system. */
#define DEFINE_STAT(name, type, follow)                                                     \
    VD_EXPORT int name(const char *restrict path, type *restrict st)                        \
    {                                                                                       \
        return stat_virtual(path, follow, (struct stat *)st) ? 0 : VD_REAL(name)(path, st); \
    }
DEFINE_STAT(stat, struct stat, true)
DEFINE_STAT(stat64, struct stat64, true)
DEFINE_STAT(lstat, struct stat, false)
DEFINE_STAT(lstat64, struct stat64, false)

#define DEFINE_FSTAT(name, type)                                                 \
    VD_EXPORT int name(int fd, type *st)                                         \
    {                                                                            \
        return fstat_virtual(fd, (struct stat *)st) ? 0 : VD_REAL(name)(fd, st); \
    }
DEFINE_FSTAT(fstat, struct stat)
DEFINE_FSTAT(fstat64, struct stat64)

#define DEFINE_FSTATAT(name, type)                                                        \
    VD_EXPORT int name(int dir, const char *restrict path, type *restrict st, int flags)  \
    {                                                                                     \
        if (path[0] == '/' &&                                                             \
            stat_virtual(path, !(flags & AT_SYMLINK_NOFOLLOW), (struct stat *)st))        \
            return 0;                                                                     \
        if (!path[0] && (flags & AT_EMPTY_PATH) && fstat_virtual(dir, (struct stat *)st)) \
            return 0;                                                                     \
        return VD_REAL(name)(dir, path, st, flags);                                       \
    }
DEFINE_FSTATAT(fstatat, struct stat)
DEFINE_FSTATAT(fstatat64, struct stat64)

/* What programs built against an older C library call. */
int __xstat(int version, const char *path, struct stat *st);
int __xstat64(int version, const char *path, struct stat64 *st);
int __lxstat(int version, const char *path, struct stat *st);
int __fxstat(int version, int fd, struct stat *st);
int __fxstat64(int version, int fd, struct stat64 *st);

#define DEFINE_XSTAT(name, type, follow)                                                         \
    VD_EXPORT int name(int version, const char *path, type *st)                                  \
    {                                                                                            \
        return stat_virtual(path, follow, (struct stat *)st) ? 0                                 \
                                                             : VD_REAL(name)(version, path, st); \
    }
DEFINE_XSTAT(__xstat, struct stat, true)
DEFINE_XSTAT(__xstat64, struct stat64, true)
DEFINE_XSTAT(__lxstat, struct stat, false)

#define DEFINE_FXSTAT(name, type)                                                         \
    VD_EXPORT int name(int version, int fd, type *st)                                     \
    {                                                                                     \
        return fstat_virtual(fd, (struct stat *)st) ? 0 : VD_REAL(name)(version, fd, st); \
    }
DEFINE_FXSTAT(__fxstat, struct stat)
DEFINE_FXSTAT(__fxstat64, struct stat64)

VD_EXPORT int statx(int dir, const char *restrict path, int flags, unsigned mask,
                    struct statx *restrict stx)
{
    struct stat st;
    bool ours = path[0] == '/' ? stat_virtual(path, !(flags & AT_SYMLINK_NOFOLLOW), &st)
                               : !path[0] && fstat_virtual(dir, &st);
    if (!ours)
        return VD_REAL(statx)(dir, path, flags, mask, stx);
    memset(stx, 0, sizeof(*stx));
    stx->stx_mask = STATX_BASIC_STATS;
    stx->stx_mode = (uint16_t)st.st_mode;
    stx->stx_nlink = 1;
    stx->stx_ino = st.st_ino;
    stx->stx_size = (uint64_t)st.st_size;
    stx->stx_rdev_major = major(st.st_rdev);
    stx->stx_rdev_minor = minor(st.st_rdev);
    return 0;
}

static int access_virtual(const char *path, int mode)
{
    struct stat st;
    if (!stat_virtual(path, true, &st))
        return -2;
    if ((mode & X_OK) && !S_ISDIR(st.st_mode))
        return fail(EACCES);
    return 0;
}

VD_EXPORT int access(const char *path, int mode)
{
    int result = access_virtual(path, mode);
    return result != -2 ? result : VD_REAL(access)(path, mode);
}

VD_EXPORT int faccessat(int dir, const char *path, int mode, int flags)
{
    int result = access_virtual(path, mode);
    return result != -2 ? result : VD_REAL(faccessat)(dir, path, mode, flags);
}

static ssize_t readlink_virtual(const char *path, char *target, size_t size)
{
    const char *link = vd_link_target(path);
    if (!link)
        return -2;
    size_t length = strlen(link);
    if (length > size)
        length = size;
    for (size_t i = 0; i < length; i++)
        target[i] = link[i]; /* readlink() ends nothing with a zero byte */
    return (ssize_t)length;
}

VD_EXPORT ssize_t readlink(const char *restrict path, char *restrict target, size_t size)
{
    ssize_t result = readlink_virtual(path, target, size);
    return result != -2 ? result : VD_REAL(readlink)(path, target, size);
}

VD_EXPORT ssize_t readlinkat(int dir, const char *restrict path, char *restrict target, size_t size)
{
    ssize_t result = readlink_virtual(path, target, size);
    return result != -2 ? result : VD_REAL(readlinkat)(dir, path, target, size);
}
