/* SPDX-License-Identifier: MIT */
/*
 * The driver's functions for libva's tables, one for each va* function of the API. libva checks
 * only the display; the other arguments are the client's. <va/va.h> defines what the functions do;
 * `struct VADriverVTable` and the other tables define their signatures.
 */
#ifndef FUNCTIONS_H
#define FUNCTIONS_H

#include <va/va_backend.h>
#include <va/va_backend_vpp.h>
#if VA_CHECK_VERSION(1, 11, 0)
#include <va/va_backend_prot.h>
#endif

/* driver.c */
VAStatus va_terminate(VADriverContextP va);

/* config.c, surface_attributes.c */
VAStatus va_query_config_profiles(VADriverContextP va, VAProfile *profile_list, int *num_profiles);
VAStatus va_query_config_entrypoints(VADriverContextP va, VAProfile profile,
                                     VAEntrypoint *entrypoint_list, int *num_entrypoints);
VAStatus va_get_config_attributes(VADriverContextP va, VAProfile profile, VAEntrypoint entrypoint,
                                  VAConfigAttrib *attrib_list, int num_attribs);
VAStatus va_create_config(VADriverContextP va, VAProfile profile, VAEntrypoint entrypoint,
                          VAConfigAttrib *attrib_list, int num_attribs, VAConfigID *config_id);
VAStatus va_destroy_config(VADriverContextP va, VAConfigID config_id);
VAStatus va_query_config_attributes(VADriverContextP va, VAConfigID config_id, VAProfile *profile,
                                    VAEntrypoint *entrypoint, VAConfigAttrib *attrib_list,
                                    int *num_attribs);
VAStatus va_query_surface_attributes(VADriverContextP va, VAConfigID config,
                                     VASurfaceAttrib *attrib_list, unsigned int *num_attribs);

/* surface.c */
VAStatus va_create_surfaces(VADriverContextP va, int width, int height, int format,
                            int num_surfaces, VASurfaceID *surfaces);
VAStatus va_create_surfaces2(VADriverContextP va, unsigned int format, unsigned int width,
                             unsigned int height, VASurfaceID *surfaces, unsigned int num_surfaces,
                             VASurfaceAttrib *attrib_list, unsigned int num_attribs);
VAStatus va_destroy_surfaces(VADriverContextP va, VASurfaceID *surface_list, int num_surfaces);

/* sync.c */
VAStatus va_sync_surface(VADriverContextP va, VASurfaceID render_target);
VAStatus va_sync_surface2(VADriverContextP va, VASurfaceID surface, uint64_t timeout_ns);
VAStatus va_query_surface_status(VADriverContextP va, VASurfaceID render_target,
                                 VASurfaceStatus *status);
VAStatus va_query_surface_error(VADriverContextP va, VASurfaceID render_target,
                                VAStatus error_status, void **error_info);

/* context.c */
VAStatus va_create_context(VADriverContextP va, VAConfigID config_id, int picture_width,
                           int picture_height, int flag, VASurfaceID *render_targets,
                           int num_render_targets, VAContextID *context);
VAStatus va_destroy_context(VADriverContextP va, VAContextID context);

/* buffer.c */
VAStatus va_create_buffer(VADriverContextP va, VAContextID context, VABufferType type,
                          unsigned int size, unsigned int num_elements, void *data,
                          VABufferID *buf_id);
VAStatus va_buffer_set_num_elements(VADriverContextP va, VABufferID buf_id,
                                    unsigned int num_elements);
VAStatus va_map_buffer(VADriverContextP va, VABufferID buf_id, void **pbuf);
VAStatus va_unmap_buffer(VADriverContextP va, VABufferID buf_id);
VAStatus va_destroy_buffer(VADriverContextP va, VABufferID buffer_id);
VAStatus va_buffer_info(VADriverContextP va, VABufferID buf_id, VABufferType *type,
                        unsigned int *size, unsigned int *num_elements);

/* picture.c */
VAStatus va_begin_picture(VADriverContextP va, VAContextID context, VASurfaceID render_target);
VAStatus va_render_picture(VADriverContextP va, VAContextID context, VABufferID *buffers,
                           int num_buffers);
VAStatus va_end_picture(VADriverContextP va, VAContextID context);

/* image.c, derive_image.c */
VAStatus va_query_image_formats(VADriverContextP va, VAImageFormat *format_list, int *num_formats);
VAStatus va_create_image(VADriverContextP va, VAImageFormat *format, int width, int height,
                         VAImage *image);
VAStatus va_derive_image(VADriverContextP va, VASurfaceID surface, VAImage *image);
VAStatus va_destroy_image(VADriverContextP va, VAImageID image);

/* image_transfer.c */
VAStatus va_get_image(VADriverContextP va, VASurfaceID surface, int x, int y, unsigned int width,
                      unsigned int height, VAImageID image);
VAStatus va_put_image(VADriverContextP va, VASurfaceID surface, VAImageID image, int src_x,
                      int src_y, unsigned int src_width, unsigned int src_height, int dest_x,
                      int dest_y, unsigned int dest_width, unsigned int dest_height);

/* export.c */
VAStatus va_export_surface_handle(VADriverContextP va, VASurfaceID surface_id, uint32_t mem_type,
                                  uint32_t flags, void *descriptor);

