/* SPDX-License-Identifier: MIT */
/*
 * Pictures in CAPTURE memory: writing them, and knowing later whether a reference still is what was
 * decoded into it.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "avdecoder.h"
#include "virtdec.h"

/* A number that no other picture of this process has. */
uint64_t vd_new_serial(void)
{
    static uint64_t last;
    return __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);
}

/* Hashes one row in four lanes, which keeps the multiplier of the processor busy. */
static void hash_row(uint64_t lane[4], const uint8_t *row, size_t size)
{
    const uint64_t prime = 0x9e3779b97f4a7c15u;
    uint64_t word[4];
    for (; size >= sizeof(word); row += sizeof(word), size -= sizeof(word)) {
        memcpy(word, row, sizeof(word));
        for (int i = 0; i < 4; i++)
            lane[i] = (lane[i] ^ word[i]) * prime;
    }
    for (; size; row++, size--)
        lane[0] = (lane[0] ^ *row) * prime;
}

/* Samples of a line of luma, and of both chroma components together, with that of an odd column. */
static uint32_t whole_line(uint32_t width)
{
    return (width + 1) & ~1u;
}

static uint64_t hash_planes(const struct vd_content *t, const uint8_t *luma, const uint8_t *chroma)
{
    uint64_t lane[4] = {1, 2, 3, 4};
    uint32_t column = vd_column_samples(t->pixelformat);
    for (uint32_t x = 0; column && x < t->width; x += column)
        /* Luma's lines, and chroma's behind them. */
        hash_row(lane, luma + (size_t)x / column * 128 * t->stride,
                 (size_t)128 * t->height * 3 / 2);
    if (column)
        return lane[0] ^ (lane[1] << 1) ^ (lane[2] << 2) ^ (lane[3] << 3);
    uint32_t lines = vd_plane_lines(t->pixelformat, 0, t->height);
    uint32_t chroma_lines = vd_plane_lines(t->pixelformat, 1, t->height);
    /* Samples of tiles may be anywhere in what would be a line. */
    size_t bytes = vd_has_tiles(t->pixelformat)
                       ? t->stride
                       : vd_line_bytes(t->pixelformat, whole_line(t->width));
    for (uint32_t y = 0; y < lines; y++)
        hash_row(lane, luma + (size_t)y * t->stride, bytes);
    for (uint32_t y = 0; y < chroma_lines && !t->luma_only; y++)
        hash_row(lane, chroma + (size_t)y * t->stride, bytes);
    return lane[0] ^ (lane[1] << 1) ^ (lane[2] << 2) ^ (lane[3] << 3);
}

static struct vd_buffer *find_buffer(struct vd_ctx *ctx, uint64_t timestamp)
{
    for (unsigned i = 0; i < VD_MAX_BUFFERS; i++) {
        struct vd_buffer *buf = ctx->capture.buf[i];
        if (buf && buf->copied_timestamp && buf->timestamp == timestamp)
            return buf;
    }
    return NULL;
}

/* Whether some CAPTURE buffer carries a timestamp. */
bool vd_timestamp_known(const struct vd_job *job, uint64_t timestamp)
{
    pthread_mutex_lock(&vd_lock);
    bool known = find_buffer(job->ctx, timestamp) != NULL;
    pthread_mutex_unlock(&vd_lock);
    return known;
}

/*
 * Looks a reference up among the CAPTURE buffers by its timestamp in nanoseconds. *serial gets the
 * picture that the buffer holds (0 if none). VD_REF_OVERWRITTEN: the memory is queued for another
 * picture, or its samples are not those that were decoded.
 */
enum vd_ref_status vd_reference(const struct vd_job *job, uint64_t timestamp, uint64_t *serial)
{
    const struct vd_target *t = &job->target;
    struct vd_mem *mem[VD_MAX_PLANES] = {0};
    *serial = 0;
    pthread_mutex_lock(&vd_lock);
    struct vd_buffer *buf = find_buffer(job->ctx, timestamp);
    unsigned planes = job->ctx->cap_fmt.planes;
    bool present = buf && buf->plane[0].mem && (planes == 1 || buf->plane[1].mem);
    bool own = false, queued = false;
    struct vd_content content = {0};
    if (present) {
        for (unsigned i = 0; i < planes; i++)
            mem[i] = vd_mem_get(buf->plane[i].mem);
        /* The second field of a frame may reference the first one in its own buffer. */
        own = mem[0] == t->mem[0];
    }
    if (mem[0]) {
        queued = mem[0]->write_queued > (own ? 1u : 0u);
        *serial = mem[0]->content.serial;
        content = mem[0]->content;
    }
    pthread_mutex_unlock(&vd_lock);
    if (!present || !mem[0])
        return VD_REF_MISSING;
    /* The picture's own size: it may be another one than the current one's. */
    size_t luma_size = vd_luma_bytes(content.pixelformat, content.stride, content.height);
    size_t both_size =
        vd_picture_bytes(content.pixelformat, content.stride, content.width, content.height);
    size_t chroma_size =
        (size_t)content.stride * vd_plane_lines(content.pixelformat, 1, content.height);
    bool fits = mem[0]->size >= (planes == 1 ? both_size : luma_size) &&
                (planes == 1 || (mem[1] && mem[1]->size >= chroma_size));
    const uint8_t *chroma = planes > 1 && mem[1] ? mem[1]->map : mem[0]->map + luma_size;
    bool intact = fits && *serial && hash_planes(&content, mem[0]->map, chroma) == content.hash;
    pthread_mutex_lock(&vd_lock);
    vd_mem_put(mem[0]);
    vd_mem_put(mem[1]);
    pthread_mutex_unlock(&vd_lock);
    return intact && !queued ? VD_REF_OK : VD_REF_OVERWRITTEN;
}

