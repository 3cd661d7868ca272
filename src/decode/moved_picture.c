/* SPDX-License-Identifier: MIT */
#include "decode/moved_picture.h"

#include <linux/dma-buf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Allocates ordinary memory for a copy of `original`, which has to be mapped. */
static struct picture_memory *ordinary_memory(const struct picture_memory *original)
{
    struct picture_memory *memory = malloc(sizeof(*memory));
    void *map =
        mmap(NULL, original->map_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (!memory || map == MAP_FAILED) {
        free(memory);
        if (map != MAP_FAILED)
            munmap(map, original->map_size);
        return NULL;
    }
    *memory = (struct picture_memory){
        .references = 1,
        .device = original->device,
        .layout = original->layout,
        .map = map,
        .map_size = original->map_size,
        .moved = true,
    };
    memcpy(memory->map_offset, original->map_offset, sizeof(memory->map_offset));
    return memory;
}

bool memory_move_picture(struct driver *driver, struct surface *surface,
                         struct picture_memory *memory, unsigned owners)
{
    struct picture_memory *ordinary = memory_map(driver, memory) ? ordinary_memory(memory) : NULL;
    bool moves;

    if (!ordinary)
        return false;
    if (memory_begin_access(driver, memory, DMA_BUF_SYNC_READ)) {
        memory_put(driver, ordinary);
        return false;
    }
    /* The lock keeps others from writing to the picture, or looking it up, during the copy. */
    lock_acquire(&driver->lock);
    moves = surface->memory == memory && memory->references == owners && !memory->exported;
    if (moves) {
        memcpy(ordinary->map, memory->map, memory->map_size);
        surface_exchange_memory(surface, ordinary);
        memory_unref_locked(memory);
    }
    lock_release(&driver->lock);
    memory_end_access(memory, DMA_BUF_SYNC_READ);
    if (!moves)
        memory_put(driver, ordinary);
    return moves;
}

bool memory_return_picture(struct driver *driver, struct surface *surface,
                           struct picture_memory *memory)
{
    struct picture_memory *ordinary = NULL;

    if (!memory_map(driver, memory) || memory_begin_access(driver, memory, DMA_BUF_SYNC_WRITE))
        return false;
    lock_acquire(&driver->lock);
    if (surface->memory && surface->memory->moved &&
        memory->map_size == surface->memory->map_size &&
        picture_layout_fits(&memory->layout, &surface->memory->layout)) {
        ordinary = surface->memory;
        memcpy(memory->map, ordinary->map, memory->map_size);
        surface_exchange_memory(surface, memory);
    }
    lock_release(&driver->lock);
    memory_end_access(memory, DMA_BUF_SYNC_WRITE);
    memory_put(driver, ordinary);
    return ordinary;
}
