/* SPDX-License-Identifier: MIT */
#include "va_client.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <va/va_drm.h>

#define RENDER_NODE "/dev/dri/renderD128"

bool client_quiet;

bool client_failed(const char *file, int line, const char *what, const char *why)
{
    if (client_quiet)
        return false;
    fprintf(stderr, "%s:%d: %s: %s\n", file, line, what, why);
    return false;
}

unsigned int client_codecs(enum client_codec codecs[2])
{
    const char *names = getenv("CLIENT_CODECS");
    unsigned int count = 0;

    if (!names || strstr(names, "mpeg2"))
        codecs[count++] = CLIENT_MPEG2;
    if (!names || strstr(names, "h264"))
        codecs[count++] = CLIENT_H264;
    return count;
}

bool client_content(void)
{
    const char *content = getenv("CLIENT_CONTENT");

    return !content || strcmp(content, "0") != 0;
}

bool client_open(struct client *client)
{
    int major = 0, minor = 0;

    *client = (struct client){.render_node = open(RENDER_NODE, O_RDWR | O_CLOEXEC)};
    if (client->render_node < 0)
        return client_failed(__FILE__, __LINE__, RENDER_NODE, strerror(errno));
    client->display = vaGetDisplayDRM(client->render_node);
    CHECK(client->display);
    vaSetInfoCallback(client->display, NULL, NULL);
    CHECK_VA(vaInitialize(client->display, &major, &minor));
    return true;
}

void client_close(struct client *client)
{
    if (client->display)
        vaTerminate(client->display);
    if (client->render_node >= 0)
        close(client->render_node);
    client->display = NULL;
    client->render_node = -1;
}

bool session_create_surfaces(struct session *session, unsigned int surface_count)
{
    CHECK(surface_count <= CLIENT_MAX_SURFACES);
    CHECK_VA(vaCreateSurfaces(session->client->display, VA_RT_FORMAT_YUV420, session->width,
                              session->height, session->surfaces, surface_count, NULL, 0));
    session->surface_count = surface_count;
    return true;
}

bool session_open(struct session *session, struct client *client, enum client_codec codec,
                  unsigned int width, unsigned int height, unsigned int surface_count,
                  bool with_targets)
{
    VAProfile profile = codec == CLIENT_MPEG2 ? VAProfileMPEG2Main : VAProfileH264Main;

    *session = (struct session){.client = client,
                                .codec = codec,
                                .width = width,
                                .height = height,
                                .config = VA_INVALID_ID,
                                .context = VA_INVALID_ID,
                                .reference = VA_INVALID_SURFACE};
    CHECK_VA(vaCreateConfig(client->display, profile, VAEntrypointVLD, NULL, 0, &session->config));
    if (surface_count > 0 && !session_create_surfaces(session, surface_count))
        return false;
    CHECK_VA(vaCreateContext(client->display, session->config, (int)width, (int)height,
                             VA_PROGRESSIVE, with_targets ? session->surfaces : NULL,
                             with_targets ? (int)surface_count : 0, &session->context));
    return true;
}

bool session_destroy_surfaces(struct session *session)
{
    if (session->surface_count > 0)
        CHECK_VA(vaDestroySurfaces(session->client->display, session->surfaces,
                                   (int)session->surface_count));
    session->surface_count = 0;
    session->reference = VA_INVALID_SURFACE;
    session->decoded = 0;
    return true;
}

bool session_close(struct session *session)
{
    VADisplay display = session->client->display;

    if (session->context != VA_INVALID_ID)
        CHECK_VA(vaDestroyContext(display, session->context));
    session->context = VA_INVALID_ID;
    if (!session_destroy_surfaces(session))
        return false;
    if (session->config != VA_INVALID_ID)
        CHECK_VA(vaDestroyConfig(display, session->config));
    session->config = VA_INVALID_ID;
    return true;
}

/* One buffer of a picture. */
struct part {
    VABufferType type;
    unsigned int size;
    void *data;
};

static bool render(struct session *session, VASurfaceID surface, const struct part *parts,
                   unsigned int count)
{
    VADisplay display = session->client->display;
    VABufferID buffers[8];

    CHECK(count <= 8);
    for (unsigned int i = 0; i < count; i++)
        CHECK_VA(vaCreateBuffer(display, session->context, parts[i].type, parts[i].size, 1,
                                parts[i].data, &buffers[i]));
    CHECK_VA(vaBeginPicture(display, session->context, surface));
    CHECK_VA(vaRenderPicture(display, session->context, buffers, (int)count));
    CHECK_VA(vaEndPicture(display, session->context));
    for (unsigned int i = 0; i < count; i++)
        CHECK_VA(vaDestroyBuffer(display, buffers[i]));
    return true;
}

