/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD library for the oracle: puts every video device that the program opens into the
 * decode mode that $DECODE_MODE names ("slice" or "frame"). GStreamer's stateless decoders take
 * the mode that the device has when they open it and never choose one; the control belongs to the
 * open file, so it cannot be set from outside.
 *
 * frame: one request a picture, with start codes (ANNEX_B); slice: one request a slice, without
 * (NONE). These pairs are what frame-based and slice-based hardware offers (hantro, rkvdec;
 * cedrus).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

typedef int open_function(const char *path, int flags, ...);

static void set_menu(int fd, unsigned int id, int value)
{
    struct v4l2_ext_control control = {.id = id, .value = value};
    struct v4l2_ext_controls controls = {.count = 1, .controls = &control};

    /* A device without the codec has no such control: nothing to set. */
    (void)ioctl(fd, VIDIOC_S_EXT_CTRLS, &controls);
}

static int opened(const char *path, int fd)
{
    const char *mode = getenv("DECODE_MODE");

    if (fd < 0 || !mode || strncmp(path, "/dev/video", strlen("/dev/video")) != 0)
        return fd;
    int frame = strcmp(mode, "frame") == 0;
    set_menu(fd, V4L2_CID_STATELESS_H264_DECODE_MODE,
             frame ? V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED
                   : V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED);
    set_menu(fd, V4L2_CID_STATELESS_H264_START_CODE,
             frame ? V4L2_STATELESS_H264_START_CODE_ANNEX_B : V4L2_STATELESS_H264_START_CODE_NONE);
    set_menu(fd, V4L2_CID_STATELESS_HEVC_DECODE_MODE,
             frame ? V4L2_STATELESS_HEVC_DECODE_MODE_FRAME_BASED
                   : V4L2_STATELESS_HEVC_DECODE_MODE_SLICE_BASED);
    set_menu(fd, V4L2_CID_STATELESS_HEVC_START_CODE,
             frame ? V4L2_STATELESS_HEVC_START_CODE_ANNEX_B : V4L2_STATELESS_HEVC_START_CODE_NONE);
    return fd;
}

#define WRAP(name)                                                             \
    int name(const char *path, int flags, ...)                                 \
    {                                                                          \
        va_list arguments;                                                     \
        va_start(arguments, flags);                                            \
        int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, int) : 0; \
        va_end(arguments);                                                     \
        open_function *next = (open_function *)dlsym(RTLD_NEXT, #name);        \
        return opened(path, next(path, flags, mode));                          \
    }

WRAP(open)
WRAP(open64)
