/* SPDX-License-Identifier: MIT */
#include "decode/staging.h"

#include "decode/completion.h"
#include "decode/output_pool.h"

#include <linux/dma-buf.h>
#include <string.h>

struct slot *slot_acquire(struct context *context, bool wait)
{
    uint64_t deadline = 0;
    struct slot *slot;

    while (!(slot = slot_find_free(context)) && context->jobs.count && !context->dead) {
        if (wait && !deadline)
            deadline = monotonic_ns() + DECODE_TIMEOUT_NS;
        if (completion_wait(context, context->jobs.oldest_serial, deadline))
            break;
    }
    return slot ? slot : slot_find_free(context);
}

/* Like slot_acquire(), but for one of many slices of a picture, and without waiting. Leaves one
 * slot for slices that have none when vaEndPicture is called. */
static struct slot *slot_acquire_early(struct context *context) REQUIRES(context->lock)
{
    unsigned staged = 0;

    for (unsigned i = 0; i < context->output.count; i++)
        staged += context->output.slots[i].state == SLOT_STAGING;
    if (staged + 1 >= context->output.count && !slots_grow(context))
        return NULL;
    return slot_acquire(context, false);
}

/* Removes the buffer's slice data from its slot, or from the mapping that is left of it. If the
 * slot was being staged and has no data left, it becomes free. */
static void leave_slot(struct buffer *buffer)
{
    struct context *context = buffer->context;

    lock_acquire(&context->lock);
    if (buffer->slot) {
        slot_unlink(buffer->slot, buffer);
        if (!buffer->slot->buffers)
            slot_discard(context, buffer->slot);
        buffer->slot = NULL;
    }
    output_mapping_put(buffer->mapping);
    context_unlock(context);
}

bool stage_leave_to_decoder(struct buffer *buffer)
{
    struct slot *slot = buffer->slot;

    if (!slot || slot->state == SLOT_STAGING || buffer->mapped)
        return true;
    if (!buffer_take_ownership(buffer))
        return false;
    slot_unlink(slot, buffer);
    return true;
}

void stage_leave_mapping(struct buffer *buffer)
{
    if (!buffer->mapping || buffer->mapped || !buffer_take_ownership(buffer))
        return;
    output_mapping_put(buffer->mapping);
    buffer->mapping = NULL;
}

/* A slot with room for that much slice data, or NULL. May drop context->lock to wait for jobs. */
static struct slot *stage(struct context *context, size_t size) REQUIRES(context->lock)
{
    struct slot *slot = slice_based(context) ? NULL : context->output.staging;
    size_t wanted = context->output.headroom + size;

    if (!slot)
        slot = slice_based(context) ? slot_acquire_early(context) : slot_acquire(context, true);
    if (!slot)
        return NULL;
    if (!slice_based(context))
        slots_set_staging(context, slot);
    if (!slot_reserve(context, slot, slot->used + wanted))
        return slot;
    if (!slot->buffers)
        slot_discard(context, slot);
    return NULL;
}

bool stage_slice_data(struct context *context, struct buffer *buffer, const void *data)
{
    size_t size = buffer_size(buffer);
    struct slot *slot;

    lock_acquire(&context->lock);
    slot = context->dead ? NULL : stage(context, size);
    if (slot)
        slot_stage(context, slot, buffer, data);
    context_unlock(context);
    return slot != NULL;
}

void buffer_release(struct object *object)
{
    struct buffer *buffer = container_of(object, struct buffer, object);
    struct driver *driver = buffer->driver;
    struct context *context = buffer->context;

    if (context)
        leave_slot(buffer);
    for (; buffer->memory && buffer->mapped; buffer->mapped--)
        memory_end_access(buffer->memory, DMA_BUF_SYNC_RW);
    memory_put(driver, buffer->memory);
    buffer_recycle(driver, buffer);
    if (context)
        object_put(&context->object);
}