static bool decode_mpeg2(struct session *session, VASurfaceID surface)
{
    bool intra = session->reference == VA_INVALID_SURFACE;
    VAPictureParameterBufferMPEG2 picture = {
        .horizontal_size = (uint16_t)session->width,
        .vertical_size = (uint16_t)session->height,
        .forward_reference_picture = session->reference,
        .backward_reference_picture = VA_INVALID_SURFACE,
        .picture_coding_type = intra ? 1 : 2,
        .f_code = intra ? 0xffff : 0x11ff,
        .picture_coding_extension.bits = {.picture_structure = 3,
                                          .frame_pred_frame_dct = 1,
                                          .progressive_frame = 1,
                                          .is_first_field = 1},
    };
    /* a slice start code (6.2.4), then nothing that matters */
    uint8_t data[64] = {0, 0, 1, 1, 0x12};
    VASliceParameterBufferMPEG2 slice = {
        .slice_data_size = sizeof(data),
        .slice_data_flag = VA_SLICE_DATA_FLAG_ALL,
        .macroblock_offset = 38,
        .quantiser_scale_code = 2,
    };
    const struct part parts[] = {
        {VAPictureParameterBufferType, sizeof(picture), &picture},
        {VASliceParameterBufferType, sizeof(slice), &slice},
        {VASliceDataBufferType, sizeof(data), data},
    };
    return render(session, surface, parts, 3);
}

/* Appends the low bits of value, most significant first. */
static void put_bits(uint8_t *data, unsigned int *position, unsigned int bits, unsigned int value)
{
    for (unsigned int i = bits; i-- > 0; (*position)++)
        if (value >> i & 1)
            data[*position / 8] |= (uint8_t)(0x80 >> *position % 8);
}

/* A slice NAL unit (7.3.3) of one I or P slice; returns its header's length in bits. */
static unsigned int h264_slice(uint8_t *data, bool idr, unsigned int frame_num)
{
    unsigned int position = 0;

    put_bits(data, &position, 8, idr ? 0x65 : 0x41); /* nal_ref_idc, nal_unit_type */
    put_bits(data, &position, 1, 1);                 /* first_mb_in_slice 0 */
    if (idr)
        put_bits(data, &position, 7, 8); /* slice_type 7 */
    else
        put_bits(data, &position, 5, 6);     /* slice_type 5 */
    put_bits(data, &position, 1, 1);         /* pic_parameter_set_id 0 */
    put_bits(data, &position, 4, frame_num); /* log2_max_frame_num 4; POC type 2 has no syntax */
    if (idr)
        put_bits(data, &position, 3, 4); /* idr_pic_id 0, no_output_of_prior_pics, long_term */
    else
        put_bits(data, &position, 3, 0); /* no override, no list modification, sliding window */
    put_bits(data, &position, 1, 1);     /* slice_qp_delta 0 */
    unsigned int header = position;
    put_bits(data, &position, 8, 0x80);
    return header;
}

static void invalid_picture(VAPictureH264 *picture)
{
    *picture = (VAPictureH264){.picture_id = VA_INVALID_SURFACE, .flags = VA_PICTURE_H264_INVALID};
}

static bool decode_h264(struct session *session, VASurfaceID surface)
{
    bool idr = session->reference == VA_INVALID_SURFACE;
    int order = (int)session->decoded * 2;
    unsigned int frame_num = session->decoded % 16;
    uint8_t data[64] = {0};
    unsigned int header = h264_slice(data, idr, frame_num);
    VAPictureParameterBufferH264 picture = {
        .CurrPic = {.picture_id = surface,
                    .frame_idx = frame_num,
                    .TopFieldOrderCnt = order,
                    .BottomFieldOrderCnt = order},
        .picture_width_in_mbs_minus1 = (uint16_t)((session->width + 15) / 16 - 1),
        .picture_height_in_mbs_minus1 = (uint16_t)((session->height + 15) / 16 - 1),
        .num_ref_frames = 1,
        .seq_fields.bits = {.chroma_format_idc = 1,
                            .frame_mbs_only_flag = 1,
                            .direct_8x8_inference_flag = 1,
                            .pic_order_cnt_type = 2},
        .pic_fields.bits.reference_pic_flag = 1,
        .frame_num = (uint16_t)frame_num,
    };
    VAPictureH264 reference = {.picture_id = session->reference,
                               .frame_idx = (frame_num + 15) % 16,
                               .flags = VA_PICTURE_H264_SHORT_TERM_REFERENCE,
                               .TopFieldOrderCnt = order - 2,
                               .BottomFieldOrderCnt = order - 2};
    VAIQMatrixBufferH264 matrix;
    VASliceParameterBufferH264 slice = {
        .slice_data_size = sizeof(data),
        .slice_data_flag = VA_SLICE_DATA_FLAG_ALL,
        .slice_data_bit_offset = (uint16_t)header,
        .slice_type = idr ? 2 : 0,
    };

    memset(&matrix, 16, sizeof(matrix));
    for (unsigned int i = 0; i < 16; i++)
        invalid_picture(&picture.ReferenceFrames[i]);
    for (unsigned int i = 0; i < 32; i++) {
        invalid_picture(&slice.RefPicList0[i]);
        invalid_picture(&slice.RefPicList1[i]);
    }
    if (!idr) {
        picture.ReferenceFrames[0] = reference;
        slice.RefPicList0[0] = reference;
    }
    const struct part parts[] = {
        {VAPictureParameterBufferType, sizeof(picture), &picture},
        {VAIQMatrixBufferType, sizeof(matrix), &matrix},
        {VASliceParameterBufferType, sizeof(slice), &slice},
        {VASliceDataBufferType, sizeof(data), data},
    };
    return render(session, surface, parts, 4);
}

