/* SPDX-License-Identifier: MIT */
#include "decode/provision.h"

#include "base/log.h"
#include "decode/capture_pool.h"
#include "decode/configure.h"
#include "decode/moved_picture.h"
#include "decode/reserve.h"
#include "device/allocator.h"
#include "device/probe_sequence.h"

#include <errno.h>
#include <string.h>

/*
 * Numbers of reference pictures. For H.264 and HEVC, the number that the level of such a picture
 * allows, but at most 6, which is the most that results at the sizes that the levels are meant for.
 * For smaller pictures both allow up to 16, which hardly any encoder uses.
 */
#define MAX_REFERENCES   6
#define MPEG2_REFERENCES 2
#define VP8_REFERENCES   3
#define VP9_REFERENCES   4 /* of 8 slots: a frame's references, and one that later frames use */
#define AV1_REFERENCES   8 /* all slots: encoders use all of them */

#define ORDINARY_RATE 30 /* frames a second */

/* H.264 Table A-1: limits on macroblocks per second, in a frame, and in the decoded picture buffer.
 */
static const struct h264_level {
    uint32_t max_mbps, max_fs, max_dpb_mbs;
} h264_levels[] = {
    {1485, 99, 396},           {3000, 396, 900},         {6000, 396, 2376},
    {11880, 396, 2376},        {19800, 792, 4752},       {20250, 1620, 8100},
    {40500, 1620, 8100},       {108000, 3600, 18000},    {216000, 5120, 20480},
    {245760, 8192, 32768},     {522240, 8704, 34816},    {589824, 22080, 110400},
    {983040, 36864, 184320},   {2073600, 36864, 184320}, {4177920, 139264, 696320},
    {8355840, 139264, 696320},
};

#define NUM_H264_LEVELS (sizeof(h264_levels) / sizeof(h264_levels[0]))

/* MaxDpbFrames (A.3.1) at the lowest level that allows such pictures at an ordinary rate. */
static unsigned h264_references(uint32_t width, uint32_t height)
{
    const uint32_t macroblocks =
        whole_macroblocks(width) / MACROBLOCK * (whole_macroblocks(height) / MACROBLOCK);
    const struct h264_level *level = h264_levels;

    while (level < h264_levels + NUM_H264_LEVELS - 1 &&
           (macroblocks > level->max_fs || macroblocks > level->max_mbps / ORDINARY_RATE))
        level++;
    if (macroblocks * MAX_REFERENCES <= level->max_dpb_mbs)
        return MAX_REFERENCES;
    return macroblocks < level->max_dpb_mbs ? level->max_dpb_mbs / macroblocks : 1;
}

/* H.265 Table A.8: MaxLumaPs of each level. */
static const uint32_t hevc_max_luma_ps[] = {36864,  122880,  245760,  552960,
                                            983040, 2228224, 8912896, 35651584};

#define NUM_HEVC_LEVELS (sizeof(hevc_max_luma_ps) / sizeof(hevc_max_luma_ps[0]))

/* From MaxDpbSize (A.4.2), which includes the picture being decoded: 6 for the largest pictures of
 * a level, 8 or more for pictures of at most three quarters of that size. */
static unsigned hevc_references(uint32_t width, uint32_t height)
{
    const uint64_t samples = (uint64_t)width * height;
    unsigned level = 0;

    while (level < NUM_HEVC_LEVELS - 1 && samples > hevc_max_luma_ps[level])
        level++;
    return 4 * samples <= 3 * (uint64_t)hevc_max_luma_ps[level] ? MAX_REFERENCES : 5;
}

static unsigned references(const struct codec *codec, uint32_t width, uint32_t height)
{
    switch (codec->coded_format) {
    case V4L2_PIX_FMT_MPEG2_SLICE:
        return MPEG2_REFERENCES;
    case V4L2_PIX_FMT_H264_SLICE:
        return h264_references(width, height);
    case V4L2_PIX_FMT_VP8_FRAME:
        return VP8_REFERENCES;
    case V4L2_PIX_FMT_HEVC_SLICE:
        return hevc_references(width, height);
    case V4L2_PIX_FMT_VP9_FRAME:
        return VP9_REFERENCES;
    default: /* AV1; for an unknown codec this is more than enough */
        return AV1_REFERENCES;
    }
}

unsigned pictures_at_once(const struct codec *codec, uint32_t width, uint32_t height)
{
    return references(codec, width, height) + 1;
}

/* The bit depth of the stream, as suggested by the client's surfaces or by the config. */
static uint8_t probable_depth(const struct context *context, const VASurfaceID *targets,
                              unsigned num_targets)
{
    struct object_table *objects = &context->driver->objects;
    const struct config *config = context->config;
    struct surface *first = num_targets ? object_get(objects, targets[0], OBJECT_SURFACE) : NULL;
    const uint32_t rt_formats =
        first ? first->rt_format : config->rt_format & config->supported_rt_formats;

    if (first)
        object_put(&first->object);
    return rt_formats & VA_RT_FORMAT_YUV420 ? 8 : 10;
}

