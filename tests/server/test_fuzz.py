"""What the door acknowledges the fold can take: a short run of the search that `make fuzz` does for long."""

from harness.fuzz import fuzz, monitors


def test_door_and_fold():
    """Rows of any type, shape and name, for models of all kinds: refused, or folded and judged; nothing in between."""
    findings = fuzz(0, range(2 * len(monitors())))
    assert {} == findings.wrong
    assert 20 < findings.answers["200"]
    assert 5 < findings.answers["InputError"]
