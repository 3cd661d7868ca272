# SPDX-License-Identifier: MIT
"""What the installed driver owes to the process that loads it: how it was compiled and linked, and
that its source keeps the house rules on descriptors and environment."""

import re

import tools
from results import Failure
from suites import helpers

#: Calls that make a descriptor -> what has to be among the arguments: it must not get into a
#: program that the client starts.
DESCRIPTORS = {"open": "O_CLOEXEC", "openat": "O_CLOEXEC", "dup3": "O_CLOEXEC",
               "pipe2": "O_CLOEXEC", "fcntl": "F_DUPFD_CLOEXEC", "fopen": 'e"',
               "memfd_create": "MFD_CLOEXEC", "socket": "SOCK_CLOEXEC",
               "epoll_create1": "EPOLL_CLOEXEC", "eventfd": "EFD_CLOEXEC"}

#: Functions that the driver has no business to call. In a set-id program the environment belongs
#: to somebody else: secure_getenv() knows that.
NEVER = ("getenv", "dup", "dup2", "pipe", "epoll_create", "inotify_init", "system", "popen",
         "execv", "execve", "execvp", "execl", "execlp", "fork", "vfork", "dlopen", "gets",
         "strcpy", "strcat", "sprintf", "vsprintf", "alloca", "signal", "sigaction")


def _readelf(driver, *options):
    return helpers.succeed(["readelf", "-W", *options, driver]).stdout.decode()


def linked(driver):
    """RELRO before anything runs, no writable code, no executable stack, nothing undefined, no
    search path of its own."""
    headers, dynamic = _readelf(driver, "-l"), _readelf(driver, "-d")
    flaws = []
    if "GNU_RELRO" not in headers:
        flaws.append("no RELRO")
    if not re.search(r"\(FLAGS(_1)?\).*\b(NOW|BIND_NOW)\b", dynamic):
        flaws.append("symbols are bound lazily")
    if "TEXTREL" in dynamic:
        flaws.append("text relocations")
    if re.search(r"\((RPATH|RUNPATH)\)", dynamic):
        flaws.append("a library search path")
    stack = re.search(r"GNU_STACK.*?(R\S*)\s", headers)
    if not stack or "E" in stack.group(1):
        flaws.append("executable stack")
    flaws += [f"segment with flags {found.group(0).strip()}"
              for found in re.finditer(r"LOAD.*?RWE", headers)]
    _report(flaws)


def compiled(driver):
    """Stack protector and checked C library calls are in it."""
    imported = set(re.findall(r"UND (\w+)", _readelf(driver, "--dyn-syms")))
    flaws = [] if "__stack_chk_fail" in imported else ["no stack protector"]
    if not any(name.endswith("_chk") and name != "__stack_chk_fail" for name in imported):
        flaws.append("no _FORTIFY_SOURCE")
    flaws += [f"{name} is called" for name in NEVER if name in imported]
    if "secure_getenv" not in imported:
        flaws.append("no secure_getenv")
    _report(flaws)


def _calls(text, name):
    """The arguments of each call of `name` in C source `text`."""
    for found in re.finditer(rf"(?<![\w.>]){name}\s*\(", text):
        depth, end = 1, found.end()
        while depth and end < len(text):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        yield text[found.end():end - 1]


def source():
    """Each descriptor is close-on-exec from its birth."""
    flaws, seen = [], 0
    for name in helpers.tracked_files("src/*.c", "generated/*.c"):
        text = re.sub(r"/\*.*?\*/", "", (tools.ROOT / name).read_text(encoding="utf-8"),
                      flags=re.DOTALL)
        for call, wanted in DESCRIPTORS.items():
            for arguments in _calls(text, call):
                seen += 1
                if wanted not in arguments:
                    flaws.append(f"{name}: {call}({arguments})")
    if not seen:
        raise Failure("no call that makes a descriptor was found")
    _report(flaws)


def _report(flaws):
    if flaws:
        raise Failure("; ".join(flaws))
