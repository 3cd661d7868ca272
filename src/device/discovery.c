/* SPDX-License-Identifier: MIT */
#include "device/discovery.h"

#include "base/driver.h"
#include "base/log.h"
#include "device/node.h"
#include "device/probe_sequence.h"
#include "device/topology.h"
#include "device/v4l2.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/media.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Picture sizes of a device that reports none. */
#define DEFAULT_MIN_SIZE 16
#define DEFAULT_MAX_SIZE 4096

static bool has_menu_item(const struct v4l2_node *node, uint32_t id, uint32_t value)
{
    struct v4l2_querymenu item = {.id = id, .index = value};

    return v4l2_node_ioctl(node, VIDIOC_QUERYMENU, &item) == 0;
}

static bool has_control(const struct v4l2_node *node, uint32_t id)
{
    struct v4l2_query_ext_ctrl query = {.id = id};

    return v4l2_node_ioctl(node, VIDIOC_QUERY_EXT_CTRL, &query) == 0 &&
           !(query.flags & V4L2_CTRL_FLAG_DISABLED);
}

/* How many elements an array control takes in one request; 1 if it is not an array on this
 * device. */
static uint32_t array_capacity(const struct v4l2_node *node, uint32_t id)
{
    struct v4l2_query_ext_ctrl query = {.id = id};

    if (v4l2_node_ioctl(node, VIDIOC_QUERY_EXT_CTRL, &query) || query.nr_of_dims != 1 ||
        !query.dims[0])
        return 1;
    return query.dims[0];
}

/* The menu value to use: what the environment forces, else `preferred`, else `other`. */
static uint32_t choose_menu_value(const struct v4l2_node *node, uint32_t id, uint32_t preferred,
                                  uint32_t other, const char *variable, const char *name_of_other)
{
    const char *forced = secure_getenv(variable);

    if (!id || !has_control(node, id))
        return preferred;
    if (forced && !strcmp(forced, name_of_other) && has_menu_item(node, id, other))
        return other;
    return has_menu_item(node, id, preferred) ? preferred : other;
}

static void probe_coded_sizes(const struct v4l2_node *node, struct device_codec *codec)
{
    struct v4l2_frmsizeenum sizes = {.pixel_format = codec->codec->coded_format};

    codec->min_width = codec->min_height = DEFAULT_MIN_SIZE;
    codec->max_width = codec->max_height = DEFAULT_MAX_SIZE;
    if (v4l2_node_ioctl(node, VIDIOC_ENUM_FRAMESIZES, &sizes) ||
        sizes.type == V4L2_FRMSIZE_TYPE_DISCRETE ||
        sizes.stepwise.min_width > sizes.stepwise.max_width ||
        sizes.stepwise.min_height > sizes.stepwise.max_height) {
        /* Some drivers (cedrus) list no sizes; all clamp one that is too large. */
        v4l2_limit_output_size(node, codec->codec->coded_format, &codec->max_width,
                               &codec->max_height);
        return;
    }
    codec->min_width = sizes.stepwise.min_width;
    codec->min_height = sizes.stepwise.min_height;
    codec->max_width = sizes.stepwise.max_width;
    codec->max_height = sizes.stepwise.max_height;
}

/* The smallest size with the same number of macroblocks. */
static uint32_t least_in_macroblocks(uint32_t size)
{
    return size >= MACROBLOCK ? size - (MACROBLOCK - 1) : size;
}

static void probe_sizes(const struct v4l2_node *node, struct device_codec *codec)
{
    probe_coded_sizes(node, codec);
    if (codec->codec->macroblocks) {
        codec->min_width = least_in_macroblocks(codec->min_width);
        codec->min_height = least_in_macroblocks(codec->min_height);
    }
}

static void probe_profiles(const struct v4l2_node *node, struct device_codec *device)
{
    const struct codec *codec = device->codec;

    for (unsigned i = 0; i < codec->num_profiles; i++) {
        const struct codec_profile *profile = &codec->profiles[i];

        if (profile->menu_id && has_control(node, profile->menu_id) &&
            !has_menu_item(node, profile->menu_id, (uint32_t)profile->menu_value))
            continue;
        device->profiles |= 1u << i;
    }
}

/* What the queues can do depends on the coded format, too. */
static void probe_queues(const struct v4l2_node *node, struct device_codec *codec)
{
    uint32_t capabilities = 0, sizeimage = 0;
    struct picture_layout layout;
    unsigned count = 0;

    /* Without a sequence control, devices assume 8-bit pictures. */
    if (!v4l2_set_output_format(node, codec->codec->coded_format, codec->min_width,
                                codec->min_height, &sizeimage) &&
        !v4l2_negotiate_capture(node, &layout, 8))
        codec->eight_bits = layout.format;
    if (!v4l2_request_buffers(node, v4l2_output_type(node), V4L2_MEMORY_MMAP, &count,
                              &capabilities))
        codec->holds_capture = capabilities & V4L2_BUF_CAP_SUPPORTS_M2M_HOLD_CAPTURE_BUF;
    count = 0;
    capabilities = 0;
    if (!v4l2_request_buffers(node, v4l2_capture_type(node), V4L2_MEMORY_MMAP, &count,
                              &capabilities))
        codec->imports_dmabuf = capabilities & V4L2_BUF_CAP_SUPPORTS_DMABUF;
}