/* unsupported.c */
VAStatus va_put_surface(VADriverContextP va, VASurfaceID surface, void *draw, short srcx,
                        short srcy, unsigned short srcw, unsigned short srch, short destx,
                        short desty, unsigned short destw, unsigned short desth,
                        VARectangle *cliprects, unsigned int number_cliprects, unsigned int flags);
VAStatus va_set_image_palette(VADriverContextP va, VAImageID image, unsigned char *palette);
VAStatus va_query_subpicture_formats(VADriverContextP va, VAImageFormat *format_list,
                                     unsigned int *flags, unsigned int *num_formats);
VAStatus va_create_subpicture(VADriverContextP va, VAImageID image, VASubpictureID *subpicture);
VAStatus va_destroy_subpicture(VADriverContextP va, VASubpictureID subpicture);
VAStatus va_set_subpicture_image(VADriverContextP va, VASubpictureID subpicture, VAImageID image);
VAStatus va_set_subpicture_chromakey(VADriverContextP va, VASubpictureID subpicture,
                                     unsigned int chromakey_min, unsigned int chromakey_max,
                                     unsigned int chromakey_mask);
VAStatus va_set_subpicture_global_alpha(VADriverContextP va, VASubpictureID subpicture,
                                        float global_alpha);
VAStatus va_associate_subpicture(VADriverContextP va, VASubpictureID subpicture,
                                 VASurfaceID *target_surfaces, int num_surfaces, short src_x,
                                 short src_y, unsigned short src_width, unsigned short src_height,
                                 short dest_x, short dest_y, unsigned short dest_width,
                                 unsigned short dest_height, unsigned int flags);
VAStatus va_deassociate_subpicture(VADriverContextP va, VASubpictureID subpicture,
                                   VASurfaceID *target_surfaces, int num_surfaces);
VAStatus va_query_display_attributes(VADriverContextP va, VADisplayAttribute *attr_list,
                                     int *num_attributes);
VAStatus va_get_display_attributes(VADriverContextP va, VADisplayAttribute *attr_list,
                                   int num_attributes);
VAStatus va_set_display_attributes(VADriverContextP va, VADisplayAttribute *attr_list,
                                   int num_attributes);
VAStatus va_lock_surface(VADriverContextP va, VASurfaceID surface, unsigned int *fourcc,
                         unsigned int *luma_stride, unsigned int *chroma_u_stride,
                         unsigned int *chroma_v_stride, unsigned int *luma_offset,
                         unsigned int *chroma_u_offset, unsigned int *chroma_v_offset,
                         unsigned int *buffer_name, void **buffer);
VAStatus va_unlock_surface(VADriverContextP va, VASurfaceID surface);
VAStatus va_get_surface_attributes(VADriverContextP va, VAConfigID config,
                                   VASurfaceAttrib *attrib_list, unsigned int num_attribs);
VAStatus va_acquire_buffer_handle(VADriverContextP va, VABufferID buf_id, VABufferInfo *info);
VAStatus va_release_buffer_handle(VADriverContextP va, VABufferID buf_id);
VAStatus va_create_mf_context(VADriverContextP va, VAMFContextID *mfe_context);
VAStatus va_mf_add_context(VADriverContextP va, VAMFContextID mf_context, VAContextID context);
VAStatus va_mf_release_context(VADriverContextP va, VAMFContextID mf_context, VAContextID context);
VAStatus va_mf_submit(VADriverContextP va, VAMFContextID mf_context, VAContextID *contexts,
                      int num_contexts);
VAStatus va_create_buffer2(VADriverContextP va, VAContextID context, VABufferType type,
                           unsigned int width, unsigned int height, unsigned int *unit_size,
                           unsigned int *pitch, VABufferID *buf_id);
VAStatus va_query_processing_rate(VADriverContextP va, VAConfigID config_id,
                                  VAProcessingRateParameter *proc_buf,
                                  unsigned int *processing_rate);
VAStatus va_sync_buffer(VADriverContextP va, VABufferID buf_id, uint64_t timeout_ns);
/* vaCopy: <stdarg.h> defines va_copy. */
VAStatus va_copy_object(VADriverContextP va, VACopyObject *dst, VACopyObject *src,
                        VACopyOption option);
VAStatus va_query_video_proc_filters(VADriverContextP va, VAContextID context,
                                     VAProcFilterType *filters, unsigned int *num_filters);
VAStatus va_query_video_proc_filter_caps(VADriverContextP va, VAContextID context,
                                         VAProcFilterType type, void *filter_caps,
                                         unsigned int *num_filter_caps);
VAStatus va_query_video_proc_pipeline_caps(VADriverContextP va, VAContextID context,
                                           VABufferID *filters, unsigned int num_filters,
                                           VAProcPipelineCaps *pipeline_caps);

#if VA_CHECK_VERSION(1, 11, 0)
VAStatus va_create_protected_session(VADriverContextP va, VAConfigID config_id,
                                     VAProtectedSessionID *protected_session);
VAStatus va_destroy_protected_session(VADriverContextP va, VAProtectedSessionID protected_session);
VAStatus va_attach_protected_session(VADriverContextP va, VAContextID context,
                                     VAProtectedSessionID protected_session);
VAStatus va_detach_protected_session(VADriverContextP va, VAContextID context);
VAStatus va_protected_session_execute(VADriverContextP va, VAProtectedSessionID protected_session,
                                      VABufferID buf_id);
#endif

#endif
