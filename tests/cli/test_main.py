"""The terminal: exit codes, what each command prints and writes, and that a process of its own behaves the same."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from driftline.cli.main import main
from harness.patience import PATIENCE


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a reference, rows like it, and rows that have moved."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(3)
    for name, shift in {"ref": 0.0, "same": 0.0, "moved": 3.0}.items():
        frame = pl.DataFrame({"x": random.normal(shift, 1, 400), "k": random.choice(["a", "b"], 400)})
        frame.with_columns(y=pl.col("x") * 2, p=pl.col("x") * 2 + random.normal(0, 0.1, 400)).write_parquet(
            f"{name}.parquet"
        )
    return tmp_path


def _run(*arguments):
    return CliRunner().invoke(main, list(arguments))


@pytest.mark.parametrize(
    ("current", "code"), [("same.parquet", 0), ("moved.parquet", 1), ("none.parquet", 2), ("few.parquet", 3)]
)
def test_exit_codes(folder, current, code):
    """0 is ok, 1 an alert, 2 could not run, 3 not enough data."""
    pl.read_parquet("same.parquet").head(5).write_parquet(folder / "few.parquet")
    assert code == _run("check", "ref.parquet", current).exit_code


def test_process(folder):
    """A process of its own exits with the code, tells what went wrong on the error stream, and shows no traceback."""
    for current, code, stream in [("same.parquet", 0, "stdout"), ("none.parquet", 2, "stderr")]:
        command = [sys.executable, "-m", "driftline", "check", "ref.parquet", current]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert code == done.returncode
        assert getattr(done, stream).strip()
        assert "Traceback" not in done.stdout + done.stderr


def test_now(folder):
    """`--now` judges how fresh the rows are, and a time that is none is told."""
    at = [f"2024-01-{day:02} {hour:02}:00" for day in range(1, 15) for hour in range(24)]
    pl.DataFrame({"at": at, "x": range(len(at))}).write_csv(folder / "at.csv")
    codes = [
        _run("check", "at.csv", "at.csv", "--timestamp", "at", "--now", now).exit_code
        for now in ("2024-01-15", "2024-01-16T12:00", "2024-01-16T12:00+02:00")
    ]
    assert [0, 1, 1] == codes
    assert "--now noon: expected" in _run("check", "at.csv", "at.csv", "--now", "noon").output


def test_reports(folder):
    """Each report is written where it was asked for, and told."""
    places = {"html": "r.html", "json": "r.json", "markdown": "r.md", "junit": "r.xml"}
    result = _run(
        "check",
        "ref.parquet",
        "moved.parquet",
        *(word for form, name in places.items() for word in (f"--{form}", name)),
    )
    assert all(f"wrote {name}" in result.output for name in places.values())
    assert json.loads((folder / "r.json").read_text("utf-8"))["level"] == "alert"


def test_pack_gives_the_same(folder):
    """A pack made by `fit` is checked against like the rows that it was made of."""
    assert _run("fit", "ref.parquet", "-o", "ref.pack", "--target", "y", "--prediction", "p").exit_code == 0
    packed = _run("check", "ref.pack", "moved.parquet", "--json", "packed.json")
    plain = _run("check", "ref.parquet", "moved.parquet", "--json", "plain.json", "--target", "y", "--prediction", "p")
    assert plain.exit_code == packed.exit_code
    verdicts = [json.loads((folder / name).read_text("utf-8"))["verdicts"] for name in ("plain.json", "packed.json")]
    assert verdicts[0] == verdicts[1]


@pytest.mark.usefixtures("folder")
def test_store_and_history():
    """What is kept in a store is listed, the newest first; a store that is not there is told."""
    assert _run("history", "--store", "sqlite:///d.db").exit_code == 2
    for current in ("same.parquet", "moved.parquet"):
        _run("check", "ref.parquet", current, "--store", "sqlite:///d.db")
    lines = _run("history", "--store", "sqlite:///d.db").output.splitlines()
    assert "model" == lines[0].strip()
    assert "alert" in lines[2]
    assert "alert" not in lines[3]


@pytest.mark.usefixtures("folder")
def test_init():
    """`init` writes settings that can be used at once, and never over a file unless told to."""
    assert _run("init", "ref.parquet").exit_code == 0
    assert _run("check", "ref.parquet", "same.parquet", "--config", "driftline.yaml").exit_code == 0
    refused = _run("init", "ref.parquet")
    assert refused.exit_code == 2
    assert "driftline.yaml: the file is there already" in refused.output
    assert _run("init", "ref.parquet", "--force").exit_code == 0


def test_flags_over_settings(folder):
    """What a flag says about a column goes before what the settings say."""
    (folder / "s.yaml").write_text("columns:\n  k: {kind: text}\n", encoding="utf-8")
    _run("check", "ref.parquet", "same.parquet", "-c", "s.yaml", "--kind", "k=categorical", "--json", "r.json")
    columns = json.loads((folder / "r.json").read_text("utf-8"))["columns"]
    assert ["categorical"] == [column["kind"] for column in columns if column["name"] == "k"]


@pytest.mark.parametrize("command", ["metrics", "schema", "--help", "--version"])
def test_commands_without_rows(command):
    """What describes Driftline itself needs no rows."""
    result = _run(command)
    assert result.exit_code == 0
    assert result.output.strip()


@pytest.mark.parametrize(
    "arguments",
    [["chek"], ["check"], ["check", "a.csv"], ["check", "a", "b", "--targt", "y"], ["history", "--limit", "0"]],
)
def test_wrong_use(arguments):
    """A command that is used wrongly could not run."""
    result = _run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.mark.parametrize(("level", "code"), [("alert", 0), ("warning", 1)])
def test_fail_on(folder, level, code):
    """`--fail-on warning` makes a warning exit with 1, which else is 0."""
    frame = pl.read_parquet("same.parquet")
    frame.with_columns(p=frame["p"] + 0.13).write_parquet(folder / "worse.parquet")
    (folder / "s.yaml").write_text(
        "checks: ['mean(x) >= 100: warning']\nmetrics: {mae: {judged: false}}\n", encoding="utf-8"
    )
    assert code == _run("check", "ref.parquet", "same.parquet", "-c", "s.yaml", "--fail-on", level).exit_code


@pytest.mark.usefixtures("folder")
def test_quiet():
    """`-q` prints the headline alone, whose count is that of the findings."""
    result = _run("check", "ref.parquet", "moved.parquet", "-q", "--json", "r.json")
    report = json.loads(Path("r.json").read_text("utf-8"))
    assert [report["headline"]] == result.output.splitlines()
    assert len(report["findings"]) == int(report["headline"].split()[0])


@pytest.mark.usefixtures("folder")
def test_ignore():
    """`--ignore` leaves a column out."""
    _run("check", "ref.parquet", "moved.parquet", "--ignore", "x", "--ignore", "y", "--ignore", "p", "--json", "r.json")
    report = json.loads(Path("r.json").read_text("utf-8"))
    assert "ok" == report["level"]
    assert [] == report["findings"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("only", "families"),
    [
        (["drift"], {"drift"}),
        (["quality"], {"schema", "quality"}),
        (["quality", "drift"], {"schema", "quality", "drift"}),
    ],
)
def test_only(only, families):
    """`--only` judges metrics of these families alone; what only describes stays."""
    _run("check", "ref.parquet", "moved.parquet", *(f"--only={name}" for name in only), "--json", "r.json")
    report = json.loads(Path("r.json").read_text("utf-8"))
    assert families == {verdict["family"] for verdict in report["verdicts"]} - {"description"}
    assert report["findings"]


@pytest.mark.usefixtures("folder")
def test_flags_beside_a_pack_are_named_as_they_are_written():
    """A pack has frozen settings; a flag that would change them is refused under its own name."""
    _run("fit", "ref.parquet", "-o", "m.pack")
    refused = _run("check", "m.pack", "moved.parquet", "--ignore", "x", "--kind", "x=text", "--only", "drift")
    assert 2 == refused.exit_code
    assert {"--ignore", "--only", "--kind"} == set(re.findall(r"--\w+", refused.output))


@pytest.mark.usefixtures("folder")
def test_output():
    """`-o` writes the form that the ending of each file names; one that no form has is refused before any work."""
    result = _run("check", "ref.parquet", "moved.parquet", "-o", "r.md", "--output", "r.html")
    assert "wrote r.md" in result.output
    assert Path("r.md").read_text("utf-8").startswith("### ")
    assert Path("r.html").read_text("utf-8").startswith("<!doctype html>")
    refused = _run("check", "ref.parquet", "moved.parquet", "-o", "r.docx")
    assert (2, True) == (refused.exit_code, "no report form ends in '.docx'" in refused.output)


@pytest.mark.usefixtures("folder")
def test_printed_report():
    """`--json -` prints the report and nothing else; two reports cannot be printed."""
    result = CliRunner().invoke(main, ["check", "ref.parquet", "moved.parquet", "--json", "-"])
    assert 1 == result.exit_code
    assert "alert" == json.loads(result.stdout)["level"]
    assert not Path("-").exists()
    twice = _run("check", "ref.parquet", "moved.parquet", "--json", "-", "--html", "-")
    assert (2, True) == (twice.exit_code, "only one report can be printed" in twice.output)


@pytest.mark.usefixtures("folder")
def test_details():
    """`--details` prints the table of columns and the figures, which a short answer leaves out."""
    arguments = "check", "ref.parquet", "same.parquet", "--target", "y", "--prediction", "p"
    short, long = (_run(*arguments, *more).output for more in ((), ("--details",)))
    for title in ("What each column holds", "More of performance", "Errors"):
        assert title not in short
        assert title in long
    assert short.index("Performance") < short.index("Schema")


def test_watch_fits_80_columns(folder):
    """`watch` is no wider than the terminal, says how much changed, and writes the metric by window."""
    at = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 29), "15m", eager=True, closed="left")
    values = np.random.default_rng(1).normal(10, 1, len(at))
    reference = pl.DataFrame({"at": at, "fare_in_the_currency_of_the_country": values})
    moved = reference[:288].with_columns(
        pl.col("at").dt.offset_by("28d"), pl.col("fare_in_the_currency_of_the_country") + 5
    )
    reference.write_parquet(folder / "r.parquet")
    moved.write_parquet(folder / "c.parquet")
    arguments = ["watch", "r.parquet", "c.parquet", "--timestamp", "at", "-o", "watched.json"]
    result = CliRunner(env={"COLUMNS": "80"}).invoke(main, arguments)
    assert 1 == result.exit_code
    assert 80 >= max(map(len, result.output.splitlines()))
    assert "opens: fare_in_the_currency_of_the_country: values out of range" in result.output
    sections = json.loads((folder / "watched.json").read_text("utf-8"))["sections"]
    (chart,) = [section for section in sections if section["name"].startswith("windows-out_of_range")]
    starts = [x for line in chart["series"] if line["side"] == "current" for x, _ in line["points"]]
    assert ["2024-01-29T00:00:00", "2024-01-30T00:00:00", "2024-01-31T00:00:00"] == starts


def test_taken_port(folder):
    """A port that another program listens on is told in a sentence, with exit code 2."""
    assert 0 == _run("fit", "ref.parquet", "-o", "ref.pack").exit_code
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = _run("serve", str(folder / "ref.pack"), "--port", port)
    assert 2 == result.exit_code
    assert f"--port {port}: another program listens on 127.0.0.1 port {port}" in result.output