/* The format that the device gives pictures of that depth, or NULL. Opens a file of its own,
 * because the device needs sequence controls to tell. */
static const struct pixel_format *probe_depth(const struct driver *driver,
                                              const struct device *device,
                                              const struct device_codec *codec, uint8_t bit_depth,
                                              int *probe_error)
{
    struct v4l2_node node = {.multiplanar = device->multiplanar, .probe_error = probe_error};
    const struct coded_format format = {codec->min_width, codec->min_height, bit_depth};
    union sequence_control control;
    struct control_set set;
    struct picture_layout layout;
    uint32_t sizeimage = 0;
    bool found;

    probe_sequence_of_format(codec->codec, &format, &control, &set);
    node.fd = node_open(driver, device);
    if (node.fd < 0) {
        v4l2_note_probe_error(&node, node.fd);
        return NULL;
    }
    found = set.count &&
            !v4l2_set_output_format(&node, codec->codec->coded_format, format.width, format.height,
                                    &sizeimage) &&
            !v4l2_note_probe_error(&node, v4l2_set_controls(node.fd, -1, set.control, set.count)) &&
            !v4l2_negotiate_capture(&node, &layout, bit_depth);
    close(node.fd);
    return found ? layout.format : NULL;
}

static bool has_profile_of_8_bits(const struct codec *codec)
{
    for (unsigned i = 0; i < codec->num_profiles; i++)
        if (codec->profiles[i].bit_depth == 8)
            return true;
    return false;
}

/* Drops the profiles whose pictures the device does not decode, or only to a layout that the driver
 * does not know. A codec with one profile for all depths keeps it if either depth works. */
static void probe_depths(struct driver *driver, const struct device *device,
                         struct device_codec *codec, int *probe_error)
{
    const struct codec *table = codec->codec;
    bool one_for_all = !has_profile_of_8_bits(table);
    uint32_t profiles = 0, deep = 0;

    for (unsigned i = 0; i < table->num_profiles; i++)
        if (codec->profiles >> i & 1 && table->profiles[i].bit_depth > 8)
            deep |= 1u << i;
    if (deep)
        codec->ten_bits = probe_depth(driver, device, codec, 10, probe_error);
    if (codec->eight_bits)
        profiles |= codec->profiles & ~deep;
    if (codec->ten_bits || (one_for_all && codec->eight_bits))
        profiles |= deep;
    if (!codec->eight_bits)
        log_info(driver, "%s: %s: no known pixel layout for 8-bit pictures", device->video_path,
                 table->name);
    codec->profiles = profiles;
}

static bool probe_codec(const struct v4l2_node *node, const struct codec *codec,
                        struct device_codec *device)
{
    *device = (struct device_codec){.codec = codec};
    device->decode_mode =
        choose_menu_value(node, codec->decode_mode_id, codec->frame_based, codec->slice_based,
                          "LIBVA_V4L2_REQUEST_DECODE_MODE", "slice");
    device->start_code =
        choose_menu_value(node, codec->start_code_id, codec->start_code_annex_b,
                          codec->start_code_none, "LIBVA_V4L2_REQUEST_START_CODE", "none");
    for (unsigned i = 0; i < codec->num_controls; i++) {
        const struct codec_control *control = &codec->controls[i];

        if (has_control(node, control->id))
            device->controls |= 1u << i;
        else if (control->required &&
                 !(control->per_slice && device->decode_mode == codec->frame_based))
            return false;
        if (control->is_array)
            device->array_capacity[i] = array_capacity(node, control->id);
    }
    probe_sizes(node, device);
    probe_profiles(node, device);
    probe_queues(node, device);
    return device->profiles != 0;
}

static bool add_codec(struct device *device, const struct device_codec *codec)
{
    if (device->num_codecs == MAX_DEVICE_CODECS)
        return false;
    device->codecs[device->num_codecs++] = *codec;
    return true;
}

