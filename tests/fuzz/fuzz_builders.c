/* SPDX-License-Identifier: MIT */
/*
 * Every codec's prepare and build over hostile parameter buffers. The first byte picks the codec
 * and the mode; then come pictures of one context. Each begins with the parameter buffers of the
 * one before (at first all zero), into which the input patches single bytes, so that small inputs
 * reach far. All memory has exactly the size that the builder may use.
 */
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"

#define NUM_SURFACES 4
#define MAX_PICTURES 8
#define MAX_SLICES   3

struct input {
    const uint8_t *data;
    size_t size;
};

struct fuzz {
    const struct codec *codec;
    struct reference_lookup lookup;
    uint8_t *buffers[CODEC_MAX_BUFFERS]; /* MAX_SLICES elements each */
    uint8_t *context;
    uint8_t *controls;
    uint8_t
        *late; /* the control of the picture before that waits for the next one to tell, or NULL */
    uint64_t late_timestamp;
    uint8_t *states[NUM_SURFACES];
    uint64_t timestamps[NUM_SURFACES];
    uint8_t mode;
};

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static uint8_t take(struct input *input)
{
    if (input->size == 0)
        return 0;
    input->size--;
    return *input->data++;
}

static struct reference find(const struct reference_lookup *lookup, VASurfaceID id)
{
    static const _Alignas(max_align_t) uint8_t nothing[SURFACE_STATE_SIZE];
    const struct fuzz *fuzz =
        (const struct fuzz *)((const char *)lookup - offsetof(struct fuzz, lookup));

    if (id < NUM_SURFACES)
        return (struct reference){fuzz->timestamps[id], fuzz->states[id]};
    return (struct reference){NO_TIMESTAMP, nothing};
}

/* Pairs of a place (in 256ths of the buffer, then bytes) and a value. */
static void patch(struct input *input, uint8_t *buffer, size_t size)
{
    for (unsigned count = take(input) % 64; count > 0; count--) {
        size_t place = take(input);
        uint8_t value;

        place = place << 8 | take(input);
        value = take(input);
        buffer[place % size] = value;
    }
}

static void check_set(const struct fuzz *fuzz, const struct control_set *set)
{
    static volatile uint8_t sum;

    expect(set->count <= CODEC_MAX_CONTROLS);
    for (unsigned i = 0; i < set->count; i++) {
        const uint8_t *payload = set->control[i].ptr;

        expect(payload >= fuzz->controls &&
               payload + set->control[i].size <= fuzz->controls + fuzz->codec->controls_size);
        for (unsigned j = 0; j < set->control[i].size; j++)
            sum = (uint8_t)(sum + payload[j]);
    }
}

/* A value that only the next picture tells: what the runtime does about it. */
static void tell_late(struct fuzz *fuzz, const struct picture *next)
{
    if (fuzz->late) {
        expect(fuzz->codec->deferred_tell(next, fuzz->late_timestamp, fuzz->late) <=
               DEFERRED_CHANGED);
    }
    free(fuzz->late);
    fuzz->late = NULL;
}

static void keep_late(struct fuzz *fuzz, const struct picture *picture,
                      const struct control_set *set)
{
    if (!fuzz->codec->deferred_id || fuzz->late || !fuzz->codec->deferred_open(picture))
        return;
    for (unsigned i = 0; i < set->count; i++) {
        if (set->control[i].id == fuzz->codec->deferred_id) {
            fuzz->late = malloc(set->control[i].size);
            expect(fuzz->late != NULL);
            memcpy(fuzz->late, set->control[i].ptr, set->control[i].size);
        }
    }
    fuzz->late_timestamp = picture->timestamp;
}

