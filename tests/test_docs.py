"""The documentation is complete, true and whole."""

import contextlib
import io
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import polars as pl
import pytest
import yaml
from click.testing import CliRunner

import driftline
from driftline import registry, types
from driftline.cli.main import main
from driftline.config.section import MetricConfig
from driftline.config.segments.settings import SegmentConfig
from driftline.config.settings import ColumnConfig, Config
from driftline.types import Health, Kind, Level, Role, Task, Verdict
from harness import shell

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
GENERATE = runpy.run_path(str(DOCS / "generate.py"))
README = runpy.run_path(str(DOCS / "readme.py"))
PAGES: dict[str, str] = GENERATE["pages"]()
COMMANDS: dict[str, click.Command] = dict(GENERATE["every_command"]())
OPTIONS = {
    f"{name} {option.opts[-1]}": option
    for name, command in COMMANDS.items()
    for option in command.params
    if isinstance(option, click.Option)
}
HOW_TO = sorted(DOCS.glob("how-to/*.md"))
WRITTEN = [
    *sorted(DOCS.glob("*.md")),
    *HOW_TO,
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
]


WORDS = [
    "model",
    "schema",
    "reference",
    "current",
    "target",
    "label",
    "segment",
    "plan",
    "profile",
    "sketch",
    "transform",
    "engine",
    "pack",
    "store",
    "window",
    "pane",
    "watermark",
    "onset",
    "metric",
    "estimate",
    "effect",
    "baseline",
    "tolerance",
    "threshold",
    "rule",
    "verdict",
    "finding",
    "check",
    "incident",
    "event",
    "notification",
    "sink",
    "detector",
]


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    """The page of the command line has a heading for each command, and each says what it does."""
    assert f"## driftline {name}\n" in PAGES["reference/cli.md"]
    assert (COMMANDS[name].help or "").strip()


def test_every_option_is_documented() -> None:
    """Each option says what it does, but for `--help`, and is on the page of the command line."""
    page = PAGES["reference/cli.md"]
    assert [] == [name for name, option in OPTIONS.items() if not option.help or option.opts[-1] not in page]


def test_every_metric_is_documented() -> None:
    """Each metric has a page with a sentence, its facts and its setting, and is in the index."""
    for name, metric in registry.every("metrics").items():
        summary = metric.doc.partition("\n\n")[0].strip()
        page = PAGES[f"reference/metrics/{name}.md"]
        assert summary.endswith("."), name
        assert " ".join(summary.split()) in " ".join(page.split()), name
        assert f"({name}.md)" in PAGES["reference/metrics/index.md"], name
        for setting in blocks_of(page):
            assert name in Config.model_validate(yaml.safe_load(setting)).metrics


@pytest.mark.parametrize("name", registry.names("transforms"))
def test_every_derived_column_is_documented(name: str) -> None:
    """Each derivation has a paragraph on the page of derived columns."""
    assert f"`column.{name}`" in PAGES["reference/derived.md"]
    assert registry.find("transforms", name).doc.strip()


@pytest.mark.parametrize("name", registry.names("detectors"))
def test_every_detector_is_documented(name: str) -> None:
    """Each detector has a section with its docstring and settings, and is named on the page that says which to take."""
    kind = registry.find("detectors", name)
    section = PAGES["reference/detectors.md"].partition(f"{{ #{name} }}")[2].partition("\n## ")[0]
    assert " ".join((kind.__doc__ or "").partition("\n\n")[0].split()) in " ".join(section.split())
    settings = re.findall(r"`(\w+)`", section.partition("Settings: ")[2].partition(".\n")[0])
    assert [field.name for field in fields(kind) if field.name != "run_length"] == settings
    assert f"[`{name}`](reference/detectors.md#{name})" in (DOCS / "detectors.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", registry.names("pages"))
def test_every_page_of_the_server_is_documented(name: str) -> None:
    """Each page has a summary and is a row of the table of pages."""
    page = registry.find("pages", name)
    assert page.operation.summary.endswith(".")
    method = "" if page.operation.method == "get" else f"{page.operation.method.upper()} "
    assert f"\n| `{method}{page.operation.path}` |" in (DOCS / "serve.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", registry.names("views"))
def test_every_view_of_the_dashboard_is_documented(name: str) -> None:
    """Each view has a summary and is a row of the table of pages, with the address of its JSON."""
    view = registry.find("views", name)
    assert view.summary.endswith(".")
    assert f"\n| `{view.path}` | `{view.api}` |" in (DOCS / "dashboard.md").read_text(encoding="utf-8")


def test_detectors_shown_find_what_is_said() -> None:
    """The Python on the page of detectors runs, and finds the changes that it names."""
    names: dict[str, Any] = {}
    for block in blocks(DOCS / "detectors.md", "python"):
        exec(block, names)  # noqa: S102 - the documentation's own code
        assert re.findall(r"# \[?(Change\(.*?\))", block) == [str(change) for change in names["found"]]