/* True if the node is a stateless decoder of a codec in the table. */
static bool probe_video(struct driver *driver, struct device *device)
{
    struct v4l2_capability capability = {0};
    int probe_error = 0;
    struct v4l2_node node = {.fd = topology_open(device->video_path, device->number),
                             .probe_error = &probe_error};
    uint32_t caps, format;
    if (node.fd < 0) {
        log_info(driver, "%s: %s", device->video_path, strerror(-node.fd));
        return false;
    }
    if (v4l2_node_ioctl(&node, VIDIOC_QUERYCAP, &capability)) {
        close(node.fd);
        return false;
    }
    device->identity = node_identity(&capability);
    caps = capability.capabilities & V4L2_CAP_DEVICE_CAPS ? capability.device_caps
                                                          : capability.capabilities;
    node.multiplanar = device->multiplanar = caps & V4L2_CAP_VIDEO_M2M_MPLANE;
    if (caps & V4L2_CAP_STREAMING && caps & (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE)) {
        for (unsigned n = 0; (format = v4l2_enum_format(&node, v4l2_output_type(&node), n)); n++) {
            for (unsigned i = 0; i < num_codecs; i++) {
                struct device_codec codec;

                if (codecs[i]->coded_format != format || !probe_codec(&node, codecs[i], &codec))
                    continue;
                probe_depths(driver, device, &codec, &probe_error);
                if (codec.profiles)
                    add_codec(device, &codec);
            }
        }
    }
    close(node.fd);
    /* Partial answers would describe a wrong decoder. */
    if (probe_error) {
        log_error(driver, "%s: %s", device->video_path, strerror(-probe_error));
        return false;
    }
    return device->num_codecs > 0;
}

/* The path by which to open a video node: the one that the user set, which may be the only one in a
 * container, or the node's own. */
static bool choose_path(dev_t number, const char *only, char path[MAX_NODE_PATH])
{
    if (!only)
        return topology_path(number, path);
    return topology_leads_to(only, number) &&
           snprintf(path, MAX_NODE_PATH, "%s", only) < MAX_NODE_PATH;
}

static void add_device(struct driver *driver, int media_fd, dev_t number, const char *only)
{
    struct media_device_info info = {0};
    struct device device = {.number = number};
    struct device *devices;

    if (!choose_path(number, only, device.video_path))
        return;
    if (v4l2_ioctl(media_fd, MEDIA_IOC_DEVICE_INFO, &info) == 0)
        snprintf(device.name, sizeof(device.name), "%.16s", info.driver);
    if (!probe_video(driver, &device))
        return;
    devices = realloc(driver->devices, (driver->num_devices + 1) * sizeof(device));
    if (!devices)
        return;
    driver->devices = devices;
    device.media_fd = fcntl(media_fd, F_DUPFD_CLOEXEC, 0);
    if (device.media_fd < 0)
        return;
    driver->devices[driver->num_devices++] = device;
}

/* Adds the decoders of one media device; `only`: the path of the only video node to use, or
 * NULL. */
static void scan_media(struct driver *driver, const char *media_path, const char *only)
{
    dev_t numbers[MAX_MEDIA_DECODERS];
    unsigned count;
    int fd = open(media_path, O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        log_info(driver, "%s: %s", media_path, strerror(errno));
        return;
    }
    count = topology_decoders(fd, numbers);
    for (unsigned i = 0; i < count; i++)
        add_device(driver, fd, numbers[i], only);
    close(fd);
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static void scan_all(struct driver *driver, const char *only)
{
    DIR *directory = opendir("/dev");
    const struct dirent *entry;
    int numbers[256], count = 0;

    if (!directory)
        return;
    while ((entry = readdir(directory)) && count < 256) {
        char rest;

        if (sscanf(entry->d_name, "media%d%c", &numbers[count], &rest) == 1)
            count++;
    }
    closedir(directory);
    qsort(numbers, (size_t)count, sizeof(numbers[0]), by_number);
    for (int i = 0; i < count; i++) {
        char path[32];

        snprintf(path, sizeof(path), "/dev/media%d", numbers[i]);
        scan_media(driver, path, only);
    }
}

/* The order of devices that differ only in their nodes does not matter. */
static int by_identity(const void *a, const void *b)
{
    return node_identities_compare(&((const struct device *)a)->identity,
                                   &((const struct device *)b)->identity);
}

bool devices_open(struct driver *driver)
{
    const char *media_path = secure_getenv("LIBVA_V4L2_REQUEST_MEDIA_PATH");
    const char *video_path = secure_getenv("LIBVA_V4L2_REQUEST_VIDEO_PATH");

    if (media_path)
        scan_media(driver, media_path, video_path);
    else
        scan_all(driver, video_path);
    if (driver->num_devices > 1)
        qsort(driver->devices, driver->num_devices, sizeof(*driver->devices), by_identity);
    return driver->num_devices > 0;
}

void devices_close(struct driver *driver)
{
    for (unsigned i = 0; i < driver->num_devices; i++)
        close(driver->devices[i].media_fd);
    free(driver->devices);
    driver->devices = NULL;
    driver->num_devices = 0;
}
