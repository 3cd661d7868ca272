/* SPDX-License-Identifier: MIT */
#include "golden.h"

#include <inttypes.h>
#include <string.h>

static struct reference find(const struct reference_lookup *lookup, VASurfaceID id)
{
    static const _Alignas(max_align_t) uint8_t nothing[SURFACE_STATE_SIZE];
    const struct golden *golden =
        (const struct golden *)((const char *)lookup - offsetof(struct golden, lookup));

    for (unsigned i = 0; i < GOLDEN_SURFACES; i++) {
        if (golden->surface[i].id == id) {
            return (struct reference){.timestamp = golden->surface[i].timestamp,
                                      .state = golden->surface[i].state};
        }
    }
    return (struct reference){.timestamp = NO_TIMESTAMP, .state = nothing};
}

static void keep(const struct reference_lookup *lookup, VASurfaceID id)
{
    struct golden *golden = (struct golden *)((char *)lookup - offsetof(struct golden, lookup));

    for (unsigned i = 0; i < GOLDEN_SURFACES; i++)
        golden->surface[i].kept |= golden->surface[i].id == id;
}

void golden_open(struct golden *golden, const char *codec, VAProfile profile)
{
    memset(golden, 0, sizeof(*golden));
    for (unsigned i = 0; i < num_codecs; i++)
        if (strcmp(codecs[i]->name, codec) == 0)
            golden->codec = codecs[i];
    assert_non_null(golden->codec);
    assert_true(golden->codec->context_state_size <= sizeof(golden->context));
    assert_true(golden->codec->controls_size <= sizeof(golden->controls));
    golden->lookup = (struct reference_lookup){find, keep};
    golden->picture.profile = profile;
    for (unsigned i = 0; i < GOLDEN_SURFACES; i++)
        golden->surface[i].id = GOLDEN_SURFACE(i);
}

void golden_begin(struct golden *golden, unsigned surface)
{
    struct golden_surface *target = &golden->surface[surface];
    /* A surface that is rendered to twice in a row gets the frame's second field. */
    bool second_field = golden->picture.render_target == target->id;

    golden->picture = (struct picture){
        .render_target = target->id,
        .profile = golden->picture.profile,
        .second_field = second_field,
        .decode_mode = golden->codec->slice_based,
        .start_code = golden->codec->start_code_none,
        .device_controls = UINT32_MAX,
        .context_state = golden->context,
        .surface_state = target->state,
        .lookup = &golden->lookup,
    };
    if (!second_field) {
        golden->timestamp += 1000;
        target->timestamp = golden->timestamp;
    }
    golden->picture.timestamp = target->timestamp;
}

void golden_render(struct golden *golden, VABufferType type, const void *data)
{
    for (unsigned i = 0; i < golden->codec->num_buffers; i++) {
        if (golden->codec->buffers[i].type == type) {
            golden->picture.buffer[i] = (struct staged){.data = data, .count = 1};
            return;
        }
    }
    fail_msg("%s takes no buffer of type %d", golden->codec->name, (int)type);
}

static void stage(struct golden *golden, const uint8_t *data, size_t size)
{
    golden->slice = (struct slice){.data = data, .size = size};
    golden->picture.slices = &golden->slice;
    golden->picture.num_slices = 1;
}

void golden_refuse(struct golden *golden, const uint8_t *data, size_t size, VAStatus expected)
{
    struct build_error error = {.status = VA_STATUS_SUCCESS};

    stage(golden, data, size);
    assert_int_equal(golden->codec->prepare(&golden->picture, &error), expected);
}

void golden_build(struct golden *golden, const uint8_t *data, size_t size)
{
    struct build_error error = {.status = VA_STATUS_SUCCESS};
    VAStatus status = VA_STATUS_SUCCESS;

    stage(golden, data, size);
    memset(golden->controls, 0, sizeof(golden->controls));
    memset(&golden->set, 0, sizeof(golden->set));
    if (golden->codec->prepare)
        status = golden->codec->prepare(&golden->picture, &error);
    if (status == VA_STATUS_SUCCESS)
        status = golden->codec->format(&golden->picture, &golden->format, &error);
    if (status == VA_STATUS_SUCCESS) {
        status =
            golden->codec->build(&golden->picture, 0, 1, golden->controls, &golden->set, &error);
    }
    if (status != VA_STATUS_SUCCESS) {
        fail_msg("refused with %d: %s %s: %" PRId64, (int)status, error.field, error.why,
                 error.value);
    }
}

void golden_assert_format(const struct golden *golden, struct coded_format expected)
{
    assert_int_equal(golden->format.width, expected.width);
    assert_int_equal(golden->format.height, expected.height);
    assert_int_equal(golden->format.bit_depth, expected.bit_depth);
}

static const struct v4l2_ext_control *control_of(const struct golden *golden, uint32_t id)
{
    for (unsigned i = 0; i < golden->set.count; i++)
        if (golden->set.control[i].id == id)
            return &golden->set.control[i];
    return NULL;
}

bool golden_has(const struct golden *golden, uint32_t id)
{
    return control_of(golden, id) != NULL;
}

static const struct codec_control *description_of(const struct codec *codec, uint32_t id)
{
    for (unsigned i = 0; i < codec->num_controls; i++)
        if (codec->controls[i].id == id)
            return &codec->controls[i];
    fail_msg("%s has no control 0x%" PRIx32, codec->name, id);
    return NULL;
}

const void *golden_payload(const struct golden *golden, uint32_t id)
{
    const struct v4l2_ext_control *control = control_of(golden, id);

    assert_non_null(control);
    assert_int_equal(control->size, description_of(golden->codec, id)->size);
    return control->ptr;
}

static uint64_t value_at(const uint8_t *at, unsigned width)
{
    uint64_t value = 0;

    memcpy(&value, at, width); /* for printing, on the little-endian machines that test this */
    return value;
}

/* Prints the elements of `field` that differ, `dim` being the dimension that `offset` is at. */
static void print_differences(const struct control_field *field, unsigned dim, size_t offset,
                              const uint8_t *const payloads[2])
{
    if (dim < field->dims && dim < CONTROL_FIELD_DIMS) {
        for (unsigned i = 0; i < field->dim[dim].count; i++) {
            print_differences(field, dim + 1, offset + (size_t)i * field->dim[dim].stride,
                              payloads);
        }
        return;
    }
    if (memcmp(payloads[0] + offset, payloads[1] + offset, field->width) != 0) {
        print_message("%s at byte %zu: expected 0x%" PRIx64 ", got 0x%" PRIx64 "\n", field->name,
                      offset, value_at(payloads[0] + offset, field->width),
                      value_at(payloads[1] + offset, field->width));
    }
}

void golden_assert(const struct golden *golden, uint32_t id, const void *expected, size_t size)
{
    const struct codec_control *description = description_of(golden->codec, id);
    const uint8_t *const payloads[2] = {expected, golden_payload(golden, id)};

    assert_int_equal(description->size, size);
    if (memcmp(payloads[0], payloads[1], size) == 0)
        return;
    for (unsigned i = 0; i < description->num_fields; i++)
        print_differences(&description->fields[i], 0, description->fields[i].offset, payloads);
    fail_msg("%s differs", description->name);
}
