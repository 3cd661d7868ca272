/* SPDX-License-Identifier: MIT */
#include "decode/bitstream.h"

#include "base/log.h"
#include "base/status.h"
#include "decode/collect.h"
#include "decode/output_pool.h"
#include "decode/staging.h"

#include <errno.h>
#include <string.h>

static const uint8_t start_code[3] = {0, 0, 1};

static bool has_start_code(const struct slice *slice)
{
    return slice->size >= 3 && !memcmp(slice->data, start_code, 3);
}

/* Whether only zero bytes, which were trimmed from the end of a slice, lie between. */
static bool adjoin(const uint8_t *end, const uint8_t *start)
{
    while (end < start && *end == 0)
        end++;
    return end == start;
}

/* Unused bytes between slices that are accepted to avoid a copy. */
#define MAX_GAPS(size) ((size) + 4096)

/* The slot, if the slices lie in it in order with no more than MAX_GAPS bytes between them, else
 * NULL. */
static struct slot *in_place_with_gaps(const struct slice *slices, unsigned count,
                                       struct slot *slot)
{
    const uint8_t *end;
    size_t total = 0;

    if (!slot || slot->state != SLOT_STAGING)
        return NULL;
    end = slot->map;
    for (unsigned i = 0; i < count; i++) {
        if (slices[i].data < end || slices[i].data >= slot->map + slot->size)
            return NULL;
        end = slices[i].data + slices[i].size;
        total += slices[i].size;
    }
    return (size_t)(end - slot->map) - total <= MAX_GAPS(total) ? slot : NULL;
}

/* The slot, if the slices and their prefixes lie in it one after the other from its first byte on,
 * else NULL. */
static struct slot *in_place(const struct slice_prefix *prefix, const struct slice *slices,
                             unsigned count, struct slot *slot)
{
    const uint8_t *end = slot ? slot->map : NULL;

    if (!slot || slot->state != SLOT_STAGING)
        return NULL;
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *start = slices[i].data - prefix->size;

        if (slices[i].data < slot->map || slices[i].data >= slot->map + slot->size ||
            (i == 0 ? start != slot->map : !adjoin(end, start)))
            return NULL;
        end = slices[i].data + slices[i].size;
    }
    return slot;
}

/* Bytes of a start code that the client put in front of the slice. The copy leaves it out: the
 * prefix has one if the device wants it. */
static size_t skip_of(const struct slice *slice)
{
    return has_start_code(slice) ? sizeof(start_code) : 0;
}

/* Copies the slices into a new slot, and may drop context->lock to wait for one. */
static int copy(struct context *context, const struct slice_prefix *prefix, unsigned first,
                unsigned count, struct slot **result) REQUIRES(context->lock)
{
    struct slice *slices = context->collection.slices + first;
    struct slot *slot;
    uint64_t total = 0; /* 64 bits, because many slices may name the same data */
    int error;

    for (unsigned i = 0; i < count; i++)
        total += prefix->size + slices[i].size;
    if (total > UINT32_MAX / 2)
        return -ENOMEM;
    slot = slot_acquire(context, true);
    if (!slot)
        return -ENOBUFS;
    error = collect_locate(context, first, count) == VA_STATUS_SUCCESS
                ? slot_reserve(context, slot, total)
                : -ENOMEM;
    if (error) {
        slot_discard(context, slot);
        return error;
    }
    for (unsigned i = 0; i < count; i++) {
        size_t skip = context->codec->start_code_id ? skip_of(&slices[i]) : 0;

        slot_append(slot, prefix->bytes, prefix->size);
        slices[i].size -= skip;
        slices[i].offset = slot->used;
        slices[i].data = slot_append(slot, slices[i].data + skip, slices[i].size);
    }
    *result = slot;
    return 0;
}

/* The staging slot that holds the slice, or NULL. */
static struct slot *slot_of(struct context *context, const struct slice *slice)
{
    for (unsigned i = 0; i < context->output.count; i++) {
        struct slot *slot = &context->output.slots[i];

        if (slot->state == SLOT_STAGING && slice->data >= slot->map &&
            slice->data < slot->map + slot->size)
            return slot;
    }
    return NULL;
}

VAStatus bitstream_assemble(struct context *context, const struct slice_prefix *prefix,
                            unsigned first, unsigned count, struct slot **result)
{
    VAStatus status = collect_locate(context, first, count);
    struct slice *wanted = context->collection.slices + first;
    struct slot *slot = slot_of(context, wanted);
    bool plain = true;
    int error;

    if (status != VA_STATUS_SUCCESS)
        return status;
    slot = context->codec->gaps_allowed ? in_place_with_gaps(wanted, count, slot)
                                        : in_place(prefix, wanted, count, slot);
    for (unsigned i = 0; i < count && context->codec->start_code_id; i++)
        plain &= !has_start_code(&wanted[i]);
    if (slot && plain) {
        size_t end = 0;

        for (unsigned i = 0; i < count; i++) {
            wanted[i].offset = (size_t)(wanted[i].data - slot->map);
            memcpy(slot->map + wanted[i].offset - prefix->size, prefix->bytes, prefix->size);
            end = wanted[i].offset + wanted[i].size;
        }
        slot_end_data(slot, end);
        *result = slot;
        return VA_STATUS_SUCCESS;
    }
    error = copy(context, prefix, first, count, result);
    if (!error)
        return VA_STATUS_SUCCESS;
    log_error(context->driver, "no OUTPUT buffer for a picture: %s", strerror(-error));
    return status_of_errno(error);
}
