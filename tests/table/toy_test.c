/* SPDX-License-Identifier: MIT */
/* Runs the builder that was generated from toy.yaml and compares every byte that it writes. */
#include "builder.h"
#include "toy_hook.h"
#include "toy_table.h"

#include <stdio.h>
#include <string.h>

#define CHECK(condition)                                   \
    do {                                                   \
        if (!(condition)) {                                \
            printf("line %d: %s\n", __LINE__, #condition); \
            failures++;                                    \
        }                                                  \
    } while (0)

static unsigned failures;

static const uint8_t zigzag[16] = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};

/* Surfaces 10 to 13 were decoded at 1000 to 1003 as numbers 50 to 53. */
static struct reference find(const struct reference_lookup *lookup, VASurfaceID id)
{
    static const struct toy_surface known[4] = {{50}, {51}, {52}, {53}};
    static const struct toy_surface unknown;

    (void)lookup;
    if (id < 10 || id > 13)
        return (struct reference){NO_TIMESTAMP, &unknown};
    return (struct reference){1000 + id - 10, &known[id - 10]};
}

static const struct reference_lookup lookup = {find};
static const uint8_t data[2] = {0xab, 16};
static uint64_t context_state[32];
static uint64_t surface_state[SURFACE_STATE_SIZE / 8];
static uint64_t memory[256];
static struct control_set set;
static struct build_error error;

static ToyPictureParameters pic;
static ToyMatrices iq;
static ToySliceParameters slice;

static void reset(void)
{
    memset(context_state, 0, sizeof(context_state));
    pic = (ToyPictureParameters){
        .width_minus1 = 639,
        .height_minus1 = 479,
        .fields.bits = {.interlaced = 1, .bottom = 1, .kind = 2, .depth = 7},
        .packed = 0x1234,
        .offset = 5,
        .forward = 12,
        .references =
            {
                {10, 7, 0},
                {11, -8, VA_TOY_REFERENCE_INVALID},
                {13, -9, VA_TOY_REFERENCE_LONG},
                {99, 1, 0},
            },
        .number = 4660,
    };
    memset(iq.lists, 16, sizeof(iq.lists));
    iq.lists[0][63] = 17;
    iq.load = 2;
    for (int i = 0; i < 16; i++)
        iq.zigzag[i] = (uint8_t)(100 + i);
    slice = (ToySliceParameters){
        .type = 7,
        .count_minus1 = 2,
        .list = {13, 11, 99, 10},
        .weight = {{1, -1}, {2, -2}, {3, -3}, {4, -4}},
    };
}

static VAStatus run(bool matrices, uint32_t mode)
{
    const struct slice slices = {.data = data, .size = sizeof(data)};
    struct picture picture = {
        .buffer = {{&pic, 1}, {&iq, matrices}, {&slice, 1}},
        .slices = &slices,
        .num_slices = 1,
        .profile = VAProfileMPEG2Main,
        .decode_mode = mode,
        .device_controls = ~0U,
        .context_state = context_state,
        .surface_state = surface_state,
        .lookup = &lookup,
    };
    VAStatus status = codec_toy.prepare(&picture, &error);

    memset(memory, 0xa5, sizeof(memory));
    if (status == VA_STATUS_SUCCESS)
        status = codec_toy.build(&picture, 0, 1, memory, &set, &error);
    return status;
}

/* Compares a control with what it should be, byte by byte. */
static void same(unsigned index, uint32_t id, const void *expected, size_t size)
{
    const uint8_t *have = set.control[index].ptr;
    uint8_t want[4096] = {0};

    CHECK(set.control[index].id == id && set.control[index].size == size);
    CHECK(size <= sizeof(want));
    memcpy(want, expected, size < sizeof(want) ? size : sizeof(want));
    for (size_t i = 0; i < size && i < sizeof(want); i++) {
        if (want[i] != have[i]) {
            printf("control %#x, byte %zu: %#x instead of %#x\n", id, i, have[i], want[i]);
            failures++;
        }
    }
}

