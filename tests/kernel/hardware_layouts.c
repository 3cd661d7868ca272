/* SPDX-License-Identifier: MIT */
/*
 * Usage: hardware_layouts DEVICE
 * Surfaces, exports and sizes of contexts on the simulated devices, against what the kernel's own
 * drivers do by their source (Linux 6.12, drivers/media/platform/verisilicon and
 * drivers/staging/media): frame sizes from their format tables, pitch and plane offsets from
 * v4l2_fill_pixfmt_mp() of v4l2-core/v4l2-common.c or cedrus_prepare_format() of cedrus_video.c,
 * and what each adds behind the samples.
 */
#include <drm_fourcc.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cases.h"
#include "va_client.h"

/* What a driver adds to sizeimage behind the samples. */
enum extra {
    NOTHING,
    HANTRO_H264, /* hantro_h264_mv_size() of hantro_hw.h, not for post-processed formats */
    RKVDEC,      /* rkvdec_try_capture_fmt() of rkvdec.c */
};

struct expected {
    const char *device;
    VAProfile profile;
    unsigned int rt_format;
    unsigned int min_width, min_height, max_width, max_height; /* VIDIOC_ENUM_FRAMESIZES */
    unsigned int least, step;                                  /* of the CAPTURE format's size */
    enum extra extra;
};

#define MPEG2 VAProfileMPEG2Main
#define H264  VAProfileH264High
#define VP8   VAProfileVP8Version0_3
#define VP9   VAProfileVP9Profile0
#define VP9_2 VAProfileVP9Profile2
#define HEVC  VAProfileHEVCMain
#define HEVC2 VAProfileHEVCMain10
#define AV1   VAProfileAV1Profile0
#define YUV   VA_RT_FORMAT_YUV420
#define YUV10 VA_RT_FORMAT_YUV420_10

static const struct expected table[] = {
    /* imx8m_vpu_hw.c: imx8m_vpu_dec_fmts */
    {"g1", MPEG2, YUV, 48, 48, 1920, 1088, 48, 16, NOTHING},
    {"g1", H264, YUV, 48, 48, 3840, 2160, 48, 16, HANTRO_H264},
    {"g1", VP8, YUV, 48, 48, 3840, 2160, 48, 16, NOTHING},
    /* imx8m_vpu_hw.c: imx8m_vpu_g2_dec_fmts; linear formats are imx8m_vpu_g2_postproc_fmts */
    {"g2", HEVC, YUV, 48, 48, 3840, 2160, 48, 16, NOTHING},
    {"g2", HEVC2, YUV10, 48, 48, 3840, 2160, 48, 16, NOTHING},
    {"g2", VP9, YUV, 48, 48, 3840, 2160, 48, 16, NOTHING},
    {"g2", VP9_2, YUV10, 48, 48, 3840, 2160, 48, 16, NOTHING},
    /* rockchip_vpu_hw.c: rk3399_vpu_dec_fmts */
    {"rk3399", MPEG2, YUV, 48, 48, 1920, 1088, 48, 16, NOTHING},
    {"rk3399", VP8, YUV, 48, 48, 3840, 2160, 48, 16, NOTHING},
    /* rockchip_vpu_hw.c: rockchip_vdpu2_dec_fmts */
    {"rk3568", MPEG2, YUV, 48, 48, 1920, 1088, 48, 16, NOTHING},
    {"rk3568", H264, YUV, 48, 48, 1920, 1088, 48, 16, HANTRO_H264},
    {"rk3568", VP8, YUV, 48, 48, 3840, 2160, 48, 16, NOTHING},
    /* rockchip_vpu_hw.c: rockchip_vpu981_dec_fmts, rockchip_vpu981_postproc_fmts */
    {"rk3588", AV1, YUV, 64, 64, 3840, 2160, 64, 16, NOTHING},
    {"rk3588", AV1, YUV10, 64, 64, 3840, 2160, 64, 16, NOTHING},
    /* rkvdec.c: rkvdec_coded_fmts; rkvdec_enum_framesizes() says 1 for all least sizes */
    {"rkvdec", H264, YUV, 1, 1, 4096, 2560, 48, 16, RKVDEC},
    {"rkvdec", VP9, YUV, 1, 1, 4096, 2304, 64, 64, RKVDEC},
    /* cedrus_video.c: CEDRUS_{MIN,MAX}_{WIDTH,HEIGHT}, cedrus_prepare_format() */
    {"cedrus", MPEG2, YUV, 16, 16, 4096, 2304, 16, 16, NOTHING},
    {"cedrus", H264, YUV, 16, 16, 4096, 2304, 16, 16, NOTHING},
    {"cedrus", HEVC, YUV, 16, 16, 4096, 2304, 16, 16, NOTHING},
    {"cedrus", VP8, YUV, 16, 16, 4096, 2304, 16, 16, NOTHING},
};
enum { ROWS = sizeof(table) / sizeof(table[0]) };

