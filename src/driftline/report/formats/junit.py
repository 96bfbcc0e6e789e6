"""The report for a CI server: JUnit XML, one test case a judged verdict, one test suite a family."""

import re
import xml.etree.ElementTree as ET
from itertools import groupby

from driftline import humanize
from driftline.report import phrases
from driftline.report.base import ReportFormat
from driftline.types import Level, Verdict
from driftline.verdicts.result import Result

_NOT_SHOWN = re.compile("[^\t\n\r\x20-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold, and marks that turn the direction of text (U+202A to 202E, U+2066 to 2069)."""


def _render(result: Result) -> str:
    judged = sorted((verdict for verdict in result.verdicts if verdict.judged), key=_suite)
    root = ET.Element("testsuites", {"name": _clean(result.model), **_counts(judged), "time": f"{result.elapsed:.3f}"})
    for suite, members in groupby(judged, key=_suite):
        group = list(members)
        node = ET.SubElement(root, "testsuite", {"name": suite, **_counts(group)})
        if result.created:
            node.set("timestamp", _clean(result.created))
        for verdict in group:
            _case(node, suite, verdict)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, name: str, verdict: Verdict) -> None:
    title = _clean(f"{phrases.place(verdict)}: {verdict.title}")
    case = ET.SubElement(suite, "testcase", {"classname": name, "name": title})
    reason = _clean(verdict.reason)
    if verdict.level is Level.ALERT:
        node = ET.SubElement(case, "failure", {"message": reason, "type": verdict.metric})
        node.text = _clean(_numbers(verdict))
    elif verdict.level is Level.UNKNOWN:
        ET.SubElement(case, "skipped", {"message": reason})
    elif verdict.level is Level.WARNING:
        ET.SubElement(case, "system-out").text = f"warning: {reason}"


def _numbers(verdict: Verdict) -> str:
    lines = [verdict.reason, f"value: {phrases.change(verdict)} {phrases.interval(verdict)}".rstrip()]
    if verdict.threshold is not None:
        lines.append(f"threshold: {humanize.quantity(verdict.threshold, verdict.unit)}")
    lines.append(f"rows: {verdict.n:,}")
    if verdict.since:
        lines.append(f"since: {verdict.since}")
    return "\n".join(lines)


def _suite(verdict: Verdict) -> str:
    return f"{verdict.health.value}.{verdict.family}"


def _counts(group: list[Verdict]) -> dict[str, str]:
    levels = [verdict.level for verdict in group]
    failures, skipped = levels.count(Level.ALERT), levels.count(Level.UNKNOWN)
    return {"tests": str(len(group)), "failures": str(failures), "errors": "0", "skipped": str(skipped)}


def _clean(text: str) -> str:
    return _NOT_SHOWN.sub("\ufffd", text)


junit = ReportFormat((".xml",), _render)