static void full_picture(void)
{
    struct toy_ctrl_frame frame = {
        .references = {{1000, 7, 50, 0x80, 0},
                       {0, -1, 0, 0, 0},
                       {1003, -9, 53, 0x80, 0},
                       {0, 1, 0, 0x80, 0}},
        .forward_ts = 1002,
        .width = 640,
        .height_in_units = 239,
        .kind = 20,
        .profile = 3,
        .nibble = {{1, 2}, {3, 4}},
        .offset = -8,
        .version = 9,
        .level = 40,
        .flags = TOY_FRAME_FLAG_INTERLACED | TOY_FRAME_FLAG_SCALED | TOY_FRAME_FLAG_SEEN,
        .id = 0xab01,
    };
    const struct toy_ctrl_slice slice_control = {
        .header_size = 17,
        .type = 2,
        .count = 3,
        .index = {2, 255, 3, 0},
        .weight = {{2, 1, 4, 0}, {-4, -3, -2, -1}},
    };
    const struct toy_ctrl_extra extra = {.number = 4660, .order = 582};

    for (int i = 0; i < 16; i++) {
        frame.raster[zigzag[i]] = (uint8_t)(100 + i);
        frame.kept[i] = (uint8_t)(100 + i);
    }
    memset(frame.lists, 16, sizeof(frame.lists[0]) + sizeof(frame.lists[1]));
    frame.lists[1][63] = 17;

    reset();
    CHECK(run(true, TOY_DECODE_BY_SLICE) == VA_STATUS_SUCCESS);
    CHECK(set.count == 3);
    same(0, TOY_CID_FRAME, &frame, sizeof(frame));
    same(1, TOY_CID_SLICE, &slice_control, sizeof(slice_control));
    same(2, TOY_CID_EXTRA, &extra, sizeof(extra));
    CHECK(((const struct toy_surface *)(const void *)surface_state)->number == 101);
}

/* Without the optional buffer, in the other mode, after a picture that loaded matrices. */
static void bare_picture(void)
{
    struct toy_ctrl_frame frame = {
        .references = {{0, -1, 0, 0, 0}, {0, -1, 0, 0, 0}, {0, -1, 0, 0, 0}, {0, -1, 0, 0, 0}},
        .width = 640,
        .height_in_units = 239,
        .kind = 10,
        .profile = 3,
        .nibble = {{0xf, 0xf}, {0xf, 0xe}},
        .offset = -8,
        .version = 9,
        .level = 40,
        .flags = TOY_FRAME_FLAG_INTRA | TOY_FRAME_FLAG_SEEN,
        .id = 0xab02,
    };

    memset(frame.raster, 16, sizeof(frame.raster));
    memset(frame.lists, 16, sizeof(frame.lists[0]) + sizeof(frame.lists[1]));
    for (int i = 0; i < 16; i++)
        frame.kept[i] = (uint8_t)(100 + i);

    reset();
    CHECK(run(true, TOY_DECODE_BY_FRAME) == VA_STATUS_SUCCESS);
    pic.fields.bits.interlaced = 0;
    pic.fields.bits.kind = 1;
    pic.number = 5;
    pic.packed = -2;
    for (int i = 0; i < 4; i++)
        pic.references[i].flags = VA_TOY_REFERENCE_INVALID;
    CHECK(run(false, TOY_DECODE_BY_FRAME) == VA_STATUS_SUCCESS);
    CHECK(set.count == 3);
    same(0, TOY_CID_FRAME, &frame, sizeof(frame));
}