/* Stripes that nobody takes for a picture. */
static void fill_pattern(const struct vd_target *t)
{
    uint32_t bytes = vd_line_bytes(t->pixelformat, whole_line(t->width));
    uint8_t *line = malloc(bytes);
    for (uint32_t y = 0; line && y < t->height; y++) {
        for (uint32_t x = 0; x < bytes; x++)
            line[x] = (x + y) & 16 ? 235 : 16;
        vd_put_row(t->pixelformat, 0, t->luma, t->stride, y, line, bytes);
    }
    for (uint32_t y = 0; line && y < t->height / 2; y++) {
        memset(line, y & 8 ? 240 : 16, bytes);
        vd_put_row(t->pixelformat, 1, t->chroma, t->stride, y, line, bytes);
    }
    free(line);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Of a picture without chroma: what the decoder needs behind the samples is right behind luma, and
 * has to be there still when the picture is a reference. */
static void put_motion_vectors(const struct vd_job *job, uint64_t serial)
{
    const struct vd_target *t = &job->target;
    size_t bytes = (size_t)t->stride * vd_plane_lines(t->pixelformat, 1, t->height);
    for (size_t i = 0; job->coded->aux_per_mb && i < bytes; i++)
        t->chroma[i] = (uint8_t)(7 * i + 31 * serial);
}

static const uint16_t *row_of(const struct vd_frame *f, int plane, uint32_t y)
{
    return (const uint16_t *)(const void *)(f->data[plane] + y * f->stride[plane]);
}

/* A line of samples in 16 bits. Bits that belong to none are ones in columns, which nobody may take
 * for zeros. */
static void put_deep_line(const struct vd_target *t, unsigned plane, uint32_t y,
                          const uint16_t *samples, uint32_t count, uint8_t *packed)
{
    uint8_t *memory = plane ? t->chroma : t->luma;
    if (!vd_column_samples(t->pixelformat)) {
        vd_put_line(t->pixelformat, memory + (size_t)y * t->stride, samples, count);
        return;
    }
    uint32_t bytes = vd_line_bytes(t->pixelformat, count);
    memset(packed, 0xff, bytes);
    vd_put_line(t->pixelformat, packed, samples, count);
    vd_put_row(t->pixelformat, plane, memory, t->stride, y, packed, bytes);
}

/* As copy_rows(), of samples in 16 bits. */
static void copy_deep_rows(const struct vd_target *t, const struct vd_frame *f, uint32_t first,
                           uint32_t step)
{
    uint32_t width = smaller(whole_line(f->width), whole_line(t->width));
    uint32_t height = smaller((f->height + 1) & ~1u, t->height);
    uint16_t *line = calloc(width + 1, sizeof(*line));
    uint8_t *packed = calloc(width + 1, 2);
    bool enough = line && packed;
    for (uint32_t y = first; enough && y < height; y += step)
        put_deep_line(t, 0, y, row_of(f, 0, y), width, packed);
    for (uint32_t y = first; enough && !t->monochrome && y < height / 2; y += step) {
        for (size_t x = 0; x < width / 2; x++) {
            line[2 * x] = row_of(f, 1, y)[x];
            line[2 * x + 1] = row_of(f, 2, y)[x];
        }
        put_deep_line(t, 1, y, line, width, packed);
    }
    free(packed);
    free(line);
}

static void copy_rows(const struct vd_target *t, const struct vd_frame *f, uint32_t first,
                      uint32_t step)
{
    if (vd_format_depth(t->pixelformat) > 8) {
        copy_deep_rows(t, f, first, step);
        return;
    }
    uint32_t width = smaller((f->width + 15) & ~15u, whole_line(t->width));
    uint32_t height = smaller((f->height + 15) & ~15u, t->height);
    uint8_t *line = calloc(width + 1, 1);
    for (uint32_t y = first; y < height; y += step)
        vd_put_row(t->pixelformat, 0, t->luma, t->stride, y, f->data[0] + y * f->stride[0], width);
    for (uint32_t y = first; line && !t->monochrome && y < height / 2; y += step) {
        const uint8_t *cb = f->data[1] + y * f->stride[1];
        const uint8_t *cr = f->data[2] + y * f->stride[2];
        for (size_t x = 0; x < width / 2; x++) {
            line[2 * x] = cb[x];
            line[2 * x + 1] = cr[x];
        }
        vd_put_row(t->pixelformat, 1, t->chroma, t->stride, y, line, width / 2 * 2);
    }
    free(line);
}

static uint32_t round_up(uint32_t length, uint32_t align)
{
    return (length + align - 1) / align * align;
}

/* Whether the CAPTURE format has the length that it gets when OUTPUT is told `length`. */
static bool made_for(uint32_t capture, uint32_t length, uint32_t least, uint32_t step,
                     uint32_t align)
{
    uint32_t coded = length < least ? least : length;
    return capture == round_up(round_up(coded, step), align);
}

/* Reports a frame for whose size the CAPTURE format was not made: some decoders go by the format's
 * and not by the frame's own. */
void vd_check_size(struct vd_job *job, uint32_t width, uint32_t height)
{
    const struct vd_personality *p = job->ctx->personality;
    const struct vd_target *t = &job->target;
    uint32_t step = job->coded->step;
    uint32_t column = vd_column_samples(t->pixelformat);
    if (!made_for(t->width, width, p->min_width, step, column ? column : p->width_align))
        vd_mismatch(job, t->width, width, "capture.width");
    if (!made_for(t->height, height, p->min_height, step, p->height_align))
        vd_mismatch(job, t->height, height, "capture.height");
}

/*
 * Writes a decoded 4:2:0 frame, or the lines of one of its fields (1 top, 2 bottom), into the
 * CAPTURE buffer of a job and remembers what it is. A corrupt job, or one without a frame, gets
 * stripes.
 */
void vd_store(struct vd_job *job, const struct vd_frame *frame, unsigned fields, uint64_t serial)
{
    const struct vd_target *t = &job->target;
    bool usable = frame && frame->data[0] && frame->data[1] && frame->data[2];
    if (usable && (frame->width > t->width || frame->height > t->height))
        vd_mismatch(job, t->width, frame->width, "capture.width");
    /* What a post-processor would have made lines of comes in the decoder's own tiles. */
    if (t->native)
        vd_mismatch(job, 1, 0, "capture.native");
    unsigned depth = vd_format_depth(t->pixelformat);
    if (usable && frame->depth != depth)
        vd_mismatch(job, depth, frame->depth, "capture.bit_depth");
    if (!usable && !job->corrupt)
        vd_mismatch(job, 0, 1, "decoded");
    if (job->corrupt || !usable)
        fill_pattern(t);
    else if (fields == 3)
        copy_rows(t, frame, 0, 1);
    else
        copy_rows(t, frame, fields == 2 ? 1 : 0, 2);
    if (t->monochrome)
        put_motion_vectors(job, serial);
    struct vd_content content = {.serial = serial,
                                 .luma_only = t->monochrome && !job->coded->aux_per_mb,
                                 .pixelformat = t->pixelformat,
                                 .width = t->width,
                                 .height = t->height,
                                 .stride = t->stride};
    content.hash = hash_planes(&content, t->luma, t->chroma);
    pthread_mutex_lock(&vd_lock);
    t->mem[0]->content = content;
    pthread_mutex_unlock(&vd_lock);
}

/* Reports the picture of a job. */
void vd_report_picture(const struct vd_job *job, const char *codec)
{
    vd_report("job %llu codec=%s ts=%llu %ux%u status=%s", (unsigned long long)job->number, codec,
              (unsigned long long)job->timestamp, job->target.width, job->target.height,
              job->corrupt ? "corrupt" : "ok");
}

/* A control says something else than the stream: reported by the field's name, and the picture of
 * the job is made visibly wrong. */
void vd_mismatch(struct vd_job *job, int64_t control, int64_t stream, const char *field, ...)
{
    char name[96];
    va_list args;
    va_start(args, field);
    vsnprintf(name, sizeof(name), field, args);
    va_end(args);
    job->corrupt = true;
    vd_report("mismatch %s control=%lld stream=%lld job=%llu", name, (long long)control,
              (long long)stream, (unsigned long long)job->number);
}

/* Reports a reference that cannot be used. */
void vd_reference_problem(struct vd_job *job, enum vd_ref_status status, uint64_t timestamp,
                          bool corrupts)
{
    job->corrupt |= corrupts;
    vd_report("%s ts=%llu job=%llu%s",
              status == VD_REF_MISSING ? "missing-reference" : "overwritten-reference",
              (unsigned long long)timestamp, (unsigned long long)job->number,
              corrupts ? " corrupt" : "");
}
