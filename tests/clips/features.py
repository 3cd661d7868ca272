# SPDX-License-Identifier: MIT
"""Whether the self-made clips hold what they are made for, read from their headers."""

import re

import tools

#: Syntax elements (as FFmpeg's trace_headers prints them) and a value that each must take
#: somewhere in the stream: a clip without its feature would test nothing.
FEATURES = {
    "h264_baseline_cavlc.264": (
        "entropy_coding_mode_flag=0", "profile_idc=66", "num_ref_idx_l0_active_minus1=1"),
    "h264_cabac_pyramid.264": (
        "entropy_coding_mode_flag=1", "adaptive_ref_pic_marking_mode_flag=1", "slice_type=6",
        "ref_pic_list_modification_flag_l0=1"),
    "h264_cavlc_8x8.264": ("entropy_coding_mode_flag=0", "transform_8x8_mode_flag=1",),
    "h264_direct_temporal.264": ("direct_spatial_mv_pred_flag=0",),
    "h264_direct_temporal_cavlc.264": (
        "direct_spatial_mv_pred_flag=0", "entropy_coding_mode_flag=0"),
    "h264_direct_spatial.264": ("direct_spatial_mv_pred_flag=1",),
    "h264_weight_explicit_p.264": ("weighted_pred_flag=1", "luma_weight_l0_flag=1",),
    "h264_weight_implicit_b.264": ("weighted_bipred_idc=2",),
    "h264_weight_both.264": (
        "weighted_bipred_idc=2", "luma_weight_l0_flag=1", "num_ref_idx_l0_active_minus1=8"),
    "h264_cqm_jvt.264": ("pic_scaling_matrix_present_flag=1",),
    "h264_cqm_custom.264": (
        "pic_scaling_matrix_present_flag=1", "pic_scaling_list_present_flag=1"),
    "h264_cqm_custom_4x4.264": ("pic_scaling_matrix_present_flag=1", "transform_8x8_mode_flag=0",),
    "h264_slices.264": ("first_mb_in_slice=110",),
    "h264_slice_max_mbs.264": ("first_mb_in_slice=17",),
    "h264_slices_no_cross_deblock.264": ("disable_deblocking_filter_idc=1",),
    "h264_mbaff_tff.264": ("mb_adaptive_frame_field_flag=1", "frame_mbs_only_flag=0",),
    "h264_mbaff_bff_cavlc.264": ("mb_adaptive_frame_field_flag=1", "entropy_coding_mode_flag=0",),
    "h264_mbaff_temporal.264": (
        "mb_adaptive_frame_field_flag=1", "direct_spatial_mv_pred_flag=0", "weighted_bipred_idc=2"),
    "h264_mbaff_slices_cqm.264": (
        "mb_adaptive_frame_field_flag=1", "pic_scaling_matrix_present_flag=1"),
    "h264_fake_interlaced.264": ("frame_mbs_only_flag=0", "field_pic_flag=0",),
    "h264_refs16.264": ("max_num_ref_frames=16",),
    "h264_crop_350x286.264": ("frame_cropping_flag=1",),
    "h264_crop_mbaff_178x148.264": ("frame_cropping_flag=1", "mb_adaptive_frame_field_flag=1",),
    "h264_deblock_offsets.264": ("slice_alpha_c0_offset_div2=-3", "slice_beta_offset_div2=3",),
    "h264_chroma_qp_offset.264": ("chroma_qp_index_offset=-11",),
    "h264_constrained_intra.264": ("constrained_intra_pred_flag=1",),
    "h264_long_term.264": (
        "long_term_reference_flag=1", "memory_management_control_operation=2",
        "memory_management_control_operation=3", "memory_management_control_operation=6"),
    "h264_long_term_mbaff.264": (
        "mb_adaptive_frame_field_flag=1", "memory_management_control_operation=3",
        "memory_management_control_operation=6"),
    "h264_high10.264": ("bit_depth_luma_minus8=2", "pic_order_cnt_type=0",),
    "h264_high10_no_b.264": ("bit_depth_luma_minus8=2", "pic_order_cnt_type=2",),
    "h264_high10_weights.264": ("pic_order_cnt_type=2", "luma_weight_l0_flag=1",),
    "h264_high10_low_latency.264": ("pic_order_cnt_type=2",),
    "h264_high10_intra.264": ("pic_order_cnt_type=2", "slice_type=7",),
    "h264_high10_coarse.264": ("pic_order_cnt_type=2", "pic_init_qp_minus26=25",),
    "h264_high10_fine.264": ("pic_order_cnt_type=2", "pic_init_qp_minus26=-30",),
    "h264_high10_cut.264": ("pic_order_cnt_type=0", "recovery_frame_cnt=0",),
    "h264_high10_qs.264": ("pic_order_cnt_type=0", "pic_init_qs_minus26=-12",),
    "h264_monochrome.264": ("chroma_format_idc=0", "direct_spatial_mv_pred_flag=0"),
    "h264_monochrome_interlaced.264": (
        "chroma_format_idc=0", "mb_adaptive_frame_field_flag=1", "frame_cropping_flag=1"),
    "h264_changes_monochrome.264": ("chroma_format_idc=0", "chroma_format_idc=1"),
    "mpeg2_b2.m2v": ("picture_coding_type=3",),
    "mpeg2_closed_gop.m2v": ("closed_gop=1",),
    "mpeg2_open_gop.m2v": ("closed_gop=0",),
    "mpeg2_low_delay.m2v": ("low_delay=1",),
    "mpeg2_interlaced_352x240.m2v": ("progressive_sequence=0", "vertical_size_value=240"),
    "mpeg2_interlaced_dct.m2v": ("frame_pred_frame_dct=0", "progressive_sequence=0",),
    "mpeg2_interlaced_tff.m2v": ("frame_pred_frame_dct=0", "top_field_first=1",),
    "mpeg2_interlaced_bff.m2v": ("frame_pred_frame_dct=0", "top_field_first=0",),
    "mpeg2_alternate_scan.m2v": ("alternate_scan=1",),
    "mpeg2_intra_vlc.m2v": ("intra_vlc_format=1",),
    "mpeg2_non_linear_quant.m2v": ("q_scale_type=1",),
    "mpeg2_altscan_ivlc_nlq.m2v": ("alternate_scan=1", "intra_vlc_format=1", "q_scale_type=1",),
    "mpeg2_matrices.m2v": ("load_intra_quantiser_matrix=1", "load_non_intra_quantiser_matrix=1",),
    "mpeg2_intra_matrix_altscan.m2v": ("load_intra_quantiser_matrix=1", "alternate_scan=1",),
    "hevc_wavefront.hevc": ("entropy_coding_sync_enabled_flag=1",),
    "hevc_no_wavefront.hevc": ("entropy_coding_sync_enabled_flag=0",),
    "hevc_slices_wavefront.hevc": ("entropy_coding_sync_enabled_flag=1",
                                   "first_slice_segment_in_pic_flag=0"),
    "hevc_tiles.hevc": ("tiles_enabled_flag=1", "uniform_spacing_flag=1",
                        "num_tile_columns_minus1=2", "num_tile_rows_minus1=1"),
    "hevc_tiles_uneven.hevc": ("tiles_enabled_flag=1", "uniform_spacing_flag=0"),
    "hevc_tile_slices.hevc": ("tiles_enabled_flag=1", "first_slice_segment_in_pic_flag=0"),
    "hevc_dependent_slices.hevc": ("dependent_slice_segments_enabled_flag=1",
                                   "dependent_slice_segment_flag=1"),
    "hevc_many_dependent_slices.hevc": ("dependent_slice_segment_flag=1",
                                        "slice_segment_address=48"),
    "hevc_sets_in_sps.hevc": ("short_term_ref_pic_set_sps_flag=1", "short_term_ref_pic_set_idx=1"),
    "hevc_predicted_sets.hevc": ("inter_ref_pic_set_prediction_flag=1",),
    "hevc_long_term_in_sps.hevc": ("num_long_term_sps=1", "lt_idx_sps=2"),
    "hevc_long_term.hevc": ("long_term_ref_pics_present_flag=1", "num_long_term_pics=1",
                            "used_by_curr_pic_lt_flag=1"),
    "hevc_lossless.hevc": ("transquant_bypass_enabled_flag=1",),
    "hevc_partitions.hevc": ("amp_enabled_flag=1",),
    "hevc_weight_p.hevc": ("weighted_pred_flag=1", "luma_weight_l0_flag=1"),
    "hevc_weight_b.hevc": ("weighted_bipred_flag=1",),
    "hevc_scaling_default.hevc": ("scaling_list_enabled_flag=1",),
    "hevc_no_sao.hevc": ("sample_adaptive_offset_enabled_flag=0",),
    "hevc_qp_groups.hevc": ("diff_cu_qp_delta_depth=2", "pps_cb_qp_offset=-3"),
    "hevc_no_temporal_mvp.hevc": ("sps_temporal_mvp_enabled_flag=0",),
    "hevc_intra_only.hevc": ("general_profile_idc=1", "nal_unit_type=20"),
    "hevc_longer_slice_headers.hevc": (
        "num_extra_slice_header_bits=2", "slice_reserved_flag=1",
        "slice_segment_header_extension_length=3", "num_entry_point_offsets=1"),
    "hevc_still_picture.hevc": ("general_profile_idc=3",),
    "hevc_starts_at_cra.mkv": ("nal_unit_type=21",),
    "hevc_crop_350x286.hevc": ("conformance_window_flag=1",),
    "vp9_tiles.ivf": ("tile_cols_log2=2", "tile_rows_log2=1"),
    "vp9_error_resilient.ivf": ("error_resilient_mode=1",),
    "vp9_no_parallel.ivf": ("frame_parallel_decoding_mode=0",),
    "vp9_lossless.ivf": ("base_q_idx=0",),
    "vp9_segments_cyclic.ivf": ("segmentation_enabled=1", "segmentation_temporal_update=1"),
    "av1_hidden_frames.ivf": ("show_frame=0", "show_existing_frame=1", "reference_select=1"),
    "av1_tiles.ivf": ("tile_cols_log2=1", "tile_rows_log2=1"),
    "av1_tile_groups.ivf": ("tile_start_and_end_present_flag=1",),
    "av1_no_filters.ivf": ("enable_cdef=0", "enable_restoration=0"),
    "av1_restoration.ivf": ("lr_type=1", "lr_type=2", "lr_type=3"),
    "av1_superblock128.ivf": ("use_128x128_superblock=1",),
    "av1_quantizer_matrices.ivf": ("using_qmatrix=1",),
    "av1_delta_q.ivf": ("delta_q_present=1", "delta_lf_present=1"),
    "av1_segments.ivf": ("segmentation_enabled=1",),
    "av1_screen.ivf": ("allow_screen_content_tools=1", "allow_intrabc=1"),
    "av1_error_resilient.ivf": ("error_resilient_mode=1",),
    "av1_still_picture.ivf": ("reduced_still_picture_header=1",),
    "av1_film_grain.ivf": ("apply_grain=1",),
    "av1_film_grain_10bit.ivf": ("apply_grain=1", "high_bitdepth=1"),
    "av1_global_motion.ivf": ("is_global=1", "allow_warped_motion=1"),
    "av1_compound.ivf": ("reference_select=1", "skip_mode_present=1"),
    "av1_lossless.ivf": ("base_q_idx=0",),
    "av1_no_order_hint.ivf": ("enable_order_hint=0",),
    "av1_reduced_transforms.ivf": ("reduced_tx_set=1",),
    "av1_switch_frames.ivf": ("frame_type=3",),
    "av1_intra_only_frames.ivf": ("frame_type=2",),
    "av1_screen_10bit.ivf": (
        "allow_screen_content_tools=1", "allow_intrabc=1", "high_bitdepth=1"),
    "av1_tiles_10bit.ivf": ("tile_cols_log2=1", "tile_rows_log2=1", "high_bitdepth=1"),
    "av1_superres.ivf": ("use_superres=1",),
    "av1_scaled_references.ivf": ("frame_size_override_flag=1", "found_ref=0", "found_ref=1"),
    **{f"mpeg2_dc{bits}.m2v": (f"intra_dc_precision={bits - 8}",) for bits in (8, 9, 10, 11)},
}

_ELEMENT = re.compile(r"\] \d+ +(\w+)\S* +[01]+ = (-?\d+)")


def syntax_elements(path):
    """The set of "name=value" of every header syntax element in the stream, without indices."""
    done = tools.run(["ffmpeg", "-hide_banner", "-nostdin", "-i", path, "-map", "0:v:0", "-c",
                      "copy", "-bsf:v", "trace_headers", "-f", "null", "-"])
    return {f"{name}={value}" for name, value in _ELEMENT.findall(done.stderr)}


def missing(clip_name, path):
    """The features that the clip called `clip_name` should have and lacks."""
    wanted = FEATURES.get(clip_name, ())
    return [feature for feature in wanted if feature not in syntax_elements(path)]
