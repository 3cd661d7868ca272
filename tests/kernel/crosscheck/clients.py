# SPDX-License-Identifier: MIT
"""The programs that decode a stream in the guest, as shell commands."""
import os
import shlex

CODECS = {
    # name in this project: (stateless element, VA element)
    "mpeg2": ("v4l2slmpeg2dec", "vampeg2dec"),
    "h264": ("v4l2slh264dec", "vah264dec"),
    "hevc": ("v4l2slh265dec", "vah265dec"),
    "vp8": ("v4l2slvp8dec", "vavp8dec"),
    "vp9": ("v4l2slvp9dec", "vavp9dec"),
    "av1": ("v4l2slav1dec", "vaav1dec"),
}

# codecs whose oracle needs the newer GStreamer: 1.22 has none or crashes
NEWER_ORACLE = ("hevc", "av1")

RENDER_NODE = "/dev/dri/renderD128"


def needs_newer(codec, form):
    """Whether the oracle needs the newer GStreamer: 1.22 knows no format for 10 bits."""
    return codec in NEWER_ORACLE or form != "NV12"


class Environment:
    """Where the driver under test, the shim, the registries and the newer root are."""

    def __init__(self, driver_dir, shim, cache, root=None, here="", visible=()):
        """visible: directories of streams that commands in the newer root must see."""
        self.driver_dir = driver_dir
        self.shim = shim
        self.cache = cache
        self.root = root
        self.here = here  # tests/kernel
        self.visible = sorted({os.path.dirname(shim), cache, driver_dir, *visible})

    def _assign(self, **values):
        return "env " + " ".join(f"{name}={shlex.quote(value)}" for name, value in values.items())

    def _gst(self, pipeline, newer, **values):
        registry = f"{self.cache}/gstreamer-{'126' if newer else '122'}.registry"
        command = f"{self._assign(GST_REGISTRY=registry, GST_REGISTRY_FORK='no', **values)} " \
                  f"gst-launch-1.0 -f -q {pipeline}"
        return self._enter(command, newer)

    def _enter(self, command, newer):
        return self.enter_newer(command) if newer else command

    def enter_newer(self, command):
        """The same command in the newer root."""
        if not self.root:
            raise ValueError("the newer root was not built")
        return f"{self.here}/in-root {self.root} {shlex.join(self.visible)} -- {command}"

    def oracle(self, codec, path, mode, newer=None):
        """GStreamer's stateless decoder, which knows nothing of VA."""
        newer = codec in NEWER_ORACLE if newer is None else newer
        pipeline = f"filesrc location={shlex.quote(path)} ! parsebin ! {CODECS[codec][0]} ! " \
                   "fakesink sync=false"
        return self._gst(pipeline, newer, LD_PRELOAD=self.shim, DECODE_MODE=mode)

    def _va(self, mode):
        # the oracle has start codes in frame mode and none in slice mode
        return {"LIBVA_DRIVERS_PATH": self.driver_dir, "LIBVA_DRIVER_NAME": "v4l2_request",
                "LIBVA_V4L2_REQUEST_DECODE_MODE": mode,
                "LIBVA_V4L2_REQUEST_START_CODE": "none" if mode == "slice" else "annex_b"}

    def gst(self, codec, path, mode, newer=False):
        """GStreamer's VA decoder over the driver."""
        pipeline = f"filesrc location={shlex.quote(path)} ! parsebin ! {CODECS[codec][1]} ! " \
                   "fakesink sync=false"
        return self._gst(pipeline, newer, GST_VA_ALL_DRIVERS="1", **self._va(mode))

    def ffmpeg(self, codec, path, mode, newer=False):
        """FFmpeg with VA over the driver. Frames stay in VA surfaces: a software fallback would
        fail at the format filter, and be seen by the missing jobs as well."""
        decoder = "-c:v av1 " if codec == "av1" else ""
        command = f"{self._assign(**self._va(mode))} ffmpeg -nostdin -v warning " \
                  f"-init_hw_device vaapi=va:{RENDER_NODE} -hwaccel vaapi -hwaccel_device va " \
                  f"-hwaccel_output_format vaapi -hwaccel_flags allow_profile_mismatch " \
                  f"-noautorotate {decoder}-i {shlex.quote(path)} -map 0:v:0 -noautoscale " \
                  "-f null -"
        return self._enter(command, newer)

    def hardware_oracle(self, codec, path, form="NV12"):
        """GStreamer's stateless decoder on the only device there is. Its output is pinned to a linear
        format: left alone it takes a tiled one where the device has one. No device holds CAPTURE
        buffers of MPEG-2: the shim (hold_capture.c) does."""
        pipeline = f"filesrc location={shlex.quote(path)} ! parsebin ! {CODECS[codec][0]} ! " \
                   f"video/x-raw,format={form} ! fakesink sync=false"
        preload = {"LD_PRELOAD": self.shim} if codec == "mpeg2" else {}
        return self._gst(pipeline, needs_newer(codec, form), **preload)

    def hardware_ffmpeg(self, codec, path):
        """FFmpeg with VA over the driver, which asks the device what it wants."""
        decoder = "-c:v av1 " if codec == "av1" else ""
        return f"{self._driver()} ffmpeg -nostdin -v warning " \
               f"-init_hw_device vaapi=va:{RENDER_NODE} -hwaccel vaapi -hwaccel_device va " \
               f"-hwaccel_output_format vaapi -hwaccel_flags allow_profile_mismatch " \
               f"-noautorotate {decoder}-i {shlex.quote(path)} -map 0:v:0 -noautoscale -f null -"

    def hardware_client(self, client, codec, path):
        """A VA client ("ffmpeg", "gst") over the driver, likewise."""
        if client == "ffmpeg":
            return self.hardware_ffmpeg(codec, path)
        pipeline = f"filesrc location={shlex.quote(path)} ! parsebin ! {CODECS[codec][1]} ! " \
                   "fakesink sync=false"
        return self._gst(pipeline, False, GST_VA_ALL_DRIVERS="1",
                         LIBVA_DRIVERS_PATH=self.driver_dir, LIBVA_DRIVER_NAME="v4l2_request")

    def profiles(self):
        """vainfo over the driver."""
        return f"{self._driver()} vainfo --display drm --device {RENDER_NODE}"

    def _driver(self):
        return self._assign(LIBVA_DRIVERS_PATH=self.driver_dir, LIBVA_DRIVER_NAME="v4l2_request")

    def command(self, client, codec, path, mode):
        """The command line of `client` ("oracle", "gst", "gst126", "ffmpeg", "ffmpeg7")."""
        if client == "oracle":
            return self.oracle(codec, path, mode)
        if client == "oracle126":
            return self.oracle(codec, path, mode, newer=True)
        program, newer = {"gst": (self.gst, False), "gst126": (self.gst, True),
                          "ffmpeg": (self.ffmpeg, False), "ffmpeg7": (self.ffmpeg, True)}[client]
        return program(codec, path, mode, newer)


CLIENTS = ("ffmpeg", "gst", "gst126", "ffmpeg7")


def needs_root(client, codec):
    """Whether `client` runs in the newer root."""
    return client in ("gst126", "ffmpeg7", "oracle126") or (
        client == "oracle" and codec in NEWER_ORACLE)
