# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Shell functions shared by the scripts of this directory: where things are cached, and how a
# directory is filled once by one process while others wait for it.

kernel_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034
project_dir=$(cd "$kernel_dir/../.." && pwd)
cache_dir=${XDG_CACHE_HOME:-$HOME/.cache}/libva-v4l2-stateless

# shellcheck source=tests/lib/setup.sh
. "$project_dir/tests/lib/setup.sh"

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 2; }

# need PACKAGE...: installs the Debian packages that are missing.
need() { need_packages "$@" || die "please install: $*"; }

# cached DIR BUILDER: when DIR does not exist, runs "BUILDER TMPDIR" and renames TMPDIR to DIR.
# Several processes may ask at once; an interrupted build leaves nothing that looks finished.
cached() {
    local dir=$1 builder=$2
    mkdir -p "$cache_dir"
    (
        flock 9
        [ -d "$dir" ] && exit 0
        rm -rf "$dir.part"
        mkdir -p "$dir.part"
        set +e
        # not "if (...)": there, set -e has no effect
        (set -e; "$builder" "$dir.part")
        status=$?
        [ $status -eq 0 ] || { say "building $(basename "$dir") failed"; exit 2; }
        mv "$dir.part" "$dir"
    ) 9>"$dir.lock" >&2 || exit 2
}
