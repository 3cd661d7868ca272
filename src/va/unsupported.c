/* SPDX-License-Identifier: MIT */
/* Functions of VA-API that this driver does not support. Each one reports that in the way that
 * <va/va.h> specifies. */
#include "va/functions.h"

#include <stddef.h>

/* These functions ignore most of their arguments. */
#pragma GCC diagnostic ignored "-Wunused-parameter"

VAStatus va_put_surface(VADriverContextP va, VASurfaceID surface, void *draw, short srcx,
                        short srcy, unsigned short srcw, unsigned short srch, short destx,
                        short desty, unsigned short destw, unsigned short desth,
                        VARectangle *cliprects, unsigned int number_cliprects, unsigned int flags)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_set_image_palette(VADriverContextP va, VAImageID image, unsigned char *palette)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_query_subpicture_formats(VADriverContextP va, VAImageFormat *format_list,
                                     unsigned int *flags, unsigned int *num_formats)
{
    if (!num_formats)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    *num_formats = 0;
    return VA_STATUS_SUCCESS;
}

VAStatus va_create_subpicture(VADriverContextP va, VAImageID image, VASubpictureID *subpicture)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

/* No subpicture can be created, so every id is wrong. */
VAStatus va_destroy_subpicture(VADriverContextP va, VASubpictureID subpicture)
{
    return VA_STATUS_ERROR_INVALID_SUBPICTURE;
}

VAStatus va_set_subpicture_image(VADriverContextP va, VASubpictureID subpicture, VAImageID image)
{
    return VA_STATUS_ERROR_INVALID_SUBPICTURE;
}

VAStatus va_set_subpicture_chromakey(VADriverContextP va, VASubpictureID subpicture,
                                     unsigned int chromakey_min, unsigned int chromakey_max,
                                     unsigned int chromakey_mask)
{
    return VA_STATUS_ERROR_INVALID_SUBPICTURE;
}

VAStatus va_set_subpicture_global_alpha(VADriverContextP va, VASubpictureID subpicture,
                                        float global_alpha)
{
    return VA_STATUS_ERROR_INVALID_SUBPICTURE;
}

VAStatus va_associate_subpicture(VADriverContextP va, VASubpictureID subpicture,
                                 VASurfaceID *target_surfaces, int num_surfaces, short src_x,
                                 short src_y, unsigned short src_width, unsigned short src_height,
                                 short dest_x, short dest_y, unsigned short dest_width,
                                 unsigned short dest_height, unsigned int flags)
{
    return VA_STATUS_ERROR_INVALID_SUBPICTURE;
}

VAStatus va_deassociate_subpicture(VADriverContextP va, VASubpictureID subpicture,
                                   VASurfaceID *target_surfaces, int num_surfaces)
{
    return VA_STATUS_ERROR_INVALID_SUBPICTURE;
}

VAStatus va_query_display_attributes(VADriverContextP va, VADisplayAttribute *attr_list,
                                     int *num_attributes)
{
    if (!num_attributes)
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    *num_attributes = 0;
    return VA_STATUS_SUCCESS;
}

VAStatus va_get_display_attributes(VADriverContextP va, VADisplayAttribute *attr_list,
                                   int num_attributes)
{
    if (num_attributes < 0 || (num_attributes > 0 && !attr_list))
        return VA_STATUS_ERROR_INVALID_PARAMETER;
    for (int i = 0; i < num_attributes; i++)
        attr_list[i].flags = VA_DISPLAY_ATTRIB_NOT_SUPPORTED;
    return VA_STATUS_SUCCESS;
}

VAStatus va_set_display_attributes(VADriverContextP va, VADisplayAttribute *attr_list,
                                   int num_attributes)
{
    return num_attributes ? VA_STATUS_ERROR_ATTR_NOT_SUPPORTED : VA_STATUS_SUCCESS;
}

VAStatus va_lock_surface(VADriverContextP va, VASurfaceID surface, unsigned int *fourcc,
                         unsigned int *luma_stride, unsigned int *chroma_u_stride,
                         unsigned int *chroma_v_stride, unsigned int *luma_offset,
                         unsigned int *chroma_u_offset, unsigned int *chroma_v_offset,
                         unsigned int *buffer_name, void **buffer)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_unlock_surface(VADriverContextP va, VASurfaceID surface)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_get_surface_attributes(VADriverContextP va, VAConfigID config,
                                   VASurfaceAttrib *attrib_list, unsigned int num_attribs)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_acquire_buffer_handle(VADriverContextP va, VABufferID buf_id, VABufferInfo *info)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_release_buffer_handle(VADriverContextP va, VABufferID buf_id)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_create_mf_context(VADriverContextP va, VAMFContextID *mfe_context)
{
    if (mfe_context)
        *mfe_context = VA_INVALID_ID;
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_mf_add_context(VADriverContextP va, VAMFContextID mf_context, VAContextID context)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_mf_release_context(VADriverContextP va, VAMFContextID mf_context, VAContextID context)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_mf_submit(VADriverContextP va, VAMFContextID mf_context, VAContextID *contexts,
                      int num_contexts)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_create_buffer2(VADriverContextP va, VAContextID context, VABufferType type,
                           unsigned int width, unsigned int height, unsigned int *unit_size,
                           unsigned int *pitch, VABufferID *buf_id)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_query_processing_rate(VADriverContextP va, VAConfigID config_id,
                                  VAProcessingRateParameter *proc_buf,
                                  unsigned int *processing_rate)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_sync_buffer(VADriverContextP va, VABufferID buf_id, uint64_t timeout_ns)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_copy_object(VADriverContextP va, VACopyObject *dst, VACopyObject *src,
                        VACopyOption option)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_query_video_proc_filters(VADriverContextP va, VAContextID context,
                                     VAProcFilterType *filters, unsigned int *num_filters)
{
    if (num_filters)
        *num_filters = 0;
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_query_video_proc_filter_caps(VADriverContextP va, VAContextID context,
                                         VAProcFilterType type, void *filter_caps,
                                         unsigned int *num_filter_caps)
{
    if (num_filter_caps)
        *num_filter_caps = 0;
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_query_video_proc_pipeline_caps(VADriverContextP va, VAContextID context,
                                           VABufferID *filters, unsigned int num_filters,
                                           VAProcPipelineCaps *pipeline_caps)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

#if VA_CHECK_VERSION(1, 11, 0)
VAStatus va_create_protected_session(VADriverContextP va, VAConfigID config_id,
                                     VAProtectedSessionID *protected_session)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_destroy_protected_session(VADriverContextP va, VAProtectedSessionID protected_session)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_attach_protected_session(VADriverContextP va, VAContextID context,
                                     VAProtectedSessionID protected_session)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_detach_protected_session(VADriverContextP va, VAContextID context)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}

VAStatus va_protected_session_execute(VADriverContextP va, VAProtectedSessionID protected_session,
                                      VABufferID buf_id)
{
    return VA_STATUS_ERROR_UNIMPLEMENTED;
}
#endif
