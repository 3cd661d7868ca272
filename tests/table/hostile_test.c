/* SPDX-License-Identifier: MIT */
/*
 * Feeds the generated builders buffers and slices of random bytes, some of them nearly right, under
 * sanitizers: whatever a client sends, they refuse it with a reason or write valid controls.
 */
#include "codec/codec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SURFACES 8
#define PICTURES 40000

static uint64_t surface_states[SURFACES][SURFACE_STATE_SIZE / 8];
static uint64_t seed = 1;
static unsigned accepted, refused;

static uint32_t random_number(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 16);
}

static void fill(void *data, size_t size)
{
    uint8_t *byte = data;

    for (size_t i = 0; i < size; i++)
        byte[i] = (uint8_t)random_number();
}

static struct reference find(const struct reference_lookup *lookup, VASurfaceID id)
{
    (void)lookup;
    return (struct reference){id % SURFACES, surface_states[id % SURFACES]};
}

static void fail(const struct codec *codec, const char *why)
{
    printf("%s: %s\n", codec->name, why);
    exit(1);
}

/* Mostly zero bytes with some random ones: far more of it is accepted than of noise. */
static void fill_sparsely(void *data, size_t size)
{
    uint8_t *byte = data;
    const unsigned changes = random_number() % 12;

    memset(data, 0, size);
    for (unsigned i = 0; i < changes; i++)
        byte[random_number() % (size < 700 ? size : 700)] = (uint8_t)random_number();
}

/* Makes the picture parameters ones that are likely to be accepted. */
static void repair_picture(const struct codec *codec, void *pic)
{
    if (!strcmp(codec->name, "h264")) {
        VAPictureParameterBufferH264 *h264 = pic;

        h264->seq_fields.bits.chroma_format_idc = 1;
        h264->bit_depth_luma_minus8 = h264->bit_depth_chroma_minus8 = 0;
        for (unsigned i = random_number() % 17; i < 16; i++)
            h264->ReferenceFrames[i].flags = VA_PICTURE_H264_INVALID;
    } else if (!strcmp(codec->name, "mpeg2")) {
        VAPictureParameterBufferMPEG2 *mpeg2 = pic;

        mpeg2->horizontal_size |= 16;
        mpeg2->vertical_size |= 16;
        mpeg2->picture_coding_type = 1 + (int)(random_number() % 3);
        mpeg2->picture_coding_extension.bits.picture_structure |= 1 + random_number() % 3;
    } else if (!strcmp(codec->name, "vp8")) {
        VAPictureParameterBufferVP8 *vp8 = pic;

        vp8->frame_width = 16 + random_number() % 4096;
        vp8->frame_height = 16 + random_number() % 4096;
    } else if (!strcmp(codec->name, "vp9")) {
        VADecPictureParameterBufferVP9 *vp9 = pic;

        vp9->frame_width = (uint16_t)(1 + random_number() % 4096);
        vp9->frame_height = (uint16_t)(1 + random_number() % 4096);
        vp9->pic_fields.bits.subsampling_x = vp9->pic_fields.bits.subsampling_y = 1;
        vp9->profile = 0;
        vp9->bit_depth = 8;
    }
}

/* The same for a slice's parameters. */
static void repair_slice(const struct codec *codec, void *slice)
{
    if (!strcmp(codec->name, "vp8")) {
        VASliceParameterBufferVP8 *vp8 = slice;

        vp8->num_of_partitions = (uint8_t)(2 + random_number() % 8);
        vp8->macroblock_offset = random_number() % 2048;
        for (unsigned i = 0; i < 9; i++)
            vp8->partition_size[i] = random_number() % 64;
    }
}

static void check_set(const struct codec *codec, const struct control_set *set)
{
    if (set->count == 0 || set->count > codec->num_controls)
        fail(codec, "number of controls");
    for (unsigned i = 0; i < set->count; i++) {
        unsigned known = 0;

        for (unsigned k = 0; k < codec->num_controls; k++)
            known +=
                set->control[i].id == codec->controls[k].id &&
                (codec->controls[k].is_array
                     ? set->control[i].size && set->control[i].size % codec->controls[k].size == 0
                     : set->control[i].size == codec->controls[k].size);
        if (known != 1)
            fail(codec, "a control that is not in the table");
    }
}

