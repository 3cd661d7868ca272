/* SPDX-License-Identifier: MIT */
#include "decode/surface_memory.h"

#include "base/log.h"
#include "decode/moved_picture.h"
#include "decode/reserve.h"
#include "device/allocator.h"

/* The device and codec that a surface is probably for. */
struct use {
    const struct surface *surface;
    struct candidate candidate; /* device NULL: not known */
    uint64_t config;            /* number of the config that this follows from */
};

static struct demand demand_of(const struct surface *surface, VAProfile profile)
{
    return (struct demand){
        .profile = profile,
        .width = surface->width,
        .height = surface->height,
        .needed_rt_formats = surface->rt_format,
        .welcome_rt_formats = surface->rt_format,
        .memory = true,
    };
}

/* Wants context->lock held. Chooses the context's device, if it suits and its config is not older.
 */
static void consider(struct use *use, const struct context *context)
{
    struct demand demand = demand_of(use->surface, context->config->profile);

    if (context->config->number < use->config || !candidate_suits(context->device_codec, &demand))
        return;
    use->candidate = (struct candidate){context->device, context->device_codec};
    use->config = context->config->number;
}

/* Chooses the device that a context with this config and the surface's size would get. */
static bool consider_config(struct object *object, void *argument)
{
    const struct config *config = container_of(object, struct config, object);
    struct use *use = argument;
    struct demand demand = demand_of(use->surface, config->profile);
    struct candidate candidates[MAX_CANDIDATES];

    if (config->number < use->config || !candidates_find(use->surface->driver, &demand, candidates))
        return true;
    use->candidate = candidates[0];
    use->config = config->number;
    return true;
}

static bool consider_context(struct object *object, void *argument)
{
    struct context *context = container_of(object, struct context, object);
    struct use *use = argument;

    lock_acquire(&context->lock);
    if (whole_macroblocks(context->queues.width) == whole_macroblocks(use->surface->width) &&
        whole_macroblocks(context->queues.height) == whole_macroblocks(use->surface->height))
        consider(use, context);
    lock_release(&context->lock);
    return true;
}

/* The most probable use of the surface: by the context that it is bound to, else by one for
 * pictures of its size, else by a context with the newest config. This matters because devices, and
 * codecs of one device, may use different layouts, and a client of several decoders may create and
 * export surfaces at any time. */
static struct use probable_use(struct surface *surface)
{
    struct object_table *objects = &surface->driver->objects;
    struct context *bound = surface_context(surface);
    struct use use = {.surface = surface};

    if (bound) {
        lock_acquire(&bound->lock);
        consider(&use, bound);
        lock_release(&bound->lock);
        object_put(&bound->object);
    }
    if (!use.candidate.device)
        object_for_each(objects, OBJECT_CONTEXT, consider_context, &use);
    if (!use.candidate.device)
        object_for_each(objects, OBJECT_CONFIG, consider_config, &use);
    return use;
}

/* Rounds up to whole macroblocks, as most streams do, unless the result exceeds the device's limit.
 */
static uint32_t coded_size(uint32_t size, uint32_t max)
{
    return whole_macroblocks(size) <= max ? whole_macroblocks(size) : size;
}

static struct picture_memory *memory_from(const struct surface *surface,
                                          const struct candidate *candidate)
{
    const struct coded_format format = {
        .width = coded_size(surface->width, candidate->codec->max_width),
        .height = coded_size(surface->height, candidate->codec->max_height),
        .bit_depth = rt_format_depth(surface->rt_format),
    };

    return memory_allocate(surface->driver, candidate->device, candidate->codec, &format, NULL);
}

/* Memory that the best codec for such pictures can write, from the first device that provides any.
 * If other codecs of that device use the same layout, the memory suits them as well: some want more
 * room behind the samples than others. */
static struct picture_memory *memory_for_any(const struct surface *surface)
{
    struct candidate candidates[MAX_CANDIDATES];
    struct demand demand = demand_of(surface, VAProfileNone);
    unsigned count = candidates_find(surface->driver, &demand, candidates);
    struct picture_memory *largest = NULL;

    for (unsigned i = 0; i < count; i++) {
        struct picture_memory *memory = NULL;

        if (!largest || candidates[i].device == largest->device)
            memory = memory_from(surface, &candidates[i]);
        if (memory && (!largest || picture_layout_fits(&memory->layout, &largest->layout))) {
            memory_put(surface->driver, largest);
            largest = memory;
        } else {
            memory_put(surface->driver, memory);
        }
    }
    return largest;
}

/* Gives the surface the memory `fresh` if it has none. Returns the surface's memory with a new
 * reference. */
static struct picture_memory *install(struct surface *surface, struct picture_memory *fresh)
{
    struct driver *driver = surface->driver;
    struct picture_memory *memory;

    lock_acquire(&driver->lock);
    if (!surface->memory) {
        surface_exchange_memory(surface, fresh);
        fresh = NULL;
    }
    memory = surface->memory;
    if (memory)
        memory_ref_locked(memory);
    lock_release(&driver->lock);
    memory_put(driver, fresh);
    return memory;
}

/* Memory for the most probable use of the surface. */
static struct picture_memory *probable_memory(struct surface *surface)
{
    struct use use = probable_use(surface);
    struct picture_memory *memory = NULL;

    if (use.candidate.device)
        memory = reserve_take_for(surface, use.candidate.codec);
    if (!memory && use.candidate.device)
        memory = memory_from(surface, &use.candidate);
    return memory ? memory : memory_for_any(surface);
}

struct picture_memory *surface_memory(struct surface *surface, VAStatus *status)
{
    struct picture_memory *memory = install(surface, NULL);

    if (!memory) {
        memory = probable_memory(surface);
        if (memory)
            memory = install(surface, memory);
    }
    *status = memory ? VA_STATUS_SUCCESS : VA_STATUS_ERROR_ALLOCATION_FAILED;
    return memory;
}

struct picture_memory *surface_dmabufs(struct surface *surface, VAStatus *status)
{
    struct driver *driver = surface->driver;
    struct picture_memory *memory = surface_memory(surface, status), *fresh;

    if (!memory || !memory->moved)
        return memory;
    memory_put(driver, memory);
    fresh = probable_memory(surface);
    if (fresh && !memory_return_picture(driver, surface, fresh))
        memory_put(driver, fresh);
    memory = surface_memory(surface, status);
    if (!memory || !memory->moved)
        return memory;
    memory_put(driver, memory);
    log_error(driver,
              "surface 0x%x was moved to ordinary memory, and there is no decoder memory to export",
              surface->object.id);
    *status = VA_STATUS_ERROR_ALLOCATION_FAILED;
    return NULL;
}
