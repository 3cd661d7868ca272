/* SPDX-License-Identifier: MIT */
#include "recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void give_up(const char *path, const char *why)
{
    fprintf(stderr, "%s: %s\n", path, why);
    exit(EXIT_FAILURE);
}

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "re");
    uint8_t *bytes = NULL;
    long end = 0;

    if (!file)
        give_up(path, "cannot be opened");
    if (fseek(file, 0, SEEK_END) || (end = ftell(file)) < 0 || fseek(file, 0, SEEK_SET))
        give_up(path, "cannot be read");
    *size = (size_t)end;
    bytes = malloc(*size + 1);
    if (!bytes || fread(bytes, 1, *size, file) != *size)
        give_up(path, "cannot be read");
    fclose(file);
    return bytes;
}

struct reader {
    const char *path;
    const uint8_t *at, *end;
};

static uint32_t word(struct reader *reader)
{
    uint32_t value;

    if (reader->end - reader->at < 4)
        give_up(reader->path, "is cut off");
    memcpy(&value, reader->at, 4);
    reader->at += 4;
    return value;
}

static void read_buffer(struct reader *reader, struct recorded_buffer *buffer)
{
    size_t bytes;

    buffer->type = word(reader);
    buffer->size = word(reader);
    buffer->count = word(reader);
    bytes = (size_t)buffer->size * buffer->count;
    if ((size_t)(reader->end - reader->at) < bytes)
        give_up(reader->path, "is cut off");
    buffer->data = reader->at;
    reader->at += bytes;
}

static struct record read_record(struct reader *reader)
{
    struct record record = {.kind = (enum record_kind)word(reader)};

    switch (record.kind) {
    case RECORD_SURFACE:
        record.surface = word(reader);
        record.width = word(reader);
        record.height = word(reader);
        record.format = word(reader);
        break;
    case RECORD_CONTEXT:
        record.format = word(reader);
        record.width = word(reader);
        record.height = word(reader);
        break;
    case RECORD_PICTURE:
        record.surface = word(reader);
        record.num_buffers = word(reader);
        if (record.num_buffers > 4096)
            give_up(reader->path, "is no recording");
        record.buffers = calloc(record.num_buffers + 1, sizeof(*record.buffers));
        if (!record.buffers)
            give_up(reader->path, "no memory");
        for (unsigned i = 0; i < record.num_buffers; i++)
            read_buffer(reader, &record.buffers[i]);
        break;
    case RECORD_OUTPUT:
        record.surface = word(reader);
        break;
    default:
        give_up(reader->path, "is no recording");
    }
    return record;
}

/* The surface that a record names, as it was made last before. */
static const struct record *surface_before(const struct recording *recording, unsigned n)
{
    for (unsigned i = n; i-- > 0;)
        if (recording->records[i].kind == RECORD_SURFACE &&
            recording->records[i].surface == recording->records[n].surface)
            return &recording->records[i];
    return NULL;
}

static size_t bytes_of_outputs(const struct recording *recording)
{
    size_t bytes = 0;

    for (unsigned n = 0; n < recording->num_records; n++) {
        const struct record *surface = surface_before(recording, n);

        if (recording->records[n].kind != RECORD_OUTPUT)
            continue;
        if (recording->width)
            bytes += (size_t)recording->width * recording->height * 3 / 2;
        else if (surface)
            bytes += (size_t)surface->width * surface->height * 3 / 2;
    }
    return bytes;
}

struct recording *recording_load(const char *path, const char *truth, unsigned width,
                                 unsigned height)
{
    struct recording *recording = calloc(1, sizeof(*recording));
    struct reader reader = {.path = path};
    size_t size;

    if (!recording)
        give_up(path, "no memory");
    recording->bytes = read_file(path, &size);
    recording->width = width;
    recording->height = height;
    reader.at = recording->bytes;
    reader.end = reader.at + size;
    if (word(&reader) != RECORDING_MAGIC)
        give_up(path, "is no recording");
    while (reader.at < reader.end) {
        unsigned n = recording->num_records++;

        if (!(n & (n - 1))) {
            struct record *grown =
                realloc(recording->records, (n ? 2 * n : 1) * sizeof(*recording->records));

            if (!grown)
                give_up(path, "no memory");
            recording->records = grown;
        }
        recording->records[n] = read_record(&reader);
        recording->num_outputs += recording->records[n].kind == RECORD_OUTPUT;
    }
    if (truth) {
        recording->truth = read_file(truth, &size);
        if (size != bytes_of_outputs(recording))
            give_up(truth, "has not as many pictures as the recording");
    }
    return recording;
}

void recording_cut(struct recording *recording, unsigned outputs)
{
    unsigned kept = 0, seen = 0;

    while (kept < recording->num_records && seen < outputs)
        seen += recording->records[kept++].kind == RECORD_OUTPUT;
    while (recording->num_records > kept)
        free(recording->records[--recording->num_records].buffers);
    recording->num_outputs = seen;
}

void recording_free(struct recording *recording)
{
    for (unsigned i = 0; i < recording->num_records; i++)
        free(recording->records[i].buffers);
    free(recording->records);
    free(recording->truth);
    free(recording->bytes);
    free(recording);
}
