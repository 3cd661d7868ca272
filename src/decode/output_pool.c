/* SPDX-License-Identifier: MIT */
#include "decode/output_pool.h"

#include "decode/buffer.h"
#include "decode/context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FRAME_SLOTS 6 /* pictures in flight, and the one being staged */

static unsigned max_slots(const struct context *context)
{
    return slice_based(context) ? MAX_SLOTS : FRAME_SLOTS;
}

/* Replaces a request that cannot be reinitialised. If no request can be created now, the next call
 * tries again. */
bool slot_renew(struct context *context, struct slot *slot)
{
    if (slot->request_fd >= 0 && slot->needs_reinit && media_request_reinit(slot->request_fd)) {
        if (slot->pins > 1)
            return false; /* a thread polls it */
        close(slot->request_fd);
        slot->request_fd = -1;
    }
    if (slot->request_fd < 0)
        slot->request_fd = media_request_create(context->device->media_fd);
    slot->needs_reinit = false;
    return slot->request_fd >= 0;
}

void output_mapping_put(struct output_mapping *mapping)
{
    if (!mapping || --mapping->references)
        return;
    munmap(mapping->map, mapping->size);
    free(mapping);
}

/* Maps the OUTPUT buffer for the slot. The reference to the slot's previous mapping passes to the
 * caller. */
static int map_slot(struct context *context, struct slot *slot, unsigned index)
{
    struct output_mapping *mapping = malloc(sizeof(*mapping));
    int error;

    if (!mapping)
        return -ENOMEM;
    error = v4l2_map_output(&context->queues.node, index, &mapping->map, &mapping->size);
    if (error) {
        free(mapping);
        return error;
    }
    for (unsigned i = 0; i < context->output.count; i++) {
        if (context->output.slots[i].index == index) { /* two slots would share a buffer */
            munmap(mapping->map, mapping->size);
            free(mapping);
            return -EIO;
        }
    }
    mapping->references = 1;
    slot->index = index;
    slot->mapping = mapping;
    slot->map = mapping->map;
    slot->size = mapping->size;
    return 0;
}

static struct slot *add_slot(struct context *context, unsigned index)
{
    struct slot *slot = &context->output.slots[context->output.count];

    *slot = (struct slot){.state = SLOT_FREE, .request_fd = -1, .pins = slot->pins};
    if (map_slot(context, slot, index))
        return NULL;
    context->output.count++;
    return slot;
}

int slots_create(struct context *context, uint32_t sizeimage)
{
    unsigned count = FRAME_SLOTS;
    int error = v4l2_request_buffers(&context->queues.node, v4l2_output_type(&context->queues.node),
                                     V4L2_MEMORY_MMAP, &count, NULL);

    if (error)
        return error;
    context->output.sizeimage = sizeimage;
    for (unsigned i = 0; i < count && i < MAX_SLOTS; i++) {
        struct slot *slot = add_slot(context, i);

        /* Create all requests at once, while the client can still fall back to software. */
        if (slot && !slot_renew(context, slot))
            return slot->request_fd;
    }
    return context->output.count ? 0 : -ENOMEM;
}

static bool has_mapped_buffer(const struct slot *slot)
{
    for (const struct buffer *buffer = slot->buffers; buffer; buffer = buffer->next)
        if (buffer->mapped)
            return true;
    return false;
}

void slot_evacuate(struct slot *slot)
{
    struct buffer **link = &slot->buffers;

    while (*link) {
        struct buffer *buffer = *link;

        /* Data that the client has mapped must not move. It cannot move either if there is no
         * memory for a copy. */
        if (buffer->mapped || !buffer_take_ownership(buffer)) {
            link = &buffer->next;
            continue;
        }
        *link = buffer->next;
        buffer->next = NULL;
    }
}

void slots_destroy(struct context *context)
{
    unsigned count = 0;

    for (unsigned i = 0; i < context->output.count; i++) {
        struct slot *slot = &context->output.slots[i];

        slot_evacuate(slot);
        if (slot->request_fd >= 0)
            close(slot->request_fd);
        /* Buffers whose data could not be moved keep the mapping. */
        while (slot->buffers) {
            struct buffer *buffer = slot->buffers;

            slot->buffers = buffer->next;
            buffer->next = NULL;
            buffer->slot = NULL;
            buffer->mapping = slot->mapping;
            buffer->mapping->references++;
        }
        output_mapping_put(slot->mapping);
        slot->mapping = NULL;
    }
    context->output.count = 0;
    context->output.staging = NULL;
    v4l2_request_buffers(&context->queues.node, v4l2_output_type(&context->queues.node),
                         V4L2_MEMORY_MMAP, &count, NULL);
}

/* Stages in the slot if it is free, its data can move and it has a request; else NULL. */
static struct slot *take(struct context *context, struct slot *slot) REQUIRES(context->lock)
{
    if (slot->state != SLOT_FREE || slot->pins || has_mapped_buffer(slot))
        return NULL;
    slot_evacuate(slot);
    if (slot->buffers || !slot_renew(context, slot))
        return NULL;
    slot->state = SLOT_STAGING;
    slot->used = 0;
    return slot;
}