/* Three slices in a frame, as far as the device's arrays take them. */
static void arrays(void)
{
    static const uint8_t two[2] = {2, 0}, none[2] = {0, 0}, three[2] = {3, 0};
    const struct slice slices[3] = {
        {.data = two, .size = 2, .offset = 64, .parameter = 0},
        {.data = none, .size = 2, .offset = 66, .parameter = 1},
        {.data = three, .size = 2, .offset = 70, .parameter = 2},
    };
    const struct toy_ctrl_entry entries[3] = {{64, 2, 7}, {66, 2, 8}, {70, 2, 9}};
    const struct toy_ctrl_point points[5] = {{0}, {1}, {200}, {201}, {202}};
    ToySliceParameters parameters[3];
    struct picture picture = {
        .buffer = {{&pic, 1}, {NULL, 0}, {parameters, 3}},
        .slices = slices,
        .num_slices = 3,
        .decode_mode = TOY_DECODE_BY_FRAME,
        .device_controls = ~0U,
        .context_state = context_state,
        .surface_state = surface_state,
        .lookup = &lookup,
    };
    uint8_t prefix[CODEC_MAX_PREFIX];

    reset();
    pic.number = 0;
    for (unsigned i = 0; i < 3; i++) {
        parameters[i] = slice;
        parameters[i].type = (uint8_t)(7 + i);
    }
    CHECK(codec_toy.prepare(&picture, &error) == VA_STATUS_SUCCESS);
    CHECK(codec_toy.fit(&picture, 0) == 3);
    CHECK(codec_toy.build(&picture, 0, 3, memory, &set, &error) == VA_STATUS_SUCCESS);
    CHECK(set.count == 3);
    same(1, TOY_CID_ENTRIES, entries, sizeof(entries));
    same(2, TOY_CID_POINTS, points, sizeof(points));

    /* A device with room for four points takes the last slice in a request of its own. */
    picture.array_capacity[TOY_CONTROL_POINTS] = 4;
    CHECK(codec_toy.fit(&picture, 0) == 2 && codec_toy.fit(&picture, 2) == 1);
    CHECK(codec_toy.build(&picture, 2, 1, memory, &set, &error) == VA_STATUS_SUCCESS);
    same(1, TOY_CID_ENTRIES, &entries[2], sizeof(entries[2]));
    same(2, TOY_CID_POINTS, &points[2], 3 * sizeof(points[2]));
    CHECK(codec_toy.build(&picture, 0, 3, memory, &set, &error) ==
          VA_STATUS_ERROR_MAX_NUM_EXCEEDED);
    picture.array_capacity[TOY_CONTROL_ENTRIES] = 1;
    CHECK(codec_toy.fit(&picture, 0) == 1);

    /* No points, no control. */
    CHECK(codec_toy.build(&picture, 1, 1, memory, &set, &error) == VA_STATUS_SUCCESS);
    CHECK(set.count == 2);

    codec_toy.commit(&picture);
    CHECK(((const struct toy_context *)(const void *)context_state)->committed == 1);

    CHECK(codec_toy.prefix(&picture, prefix) == 3 && codec_toy.headroom == 1);
    CHECK(prefix[0] == (2 | 9 << 3) && prefix[1] == (639 & 0xff) && prefix[2] == 639 >> 8);
    pic.fields.bits.interlaced = 0;
    CHECK(codec_toy.prefix(&picture, prefix) == 1);
}

static void refused(VAStatus expected, const char *field, const char *why, int64_t value)
{
    error = (struct build_error){0};
    CHECK(run(true, TOY_DECODE_BY_SLICE) == expected);
    if (error.status != expected || !error.field || strcmp(error.field, field) != 0 ||
        strcmp(error.why, why) != 0 || error.value != value) {
        printf("'%s' '%s' %lld instead of '%s' '%s' %lld\n", error.field ? error.field : "",
               error.why ? error.why : "", (long long)error.value, field, why, (long long)value);
        failures++;
    }
    reset();
}

static void refusals(void)
{
    reset();
    pic.fields.bits.kind = 4;
    refused(VA_STATUS_ERROR_INVALID_PARAMETER, "pic.fields.bits.kind", "not in 1..3: I, P or B", 4);
    pic.number = 70000;
    refused(VA_STATUS_ERROR_UNIMPLEMENTED, "pic.number", "not in 0..65535", 70000);
    slice.count_minus1 = 4;
    refused(VA_STATUS_ERROR_INVALID_PARAMETER, "slice.count_minus1", "not in 0..3", 4);
    pic.height_minus1 = 0;
    refused(VA_STATUS_ERROR_INVALID_PARAMETER, "frame.height_in_units", "not in 0..1000", -1);
    pic.offset = -128;
    refused(VA_STATUS_ERROR_INVALID_PARAMETER, "frame.offset", "not in -20..20", 125);
    pic.number = 666;
    refused(VA_STATUS_ERROR_INVALID_PARAMETER, "pic.number", "unlucky", 666);
}

