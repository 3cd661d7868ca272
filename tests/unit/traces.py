# SPDX-License-Identifier: MIT
"""Keeps what FFmpeg's traces say of a stream for the other builds of the same parser: it depends on
the stream, on FFmpeg and on the scripts here that read the trace, and on nothing else of ours."""
import glob
import hashlib
import json
import os
import shutil


def _key(path):
    digest = hashlib.sha256()
    for name in (path, *sorted(glob.glob(os.path.join(os.path.dirname(__file__), "*.py")))):
        with open(name, "rb") as file:
            digest.update(file.read())
    ffmpeg = os.stat(os.path.realpath(shutil.which("ffmpeg")))
    digest.update(f"{ffmpeg.st_mtime_ns} {ffmpeg.st_size}".encode())
    return digest.hexdigest()


def kept(path, read):
    """read(path), something that JSON can hold, or what it returned for the same file before: kept
    in the directory HEADER_TRACES, where the environment names one."""
    directory = os.environ.get("HEADER_TRACES")
    if not directory:
        return read(path)
    place = os.path.join(directory, _key(path))
    try:
        with open(place, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        pass
    found = read(path)
    if not found:
        return found
    os.makedirs(directory, exist_ok=True)
    partial = f"{place}.{os.getpid()}"
    with open(partial, "w", encoding="utf-8") as file:
        json.dump(found, file)
    os.replace(partial, place)  # several tests may run at once
    return found
