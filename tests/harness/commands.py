"""Driftline's commands in processes of their own, forked from one that has imported it: a start costs next to nothing.

Such a process does what one of `python -m driftline` does but for the imports, which took most of its time. That a new
interpreter runs a command is seen where commands are called by their name.
"""

import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from importlib import invalidate_caches
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from driftline import registry
from driftline.registry import PACKAGES
from harness.patience import PATIENCE

_PROCESSES = get_context("forkserver")
_MODULES = [
    "driftline.cli.commands.check",
    "driftline.cli.commands.db",
    "driftline.cli.commands.serve",
    "driftline.cli.main",
    "driftline.server.http.connection",
    "httptools",
    "jinja2.ext",
    "scipy.special",
    "uvicorn.lifespan.off",
    "uvicorn.loops.auto",
]
_GROUPS = ("metrics", "pages", "rules", "sketches", "transforms", "views")


class Started:
    """A function in a process and a session of its own, asked and ended like a `subprocess.Popen`.

    Args:
        run: a function of a module, not a local one.
        arguments: its arguments.
        cwd: its folder.
        out: the file to which its output is added, if it is not that of this process.
        err: the file to which its errors are added; that of the output, if none is given.
        env: its environment.
    """

    def __init__(
        self,
        run: Callable[..., Any],
        *arguments: Any,
        cwd: Path | None = None,
        out: Path | None = None,
        err: Path | None = None,
        env: Mapping[str, str] = os.environ,
    ) -> None:
        _PROCESSES.set_forkserver_preload(_imported())  # heard when the first one starts
        where = (str(cwd or Path.cwd()), *(path and str(path) for path in (out, err or out)))
        ready, begins = _PROCESSES.Pipe(duplex=False)
        self._process = _PROCESSES.Process(target=_run, args=(where, dict(env), run, arguments, begins), daemon=True)
        self._process.start()
        self.pid = int(self._process.pid or 0)
        begins.close()
        with ready:
            ready.poll(None)  # it has closed its end: it is in its session, and its files are there

    def poll(self) -> int | None:
        """Its exit code, if it has ended: below 0 by a signal."""
        return self._process.exitcode

    def wait(self, seconds: float = PATIENCE) -> int:
        """Its exit code, once it has ended.

        Raises:
            subprocess.TimeoutExpired: when it has not ended after so many seconds.
        """
        self._process.join(seconds)
        if (code := self.poll()) is None:
            raise subprocess.TimeoutExpired(str(self._process.name), seconds)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would."""
        self.send_signal(signal.SIGKILL)


def _imported() -> list[str]:
    """What a server imports before it has judged a window."""
    parts = [f"driftline.{PACKAGES[group]}.{name}" for group in _GROUPS for name in registry.names(group)]
    return [*_MODULES, *parts]


def _run(
    where: tuple[str, str | None, str | None],
    environment: dict[str, str],
    run: Callable[..., Any],
    given: tuple[Any, ...],
    begins: Connection,
) -> None:
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    folder, *files = where
    os.chdir(folder)
    for stream, path in enumerate(files, 1):
        if path is None:
            continue
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(file, stream)
        os.close(file)
    sys.dont_write_bytecode = True  # where the disk is full it would keep half a module, for all that come after
    begins.close()
    run(*given)


def call(words: tuple[str, ...], path: str) -> None:
    """Run a command of Driftline in this process, and end it; `path` has packages that come first."""
    from driftline.cli.main import main  # noqa: PLC0415 - where it runs

    if path:
        sys.path.insert(0, path)
        invalidate_caches()
        for cached in (registry.names, registry.find, registry.every, registry._all_entries):
            cached.cache_clear()
    main(words, prog_name="driftline")


def call_file(file: str, words: tuple[str, ...]) -> None:
    """Run a file of Python in this process, as `python FILE WORDS` does."""
    sys.argv = [file, *words]
    sys.path.insert(0, str(Path(file).parent))
    runpy.run_path(file, run_name="__main__")


def start(*words: str, path: str = "", **where: Any) -> Started:
    """Start a command of Driftline, with the packages of a folder `path`; `where` is as of `Started`."""
    return Started(call, words, path, **where)


def start_file(file: Path, *words: str, **where: Any) -> Started:
    """Start a file of Python; `where` is as of `Started`."""
    return Started(call_file, str(file), words, **where)


def run(*words: str, path: str = "", **where: Any) -> subprocess.CompletedProcess[str]:
    """Run a command of Driftline to its end, with the packages of a folder `path`; `where` is as of `Started`."""
    return _ended(partial(start, path=path), words, where)


def run_file(file: Path, *words: str, **where: Any) -> subprocess.CompletedProcess[str]:
    """Run a file of Python to its end; `where` is as of `Started`."""
    return _ended(partial(start_file, file), words, where)


def _ended(begin: Callable[..., Started], words: tuple[str, ...], where: Any) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        code = begin(*words, out=out, err=err, **where).wait()
        return subprocess.CompletedProcess(words, code, out.read_text("utf-8"), err.read_text("utf-8"))