static void decode(struct fuzz *fuzz, struct picture *picture)
{
    const struct codec *codec = fuzz->codec;
    struct build_error error = {.status = VA_STATUS_SUCCESS};
    struct coded_format format;
    VAStatus status = VA_STATUS_SUCCESS;

    if (codec->structure)
        expect(codec->structure(picture) <= PICTURE_FRAME);
    if (codec->prepare)
        status = codec->prepare(picture, &error);
    if (status == VA_STATUS_SUCCESS && codec->use)
        expect(codec->use(picture) <= PICTURE_FRESH);
    if (status == VA_STATUS_SUCCESS) {
        tell_late(fuzz, picture);
        status = codec->format(picture, &format, &error);
    }
    if (status == VA_STATUS_SUCCESS && codec->display)
        codec->display(picture);
    for (unsigned i = 0, n; i < picture->num_slices && status == VA_STATUS_SUCCESS; i += n) {
        struct control_set set = {.count = 0};

        n = codec->fit && fuzz->mode & 1 ? codec->fit(picture, i) : 1;
        expect(n >= 1 && n <= picture->num_slices - i);
        status = codec->build(picture, i, n, fuzz->controls, &set, &error);
        if (status == VA_STATUS_SUCCESS) {
            check_set(fuzz, &set);
            keep_late(fuzz, picture, &set);
        }
    }
    if (status == VA_STATUS_SUCCESS && codec->prefix) {
        uint8_t bytes[CODEC_MAX_PREFIX];

        expect(codec->prefix(picture, bytes) <= sizeof(bytes));
    }
    if (status == VA_STATUS_SUCCESS && codec->commit)
        codec->commit(picture);
    /* A refusal says why. */
    expect(status == VA_STATUS_SUCCESS ||
           (error.status == status && error.field != NULL && error.why != NULL));
}

static void run_picture(struct fuzz *fuzz, struct input *input)
{
    const struct codec *codec = fuzz->codec;
    uint8_t flags = take(input);
    unsigned target = flags & 3;
    struct slice slices[MAX_SLICES];
    uint8_t *bitstreams[MAX_SLICES] = {NULL};
    struct picture picture = {
        .slices = slices,
        .num_slices = 1 + (flags >> 2 & 3) % MAX_SLICES,
        .render_target = target,
        .profile = codec->profiles[(flags >> 6) % codec->num_profiles].profile,
        .second_field = flags & 16,
        .decode_mode = fuzz->mode & 1 ? codec->frame_based : codec->slice_based,
        .start_code = codec->start_code_annex_b,
        .device_controls = fuzz->mode & 2 ? 0 : UINT32_MAX,
        .context_state = fuzz->context,
        .surface_state = fuzz->states[target],
        .lookup = &fuzz->lookup,
        .timestamp = fuzz->timestamps[target] + 1,
    };

    for (unsigned i = 0; i < codec->num_buffers; i++) {
        size_t elements = codec->buffers[i].is_array || codec->buffers[i].is_slice ? MAX_SLICES : 1;

        if (flags & 32 && take(input) & 1)
            continue; /* not rendered */
        patch(input, fuzz->buffers[i], elements * codec->buffers[i].element_size);
        picture.buffer[i] = (struct staged){fuzz->buffers[i], (unsigned)elements};
    }
    for (unsigned i = 0; i < picture.num_slices; i++) {
        size_t size = take(input) % 64;

        size = size < input->size ? size : input->size;
        bitstreams[i] = malloc(size + 1);
        expect(bitstreams[i] != NULL);
        memcpy(bitstreams[i] + 1, input->data, size);
        slices[i] = (struct slice){.data = bitstreams[i] + 1, .size = size, .parameter = i};
        input->data += size;
        input->size -= size;
    }
    decode(fuzz, &picture);
    fuzz->timestamps[target]++;
    for (unsigned i = 0; i < picture.num_slices; i++)
        free(bitstreams[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    uint8_t first = take(&input);
    struct fuzz fuzz = {
        .codec = codecs[(first >> 2) % num_codecs], .lookup.find = find, .mode = first};

    fuzz.context = calloc(1, fuzz.codec->context_state_size + 1);
    fuzz.controls = calloc(1, fuzz.codec->controls_size);
    for (unsigned i = 0; i < NUM_SURFACES; i++)
        fuzz.states[i] = calloc(1, SURFACE_STATE_SIZE);
    for (unsigned i = 0; i < fuzz.codec->num_buffers; i++) {
        const struct codec_buffer *buffer = &fuzz.codec->buffers[i];

        fuzz.buffers[i] =
            calloc(buffer->is_array || buffer->is_slice ? MAX_SLICES : 1, buffer->element_size);
    }
    for (unsigned i = 0; i < MAX_PICTURES && input.size > 0; i++)
        run_picture(&fuzz, &input);
    for (unsigned i = 0; i < fuzz.codec->num_buffers; i++)
        free(fuzz.buffers[i]);
    for (unsigned i = 0; i < NUM_SURFACES; i++)
        free(fuzz.states[i]);
    free(fuzz.late);
    free(fuzz.controls);
    free(fuzz.context);
    return 0;
}
