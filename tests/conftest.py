"""Settings of the whole test suite."""

import os
from collections import Counter

import pytest
from hypothesis import settings

# In CI the same examples every time: a change is judged by what it changes. Elsewhere, new ones each time.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say each reason for skipping once, with its count."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    for reason, n in reasons.items():
        terminalreporter.write_line(f"{n} skipped: {reason}")
