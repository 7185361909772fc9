"""Ask an advisory database about every pinned dependency: a known vulnerability fails, no database is said.

Run as ``python .ci/audit.py requirements/locked.txt``, with pip-audit installed.
"""

from __future__ import annotations

import json
import subprocess
import sys


def main(pins: str) -> int:
    """Return 1 when a pinned version is known to be vulnerable; else 0."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", pins, "--disable-pip", "--format", "json"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        answers = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError):
        print("SKIPPED: no advisory database could be reached; the pinned versions were not looked up.")
        return 0
    known = [answer for answer in answers if "skip_reason" not in answer]
    bad = [answer for answer in known if answer["vulns"]]
    for answer in bad:
        advice = ", ".join(found["id"] for found in answer["vulns"])
        print(f"{answer['name']} {answer['version']}: {advice}")
    if known:
        print(f"{len(known)} of {len(answers)} pinned versions looked up, {len(bad)} known to be vulnerable")
    else:
        print("SKIPPED: the advisory database knew none of the pinned dependencies here.")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
