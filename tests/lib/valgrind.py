# SPDX-License-Identifier: MIT
"""Programs under valgrind: how they are run, and whether it was the tool that failed or the program.

valgrind runs all that is in a process, and refuses instructions that it or the processor does not
have: what libraries make use of (libavcodec comes with a hundred) can end it before anything of
interest has run. So nothing runs there but the driver, a client that needs only libva, and the
virtual decoder, whose pictures another process decodes (virtdec_serve).
"""

import re
import shutil

from results import Failure

#: What valgrind prints where it cannot go on. Everything else that it prints begins with ==PID== or
#: --PID--, but for what it does not understand.
_GIVES_UP = re.compile(r"^(?:==\d+== )?valgrind: .*(?:\n==\d+== +(?:at|by) .*)*", re.MULTILINE)
_DIES = re.compile(r"^==\d+== Process terminating with default action of signal .*(?:\n==\d+==  .*)*",
                   re.MULTILINE)
_ERRORS = re.compile(r"^==\d+== ERROR SUMMARY: (\d+) errors", re.MULTILINE)
_LOADED = re.compile(r"^--\d+-- Reading syms from (.*)", re.MULTILINE)
#: Files of what the driver links, of the C library, and of valgrind itself.
_WANTED = re.compile(r"(?:lib(?:c|m|dl|rt|pthread|gcc_s|va|va-drm|drm)|ld-linux[^/]*|ld)(?:-[\d.]+)?"
                     r"\.so[\d.]*|vgpreload_.*\.so|(?:memcheck|callgrind)-[^/]*")


def command(tool, *options):
    """The start of a command line that runs a program under a tool of valgrind."""
    if not shutil.which("valgrind"):
        raise Failure("valgrind is not installed")
    return ["valgrind", f"--tool={tool}", *options]


def ending(done):
    """As Finished.ending(), of a program under valgrind: None, or a phrase saying how it ended and
    whose failure that is."""
    given_up = _GIVES_UP.search(done.stderr)
    if given_up:
        return f"valgrind could not run the program: {given_up.group(0)}"
    died = _DIES.search(done.stderr)
    if died:
        return f"the program died under valgrind: {died.group(0)}"
    return done.ending()


def check_loaded(paths, made):
    """Failure if a file among `paths`, of what was loaded under valgrind, is neither the project's,
    from the Build `made`, nor one of the few libraries that this needs."""
    strange = [path for path in sorted(paths) if not path.startswith(f"{made.path}/")
               and not _WANTED.fullmatch(path.rpartition("/")[2])
               and path != "???"]  # code of no file
    if strange:
        raise Failure(f"valgrind has to run what the driver does not need: {' '.join(strange)}")


def check_memory(done, made):
    """Failure unless `done`, of `command("memcheck", "-v", ...)`, ended well without a finding."""
    problem = ending(done)
    if problem:
        raise Failure(f"{problem}\n{done.stdout.decode('utf-8', 'replace')[-500:]}"
                      f"{done.stderr[-3000:]}")
    check_loaded(_LOADED.findall(done.stderr), made)
    errors = _ERRORS.search(done.stderr)
    if not errors:
        raise Failure(f"valgrind ended without a summary\n{done.stderr[-3000:]}")
    if errors.group(1) != "0":
        found = [block for block in re.split(r"\n==\d+== \n", done.stderr)
                 if re.search(r"Invalid|uninitialised|lost in loss record", block)]
        raise Failure(f"{errors.group(1)} findings, the first:\n{(found or [done.stderr])[0][:3000]}")
