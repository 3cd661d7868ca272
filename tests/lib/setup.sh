# SPDX-License-Identifier: MIT
#
# Sourced by the shell fronts of the tests: installs what is missing on a Debian machine and finds
# a Python interpreter that has the modules the project needs.

# Packages that the build and the quick suites use, each with the reason it is wanted.
PACKAGES_BUILD="build-essential pkg-config meson ninja-build libva-dev libdrm-dev
    libavcodec-dev libavutil-dev libcmocka-dev
    python3 python3-yaml python3-jinja2 python3-pyelftools"
PACKAGES_CLIENT="ffmpeg vainfo"
PACKAGES_CHECKS="clang clang-format clang-tidy valgrind v4l-utils git
    pyflakes3 shellcheck strace"

PACKAGES_GSTREAMER="gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good
    gstreamer1.0-plugins-bad gstreamer1.0-vaapi"

# missing_packages NAME...: prints those that are not installed.
missing_packages() {
    local name
    for name in "$@"; do
        case "$(dpkg-query -W -f='${db:Status-Abbrev}' "$name" 2>/dev/null)" in
        ?i*) ;;
        *) printf '%s\n' "$name" ;;
        esac
    done
}

# need_packages NAME...: installs the missing ones without a question; says what it does on stderr.
# On a machine without apt it only warns: the build will then name what it lacks.
need_packages() {
    local missing sudo=
    command -v dpkg-query >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1 || {
        echo "setup: no apt here; wanted: $*" >&2
        return 0
    }
    missing=$(missing_packages "$@" | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            echo "setup: not root and no sudo; please install: $missing" >&2
            return 1
        fi
        # Never wait for a password where nobody can type one.
        if [ -t 0 ]; then sudo=sudo; else sudo="sudo -n"; fi
    fi
    echo "setup: installing $missing" >&2
    # The package lists may be absent or older than the archive: try, refresh, try again.
    # shellcheck disable=SC2086
    apt_install "$sudo" $missing || {
        $sudo apt-get update -q </dev/null >&2 &&
            apt_install "$sudo" $missing
    }
}

apt_install() {
    local sudo=$1
    shift
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
        -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 "$@" </dev/null >&2
}

# find_python: prints an interpreter that can import the generator's modules. The first python3 in
# PATH may be another than the distribution's, without them.
find_python() {
    local python
    for python in /usr/bin/python3 python3; do
        if "$python" -c 'import yaml, jinja2, elftools' 2>/dev/null; then
            printf '%s\n' "$python"
            return 0
        fi
    done
    echo "setup: no python3 with yaml, jinja2 and elftools" >&2
    return 1
}
