"""Says on what machine and with which versions the figures of a page were measured."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


def described() -> str:
    """One sentence."""
    cpu = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), ""
    )
    sets = ", ".join(["", *instruction_sets()])
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("driftline", "polars", "numpy"))
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores{f' ({cpu}{sets})' if cpu else ''}, {memory:.0f} GiB; "
        f"Python {platform.python_version()}, {packages}."
    )


def instruction_sets() -> list[str]:
    """The vector instructions of the processor that NumPy's speed hangs on, and its family and model."""
    facts = dict(map(str.strip, line.partition(":")[::2]) for line in reversed(_lines("/proc/cpuinfo")) if ":" in line)
    flags = set((facts.get("flags") or facts.get("Features", "")).split())
    known = {"avx2": "AVX2", "avx512f": "AVX-512", "avx512_vbmi2": "AVX-512 VBMI2", "asimd": "NEON", "sve": "SVE"}
    number = [f"family {facts['cpu family']} model {facts['model']}"] if "cpu family" in facts else []
    return number + [name for flag, name in known.items() if flag in flags]


def busy_seconds() -> float | None:
    """Processor seconds that all processes, and other guests, took since the machine started; None if not told."""
    for line in _lines("/proc/stat"):
        name, *ticks = line.split()
        if name == "cpu":
            user, nice, system, _, _, irq, soft, steal = map(int, ticks[:8])
            return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")
    return None


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []
