"""A Python process that has imported the heavy libraries and forks for each run.

Reads one JSON object a line from standard input:
    {"id": 1, "argv": ["scripts/train.py", "--epochs", "1"], "cwd": "/…", "env": {}, "stdout": "/…", "stderr": "/…"}
and answers on standard output, when the run has begun and when it has ended:
    {"id": 1, "pid": 4711}
    {"id": 1, "exit": 0, "seconds": 0.2, "peak_memory_mb": 310.5}
`argv[0]` is a script, `-m` with a module after it, or `-c` with code. {"id": 1, "kill": true} ends a run. The first line written is
{"ready": true, "seconds": …}. The parent never computes anything, so that no thread exists when it forks.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import runpy
import select
import signal
import sys
import time
from typing import Any

running: dict[int, tuple[int, float]] = {}


def end_with_parent() -> None:
    """A parent that is killed while the libraries load would otherwise leave us loading for seconds."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def preload(names: list[str]) -> list[str]:
    """Import what is there; a project without one of the modules simply pays for it itself."""
    missing = []
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # noqa: BLE001 - a broken library must show in the run that needs it, not here
            missing.append(name)
    return missing


def say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def child(request: dict[str, Any]) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.set_wakeup_fd(-1)
    out = os.open(request["stdout"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    err = os.open(request["stderr"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.chdir(request["cwd"])
    os.environ.update(request.get("env", {}))
    argv = list(request["argv"])
    if argv[0] == "-c":
        sys.path[0] = ""
        sys.argv = ["-c", *argv[2:]]
        exec(compile(argv[1], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - what `python -c` does
    elif argv[0] == "-m":
        sys.path[0] = request["cwd"]
        sys.argv = argv[1:]
        runpy.run_module(argv[1], run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = os.path.dirname(os.path.abspath(argv[0]))
        sys.argv = argv
        runpy.run_path(argv[0], run_name="__main__")


def run_child(request: dict[str, Any]) -> int:
    """Exit code as the interpreter itself would give it."""
    try:
        child(request)
        return 0
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return int(end.code or 0)
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:  # noqa: BLE001 - printed as the interpreter would
        sys.excepthook(*sys.exc_info())
        return 1


def start(request: dict[str, Any]) -> None:
    began = time.monotonic()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = run_child(request)
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(code & 0xFF)
    running[pid] = (request["id"], began)
    say({"id": request["id"], "pid": pid})


def reap() -> None:
    while running:
        pid, status, usage = os.wait4(-1, os.WNOHANG)
        if pid == 0:
            return
        if pid not in running:
            continue
        number, began = running.pop(pid)
        say(
            {
                "id": number,
                "exit": os.waitstatus_to_exitcode(status),
                "seconds": time.monotonic() - began,
                "peak_memory_mb": usage.ru_maxrss * (1024 if sys.platform != "darwin" else 1) / 1e6,
            }
        )


def handle(line: bytes) -> None:
    request = json.loads(line)
    if not request.get("kill"):
        start(request)
        return
    for pid, (number, _) in running.items():
        if number == request["id"]:
            kill(pid)


def kill(pid: int) -> None:
    """The run with its children; itself alone in the moment before it has a group."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        os.kill(pid, signal.SIGKILL)


def serve() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    buffer = b""
    while True:
        ready, _, _ = select.select([0, reader], [], [])
        if reader in ready:
            os.read(reader, 4096)
            reap()
        if 0 in ready:
            chunk = os.read(0, 65536)
            if not chunk:
                break
            *lines, buffer = (buffer + chunk).split(b"\n")
            for line in lines:
                handle(line)


if __name__ == "__main__":
    began = time.monotonic()
    end_with_parent()
    absent = preload(sys.argv[1:])
    say({"ready": True, "seconds": time.monotonic() - began, "missing": absent})
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # from here on the end of standard input tells, and runs are ended too
    try:
        serve()
    finally:  # also where the parent was killed and cannot be answered any more
        for pid in running:
            kill(pid)
