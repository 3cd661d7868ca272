/* SPDX-License-Identifier: MIT */
/* The memory of one picture: dma-bufs, mapped when the CPU first accesses them. memory_ref(),
 * memory_put() and memory_map() take driver->lock: no caller may hold it. */
#ifndef PICTURE_MEMORY_H
#define PICTURE_MEMORY_H

#include "base/driver.h"
#include "device/device.h"
#include "pixels/format.h"

struct picture_memory {
    unsigned references;         /* driver->lock */
    const struct device *device; /* that allocated it */
    struct picture_layout layout;
    int fd[MAX_PICTURE_BUFFERS]; /* dma-buf */
    uint8_t *map;                /* all buffers one after the other, each page-aligned; or NULL */
    size_t map_offset[MAX_PICTURE_BUFFERS];
    size_t map_size;
    bool chroma_written; /* a client has written to chroma (monochrome.h); driver->lock */
    unsigned exported;   /* exports so far; their end is never reported, so exported memory stays */
    bool moved;          /* the picture moved to ordinary memory, mapped, without dma-bufs */
};

/* Creates memory of that layout without its buffers (each fd -1), with one reference. NULL: out of
 * memory. */
struct picture_memory *memory_new_empty(const struct device *device,
                                        const struct picture_layout *layout);

/* Takes another reference. */
struct picture_memory *memory_ref(struct driver *driver, struct picture_memory *memory)
    EXCLUDES(driver->lock);

/* With driver->lock held: takes a reference, or drops one that is not the last. */
void memory_ref_locked(struct picture_memory *memory);
void memory_unref_locked(struct picture_memory *memory);

void memory_put(struct driver *driver, struct picture_memory *memory) EXCLUDES(driver->lock);

/* Maps all buffers for the CPU, until the memory is freed. False: that failed. */
bool memory_map(struct driver *driver, struct picture_memory *memory) EXCLUDES(driver->lock);

/* Brackets access by the CPU (DMA_BUF_IOCTL_SYNC), which may wait for the dma-buf's fences.
 * `flags`: DMA_BUF_SYNC_READ or _WRITE. After a negative errno (logged) the CPU may not see the
 * memory's contents, and memory_end_access() must not be called. */
int memory_begin_access(struct driver *driver, const struct picture_memory *memory, uint64_t flags);

void memory_end_access(const struct picture_memory *memory, uint64_t flags);

/* Start of a plane in mapped memory. */
uint8_t *memory_plane(const struct picture_memory *memory, unsigned plane);

#endif