bool session_decode(struct session *session, VASurfaceID surface, bool wait)
{
    if (!(session->codec == CLIENT_MPEG2 ? decode_mpeg2(session, surface)
                                         : decode_h264(session, surface)))
        return false;
    session->reference = surface;
    session->decoded++;
    if (wait)
        CHECK_VA(vaSyncSurface(session->client->display, surface));
    return true;
}

/* FNV-1a */
static uint64_t hash_rows(uint64_t hash, const uint8_t *rows, size_t pitch, unsigned int width,
                          unsigned int height)
{
    for (unsigned int y = 0; y < height; y++)
        for (unsigned int x = 0; x < width; x++)
            hash = (hash ^ rows[y * pitch + x]) * 0x100000001b3ULL;
    return hash;
}

static uint64_t hash_nv12(const uint8_t *luma, size_t luma_pitch, const uint8_t *chroma,
                          size_t chroma_pitch, unsigned int width, unsigned int height)
{
    uint64_t hash = hash_rows(0xcbf29ce484222325ULL, luma, luma_pitch, width, height);

    return hash_rows(hash, chroma, chroma_pitch, (width + 1) / 2 * 2, (height + 1) / 2);
}

bool surface_hash(struct client *client, VASurfaceID surface, unsigned int width,
                  unsigned int height, bool derive, uint64_t *hash)
{
    VADisplay display = client->display;
    VAImageFormat format = {
        .fourcc = VA_FOURCC_NV12, .byte_order = VA_LSB_FIRST, .bits_per_pixel = 12};
    VAImage image;
    void *data = NULL;

    if (derive) {
        CHECK_VA(vaDeriveImage(display, surface, &image));
    } else {
        CHECK_VA(vaCreateImage(display, &format, (int)width, (int)height, &image));
        CHECK_VA(vaGetImage(display, surface, 0, 0, width, height, image.image_id));
    }
    CHECK(image.format.fourcc == VA_FOURCC_NV12);
    CHECK(image.width >= width && image.height >= height);
    CHECK_VA(vaMapBuffer(display, image.buf, &data));
    const uint8_t *bytes = data;
    *hash = hash_nv12(bytes + image.offsets[0], image.pitches[0], bytes + image.offsets[1],
                      image.pitches[1], width, height);
    CHECK_VA(vaUnmapBuffer(display, image.buf));
    CHECK_VA(vaDestroyImage(display, image.image_id));
    return true;
}

bool surface_export(struct client *client, VASurfaceID surface,
                    VADRMPRIMESurfaceDescriptor *descriptor)
{
    CHECK_VA(vaExportSurfaceHandle(client->display, surface, VA_SURFACE_ATTRIB_MEM_TYPE_DRM_PRIME_2,
                                   VA_EXPORT_SURFACE_READ_ONLY | VA_EXPORT_SURFACE_COMPOSED_LAYERS,
                                   descriptor));
    CHECK(descriptor->num_objects >= 1 && descriptor->num_layers == 1);
    CHECK(descriptor->layers[0].num_planes == 2);
    return true;
}

void exported_close(const VADRMPRIMESurfaceDescriptor *descriptor)
{
    for (unsigned int i = 0; i < descriptor->num_objects; i++)
        close(descriptor->objects[i].fd);
}

/* Start and end of a CPU read through a dma-buf. */
static void dma_buf_sync(int fd, uint64_t flags)
{
    struct dma_buf_sync sync = {.flags = flags | DMA_BUF_SYNC_READ};

    (void)ioctl(fd, DMA_BUF_IOCTL_SYNC, &sync);
}

bool exported_hash(const VADRMPRIMESurfaceDescriptor *descriptor, unsigned int width,
                   unsigned int height, uint64_t *hash)
{
    const uint8_t *planes[2];
    uint8_t *maps[4] = {NULL};

    for (unsigned int i = 0; i < descriptor->num_objects; i++) {
        maps[i] = mmap(NULL, descriptor->objects[i].size, PROT_READ, MAP_SHARED,
                       descriptor->objects[i].fd, 0);
        CHECK(maps[i] != MAP_FAILED);
        dma_buf_sync(descriptor->objects[i].fd, DMA_BUF_SYNC_START);
    }
    for (unsigned int i = 0; i < 2; i++) {
        uint32_t object = descriptor->layers[0].object_index[i];
        CHECK(object < descriptor->num_objects);
        planes[i] = maps[object] + descriptor->layers[0].offset[i];
    }
    *hash = hash_nv12(planes[0], descriptor->layers[0].pitch[0], planes[1],
                      descriptor->layers[0].pitch[1], width, height);
    for (unsigned int i = 0; i < descriptor->num_objects; i++) {
        dma_buf_sync(descriptor->objects[i].fd, DMA_BUF_SYNC_END);
        munmap(maps[i], descriptor->objects[i].size);
    }
    return true;
}