static const char *device;

static unsigned int aligned(unsigned int value, unsigned int step)
{
    return (value + step - 1) / step * step;
}

/* v4l2_apply_frmsize_constraints() of v4l2-common.c for one dimension. */
static unsigned int constrained(unsigned int value, unsigned int least, unsigned int most,
                                unsigned int step)
{
    if (value < least)
        value = least;
    return aligned(value < most ? value : most, step);
}

static uint32_t sizeimage(const struct expected *row, unsigned int width, unsigned int height)
{
    unsigned int bytes = row->rt_format == YUV10 ? 2 : 1;
    unsigned int blocks = aligned(width, 16) / 16 * (aligned(height, 16) / 16);
    uint32_t size = width * bytes * height * 3 / 2;

    if (row->extra == HANTRO_H264)
        size += 64 * blocks + 32;
    if (row->extra == RKVDEC)
        size += 128 * blocks;
    return size;
}

static bool one_export(struct client *client, VASurfaceID surface, const struct expected *row,
                       unsigned int width, unsigned int height, bool composed)
{
    static const uint32_t parts[2][2] = {{DRM_FORMAT_R8, DRM_FORMAT_GR88},
                                         {DRM_FORMAT_R16, DRM_FORMAT_GR1616}};
    bool ten = row->rt_format == YUV10;
    unsigned int full_width = constrained(width, row->least, row->max_width, row->step);
    unsigned int full_height = constrained(height, row->least, row->max_height, row->step);
    unsigned int pitch = full_width * (ten ? 2 : 1);
    VADRMPRIMESurfaceDescriptor d;

    CHECK_VA(vaExportSurfaceHandle(
        client->display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
        VA_EXPORT_SURFACE_READ_ONLY |
            (composed ? VA_EXPORT_SURFACE_COMPOSED_LAYERS : VA_EXPORT_SURFACE_SEPARATE_LAYERS),
        &d));
    exported_close(&d);
    CHECK(d.fourcc == (ten ? VA_FOURCC_P010 : VA_FOURCC_NV12));
    CHECK(d.width == width && d.height == height);
    CHECK(d.num_objects == 1);
    CHECK(d.objects[0].size == sizeimage(row, full_width, full_height));
    /* GPUs import linear images whose lines start at multiples of 64 bytes (src/va/export.c) */
    CHECK(d.objects[0].drm_format_modifier ==
          (pitch % 64 ? DRM_FORMAT_MOD_INVALID : DRM_FORMAT_MOD_LINEAR));
    CHECK(d.num_layers == (composed ? 1 : 2));
    for (unsigned int plane = 0; plane < 2; plane++) {
        unsigned int layer = composed ? 0 : plane, index = composed ? plane : 0;

        CHECK(d.layers[layer].num_planes == (composed ? 2 : 1));
        CHECK(d.layers[layer].drm_format == (!composed ? parts[ten][plane]
                                             : ten     ? DRM_FORMAT_P010
                                                       : DRM_FORMAT_NV12));
        CHECK(d.layers[layer].object_index[index] == 0);
        CHECK(d.layers[layer].pitch[index] == pitch);
        CHECK(d.layers[layer].offset[index] == plane * pitch * full_height);
    }
    return true;
}

