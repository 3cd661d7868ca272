/* SPDX-License-Identifier: MIT */
/*
 * A small VA client for tests: it decodes H.264 pictures that it makes up itself, of I_PCM
 * macroblocks, so that every sample of every picture is known beforehand.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <va/va.h>

/* Counts and prints what does not hold; the test goes on. */
#define CHECK(condition)                                         \
    do {                                                         \
        if (!(condition))                                        \
            client_failed(__FILE__, __LINE__, "%s", #condition); \
    } while (0)

/* The status that a call has to return. */
#define EXPECT(wanted, call)                                                                   \
    do {                                                                                       \
        VAStatus status_ = (call);                                                             \
        if (status_ != (wanted))                                                               \
            client_failed(__FILE__, __LINE__, "%s: %s, wanted %s", #call, vaErrorStr(status_), \
                          vaErrorStr(wanted));                                                 \
    } while (0)

/* For calls without which the rest of a test has no sense: ends the program. */
#define NEED(call)                                                                   \
    do {                                                                             \
        VAStatus status_ = (call);                                                   \
        if (status_ != VA_STATUS_SUCCESS) {                                          \
            client_failed(__FILE__, __LINE__, "%s: %s", #call, vaErrorStr(status_)); \
            client_abort();                                                          \
        }                                                                            \
    } while (0)

void client_failed(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void client_abort(void) __attribute__((noreturn));
/* The exit status of main(). */
int client_result(void);

/* A display on the render node that TEST_RENDER_NODE names, else the first. */
struct client {
    int fd;
    VADisplay display;
};

struct client client_open(void);
void client_close(struct client *client);

/* The layout in tiles that the device has, as its four characters, by TEST_TILES; or "". */
const char *client_tiles(void);

/* DRM_FORMAT_MOD_* of that, without the height of columns, or 0, which is linear. The numbers are
 * those of the kernel's include/uapi/drm/drm_fourcc.h, which libdrm does not have all of. */
#define MODIFIER_MTK_16L32S      UINT64_C(0x0b00000000000001)
#define MODIFIER_ALLWINNER_TILED UINT64_C(0x0900000000000001)
#define MODIFIER_SAND128         UINT64_C(0x0700000000000004)
uint64_t client_modifier(void);

/* A decoder of pictures of one size. */
struct decoder {
    struct client *client;
    unsigned width, height; /* visible, luma samples */
    VAConfigID config;
    VAContextID context;
    bool destroy_early; /* destroy buffers before vaEndPicture */
    unsigned bit_depth; /* of the pictures to come: 8 or 10 */
    bool monochrome;    /* they are 4:0:0 */
};

struct decoder decoder_open(struct client *client, unsigned width, unsigned height);
/* High 10: number 36 in libva, which has had a name for it since 1.18. */
#define PROFILE_HIGH_10 ((VAProfile)36)
/* As decoder_open(), of pictures of 10 bits. */
struct decoder decoder_open_deep(struct client *client, unsigned width, unsigned height);
void decoder_close(struct decoder *decoder);

/* The pixel formats of surfaces for a config of that RT format, 0: of one that names none; bit 0:
 * NV12, bit 1: P010, bit 2: others. */
unsigned pixel_formats(struct client *client, VAProfile profile, uint32_t rt_format);

VASurfaceID surface_new(struct client *client, unsigned width, unsigned height);
void surface_destroy(struct client *client, VASurfaceID surface);

/* Starts the decode of picture `number` into the surface; does not wait. */
VAStatus decode(struct decoder *decoder, VASurfaceID surface, unsigned number);

/* The steps of decode(), for tests that take them in ways of their own. Buffers are the caller's to
 * destroy. Picture parameters and matrices: */
void parameters_new(struct decoder *decoder, VASurfaceID surface, VABufferID buffers[2]);
/* Parameters and data of a slice of picture `number`, so many rows of macroblocks; the first
 * macroblock of a slice that is not the picture's first has to be one of 15 to 30. */
void slice_new(struct decoder *decoder, unsigned number, unsigned first_row, unsigned num_rows,
               VABufferID buffers[2]);
VAStatus render(struct decoder *decoder, VASurfaceID surface, VABufferID *buffers, unsigned count);

/* The samples of picture `number`; chroma coordinates for Cb and Cr. */
uint8_t picture_luma(unsigned number, unsigned x, unsigned y);
uint8_t picture_cb(unsigned number, unsigned x, unsigned y);
uint8_t picture_cr(unsigned number, unsigned x, unsigned y);

/* The sample of 10 bits whose upper 8 are those of the functions above. */
uint16_t picture_deep(uint8_t upper, unsigned number, unsigned x, unsigned y);

/* Samples of a mapped 4:2:0 image. */
uint8_t *image_luma(const VAImage *image, uint8_t *data, unsigned x, unsigned y);
uint8_t *image_cb(const VAImage *image, uint8_t *data, unsigned x, unsigned y);
uint8_t *image_cr(const VAImage *image, uint8_t *data, unsigned x, unsigned y);

/* Whether the image's first width x height samples are those of picture `number` from (x, y) on. */
bool image_shows(const VAImage *image, uint8_t *data, unsigned number, unsigned x, unsigned y,
                 unsigned width, unsigned height);

/* An image that vaCreateImage makes. */
VAImage image_new(struct client *client, uint32_t fourcc, unsigned width, unsigned height);
/* The image's data, mapped until image_unmap(). */
uint8_t *image_map(struct client *client, const VAImage *image);
void image_unmap(struct client *client, const VAImage *image);

/* Reads the surface back with vaGetImage: whether it shows all of picture `number`. */
bool surface_shows(struct client *client, VASurfaceID surface, unsigned number, unsigned width,
                   unsigned height);

#endif