static void missing_buffers(void)
{
    const struct slice slices[2] = {{.data = data, .size = 1},
                                    {.data = data, .size = 2, .parameter = 9}};
    struct picture picture = {
        .slices = slices,
        .num_slices = 2,
        .context_state = context_state,
        .surface_state = surface_state,
        .lookup = &lookup,
    };
    struct coded_format format;

    reset();
    CHECK(codec_toy.format(&picture, &format, &error) == VA_STATUS_ERROR_INVALID_BUFFER);
    CHECK(codec_toy.structure(&picture) == PICTURE_FRAME);
    CHECK(codec_toy.prepare(&picture, &error) == VA_STATUS_ERROR_INVALID_BUFFER);
    picture.buffer[0] = (struct staged){&pic, 1};
    CHECK(codec_toy.build(&picture, 0, 1, memory, &set, &error) == VA_STATUS_ERROR_INVALID_BUFFER);
    picture.buffer[2] = (struct staged){&slice, 1};
    CHECK(codec_toy.build(&picture, 0, 1, memory, &set, &error) == VA_STATUS_ERROR_DECODING_ERROR);
    CHECK(codec_toy.build(&picture, 1, 1, memory, &set, &error) == VA_STATUS_ERROR_INVALID_BUFFER);
    CHECK(codec_toy.build(&picture, 2, 1, memory, &set, &error) == VA_STATUS_ERROR_INVALID_BUFFER);
    CHECK(codec_toy.format(&picture, &format, &error) == VA_STATUS_SUCCESS);
    CHECK(format.width == 640 && format.height == 480 && format.bit_depth == 8);
    CHECK(format.references && codec_toy.outlives_context);
    CHECK(format.monochrome && format.negotiated == (0x1 | 1 << 4));
    pic.fields.bits.kind = 1;
    CHECK(codec_toy.format(&picture, &format, &error) == VA_STATUS_SUCCESS && !format.references);
    CHECK(codec_toy.structure(&picture) == PICTURE_BOTTOM_FIELD);
    pic.fields.bits.bottom = 0;
    CHECK(codec_toy.structure(&picture) == PICTURE_TOP_FIELD);
}

/* Every field's description points at its field. */
static void descriptions(void)
{
    const struct control_field *fields = toy_frame_fields;

    CHECK(!strcmp(fields[0].name, "references[].timestamp") && fields[0].width == 8);
    CHECK(fields[0].dims == 1 && fields[0].dim[0].count == 4);
    CHECK(fields[0].dim[0].stride == sizeof(struct toy_reference));
    CHECK(!strcmp(fields[1].name, "references[].order") && fields[1].is_signed);
    CHECK(fields[1].offset == offsetof(struct toy_ctrl_frame, references[0].order));
    for (unsigned i = 0; i < codec_toy.controls[TOY_CONTROL_FRAME].num_fields; i++) {
        if (!strcmp(fields[i].name, "lists[][]")) {
            CHECK(fields[i].dims == 2 && fields[i].dim[0].stride == 64);
            CHECK(fields[i].dim[1].count == 64 && fields[i].dim[1].stride == 1);
            return;
        }
    }
    CHECK(!"lists[][] described");
}

static void registry(void)
{
    CHECK(num_codecs == 1 && codecs[0] == &codec_toy && codecs[1] == NULL);
    CHECK(codec_toy.num_profiles == 2 && codec_toy.profiles[1].profile == 77 &&
          codec_toy.profiles[0].bit_depth == 10);
    CHECK(codec_toy.buffers[TOY_BUFFER_SLICE].is_slice &&
          codec_toy.buffers[TOY_BUFFER_PIC].required);
    CHECK(codec_toy.controls[TOY_CONTROL_SLICE_CONTROL].per_slice);
    CHECK(codec_toy.start_code_annex_b == TOY_START_CODE_ANNEX);
}

int main(void)
{
    full_picture();
    bare_picture();
    arrays();
    refusals();
    missing_buffers();
    descriptions();
    registry();
    return failures ? 1 : 0;
}