/* The format that the first picture will have if it is as large as the client announced. */
static struct coded_format probable_format(const struct context *context, uint8_t bit_depth)
{
    const bool macroblocks = context->codec->macroblocks;

    return (struct coded_format){
        .width = macroblocks ? whole_macroblocks(context->queues.width) : context->queues.width,
        .height = macroblocks ? whole_macroblocks(context->queues.height) : context->queues.height,
        .bit_depth = bit_depth,
    };
}

struct survey {
    struct context *context;
    const struct picture_layout *layout;
    bool named;     /* the surfaces are the context's render targets */
    unsigned found; /* number of surfaces that need no memory from the reserve */
};

/* A surface with memory needs none from the reserve. If the client named no render targets, only
 * exported surfaces count, because those will be decoded into. FFmpeg 5.1 to 7.1 use one surface to
 * test whether images can be derived, and decode into it only after all others. So the memory of a
 * named render target that holds no picture and was not exported goes to the reserve. */
static bool count_or_claim(struct object *object, void *argument)
{
    struct surface *surface = container_of(object, struct surface, object);
    struct survey *survey = argument;
    struct context *context = survey->context;
    struct driver *driver = context->driver;
    struct picture_memory *memory = NULL;
    bool unused = false;

    lock_acquire(&driver->lock);
    if (surface->memory && !surface->memory->moved && !surface->context &&
        (survey->named || surface->memory->exported) &&
        picture_layout_fits(&surface->memory->layout, survey->layout)) {
        memory = surface->memory;
        memory_ref_locked(memory);
        unused = survey->named && surface->state == SURFACE_FREE;
    }
    lock_release(&driver->lock);
    if (unused && context->reserve.count < MAX_RESERVE &&
        memory_move_picture(driver, surface, memory, 2)) {
        reserve_add(context, memory);
    } else if (memory) {
        survey->found++;
        memory_put(driver, memory);
    }
    return true;
}

/* Returns how many of the surfaces that the context may decode into need no memory from the
 * reserve. Moves memory that render targets do not use to the reserve. */
static unsigned survey_surfaces(struct context *context, const struct picture_layout *layout,
                                const VASurfaceID *targets, unsigned num_targets)
{
    struct object_table *objects = &context->driver->objects;
    struct survey survey = {context, layout, num_targets != 0, 0};

    if (!num_targets)
        object_for_each(objects, OBJECT_SURFACE, count_or_claim, &survey);
    for (unsigned i = 0; i < num_targets; i++) {
        struct object *surface = object_get(objects, targets[i], OBJECT_SURFACE);

        if (surface)
            count_or_claim(surface, &survey);
        object_put(surface);
    }
    return survey.found;
}

/* Allocates memory from the decoder's allocator until the context has enough for `wanted` pictures.
 */
static int fill_from_device(struct context *context, const struct coded_format *format,
                            const VASurfaceID *targets, unsigned num_targets, unsigned wanted)
{
    struct picture_memory *fresh[MAX_RESERVE];
    struct picture_layout layout;
    unsigned have;
    int error =
        memory_layout(context->driver, context->device, context->device_codec, format, &layout);

    if (error)
        return error;
    have = survey_surfaces(context, &layout, targets, num_targets) + context->reserve.count;
    if (have >= wanted)
        return 0;
    wanted -= have;
    error = memory_allocate_many(context->driver, context->device, context->device_codec, format,
                                 NULL, fresh, wanted);
    for (unsigned i = 0; i < wanted && !error; i++)
        reserve_add(context, fresh[i]);
    return error;
}

/* Configures a queue that cannot import memory, and creates the queue's own buffers. */
static int fill_queue(struct context *context, const struct coded_format *format,
                      const VASurfaceID *targets, unsigned num_targets, unsigned wanted)
{
    union sequence_control control;
    struct control_set sequence;
    int error;

    probe_sequence_for_device(context->device_codec, format, &control, &sequence);
    lock_acquire(&context->lock);
    error = queues_configure(context, format, &sequence);
    context_unlock(context);
    if (error)
        return error;
    survey_surfaces(context, &context->queues.layout, targets, num_targets);
    reserve_release(context);
    lock_acquire(&context->lock);
    error = captures_create(context, wanted);
    context_unlock(context);
    return error;
}

int reserve_fill(struct context *context, const VASurfaceID *targets, unsigned num_targets)
{
    const struct coded_format format =
        probable_format(context, probable_depth(context, targets, num_targets));
    unsigned wanted = pictures_at_once(context->codec, format.width, format.height);
    int error;

    if (num_targets && wanted > num_targets)
        wanted = num_targets;
    error = context->import ? fill_from_device(context, &format, targets, num_targets, wanted)
                            : fill_queue(context, &format, targets, num_targets, wanted);
    if (error == -EINVAL)
        return 0; /* the device has to know more about the stream first */
    if (error)
        log_error(context->driver,
                  "%s: no memory for %u pictures of %ux%u, as %s can need at once: %s",
                  context->device->video_path, wanted, format.width, format.height,
                  context->codec->name, strerror(-error));
    return error;
}
