/* SPDX-License-Identifier: MIT */
/* dma-bufs: memfds told apart by inode, as the kernel tells dma-bufs apart by file. */
#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "virtdec.h"

static struct vd_mem *all_mem;

/* CAPTURE's own memory: pictures that there is memory for now, the most so far, and the bytes. */
static struct {
    unsigned pictures, most_pictures;
    size_t bytes, most_bytes;
} capture;

/* The library's own fstat() answers for device nodes; this asks the kernel. */
static int kernel_fstat(int fd, struct stat *st)
{
    return (int)syscall(SYS_fstat, fd, st);
}

static struct vd_mem *adopt(int fd, size_t size)
{
    struct stat st;
    struct vd_mem *mem = calloc(1, sizeof(*mem));
    if (!mem || kernel_fstat(fd, &st) < 0) {
        free(mem);
        return NULL;
    }
    void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        free(mem);
        return NULL;
    }
    *mem = (struct vd_mem){.next = all_mem,
                           .fd = fd,
                           .dev = st.st_dev,
                           .ino = st.st_ino,
                           .size = size,
                           .map = map,
                           .refs = 1};
    all_mem = mem;
    return mem;
}

static void count_capture(struct vd_mem *mem, enum vd_mem_use use)
{
    mem->use = use;
    if (use == VD_MEM_OUTPUT)
        return;
    capture.pictures += use == VD_MEM_PICTURE;
    capture.bytes += mem->size;
    if (capture.bytes <= capture.most_bytes && capture.pictures <= capture.most_pictures)
        return;
    capture.most_bytes = capture.bytes;
    capture.most_pictures = capture.pictures;
    vd_report("capture-memory pictures=%u bytes=%zu", capture.pictures, capture.bytes);
}

/* Allocates size bytes, zeroed; NULL when there is no memory. The caller owns one reference. */
struct vd_mem *vd_mem_new(size_t size, enum vd_mem_use use)
{
    const char *limit = getenv("VIRTDEC_PICTURES");
    if (vd_fault(VD_SITE_MEMORY, 0))
        return NULL;
    if (limit && use == VD_MEM_PICTURE && capture.pictures >= strtoul(limit, NULL, 10))
        return NULL;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size = (size + page - 1) / page * page;
    int fd = memfd_create("virtdec-buffer", MFD_CLOEXEC);
    if (fd < 0)
        return NULL;
    struct vd_mem *mem = NULL;
    if (ftruncate(fd, (off_t)size) == 0)
        mem = adopt(fd, size);
    if (mem)
        count_capture(mem, use);
    else
        close(fd);
    return mem;
}

/* The memory behind a descriptor, if it is one that we know; no reference is taken. */
struct vd_mem *vd_mem_find(int fd)
{
    struct stat st;
    if (kernel_fstat(fd, &st) < 0)
        return NULL;
    for (struct vd_mem *mem = all_mem; mem; mem = mem->next)
        if (mem->ino == st.st_ino && mem->dev == st.st_dev)
            return mem;
    return NULL;
}

/* The memory behind a descriptor for use by a queue, foreign dma-bufs included; NULL for what
 * is not a dma-buf. The caller owns one reference. */
struct vd_mem *vd_mem_import(int fd)
{
    struct vd_mem *known = vd_mem_find(fd);
    if (known)
        return vd_mem_get(known);
    struct vd_file *file = vd_file_get(fd);
    if (file) {
        vd_file_put(file);
        return NULL;
    }
    off_t size = lseek(fd, 0, SEEK_END);
    if (size <= 0)
        return NULL;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0)
        return NULL;
    struct vd_mem *mem = adopt(copy, (size_t)size);
    if (!mem)
        close(copy);
    return mem;
}

/* Takes a further reference. */
struct vd_mem *vd_mem_get(struct vd_mem *mem)
{
    mem->refs++;
    return mem;
}

/* Drops a reference; NULL is allowed. */
void vd_mem_put(struct vd_mem *mem)
{
    if (!mem || --mem->refs)
        return;
    for (struct vd_mem **at = &all_mem; *at; at = &(*at)->next) {
        if (*at == mem) {
            *at = mem->next;
            break;
        }
    }
    if (mem->cpu_access)
        vd_report("unbalanced-cpu-access ino=%lu count=%d", (unsigned long)mem->ino,
                  mem->cpu_access);
    if (mem->use != VD_MEM_OUTPUT)
        capture.bytes -= mem->size;
    capture.pictures -= mem->use == VD_MEM_PICTURE;
    munmap(mem->map, mem->size);
    close(mem->fd);
    free(mem);
}

/* DMA_BUF_IOCTL_*; returns 0 or a negative errno. */
int vd_mem_ioctl(struct vd_mem *mem, unsigned long request, void *arg)
{
    if (request != DMA_BUF_IOCTL_SYNC)
        return -ENOTTY;
    const struct dma_buf_sync *sync = arg;
    if (sync->flags & ~(uint64_t)DMA_BUF_SYNC_VALID_FLAGS_MASK)
        return -EINVAL;
    if (!(sync->flags & DMA_BUF_SYNC_RW))
        return -EINVAL;
    if (sync->flags & DMA_BUF_SYNC_END)
        mem->cpu_access--;
    else
        mem->cpu_access++;
    if (mem->cpu_access < 0) {
        vd_report("unbalanced-cpu-access ino=%lu count=%d", (unsigned long)mem->ino,
                  mem->cpu_access);
        mem->cpu_access = 0;
    }
    return 0;
}