def blocks_of(page: str) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)


def parts(model: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    if model is Config:
        yield from parts(ColumnConfig, "columns.*.")
        yield from parts(MetricConfig, "metrics.*.")
        yield from parts(SegmentConfig, "segments.*.")
    for name, field in model.model_fields.items():
        yield f"{above}{name}", field
        if hasattr(type(field.default), "model_fields"):
            yield from parts(type(field.default), f"{above}{name}.")


def test_every_setting_is_documented() -> None:
    """Each setting says what it means and is on the page of the configuration."""
    rows = PAGES["reference/configuration.md"].splitlines()
    for key, field in parts(Config):
        assert field.description, key
        own = [row for row in rows if re.match(rf"\| `{re.escape(key)}:?` \|", row)]
        assert any(field.description in row for row in own), key


def test_every_word_is_explained() -> None:
    """Each kind, role, task, tier and level is a row of the glossary."""
    text = (DOCS / "concepts.md").read_text(encoding="utf-8")
    assert [] == [word for word in (*Kind, *Role, *Task, *Health, *Level) if f"| `{word}` |" not in text]


@pytest.mark.parametrize(
    "name", [name for name, part in vars(types).items() if isinstance(part, type) and part.__module__ == types.__name__]
)
def test_every_record_is_explained(name: str) -> None:
    """Each public class of `types.py` is a row of the glossary, and has a docstring."""
    assert re.search(
        rf"^\| (`\w+`, )?`{name}`(, `\w+`)? \|", (DOCS / "concepts.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert (getattr(types, name).__doc__ or "").strip()


def test_every_word_that_a_user_meets_is_explained() -> None:
    """Each word of the design that people meet is a row of the glossary."""
    text = (DOCS / "concepts.md").read_text(encoding="utf-8")
    assert [] == [word for word in WORDS if not re.search(rf"(?m)^\| .*\*\*{word}\*\*.* \|", text)]


@pytest.mark.parametrize("name", driftline.__all__)
def test_every_public_name_is_documented(name: str) -> None:
    """Each name that `driftline` exposes is on the page of Python."""
    assert re.search(rf"\|.*`{name}`.*\|", (DOCS / "python.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("field", [field.name for field in fields(Verdict)])
def test_every_field_of_a_verdict_is_documented(field: str) -> None:
    """Each field of the JSON report's verdicts is on the page of the report."""
    assert re.search(rf"\|.*`{field}`.*\|", (DOCS / "report.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("form", registry.names("formats"))
def test_every_form_of_the_report_is_documented(form: str) -> None:
    """Each ending that stands for a form is on the page of the report."""
    text = (DOCS / "report.md").read_text(encoding="utf-8")
    for suffix in registry.find("formats", form).suffixes:
        assert f"`{suffix}`" in text


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_links_resolve(path: Path) -> None:
    """Each relative link leads to a file that is there or is generated."""
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)", path.read_text(encoding="utf-8"))
    generated = {os.path.relpath(DOCS / page, path.parent) for page in PAGES}
    there = [link for link in links if (path.parent / link).exists() or link in generated]
    assert there == links


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: path.name)
def test_settings_shown_are_valid(path: Path) -> None:
    """Each piece of driftline.yaml that a page shows can be used."""
    for block in blocks(path, "yaml"):
        Config.model_validate(yaml.safe_load(block))


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the quick start's files."""
    folder = tmp_path_factory.mktemp("deliveries")
    with contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        runpy.run_path(str(ROOT / "examples/quickstart.py"), run_name="__main__")
    return folder


@pytest.mark.parametrize("name", ["README.md", "docs/quickstart.md", "docs/python.md"])
def test_code_shown_runs(name: str, deliveries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python that a page shows runs on the quick start's files as it stands, from top to bottom."""
    monkeypatch.chdir(deliveries)
    names: dict[str, Any] = {}
    for block in blocks(ROOT / name, "python"):
        exec(compile(block, name, "exec"), names)  # noqa: S102 - the documentation's own code
    assert names["result"].exit_code == 1


ALONE = re.compile(r"driftline (?P<words>[^|\n]*)(?:\|\| test \$\? -eq (?P<code>\d))?\n?")


@pytest.fixture(scope="module")
def search_path() -> Iterator[str]:
    """A search path with `driftline`."""
    with shell.path() as found:
        yield found


def run_shown(command: str, search_path: str) -> None:
    """Run what a page shows: a `driftline` command by itself in this process, all else in a shell."""
    if alone := ALONE.fullmatch(command.replace("\\\n", " ")):
        said = CliRunner().invoke(main, shlex.split(alone["words"]))
        assert said.exit_code == int(alone["code"] or 0), said.output
        return
    environment, words = os.environ | {"PATH": search_path}, ["sh", "-e", "-c", command]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", HOW_TO, ids=lambda path: path.name)
def test_how_to_runs(
    path: Path, deliveries: Path, tmp_path: Path, search_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands, workflow steps and Python of a how-to page run on the quick start's files, from top to bottom."""
    for name in ("reference.parquet", "current.parquet"):
        shutil.copy(deliveries / name, tmp_path)
    jobs = [yaml.safe_load(text) for text in blocks(path, "yml")]
    steps = [step["run"] for job in jobs if "jobs" in job for step in job["jobs"]["gate"]["steps"] if "run" in step]
    steps += [line for job in jobs if "gate" in job for line in job["gate"]["script"]]
    commands = [*blocks(path, "sh"), *(step for step in steps if step.startswith("driftline "))]
    monkeypatch.chdir(tmp_path)
    for command in commands:
        run_shown(command, search_path)
    code = "".join(blocks(path, "python"))
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, path.name, "exec"), {"__name__": "__main__"})  # noqa: S102 - the documentation's own code
    if shown := re.findall(r"# prints: (.*)$", code, re.MULTILINE):
        assert shown == printed.getvalue().splitlines()


def test_checks_shown_can_be_used(deliveries: Path) -> None:
    """The checks that their page shows suit the quick start's rows, and each becomes a verdict."""
    said = yaml.safe_load(blocks(DOCS / "checks.md", "yaml")[0])["checks"]
    monitor = driftline.Monitor.fit(
        str(deliveries / "reference.parquet"),
        target="minutes",
        prediction="predicted",
        segments=("payment",),
        checks=said,
    )
    verdicts = [
        verdict for verdict in monitor.check(str(deliveries / "reference.parquet")) if verdict.family == "expectation"
    ]
    assert len(verdicts) == len(said)


def test_metric_shown_is_right() -> None:
    """The metric that the page of Python shows gives the share of rows without a usable value."""
    names: dict[str, Any] = {}
    shown = next(block for block in blocks(DOCS / "python.md", "python") if "def unusable" in block)
    exec(shown, names)  # noqa: S102 - the documentation's own code
    monitor = driftline.Monitor.fit(pl.DataFrame({"x": [1.0, None, float("nan"), 4.0] * 25}))
    profile = next(iter(monitor.reference.profiles.values())).columns["x"]
    estimate = names["unusable"](profile, profile)
    assert (estimate.value, estimate.n) == (0.5, 100)


def test_commands_shown_are_known() -> None:
    """Each `driftline` command line that a page shows names a command and options that are there."""
    for path in WRITTEN:
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for name, rest in re.findall(
            r"^(?:\$ )?driftline ((?:token|db|export) [a-z]+|[a-z]+)\b([^\n]*)", text, re.MULTILINE
        ):
            known = {opt for option in COMMANDS[name].params for opt in option.opts} | {"--help"}
            assert set(re.findall(r"(?<=\s)--[a-z-]+", rest)) <= known


def test_readme_shows_the_real_output(deliveries: Path) -> None:
    """What README.md shows is what its command prints; `python docs/readme.py` renews it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert README["renew"](text, deliveries) == text


def test_site_is_built(tmp_path: Path) -> None:
    """The site is built from written and generated pages without a warning."""
    copy = tmp_path / "docs"
    for path in [path for path in DOCS.rglob("*") if path.is_file() and "reference" not in path.parts]:
        target = copy / path.relative_to(DOCS)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    GENERATE["write"](copy)
    shutil.copytree(ROOT / "benchmarks/results", tmp_path / "benchmarks/results")
    settings = tmp_path / "mkdocs.yml"
    settings.write_text((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", settings]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site/reference/metrics/missing.html").exists()


PAGE_OF = {
    "sinks": "alerts.md",
    "feeds": "feeds.md",
    "engines": "engines.md",
    "stores": "tables.md",
    "logs": "serve.md",
    "rules": "verdicts.md",
    "exports": "bi.md",
}
PARTS = [(group, name) for group in PAGE_OF for name in registry.names(group)]


@pytest.mark.parametrize(("group", "name"), PARTS)
def test_every_part_is_on_its_page(group: str, name: str) -> None:
    """Each sink, feed, engine, store, log and rule is named on the page of its group."""
    text = (DOCS / PAGE_OF[group]).read_text(encoding="utf-8")
    assert re.search(rf"\b{name}\b", text, re.IGNORECASE)


def test_every_promise_has_its_test() -> None:
    """Each promise of SECURITY.md names tests by their whole paths, and all of them exist."""
    root = DOCS.parent
    rows = re.findall(r"^\| (?!promise|---)(.+) \| (.+) \|$", (root / "SECURITY.md").read_text("utf-8"), re.MULTILINE)
    named = {promise: re.findall(r"`([^`]+?)::(\w+)`", tests) for promise, tests in rows}
    assert len(named) > 20
    assert [] == [promise for promise, tests in named.items() if not tests]
    for path, name in {test for tests in named.values() for test in tests}:
        assert f"\ndef {name}(" in (root / path).read_text("utf-8"), f"{path}::{name}"
