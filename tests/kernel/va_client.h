/* SPDX-License-Identifier: MIT */
/*
 * A small VA client for the tests on a real kernel: it decodes synthetic pictures (headers that the
 * kernel accepts, slice data that means nothing), which is all that the kernel's virtual decoder
 * looks at. That decoder paints the number of the decode into each picture, so a picture's hash
 * says whether it was written, and by which decode.
 *
 * The functions that return bool print what failed and where to stderr.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <va/va.h>
#include <va/va_drmcommon.h>

enum { CLIENT_MAX_SURFACES = 64 };

/* What is decoded; each has one profile that every kernel decoder of it offers. */
enum client_codec {
    CLIENT_MPEG2,
    CLIENT_H264,
    CLIENT_HEVC,
    CLIENT_VP8,
    CLIENT_VP9,
    CLIENT_AV1,
    CLIENT_CODECS
};

/* One display: an open render node and what vaInitialize made of it. */
struct client {
    int render_node;
    VADisplay display;
};

/* One decoder: a config, a context and its surfaces. */
struct session {
    struct client *client;
    enum client_codec codec;
    unsigned int width, height; /* pixels */
    VAConfigID config;
    VAContextID context;
    VASurfaceID surfaces[CLIENT_MAX_SURFACES];
    unsigned int surface_count;
    unsigned int decoded;  /* pictures so far; the first is an intra picture */
    VASurfaceID reference; /* the last decoded picture */
    VAStatus ended;        /* what vaEndPicture said of the last one */
};

/* Prints "file:line: call: reason" and makes the enclosing function return false. */
#define CHECK_VA(call)                                                            \
    do {                                                                          \
        VAStatus status_ = (call);                                                \
        if (status_ != VA_STATUS_SUCCESS)                                         \
            return client_failed(__FILE__, __LINE__, #call, vaErrorStr(status_)); \
    } while (0)

#define CHECK(condition)                                                   \
    do {                                                                   \
        if (!(condition))                                                  \
            return client_failed(__FILE__, __LINE__, #condition, "false"); \
    } while (0)

/* Set where failures are expected: nothing is printed then. */
extern bool client_quiet;

/*
 * The codecs to decode with: those that the environment variable CLIENT_CODECS names
 * ("mpeg2,h264,hevc,vp8,vp9,av1"), or MPEG-2 and H.264. Returns how many.
 */
unsigned int client_codecs(enum client_codec codecs[CLIENT_CODECS]);

/* Whether decoding changes pictures: not with CLIENT_CONTENT=0, for hardware that only pretends. */
bool client_content(void);

/*
 * Whether decoding runs jobs, where it changes no pictures: the simulated devices (guest/fakehw.c)
 * count down to a job that fails, and here it is one that never comes. Always true elsewhere.
 */
bool client_count_jobs(void);
bool client_ran_jobs(unsigned int at_least); /* since the last call of either */

/* Prints a failure; returns false. */
bool client_failed(const char *file, int line, const char *what, const char *why);

/* Counts the open file descriptors, and prints them if asked to. */
unsigned int client_descriptors(bool print);

/* Opens the render node and initialises the driver. */
bool client_open(struct client *client);

/* Terminates the display and closes the render node; harmless after a failed client_open. */
void client_close(struct client *client);

/*
 * Creates config, surface_count surfaces and the context, in that order. With with_targets the
 * context is told its surfaces, as most clients do; without, it is told none.
 */
bool session_open(struct session *session, struct client *client, enum client_codec codec,
                  unsigned int width, unsigned int height, unsigned int surface_count,
                  bool with_targets);

/* The parts of session_open, for other orders: a session without anything yet, and each thing. */
struct session session_of(struct client *client, enum client_codec codec, unsigned int width,
                          unsigned int height);
bool session_create_config(struct session *session);
bool session_create_context(struct session *session, bool with_targets);

/* Creates surface_count surfaces of the session's size. */
bool session_create_surfaces(struct session *session, unsigned int surface_count);

/* Destroys what exists, context first. */
bool session_close(struct session *session);

/* Destroys the surfaces only. */
bool session_destroy_surfaces(struct session *session);

/* Decodes one picture into a surface, and waits for it with wait. The picture references the one
 * decoded before it. */
bool session_decode(struct session *session, VASurfaceID surface, bool wait);

/* Hash of a surface's visible picture, read by vaGetImage (derive false) or vaDeriveImage. */
bool surface_hash(struct client *client, VASurfaceID surface, unsigned int width,
                  unsigned int height, bool derive, uint64_t *hash);

/* Exports a surface as one composed DRM PRIME descriptor. The caller closes its objects' fds. */
bool surface_export(struct client *client, VASurfaceID surface,
                    VADRMPRIMESurfaceDescriptor *descriptor);

/* Hash of the visible picture in an exported surface, read by mmap, in the form of surface_hash. */
bool exported_hash(const VADRMPRIMESurfaceDescriptor *descriptor, unsigned int width,
                   unsigned int height, uint64_t *hash);

/* Closes the descriptor's file descriptors. */
void exported_close(const VADRMPRIMESurfaceDescriptor *descriptor);
