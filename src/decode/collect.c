/* SPDX-License-Identifier: MIT */
#include "decode/collect.h"

#include "base/log.h"
#include "decode/context.h"
#include "decode/output_pool.h"

#include <stdlib.h>
#include <string.h>

#define MAX_SLICES 16384 /* of one picture: about twice the number of macroblocks at 1080p */

/* Returns the array with room for `count` elements. NULL: out of memory, and the array is
 * unchanged. Arrays keep their memory from picture to picture. */
static void *grow_array(void *array, unsigned *capacity, unsigned count, size_t element_size)
{
    unsigned wanted = *capacity ? *capacity : 8;
    void *grown;

    if (count <= *capacity)
        return array;
    while (wanted < count)
        wanted *= 2;
    grown = realloc(array, wanted * element_size);
    if (grown)
        *capacity = wanted;
    return grown;
}

static VAStatus add_data(struct context *context, struct buffer *buffer)
{
    struct collection *collection = &context->collection;
    struct buffer **data;

    if (collection->num_data >= MAX_SLICES)
        return VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
    data = grow_array(collection->data, &collection->data_capacity, collection->num_data + 1,
                      sizeof(struct buffer *));
    if (!data)
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    collection->data = data;
    object_ref(&buffer->object);
    collection->data[collection->num_data++] = buffer;
    return VA_STATUS_SUCCESS;
}

static VAStatus add_array(struct context *context, unsigned kind, const struct buffer *buffer)
{
    const struct codec_buffer *description = &context->codec->buffers[kind];
    struct collection *collection = &context->collection;
    struct rendered_array *array = &collection->array[kind];
    unsigned count = array->count + buffer->num_elements;
    struct parameter_group *groups;
    uint8_t *data;

    if (buffer->num_elements > description->max_count || count > description->max_count)
        return VA_STATUS_ERROR_MAX_NUM_EXCEEDED;
    data = grow_array(array->data, &array->capacity, count, description->element_size);
    if (!data)
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    array->data = data;
    if (description->is_slice) {
        groups = grow_array(collection->groups, &collection->group_capacity,
                            collection->num_groups + 1, sizeof(*groups));
        if (!groups)
            return VA_STATUS_ERROR_ALLOCATION_FAILED;
        collection->groups = groups;
        collection->groups[collection->num_groups++] =
            (struct parameter_group){array->count, buffer->num_elements, kind};
    }
    for (unsigned i = 0; i < buffer->num_elements; i++)
        memcpy(array->data + (size_t)(array->count + i) * description->element_size,
               buffer->data + (size_t)i * buffer->element_size, description->element_size);
    array->count = count;
    return VA_STATUS_SUCCESS;
}

static VAStatus add(struct context *context, struct buffer *buffer) REQUIRES(context->lock)
{
    const struct codec *codec = context->codec;
    struct collection *collection = &context->collection;

    /* Another context's buffer is guarded by that context's lock, which is not held. */
    if (buffer->context != context)
        return VA_STATUS_ERROR_INVALID_BUFFER;
    if (buffer->type == VASliceDataBufferType)
        return add_data(context, buffer);
    for (unsigned kind = 0; kind < codec->num_buffers; kind++) {
        if (codec->buffers[kind].type != buffer->type)
            continue;
        if (buffer->element_size < codec->buffers[kind].element_size || !buffer->num_elements)
            return VA_STATUS_ERROR_INVALID_BUFFER;
        if (codec->buffers[kind].is_array)
            return add_array(context, kind, buffer);
        object_ref(&buffer->object);
        if (collection->single[kind])
            context_put_later(context, &collection->single[kind]->object);
        collection->single[kind] = buffer;
        return VA_STATUS_SUCCESS;
    }
    return VA_STATUS_ERROR_UNSUPPORTED_BUFFERTYPE;
}

VAStatus collect_add(struct context *context, struct buffer *buffer)
{
    VAStatus status = add(context, buffer);

    if (status != VA_STATUS_SUCCESS)
        log_error(context->driver, "%s: buffer 0x%x of type %d, %u x %u bytes: not accepted (0x%x)",
                  context->codec->name, buffer->object.id, buffer->type, buffer->num_elements,
                  buffer->element_size, status);
    return status;
}

void collect_reset(struct context *context)
{
    struct collection *collection = &context->collection;

    for (unsigned i = 0; i < CODEC_MAX_BUFFERS; i++) {
        if (collection->single[i])
            context_put_later(context, &collection->single[i]->object);
        collection->single[i] = NULL;
        collection->array[i].count = 0;
    }
    for (unsigned i = 0; i < collection->num_data; i++)
        context_put_later(context, &collection->data[i]->object);
    collection->num_data = collection->num_groups = 0;
    if (collection->target)
        context_put_later(context, &collection->target->object);
    collection->target = NULL;
}

void collect_begin(struct context *context, struct surface *target)
{
    collect_reset(context);
    context->collection.target = target;
}

void collect_free(struct context *context)
{
    struct collection *collection = &context->collection;

    for (unsigned i = 0; i < CODEC_MAX_BUFFERS; i++)
        free(collection->array[i].data);
    free(collection->data);
    free(collection->groups);
    free(collection->slices);
    free(collection->sources);
}

/* Size of a NAL unit without trailing zero bytes. A NAL unit never ends with a zero byte (H.264 and
 * H.265, 7.4.2), but zeros may precede the next start code, some clients include them, and some
 * decoders fail on them. */
static size_t trimmed(const uint8_t *data, size_t size)
{
    while (size > 1 && data[size - 1] == 0)
        size--;
    return size;
}