/* An image of a surface's memory lies as its export does. */
static bool derived(struct client *client, VASurfaceID surface, const struct expected *row,
                    unsigned int width, unsigned int height)
{
    unsigned int pitch = constrained(width, row->least, row->max_width, row->step) *
                         (row->rt_format == YUV10 ? 2 : 1);
    unsigned int lines = constrained(height, row->least, row->max_height, row->step);
    VAImage image;

    CHECK_VA(vaDeriveImage(client->display, surface, &image));
    CHECK_VA(vaDestroyImage(client->display, image.image_id));
    CHECK(image.format.fourcc == (row->rt_format == YUV10 ? VA_FOURCC_P010 : VA_FOURCC_NV12));
    CHECK(image.num_planes == 2);
    CHECK(image.width == width && image.height == height);
    CHECK(image.pitches[0] == pitch && image.pitches[1] == pitch);
    CHECK(image.offsets[0] == 0 && image.offsets[1] == pitch * lines);
    return true;
}

/* The most that the guest's page allocator gives in one piece (MAX_PAGE_ORDER of mmzone.h is 10).
 */
#define LARGEST_PIECE (4u << 20)

#define MAX_NODES 32

static bool layouts(struct client *client, const struct expected *row, VAConfigID config)
{
    /* aligned and not, odd, least of all drivers, a line that is no multiple of 64, HD */
    static const unsigned int sizes[][2] = {{320, 240}, {318, 238},  {321, 241},  {64, 64},
                                            {336, 272}, {1280, 720}, {1920, 1080}};

    for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        unsigned int width = sizes[i][0], height = sizes[i][1];
        VAContextID context;
        VASurfaceID surface;

        if (sizeimage(row, constrained(width, row->least, row->max_width, row->step),
                      constrained(height, row->least, row->max_height, row->step)) > LARGEST_PIECE)
            continue;
        CHECK_VA(
            vaCreateSurfaces(client->display, row->rt_format, width, height, &surface, 1, NULL, 0));
        CHECK_VA(vaCreateContext(client->display, config, (int)width, (int)height, VA_PROGRESSIVE,
                                 &surface, 1, &context));
        if (!one_export(client, surface, row, width, height, true) ||
            !one_export(client, surface, row, width, height, false) ||
            !derived(client, surface, row, width, height)) {
            fprintf(stderr, "profile %d, %ux%u\n", (int)row->profile, width, height);
            return false;
        }
        CHECK_VA(vaDestroyContext(client->display, context));
        CHECK_VA(vaDestroySurfaces(client->display, &surface, 1));
    }
    return true;
}

/* Calls run with each config of the device. */
static bool each_row(bool (*run)(struct client *, const struct expected *, VAConfigID))
{
    struct client client;
    unsigned int rows = 0;

    if (!client_open(&client))
        return false;
    for (unsigned int i = 0; i < ROWS; i++) {
        VAConfigAttrib rt = {.type = VAConfigAttribRTFormat, .value = table[i].rt_format};
        VAConfigID config;

        if (strcmp(table[i].device, device) != 0)
            continue;
        rows++;
        CHECK_VA(
            vaCreateConfig(client.display, table[i].profile, VAEntrypointVLD, &rt, 1, &config));
        if (!run(&client, &table[i], config))
            return false;
        CHECK_VA(vaDestroyConfig(client.display, config));
    }
    client_close(&client);
    CHECK(rows > 0);
    return true;
}

/* A picture of whole macroblocks shows at least one row and one column of the last ones. */
static unsigned int least_shown(const struct expected *row, unsigned int least)
{
    bool macroblocks = row->profile == MPEG2 || row->profile == H264 || row->profile == VP8;

    return macroblocks && least >= 16 ? least - 15 : least;
}

