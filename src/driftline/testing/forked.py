"""Starts writers in processes of their own, forked from one that has imported Driftline once for all."""

import os
import sys
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Self, TextIO


class Forked:
    """A function that runs in a process of its own, and prints to a pipe; at the end of its block it is killed.

    The function is one of a module, not a local one; `stdout` is what it prints.

    Raises:
        OSError: when no process can be started.
    """

    def __init__(self, run: Callable[..., None], *arguments: str) -> None:
        processes = get_context("forkserver")
        processes.set_forkserver_preload([run.__module__, *_imported()])  # when the first starts the one that forks
        reading, writing = processes.Pipe(duplex=False)
        self._process = processes.Process(target=_print_to, args=(writing, run, arguments), daemon=True)
        self._process.start()
        writing.close()
        self.stdout: TextIO = os.fdopen(os.dup(reading.fileno()), encoding="utf-8")
        reading.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._process.join()
        self.stdout.close()

    def kill(self) -> None:
        """End it as a crash would: it is not asked."""
        self._process.kill()

    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.is_alive()

    def finish(self) -> tuple[int | None, list[str]]:
        """Its exit code and the words that it printed, once it has ended by itself."""
        words = self.stdout.read().split()
        self._process.join()
        return self._process.exitcode, words


def _imported() -> list[str]:
    return [name for name in sys.modules if name.startswith("driftline.")]


def _print_to(pipe: Connection, run: Callable[..., None], arguments: tuple[str, ...]) -> None:
    os.dup2(pipe.fileno(), sys.stdout.fileno())
    run(*arguments)
