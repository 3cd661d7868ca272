/* SPDX-License-Identifier: MIT */
/* Interposed functions that take a descriptor: ioctl, mmap, close and the duplications. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "interpose.h"
#include "virtdec.h"

#include <linux/dma-buf.h>

static int result_of(int result)
{
    if (result >= 0)
        return result;
    errno = -result;
    return -1;
}

static bool is_known(enum vd_file_kind kind, unsigned long request)
{
    if (kind == VD_FILE_VIDEO)
        return vd_video_ioctl_known(request);
    return kind != VD_FILE_MEDIA || vd_media_ioctl_known(request);
}

struct call {
    int fd;
    struct vd_file *file;
    unsigned long request;
    void *arg;
};

/* Dispatches by the kind of file; vd_lock held. */
static int dispatch(void *of_call)
{
    const struct call *call = of_call;
    struct vd_file *file = call->file;
    unsigned long request = call->request;
    void *arg = call->arg;
    int error = vd_fault(VD_SITE_IOCTL, request);
    if (error)
        return -error;
    if (_IOC_SIZE(request) && vd_bad_pointer(arg))
        return is_known(file->kind, request) ? -EFAULT : -ENOTTY;
    switch (file->kind) {
    case VD_FILE_VIDEO:
        return vd_video_ioctl(file->ctx, request, arg, vd_file_nonblock(call->fd));
    case VD_FILE_MEDIA:
        return vd_media_ioctl(file->node->device, request, arg);
    case VD_FILE_RENDER:
        return vd_render_ioctl(request, arg);
    case VD_FILE_REQUEST:
        return vd_request_ioctl(file->req, request);
    case VD_FILE_DMABUF:
        return vd_mem_ioctl(file->mem, request, arg);
    }
    return -ENOTTY;
}

VD_EXPORT int ioctl(int fd, unsigned long request, ...)
{
    va_list args;
    va_start(args, request);
    void *arg = va_arg(args, void *);
    va_end(args);
    /* A dma-buf descriptor may have reached us without our seeing it being duplicated. */
    bool sync = (unsigned int)request == DMA_BUF_IOCTL_SYNC;
    if (!vd_file_maybe(fd) && !sync)
        return VD_REAL(ioctl)(fd, request, arg);
    pthread_mutex_lock(&vd_lock);
    struct vd_file *file = vd_file_get(fd);
    int result = -ENOTTY;
    bool ours = true;
    if (file) {
        /* The number is 32 bits wide; callers with an int sign-extend it. */
        struct call call = {fd, file, (unsigned int)request, arg};
        result = vd_lies_ioctl(call.request, arg, dispatch, &call);
        vd_file_put(file);
    } else {
        struct vd_mem *mem = sync ? vd_mem_find(fd) : NULL;
        ours = mem != NULL;
        if (mem)
            result = vd_mem_ioctl(mem, (unsigned int)request, arg);
    }
    pthread_mutex_unlock(&vd_lock);
    return ours ? result_of(result) : VD_REAL(ioctl)(fd, request, arg);
}

static void *map_virtual(size_t length, int prot, int flags, int fd, off_t offset, bool *ours)
{
    pthread_mutex_lock(&vd_lock);
    struct vd_file *file = vd_file_get(fd);
    *ours = file && file->kind != VD_FILE_DMABUF;
    void *map = MAP_FAILED;
    int error = ENODEV;
    if (*ours) {
        if (file->kind == VD_FILE_VIDEO) {
            struct vd_mem *mem = vd_mmap_target(file->ctx, length, prot, flags, offset, &error);
            if (mem) {
                map = VD_REAL(mmap)(NULL, length, prot, flags, mem->fd, 0);
                error = errno;
            }
        }
    }
    if (file)
        vd_file_put(file);
    pthread_mutex_unlock(&vd_lock);
    if (*ours && map == MAP_FAILED)
        errno = error;
    return map;
}

#define DEFINE_MMAP(name, off_type)                                                               \
    VD_EXPORT void *name(void *addr, size_t length, int prot, int flags, int fd, off_type offset) \
    {                                                                                             \
        bool ours = false;                                                                        \
        void *map = MAP_FAILED;                                                                   \
        if (!(flags & MAP_ANONYMOUS) && vd_file_maybe(fd))                                        \
            map = map_virtual(length, prot, flags, fd, offset, &ours);                            \
        return ours ? map : VD_REAL(name)(addr, length, prot, flags, fd, offset);                 \
    }
DEFINE_MMAP(mmap, off_t)
DEFINE_MMAP(mmap64, off64_t)

static void forget(int fd)
{
    if (!vd_file_maybe(fd))
        return;
    pthread_mutex_lock(&vd_lock);
    struct vd_file *file = vd_file_detach(fd);
    if (file)
        vd_file_put(file);
    pthread_mutex_unlock(&vd_lock);
}

VD_EXPORT int close(int fd)
{
    forget(fd);
    return VD_REAL(close)(fd);
}

static int duplicated(int from, int to)
{
    if (to >= 0 && vd_file_maybe(from)) {
        pthread_mutex_lock(&vd_lock);
        vd_file_dup(from, to);
        pthread_mutex_unlock(&vd_lock);
    }
    return to;
}

VD_EXPORT int dup(int fd)
{
    return duplicated(fd, VD_REAL(dup)(fd));
}

VD_EXPORT int dup2(int from, int to)
{
    if (from != to)
        forget(to);
    return duplicated(from, VD_REAL(dup2)(from, to));
}

VD_EXPORT int dup3(int from, int to, int flags)
{
    if (from != to)
        forget(to);
    return duplicated(from, VD_REAL(dup3)(from, to, flags));
}

#define DEFINE_FCNTL(name)                                                                         \
    VD_EXPORT int name(int fd, int command, ...)                                                   \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, command);                                                                   \
        void *arg = va_arg(args, void *);                                                          \
        va_end(args);                                                                              \
        int result = VD_REAL(name)(fd, command, arg);                                              \
        return command == F_DUPFD || command == F_DUPFD_CLOEXEC ? duplicated(fd, result) : result; \
    }
DEFINE_FCNTL(fcntl)
DEFINE_FCNTL(fcntl64)

static bool is_device(int fd)
{
    if (!vd_file_maybe(fd))
        return false;
    pthread_mutex_lock(&vd_lock);
    struct vd_file *file = vd_file_get(fd);
    bool device = file && file->kind != VD_FILE_DMABUF;
    if (file)
        vd_file_put(file);
    pthread_mutex_unlock(&vd_lock);
    return device;
}

/* Decoders have no read() and write(). */
VD_EXPORT ssize_t read(int fd, void *data, size_t size)
{
    return is_device(fd) ? result_of(-EINVAL) : VD_REAL(read)(fd, data, size);
}

VD_EXPORT ssize_t write(int fd, const void *data, size_t size)
{
    return is_device(fd) ? result_of(-EINVAL) : VD_REAL(write)(fd, data, size);
}