/* The sizes that a surface attribute query tells. */
static bool limits(struct client *client, const struct expected *row, VAConfigID config)
{
    const struct {
        VASurfaceAttribType type;
        unsigned int value;
    } wanted[] = {{VASurfaceAttribMinWidth, least_shown(row, row->min_width)},
                  {VASurfaceAttribMinHeight, least_shown(row, row->min_height)},
                  {VASurfaceAttribMaxWidth, row->max_width},
                  {VASurfaceAttribMaxHeight, row->max_height}};
    VASurfaceAttrib attributes[32];
    unsigned int count = 32;

    CHECK_VA(vaQuerySurfaceAttributes(client->display, config, attributes, &count));
    for (unsigned int i = 0; i < 4; i++) {
        unsigned int found = 0;
        for (unsigned int k = 0; k < count; k++)
            if (attributes[k].type == wanted[i].type) {
                found++;
                CHECK((unsigned int)attributes[k].value.value.i == wanted[i].value);
            }
        CHECK(found == 1);
    }
    return true;
}

static VAStatus open_context(struct client *client, VAConfigID config, unsigned int width,
                             unsigned int height)
{
    VAContextID context;
    VAStatus status = vaCreateContext(client->display, config, (int)width, (int)height,
                                      VA_PROGRESSIVE, NULL, 0, &context);

    if (status == VA_STATUS_SUCCESS)
        vaDestroyContext(client->display, context);
    return status;
}

/* The kernel driver's NV12 ends at 1920x1088 on these, whatever VP8's own limit is
 * (rockchip_vpu_hw.c: rk3399_vpu_dec_fmts): a larger picture would be cut. */
static bool has_small_pictures(const struct expected *row)
{
    return row->profile == VP8 &&
           (!strcmp(row->device, "rk3399") || !strcmp(row->device, "rk3568"));
}

/*
 * Contexts of the least and of the largest size, and of sizes beyond; the largest in one dimension
 * at a time: the guest has no memory in one piece for a whole bitstream buffer of it.
 */
static bool contexts(struct client *client, const struct expected *row, VAConfigID config)
{
    const VAStatus refused = VA_STATUS_ERROR_RESOLUTION_NOT_SUPPORTED;

    CHECK_VA(open_context(client, config, row->min_width, row->min_height));
    if (has_small_pictures(row)) {
        CHECK(open_context(client, config, row->max_width, row->least) == refused);
        CHECK(open_context(client, config, row->least, row->max_height) == refused);
        CHECK_VA(open_context(client, config, 1920, row->least));
        CHECK_VA(open_context(client, config, row->least, 1088));
    } else {
        CHECK_VA(open_context(client, config, row->max_width, row->least));
        CHECK_VA(open_context(client, config, row->least, row->max_height));
    }
    CHECK(open_context(client, config, row->max_width + 1, row->max_height) == refused);
    CHECK(open_context(client, config, row->max_width, row->max_height + 1) == refused);
    /* sizes are whole macroblocks to the device: one less than the least is still 48 or 64 */
    if (row->min_width > 16) {
        CHECK(open_context(client, config, row->min_width - 16, row->min_height) == refused);
        CHECK(open_context(client, config, row->min_width, row->min_height - 16) == refused);
    }
    return true;
}

/* Asks the device's video nodes for a control; whether one has it. */
static bool find_control(uint32_t id, struct v4l2_queryctrl *control)
{
    for (unsigned int i = 0; i < MAX_NODES; i++) {
        char path[32];
        int fd, error;

        snprintf(path, sizeof(path), "/dev/video%u", i);
        fd = open(path, O_RDWR | O_CLOEXEC);
        *control = (struct v4l2_queryctrl){.id = id};
        error = fd < 0 ? -1 : ioctl(fd, VIDIOC_QUERYCTRL, control);
        if (fd >= 0)
            close(fd);
        if (!error)
            return true;
    }
    return false;
}

/* Whether the device's menu has that entry alone. */
static bool menu_is(uint32_t id, int value)
{
    struct v4l2_queryctrl menu;

    return find_control(id, &menu) && menu.minimum == value && menu.maximum == value &&
           menu.default_value == value;
}

