"""The repository keeps its own promises: sizes, names, locks, reasons, and what is in the wheel."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import driftline
from driftline import registry
from driftline.metrics.base import FAMILIES

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src/driftline"
CODE = sorted(
    path for folder in ("src", "tests", "docs", "examples", "benchmarks") for path in (ROOT / folder).rglob("*.py")
)
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


PACKAGES = sorted(path.parent for path in SOURCE.rglob("__init__.py"))
PARTS = {f"driftline.{place}" for place in registry.PACKAGES.values()}
NAMED = {"driftline.profiles.sketches"}  # metrics name the sketches that they read
SHOWN = "driftline.report.formats.terminal"  # the commands show a result on the terminal as it comes
CROSS_CUTTING = {"bad_input", "calibration", "golden", "harness"}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: str(path.relative_to(SOURCE.parent)))
def test_every_package_has_a_charter_and_few_files(package: Path) -> None:
    """A package says in one line what it is for, and has at most 15 files of its own unless they are parts."""
    name = ".".join(package.relative_to(SOURCE.parent).parts)
    charter = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert re.fullmatch(r"[^\n]+\.", charter)
    own = [path.name for path in package.glob("*.py") if path.name != "__init__.py"]
    most = 20 if name == "driftline.stats" else 15  # statistics have one file an idea, and no smaller whole
    assert name in PARTS or len(own) <= most


def test_parts_are_found_by_the_registry() -> None:
    """No file imports a part by its name: not a sibling's, not another package's; `base…` modules are no parts."""
    imported = [(str(path.relative_to(SOURCE)), part) for path in SOURCE.rglob("*.py") for part in parts_named(path)]
    assert [] == imported


def parts_named(path: Path) -> list[str]:
    """The parts that a file imports by their names, and may not."""
    home = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts[:-1])
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return [module for module in imported if is_part(module) and not is_allowed(module, home)]


def is_part(module: str) -> bool:
    package, _, leaf = module.rpartition(".")
    there = package in PARTS and not leaf.startswith("base")
    return there and (SOURCE.parent / f"{module.replace('.', '/')}.py").exists()


def is_allowed(module: str, home: str) -> bool:
    package = module.rpartition(".")[0]
    return (package in NAMED and home != package) or (module == SHOWN and home == "driftline.cli.commands")


def test_tests_mirror_the_source() -> None:
    """Each folder of tests is that of a package, but for a few that cut across."""
    folders = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")} - {Path()}
    strange = [str(folder) for folder in folders if folder.parts[0] not in CROSS_CUTTING and not _mirrored(folder)]
    assert [] == strange


def _mirrored(folder: Path) -> bool:
    """Whether there is such a package, or the folder groups the tests of metrics by family."""
    return (SOURCE / folder).is_dir() or (folder.parent == Path("metrics") and folder.name in FAMILIES)


def test_no_collections_of_odds_and_ends() -> None:
    """No folder or module has a name that says nothing."""
    nothing = {"utils", "util", "helpers", "helper", "common", "misc", "legacy"}
    names = {part.removesuffix(".py") for path in SOURCE.rglob("*") for part in path.relative_to(SOURCE).parts}
    assert set() == nothing & names


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_locks_hold_exact_packages_and_nothing_of_a_machine(path: Path) -> None:
    """Every package is exact and has hashes; no address, option or path is in the file."""
    text = path.read_text(encoding="utf-8")
    assert None is re.search(r"://|--index|--find-links|@ |/home|/root|/tmp", text)
    packages = re.split(r"(?m)^(?=\S)", text)[1:]
    wrong = [one for one in packages if not re.match(r"\S+==\S+.*\\\n\s+--hash=sha256:[0-9a-f]{64}", one)]
    assert (len(packages) > 20, []) == (True, wrong)


def test_locks_agree() -> None:
    """The small environment is part of the large one, version by version."""
    demo, dev = (
        {line for line in lines(ROOT / f"requirements/{name}.txt") if "==" in line} for name in ("demo", "dev")
    )
    assert demo <= dev


def names_of(requirements: list[str]) -> set[str]:
    return {re.split(r"[><=\[]", one)[0].lower() for one in requirements}


def test_locks_hold_what_the_project_needs() -> None:
    """Each dependency of the project is locked; those of an extra with a lock of its own name, there."""
    locked = {path.stem: {line.partition("==")[0] for line in lines(path) if "==" in line} for path in LOCKS}
    extras = PROJECT["optional-dependencies"]
    assert set() == names_of(PROJECT["dependencies"]) - locked["dev"]
    missing = {name: names_of(needed) - locked[name if name in locked else "dev"] for name, needed in extras.items()}
    assert {} == {name: packages for name, packages in missing.items() if packages}


def test_one_version_everywhere() -> None:
    """The version of the project is in the changelog, and is what the command says."""
    assert f"## [{PROJECT['version']}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    command = [sys.executable, "-m", "driftline", "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.split()[-1] == PROJECT["version"]


def test_licence_is_whole() -> None:
    """The licence is Apache-2.0, in full."""
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert PROJECT["license"] == "Apache-2.0"
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_every_exception_has_its_reason() -> None:
    """Each `noqa` names its rules and has its reason; the first of a rule in a file may speak for the rest."""
    assert CODE
    for path in CODE:
        told: set[str] = set()
        for number, line in enumerate(lines(path), 1):
            if "# noqa" not in line:
                continue
            for rules, reason in re.findall(r"# noqa\b:?\s*([A-Z0-9, ]*?)\s*(?: - (.+))?$", line):
                names = set(re.findall(r"[A-Z]+[0-9]+", rules))
                assert names, f"{path}:{number}: a noqa without a rule"
                assert reason or names <= told, f"{path}:{number}: a noqa without a reason"
                told |= names


def test_few_make_targets() -> None:
    """There are at most a dozen things to make, each with a line of help; README names the two that set up."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.findall(r"(?m)^\.PHONY: (.*)$", text)[0].split()
    assert len(phony) <= 12
    assert [] == [name for name in phony if not re.search(rf"(?m)^{name}:.* ## \S", text)]
    assert ["demo", "test"] == re.findall(r"(?m)^make (\w+) ", (ROOT / "README.md").read_text(encoding="utf-8"))


def test_few_public_names() -> None:
    """`driftline` exposes at most 15 names, and each of them is there."""
    assert len(driftline.__all__) <= 15
    assert [] == [name for name in driftline.__all__ if not hasattr(driftline, name)]


def test_wheel_holds_everything(tmp_path: Path) -> None:
    """The wheel, built without a network, holds every source file, the page's style, the tables and the type marker."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", tmp_path]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        held = set(wheel.namelist())
    kinds = {".py", ".css", ".html", ".sql", ".typed"}
    mine = {str(path.relative_to(ROOT / "src")) for path in SOURCE.rglob("*") if path.suffix in kinds}
    mine |= {"driftline/py.typed", "driftline/report/page.css", "driftline/stores/backends/schema.sql"}
    assert set() == mine - held
    assert any(name.endswith("licenses/LICENSE") for name in held)
