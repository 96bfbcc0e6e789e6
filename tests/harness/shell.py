"""`driftline` for shells and scripts of tests: a program that has its command forked, as `harness.commands` does."""

import contextlib
import json
import os
import socketserver
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from harness import commands

_CLIENT = """\
#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as asked:
    asked.connect({address!r})
    asked.sendall(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode())
    asked.shutdown(socket.SHUT_WR)
    code, out, err = json.load(asked.makefile(encoding="utf-8"))
sys.stdout.buffer.write(out.encode())
sys.stderr.buffer.write(err.encode())
sys.exit(code)
"""


class _Asked(socketserver.StreamRequestHandler):
    """Runs the command that a client asks for, and answers with its exit code, output and errors."""

    def handle(self) -> None:
        words, folder, environment = json.load(self.rfile)
        done = commands.run(*words, cwd=Path(folder), env=environment)
        self.wfile.write(json.dumps([done.returncode, done.stdout, done.stderr]).encode())


@contextlib.contextmanager
def path() -> Iterator[str]:
    """A search path whose `driftline` is forked; after it come the programs of this Python, and those of the system."""
    with tempfile.TemporaryDirectory() as folder:
        client, address = Path(folder) / "driftline", f"{folder}/asked"
        client.write_text(_CLIENT.format(python=sys.executable, address=address), encoding="utf-8")
        client.chmod(0o755)
        with socketserver.ThreadingUnixStreamServer(address, _Asked) as server:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            yield os.pathsep.join([folder, str(Path(sys.executable).parent), os.environ.get("PATH", "")])
            server.shutdown()