static void run(const struct codec *codec, void *context_state)
{
    static uint64_t buffers[CODEC_MAX_BUFFERS][3 * 4096 / 8];
    static uint8_t data[256];
    struct slice slices[3];
    struct picture picture = {.slices = slices, .num_slices = random_number() % 4};
    const struct reference_lookup lookup = {find};
    const bool noise = random_number() % 4 == 0;
    uint8_t *memory = calloc(1, codec->controls_size);
    struct build_error error = {0};
    struct coded_format format;
    struct control_set set;
    VAStatus status;

    for (unsigned i = 0; i < codec->num_buffers; i++) {
        const size_t size = codec->buffers[i].element_size;

        if (3 * size > sizeof(buffers[i]))
            fail(codec, "a buffer larger than the test's");
        if (random_number() % 16 == 0)
            continue;
        for (unsigned k = 0; k < 3; k++) {
            uint8_t *element = (uint8_t *)buffers[i] + k * size;

            (noise ? fill : fill_sparsely)(element, size);
        }
        if (i == 0 && !noise)
            repair_picture(codec, buffers[i]);
        for (unsigned k = 0; k < 3 && codec->buffers[i].is_slice && !noise; k++)
            repair_slice(codec, (uint8_t *)buffers[i] + k * size);
        picture.buffer[i] = (struct staged){buffers[i], codec->buffers[i].is_array ? 3 : 1};
    }
    fill(data, sizeof(data));
    data[0] = random_number() % 2 ? 0x65 : 0x41;
    for (unsigned i = 0; i < 3; i++) {
        const size_t size = random_number() % sizeof(data);

        slices[i] = (struct slice){.data = data, .size = size, .parameter = random_number() % 4};
        if (!noise)
            memset(data + 1, 0x88, 6); /* short codes: first_mb 0, slice_type 7, ... */
    }
    picture.profile = codec->profiles[random_number() % codec->num_profiles].profile;
    picture.render_target = random_number() % SURFACES;
    picture.second_field = random_number() % 2;
    picture.decode_mode = random_number() % 2;
    picture.device_controls = ~0U;
    picture.context_state = context_state;
    picture.surface_state = surface_states[picture.render_target];
    picture.lookup = &lookup;

    (void)codec->structure(&picture);
    status = codec->format(&picture, &format, &error);
    if (status == VA_STATUS_SUCCESS)
        status = codec->prepare(&picture, &error);
    for (unsigned i = 0, n; i < picture.num_slices && status == VA_STATUS_SUCCESS; i += n) {
        n = picture.decode_mode && codec->fit ? codec->fit(&picture, i) : 1;
        if (n < 1 || n > picture.num_slices - i)
            fail(codec, "slices of a request");
        status = codec->build(&picture, i, n, memory, &set, &error);
        if (status == VA_STATUS_SUCCESS) {
            check_set(codec, &set);
            accepted++;
        }
    }
    if (status != VA_STATUS_SUCCESS) {
        refused++;
        if (error.status != status || !error.field || !error.why)
            fail(codec, "refused without a reason");
    }
    free(memory);
}

int main(void)
{
    for (unsigned i = 0; i < num_codecs; i++) {
        void *context_state = calloc(1, codecs[i]->context_state_size);

        accepted = refused = 0;
        for (unsigned n = 0; n < PICTURES; n++) {
            if (n % 100 == 0)
                memset(context_state, 0, codecs[i]->context_state_size);
            run(codecs[i], context_state);
        }
        /* The other codecs' slice data would have to be right too: it is left to chance. */
        if (refused < PICTURES / 100 ||
            (accepted < PICTURES / 100 &&
             (!strcmp(codecs[i]->name, "h264") || !strcmp(codecs[i]->name, "mpeg2"))))
            fail(codecs[i], "a test that does not test");
        fprintf(stderr, "%s: %u accepted, %u refused\n", codecs[i]->name, accepted, refused);
        free(context_state);
    }
    return 0;
}