struct slot *slots_grow(struct context *context)
{
    int index;

    if (context->output.count >= max_slots(context))
        return NULL;
    index = v4l2_create_buffer(&context->queues.node, v4l2_output_type(&context->queues.node),
                               V4L2_MEMORY_MMAP, context->output.sizeimage, NULL);
    return index >= 0 ? add_slot(context, (unsigned)index) : NULL;
}

struct slot *slot_find_free(struct context *context)
{
    struct slot *slot = NULL;

    for (unsigned i = 0; i < context->output.count && !slot; i++)
        slot = take(context, &context->output.slots[i]);
    if (!slot && (slot = slots_grow(context)))
        slot = take(context, slot);
    return slot;
}

int slot_reserve(struct context *context, struct slot *slot, size_t size)
{
    struct output_mapping *old = slot->mapping;
    unsigned old_index = slot->index;
    int index, error;

    if (size <= slot->size)
        return 0;
    if (size > UINT32_MAX / 2 || has_mapped_buffer(slot))
        return -ENOMEM;
    if (context->output.sizeimage < 2 * size)
        context->output.sizeimage = (uint32_t)(2 * size);
    index = v4l2_create_buffer(&context->queues.node, v4l2_output_type(&context->queues.node),
                               V4L2_MEMORY_MMAP, context->output.sizeimage, NULL);
    if (index < 0)
        return index;
    error = map_slot(context, slot, (unsigned)index);
    if (error)
        return error;
    if (slot->size < size) {
        /* The device limits the size. Leave the slot as it was. */
        output_mapping_put(slot->mapping);
        slot->index = old_index;
        slot->mapping = old;
        slot->map = old->map;
        slot->size = old->size;
        return -ENOMEM;
    }
    memcpy(slot->map, old->map, slot->used);
    for (struct buffer *buffer = slot->buffers; buffer; buffer = buffer->next)
        buffer->data = slot->map + buffer->offset;
    output_mapping_put(old);
    return 0;
}

void slot_discard(struct context *context, struct slot *slot)
{
    if (slot->state == SLOT_STAGING)
        slot->state = SLOT_FREE;
    if (context->output.staging == slot)
        context->output.staging = NULL;
}

void slot_mark_request_used(struct slot *slot)
{
    slot->needs_reinit = true;
}

void slot_begin_flight(struct context *context, struct slot *slot)
{
    slot->state = SLOT_IN_FLIGHT;
    if (context->output.staging == slot)
        context->output.staging = NULL;
}

void slot_end_flight(struct slot *slot)
{
    if (slot->state == SLOT_IN_FLIGHT)
        slot->state = SLOT_FREE;
}

void slot_stage_again(struct slot *slot, size_t used)
{
    slot->state = SLOT_STAGING;
    slot->used = used;
}

void slot_pin(struct slot *slot)
{
    slot->pins++;
}

void slot_unpin(struct slot *slot)
{
    slot->pins--;
}

void slots_retire(struct context *context)
{
    for (unsigned i = 0; i < context->output.count; i++)
        if (context->output.slots[i].state == SLOT_FREE)
            context->output.slots[i].state = SLOT_RETIRED;
}

void slots_set_staging(struct context *context, struct slot *slot)
{
    context->output.staging = slot;
}

void slots_set_headroom(struct context *context, size_t headroom)
{
    context->output.headroom = headroom;
}

void slots_take(struct context *context, struct context *from)
{
    memcpy(context->output.slots, from->output.slots, sizeof(context->output.slots));
    context->output.count = from->output.count;
    context->output.sizeimage = from->output.sizeimage;
    context->output.headroom = from->output.headroom;
    from->output.count = 0;
    /* A thread that still polls one of the old context's slots will find no jobs there. */
    for (unsigned i = 0; i < context->output.count; i++)
        context->output.slots[i].pins = 0;
}

void slot_stage(struct context *context, struct slot *slot, struct buffer *buffer, const void *data)
{
    size_t size = buffer_size(buffer);

    buffer->offset = slot->used + context->output.headroom;
    buffer->data = slot->map + buffer->offset;
    buffer->slot = slot;
    buffer->next = slot->buffers;
    slot->buffers = buffer;
    slot->used = buffer->offset + size;
    if (data)
        memcpy(buffer->data, data, size);
}

void slot_unlink(struct slot *slot, struct buffer *buffer)
{
    struct buffer **link = &slot->buffers;

    while (*link != buffer)
        link = &(*link)->next;
    *link = buffer->next;
    buffer->next = NULL;
}

uint8_t *slot_append(struct slot *slot, const void *data, size_t size)
{
    uint8_t *to = slot->map + slot->used;

    memcpy(to, data, size);
    slot->used += size;
    return to;
}

void slot_end_data(struct slot *slot, size_t used)
{
    slot->used = used;
}