/* Decode modes and start codes: cedrus takes slices without (cedrus.c: cedrus_controls), the others
 * frames with Annex B's (hantro_drv.c: controls, rkvdec.c: rkvdec_h264_ctrl_descs). */
static bool menus(struct client *client, const struct expected *row, VAConfigID config)
{
    bool slices = !strcmp(row->device, "cedrus");

    (void)client, (void)config;
    if (row->profile == H264) {
        CHECK(menu_is(V4L2_CID_STATELESS_H264_DECODE_MODE,
                      slices ? V4L2_STATELESS_H264_DECODE_MODE_SLICE_BASED
                             : V4L2_STATELESS_H264_DECODE_MODE_FRAME_BASED));
        CHECK(menu_is(V4L2_CID_STATELESS_H264_START_CODE,
                      slices ? V4L2_STATELESS_H264_START_CODE_NONE
                             : V4L2_STATELESS_H264_START_CODE_ANNEX_B));
    }
    if (row->profile == HEVC) {
        CHECK(menu_is(V4L2_CID_STATELESS_HEVC_DECODE_MODE,
                      slices ? V4L2_STATELESS_HEVC_DECODE_MODE_SLICE_BASED
                             : V4L2_STATELESS_HEVC_DECODE_MODE_FRAME_BASED));
        CHECK(menu_is(V4L2_CID_STATELESS_HEVC_START_CODE,
                      slices ? V4L2_STATELESS_HEVC_START_CODE_NONE
                             : V4L2_STATELESS_HEVC_START_CODE_ANNEX_B));
    }
    return true;
}

/*
 * None of the devices wants more buffers than a client has surfaces: neither has the control that
 * would say so, which the kernel's stateful decoders alone have and dev-stateless-decoder.rst does
 * not know, nor does REQBUFS, which a driver must let raise the count, give more than one.
 */
static bool least_buffers(struct client *client, const struct expected *row, VAConfigID config)
{
    static const uint32_t ids[] = {V4L2_CID_MIN_BUFFERS_FOR_CAPTURE,
                                   V4L2_CID_MIN_BUFFERS_FOR_OUTPUT};
    static const enum v4l2_buf_type types[] = {
        V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE,
        V4L2_BUF_TYPE_VIDEO_OUTPUT, V4L2_BUF_TYPE_VIDEO_CAPTURE};
    struct v4l2_queryctrl control;
    unsigned int queues = 0;

    (void)client, (void)row, (void)config;
    for (unsigned int i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        CHECK(!find_control(ids[i], &control));
    for (unsigned int i = 0; i < MAX_NODES; i++) {
        char path[32];

        snprintf(path, sizeof(path), "/dev/video%u", i);
        int fd = open(path, O_RDWR | O_CLOEXEC);
        for (unsigned int k = 0; fd >= 0 && k < sizeof(types) / sizeof(types[0]); k++) {
            struct v4l2_requestbuffers one = {
                .count = 1, .type = types[k], .memory = V4L2_MEMORY_MMAP};

            if (ioctl(fd, VIDIOC_REQBUFS, &one))
                continue;
            queues++;
            CHECK(one.count == 1);
        }
        if (fd >= 0)
            close(fd);
    }
    CHECK(queues >= 2);
    return true;
}

static bool all_layouts(void)
{
    return each_row(layouts);
}

static bool all_limits(void)
{
    return each_row(limits);
}

static bool all_contexts(void)
{
    return each_row(contexts);
}

static bool all_menus(void)
{
    return each_row(menus);
}

static bool all_least_buffers(void)
{
    return each_row(least_buffers);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        {"surfaces and exports", all_layouts, 60},          {"sizes told", all_limits, 0},
        {"contexts of extreme sizes", all_contexts, 60},    {"menus", all_menus, 0},
        {"least numbers of buffers", all_least_buffers, 0}, {NULL, NULL, 0},
    };

    if (argc < 2) {
        fprintf(stderr, "usage: hardware_layouts DEVICE\n");
        return 2;
    }
    device = argv[1];
    return run_cases("layouts", cases, 1, argv);
}
