/* SPDX-License-Identifier: MIT */
#include "decode/trace.h"

#include "base/driver.h"
#include "base/lock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct trace {
    FILE *file;
    struct lock lock;
    unsigned long jobs;
};

/* Opens a regular file for appending. Refuses a FIFO or device, which could block vaInitialize, and
 * a symbolic link as the last component of the path. NULL with *why set. */
static FILE *open_file(const char *path, const char **why)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
    struct stat status;
    FILE *file = NULL;

    if (fd < 0)
        /* ENXIO: a FIFO without a reader, or a socket. */
        *why = errno == ELOOP   ? "a symbolic link"
               : errno == ENXIO ? "not a regular file"
                                : strerror(errno);
    else if (fstat(fd, &status) || !S_ISREG(status.st_mode))
        *why = "not a regular file";
    else if (!(file = fdopen(fd, "a")))
        *why = strerror(errno);
    if (fd >= 0 && !file)
        close(fd);
    return file;
}

struct trace *trace_open(const struct driver *driver)
{
    const char *path = secure_getenv("LIBVA_V4L2_REQUEST_TRACE");
    const char *why = NULL;
    struct trace *trace;

    if (!path || !(trace = calloc(1, sizeof(*trace))))
        return NULL;
    trace->file = open_file(path, &why);
    if (!trace->file) {
        log_error(driver, "no trace in %s: %s", path, why);
        free(trace);
        return NULL;
    }
    lock_init(&trace->lock);
    return trace;
}

void trace_close(struct trace *trace)
{
    if (!trace)
        return;
    fclose(trace->file);
    lock_destroy(&trace->lock);
    free(trace);
}

static void print_value(FILE *file, const struct control_field *field, const uint8_t *from)
{
    union {
        uint8_t u8;
        uint16_t u16;
        uint32_t u32;
        uint64_t u64;
    } value = {0};

    memcpy(&value, from, field->width);
    switch (field->width) {
    case 1:
        fprintf(file, " %d", field->is_signed ? (int8_t)value.u8 : value.u8);
        break;
    case 2:
        fprintf(file, " %d", field->is_signed ? (int16_t)value.u16 : value.u16);
        break;
    case 4:
        if (field->is_signed)
            fprintf(file, " %" PRId32, (int32_t)value.u32);
        else
            fprintf(file, " %" PRIu32, value.u32);
        break;
    default:
        fprintf(file, " %" PRIu64, value.u64);
        break;
    }
}

static void print_values(FILE *file, const struct control_field *field, unsigned dim,
                         const uint8_t *from)
{
    if (dim >= field->dims || dim >= CONTROL_FIELD_DIMS) {
        print_value(file, field, from);
        return;
    }
    for (unsigned i = 0; i < field->dim[dim].count; i++)
        print_values(file, field, dim + 1, from + (size_t)i * field->dim[dim].stride);
}

static const struct codec_control *find(const struct codec *codec, uint32_t id)
{
    for (unsigned i = 0; i < codec->num_controls; i++)
        if (codec->controls[i].id == id)
            return &codec->controls[i];
    return NULL;
}

static void print_control(FILE *file, const struct codec *codec,
                          const struct v4l2_ext_control *control)
{
    const struct codec_control *description = find(codec, control->id);
    unsigned count;

    if (!description)
        return;
    count = description->is_array ? control->size / description->size : 1;
    for (unsigned n = 0; n < count; n++) {
        const uint8_t *from = (const uint8_t *)control->ptr + (size_t)n * description->size;

        for (unsigned i = 0; i < description->num_fields; i++) {
            fprintf(file, "%s", description->name);
            if (description->is_array)
                fprintf(file, "[%u]", n);
            fprintf(file, ".%s =", description->fields[i].name);
            print_values(file, &description->fields[i], 0, from + description->fields[i].offset);
            fputc('\n', file);
        }
    }
}

void trace_request(struct trace *trace, const struct codec *codec, uint32_t context,
                   uint64_t timestamp, size_t bytes, const struct control_set *set)
{
    if (!trace)
        return;
    lock_acquire(&trace->lock);
    fprintf(trace->file, "job %lu %s context 0x%x timestamp %" PRIu64 " bytes %zu\n", trace->jobs++,
            codec->name, context, timestamp, bytes);
    for (unsigned i = 0; i < set->count; i++)
        print_control(trace->file, codec, &set->control[i]);
    fflush(trace->file);
    lock_release(&trace->lock);
}
