"""Renews what README.md shows of the quick start's files: the output of its own command, and the head of the report.

The picture needs Chromium; without it the picture stays as it is, and a line says so.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs/images/report.png"
SHOWN = re.compile(r"(?<=```console\n)\$ (?P<command>driftline [^\n]*)\n(?P<output>.*?)(?=```\n)", re.DOTALL)
LEFT_OUT = re.compile(r"Schema|Performance|Next|\d")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def renew(text: str, folder: str | Path) -> str:
    """README.md with what its command prints now, but for schema, table of performance and closing lines.

    The folder has the quick start's files.
    """
    shown = _find_command(text)
    output = _run(shown["command"], folder)
    return f"{text[: shown.start()]}$ {shown['command']}\n{output}\n{text[shown.end() :]}"


def draw_picture(text: str, path: Path, folder: str | Path) -> bool:
    """Write the head of the report of README.md's command as a picture; False without a browser to draw it."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        return False
    _run(f"{_find_command(text)['command']} --html report.html", folder)
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1120,860"]
    target = [f"--screenshot={path}", f"file://{folder}/report.html"]
    subprocess.run([browser, *options, *target], check=True, stderr=subprocess.DEVNULL)
    return True


def _find_command(text: str) -> re.Match[str]:
    shown = SHOWN.search(text)
    if shown is None:
        raise SystemExit("README.md: expected a block ```console that begins with: $ driftline")
    return shown


def _run(command: str, folder: str | Path) -> str:
    """What a command prints in a terminal of 100 columns, in a folder."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = os.environ | {"COLUMNS": "100", "PATH": path, "PYTHONUTF8": "1"}
    done = subprocess.run(shlex.split(command), cwd=folder, env=environment, check=False, stdout=subprocess.PIPE)
    lines = "\n".join(line.rstrip() for line in done.stdout.decode().strip("\n").splitlines())
    sections = re.split(r"(?m)^(?=\S)", lines)
    shown = "".join("⋮\n\n" if LEFT_OUT.match(section) else section for section in sections)
    return re.sub(r"(⋮\n\n)+", "⋮\n\n", shown).rstrip()


if __name__ == "__main__":
    readme = ROOT / "README.md"
    with tempfile.TemporaryDirectory() as folder:
        quickstart = [sys.executable, ROOT / "examples/quickstart.py"]
        subprocess.run(quickstart, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        readme.write_text(renew(readme.read_text(encoding="utf-8"), folder), encoding="utf-8")
        if not draw_picture(readme.read_text(encoding="utf-8"), PICTURE, folder):
            sys.stderr.write(f"{PICTURE.name} stays as it is: none of {', '.join(BROWSERS)} is here to draw it\n")
