/* SPDX-License-Identifier: MIT */
/* A picture's memory: dma-bufs that are mapped when somebody reads them with the CPU. */
#ifndef PICTURE_MEMORY_H
#define PICTURE_MEMORY_H

#include "base/driver.h"
#include "device/device.h"
#include "pixels/format.h"

/* A picture's memory: dma-bufs, mapped when somebody reads them with the CPU. */
struct picture_memory {
    unsigned references;         /* driver->lock */
    const struct device *device; /* that allocated it */
    struct picture_layout layout;
    int fd[MAX_PICTURE_BUFFERS]; /* dma-buf */
    uint8_t *map;                /* all buffers one after the other, each from a page; or NULL */
    size_t map_offset[MAX_PICTURE_BUFFERS];
    size_t map_size;
    bool chroma_written; /* by a client, over that of pictures without chroma (monochrome.h) */
    unsigned exported;   /* exports, of which nobody tells when they end: it must not be replaced */
    bool moved;          /* ordinary memory, mapped, without dma-bufs: see memory_move_picture() */
};

/* Memory of that layout without its buffers (each fd -1), with one reference; NULL: none to be had.
 */
struct picture_memory *memory_new(const struct device *device, const struct picture_layout *layout);

/* Another reference to memory that somebody has; and with driver->lock held: the same, and the
 * reverse for one that is not the last. */
struct picture_memory *memory_ref(struct driver *driver, struct picture_memory *memory)
    EXCLUDES(driver->lock);

void memory_hold(struct picture_memory *memory);
void memory_release_hold(struct picture_memory *memory);

void memory_put(struct driver *driver, struct picture_memory *memory) EXCLUDES(driver->lock);

/* Maps all buffers for the CPU, for the life of the memory. False: not to be had. */
bool memory_map(struct driver *driver, struct picture_memory *memory) EXCLUDES(driver->lock);

/* Brackets CPU access (DMA_BUF_IOCTL_SYNC): flags DMA_BUF_SYNC_READ/WRITE. A negative errno: what
 * the CPU would see is not known (logged); there is no access to end. */
int memory_begin_access(struct driver *driver, const struct picture_memory *memory, uint64_t flags);

void memory_end_access(const struct picture_memory *memory, uint64_t flags);

/* Start of a plane in mapped memory. */
uint8_t *memory_plane(const struct picture_memory *memory, unsigned plane);

#endif
