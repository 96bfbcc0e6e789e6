"""Renews the terminal output that README.md shows: what its own command prints on the quick start's files."""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHOWN = re.compile(r"(?<=```console\n)\$ (?P<command>driftline [^\n]*)\n(?P<output>.*?)(?=```\n)", re.DOTALL)
LEFT_OUT = re.compile(r"Schema|Performance|Next|\d")


def renewed(text: str) -> str:
    """README.md with what its command prints now, but for schema, table of performance and closing lines."""
    said = SHOWN.search(text)
    if said is None:
        raise SystemExit("README.md: expected a block ```console that begins with: $ driftline")
    return f"{text[: said.start()]}$ {said['command']}\n{printed(said['command'])}\n{text[said.end() :]}"


def printed(command: str) -> str:
    """What a command prints in a terminal of 100 columns, in a folder with the quick start's files."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = os.environ | {"COLUMNS": "100", "PATH": path, "PYTHONUTF8": "1"}
    with tempfile.TemporaryDirectory() as folder:
        quickstart = [sys.executable, str(ROOT / "examples/quickstart.py")]
        subprocess.run(quickstart, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
        done = subprocess.run(shlex.split(command), cwd=folder, env=environment, check=False, stdout=subprocess.PIPE)
    lines = "\n".join(line.rstrip() for line in done.stdout.decode().strip("\n").splitlines())
    sections = re.split(r"(?m)^(?=\S)", lines)
    shown = "".join("⋮\n\n" if LEFT_OUT.match(section) else section for section in sections)
    return re.sub(r"(⋮\n\n)+", "⋮\n\n", shown).rstrip()


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(renewed(readme.read_text(encoding="utf-8")), encoding="utf-8")
