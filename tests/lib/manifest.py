# SPDX-License-Identifier: MIT
"""The manifest of a directory of test streams: what each is and what software makes of it."""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import tools


@dataclass
class Stream:
    """One row. `frame_hashes_md5` covers the first `frames` (at most 60) frames."""

    path: Path
    codec: str
    profile: str
    pix_fmt: str
    frames: int
    decode_errors: bool
    tags: frozenset
    frame_hashes_md5: str

    @property
    def should_refuse(self):
        """True for what no stateless decoder can do (FMO, data partitioning, MPEG-1, ...)."""
        return "should_refuse" in self.tags


def load(root=None):
    """Every stream of the manifest below `root` (default: the vectors directory) by its path."""
    root = root or tools.vectors_root()
    if root is None:
        return {}
    streams = {}
    with open(root / "manifest.tsv", newline="", encoding="utf-8") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            path = root / row["path"]
            streams[path] = Stream(path, row["codec"], row["profile"], row["pix_fmt"],
                                   int(row["frames_decoded"]), row["decode_errors"] == "1",
                                   frozenset(row["tags"].split(",")), row["framehash_md5"])
    return streams


def hash_of_frames(hashes):
    """The manifest's digest of a list of frame MD5s (hexadecimal)."""
    return hashlib.md5("".join(f"{digest}\n" for digest in hashes).encode()).hexdigest()
