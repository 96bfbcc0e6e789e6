"""Brokers and databases that tests start: each on a free port of this machine, in a folder of its own."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pytest

from harness.commands import Started, start
from harness.patience import PATIENCE, until

_GRACE = 60.0  # seconds in which a program may end by itself
_PLACES = os.pathsep.join(
    [
        os.environ.get("PATH", ""),
        str(Path(__file__).parents[2] / ".components" / "bin"),
        "/usr/sbin",
        *(f"/usr/lib/postgresql/{n}/bin" for n in (17, 16, 15)),
    ]
)


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str) -> str:
    """Where a program is; the test is skipped where it is not installed, and fails where ALL_COMPONENTS is set."""
    found = shutil.which(name, path=_PLACES)
    if found is None:
        said = f"{name} is not installed: scripts/components installs it"
        (pytest.fail if os.environ.get("ALL_COMPONENTS") else pytest.skip)(said)
    return str(found)


def component(name: str) -> str:
    """The Python of an environment of its own, below .components; else as `program`."""
    python = Path(__file__).parents[2] / ".components" / name / "bin" / "python"
    if not (python.parents[1] / "done").exists():
        said = f"{name} is not installed in .components: scripts/components installs it"
        (pytest.fail if os.environ.get("ALL_COMPONENTS") else pytest.skip)(said)
    return str(python)


class Program:
    """A program that listens on `port`; begun by `with`, stopped at its end whatever happens, and between by hand.

    `command` and `environment` are given `{port}` and `{folder}`. As root it runs as `user`. Once the port answers,
    the program `ready` says by its end that it can be used, for which `patience` seconds are given. The signal `ends`
    stops it.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        ready: Sequence[str] = (),
        ends: int = signal.SIGTERM,
        patience: float = PATIENCE,
    ) -> None:
        self.port, self.folder = free_port(), Path(tempfile.mkdtemp(prefix="driftline-"))
        self._user = user if user and os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self.folder, self._user)
        self._command, self._ready = [self.filled(part) for part in command], ready
        self._environment = os.environ | {name: self.filled(value) for name, value in (environment or {}).items()}
        self._ends, self._patience = ends, patience
        self._running: Any = None

    @property
    def pid(self) -> int:
        """Its number while it runs."""
        assert self._running is not None, f"{self._command[0]} does not run"
        return self._running.pid

    def filled(self, text: str) -> str:
        """The text with port and folder."""
        return text.replace("{port}", str(self.port)).replace("{folder}", str(self.folder))

    def run(self, *command: str) -> None:
        """Run another program as its user, in its folder."""
        subprocess.run(
            [self.filled(part) for part in command],
            check=True, capture_output=True, user=self._user, cwd=self.folder, env=self._environment, timeout=PATIENCE,
        )  # fmt: skip

    def start(self) -> None:
        """Start, and wait until the port answers."""
        self._running = self._begin(self.folder / "output.log")
        deadline = time.monotonic() + self._patience
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                if self._ready:
                    self.run(*self._ready)
            except (OSError, subprocess.CalledProcessError):
                said = (self.folder / "output.log").read_text(errors="replace")[-2000:]
                if self._running.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError(f"{self._command[0]} did not start: {said}") from None
                time.sleep(0.02)
            else:
                return

    def _begin(self, log: Path) -> Any:
        """Its process, whose output is added to a file; whatever is asked and ended as a `Popen` will do."""
        with log.open("ab") as output:
            return subprocess.Popen(
                self._command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True,
                user=self._user, cwd=self.folder, env=self._environment,
            )  # fmt: skip

    def stop(self, how: int | None = None) -> None:
        """Stop by its signal, or another one, and wait until it has ended."""
        if self._running is not None:
            if self._running.poll() is None:
                os.killpg(self._running.pid, self._ends if how is None else how)
            try:
                self._running.wait(_GRACE)
            except subprocess.TimeoutExpired:
                os.killpg(self._running.pid, signal.SIGKILL)
                self._running.wait(_GRACE)
            self._running = None

    def restart(self) -> None:
        """Stop and start again, on the same port and folder."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


class Command(Program):
    """A command of Driftline that listens on `port`; its words are the command."""

    def _begin(self, log: Path) -> Started:
        return start(*self._command, cwd=self.folder, out=log, env=self._environment)


def nats() -> Program:
    """NATS with JetStream."""
    return Program([program("nats-server"), "-a", "127.0.0.1", "-p", "{port}", "-js", "-sd", "{folder}"])


def redis() -> Program:
    """Redis that writes each change to disk."""
    command = [
        "--bind",
        "127.0.0.1",
        "--port",
        "{port}",
        "--dir",
        "{folder}",
        "--appendonly",
        "yes",
        "--appendfsync",
        "always",
    ]
    return Program([program("redis-server"), *command])


def mosquitto() -> Program:
    """Mosquitto that keeps sessions."""
    made = Program([program("mosquitto"), "-c", "{folder}/mosquitto.conf"])
    lines = ("listener {port} 127.0.0.1", "allow_anonymous true", "persistence true", "persistence_location {folder}/")
    (made.folder / "mosquitto.conf").write_text(made.filled("\n".join((*lines, "user root", "log_type all\n"))))
    return made


def s3() -> Program:
    """A stand-in for S3, which takes any key."""
    return Program([program("moto_server"), "-H", "127.0.0.1", "-p", "{port}"])


def postgresql() -> Program:
    """PostgreSQL with the user and database `postgres`, without a password."""
    command = [program("postgres"), "-D", "{folder}/data", "-h", "127.0.0.1", "-p", "{port}", "-k", "{folder}"]
    ready = [program("pg_isready"), "-h", "127.0.0.1", "-p", "{port}"]
    made = Program([*command, "-F"], user="postgres", ready=ready, ends=signal.SIGINT)
    made.run(program("initdb"), "-D", "{folder}/data", "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C")
    return made


def await_postgresql(server: Program) -> None:
    """Wait until the server, which listens before that, lets clients in."""
    import psycopg  # noqa: PLC0415 - an extra

    url = f"postgresql://postgres@127.0.0.1:{server.port}/postgres"

    def lets_in() -> bool:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            return False
        return True

    until(lets_in, "PostgreSQL lets a client in")


class _Rabbitmq(Program):
    """With a name server of its own, which is stopped too."""

    def stop(self, how: int | None = None) -> None:
        super().stop(how)
        subprocess.run([program("epmd"), "-kill"], env=self._environment, capture_output=True, check=False)


def rabbitmq() -> Program:
    """RabbitMQ without plugins."""
    script = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one on the path changes the user
    environment = {
        "HOME": "{folder}", "RABBITMQ_NODENAME": "driftline{port}@localhost", "RABBITMQ_MNESIA_BASE": "{folder}",
        "RABBITMQ_LOG_BASE": "{folder}", "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1", "RABBITMQ_NODE_PORT": "{port}",
        "RABBITMQ_DIST_PORT": str(free_port()), "ERL_EPMD_PORT": str(free_port()), "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_ENABLED_PLUGINS_FILE": "{folder}/plugins", "RABBITMQ_PID_FILE": "{folder}/pid",
    }  # fmt: skip
    return _Rabbitmq([str(script) if script.exists() else program("rabbitmq-server")], environment=environment)