/* Fills slice `n` from parameter element `n`, which describes a part of `buffer`. */
static VAStatus gather_slice(struct context *context, unsigned n, unsigned kind,
                             const struct buffer *buffer) REQUIRES(context->lock)
{
    struct collection *collection = &context->collection;
    size_t element_size = context->codec->buffers[kind].element_size;
    const VASliceParameterBufferBase *base =
        (const void *)(collection->array[kind].data + (size_t)n * element_size);
    size_t size = base->slice_data_size;

    if (base->slice_data_flag != VA_SLICE_DATA_FLAG_ALL) {
        log_error(context->driver, "slice %u: in parts (slice_data_flag 0x%x)", n,
                  base->slice_data_flag);
        return VA_STATUS_ERROR_UNIMPLEMENTED;
    }
    if (base->slice_data_size == 0 || base->slice_data_size > buffer_size(buffer) ||
        base->slice_data_offset >= buffer_size(buffer)) {
        log_error(context->driver, "slice %u: invalid range %u to %llu in a buffer of %zu bytes", n,
                  base->slice_data_offset,
                  (unsigned long long)base->slice_data_offset + base->slice_data_size,
                  buffer_size(buffer));
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    /* Some clients give the size of a frame as counted from the start of the buffer. */
    if (size > buffer_size(buffer) - base->slice_data_offset)
        size = buffer_size(buffer) - base->slice_data_offset;
    /* A client that passes whole frames leaves room for the prefix. */
    if (context->codec->prefix) {
        bool whole_frames = base->slice_data_offset >= context->codec->headroom;

        slots_set_headroom(context, whole_frames ? 0 : context->codec->headroom);
    }
    collection->sources[n] = (struct slice_source){buffer, base->slice_data_offset};
    collection->slices[n] = (struct slice){
        .data = buffer->data + base->slice_data_offset,
        .size = context->codec->start_code_id
                    ? trimmed(buffer->data + base->slice_data_offset, size)
                    : size,
        .parameter = n,
    };
    return VA_STATUS_SUCCESS;
}

/* The data buffer that parameter element `n`, in parameter buffer `group`, describes. There is a
 * data buffer for each parameter buffer, or a single one for all, or one for each element. NULL:
 * the numbers match none of these. */
static const struct buffer *data_of(const struct collection *collection, unsigned total,
                                    unsigned group, unsigned n)
{
    if (collection->num_data == collection->num_groups)
        return collection->data[group];
    if (collection->num_data == 1)
        return collection->data[0];
    return collection->num_data == total ? collection->data[n] : NULL;
}

static VAStatus gather_slices(struct context *context, struct picture *picture)
    REQUIRES(context->lock)
{
    struct collection *collection = &context->collection;
    struct slice_source *sources;
    struct slice *slices;
    unsigned total = 0;

    for (unsigned g = 0; g < collection->num_groups; g++)
        total += collection->groups[g].count;
    if (!total || !data_of(collection, total, 0, 0)) {
        log_error(context->driver, "%u buffers of slice parameters do not match %u of slice data",
                  collection->num_groups, collection->num_data);
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    }
    slices = grow_array(collection->slices, &collection->slice_capacity, total, sizeof(*slices));
    if (!slices)
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    collection->slices = slices;
    sources =
        grow_array(collection->sources, &collection->source_capacity, total, sizeof(*sources));
    if (!sources)
        return VA_STATUS_ERROR_ALLOCATION_FAILED;
    collection->sources = sources;
    for (unsigned g = 0; g < collection->num_groups; g++) {
        const struct parameter_group *group = &collection->groups[g];

        for (unsigned i = 0; i < group->count; i++) {
            unsigned n = group->first + i;
            VAStatus status =
                gather_slice(context, n, group->kind, data_of(collection, total, g, n));

            if (status != VA_STATUS_SUCCESS)
                return status;
        }
    }
    picture->slices = collection->slices;
    picture->num_slices = total;
    return VA_STATUS_SUCCESS;
}

VAStatus collect_picture(struct context *context, struct picture *picture)
{
    const struct codec *codec = context->codec;
    struct collection *collection = &context->collection;

    for (unsigned kind = 0; kind < codec->num_buffers; kind++) {
        if (codec->buffers[kind].is_array) {
            picture->buffer[kind].data =
                collection->array[kind].count ? collection->array[kind].data : NULL;
            picture->buffer[kind].count = collection->array[kind].count;
        } else if (collection->single[kind]) {
            picture->buffer[kind].data = collection->single[kind]->data;
            picture->buffer[kind].count = 1;
        }
        if (codec->buffers[kind].required && !picture->buffer[kind].count) {
            log_error(context->driver, "%s: picture without its %s buffer", codec->name,
                      codec->buffers[kind].name);
            return VA_STATUS_ERROR_INVALID_PARAMETER;
        }
    }
    return gather_slices(context, picture);
}

VAStatus collect_locate(struct context *context, unsigned first, unsigned count)
{
    struct collection *collection = &context->collection;

    for (unsigned i = first; i < first + count; i++) {
        const struct slice_source *source = &collection->sources[i];

        /* The client may have reduced the number of the buffer's elements meanwhile. */
        if (source->offset + collection->slices[i].size > buffer_size(source->buffer)) {
            log_error(context->driver, "slice %u: its data buffer was shortened to %zu bytes", i,
                      buffer_size(source->buffer));
            return VA_STATUS_ERROR_INVALID_PARAMETER;
        }
        collection->slices[i].data = source->buffer->data + source->offset;
    }
    return VA_STATUS_SUCCESS;
}
