"""Runs the tests in lanes side by side: those that compute, those that wait for others, and those in a browser.

    python tools/lanes.py              every test at least once
    python tools/lanes.py --coverage   the same, with coverage and its floor
    python tools/lanes.py --all        every test in every variant, with longer walks
    python tools/lanes.py --lint       also ``make lint``, beside the others: it leaves a core free when it goes first
    python tools/lanes.py --slowest    then also the slowest tests and files of each lane

Exits with 1 if a lane failed. The output of each lane is also in ``var/lanes/<lane>.txt``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "var" / "lanes"
WAITING = (
    "tests/faults/test_connection.py",
    "tests/faults/test_failover.py",
    "tests/faults/test_full_disk.py",
    "tests/faults/test_kill.py",
    "tests/faults/test_leases.py",
    "tests/faults/test_nodes.py",
    "tests/faults/test_rolling_update.py",
    "tests/faults/test_stop.py",
    "tests/web/test_server.py",
)
BROWSER = "tests/browser"
LANES: dict[str, tuple[str, ...]] = {
    "browser": (BROWSER,),
    "waiting": WAITING,
    "computing": ("tests", *(f"--ignore={path}" for path in (BROWSER, *WAITING)), "-n", "2", "--dist", "worksteal"),
}
"""Name → what pytest is given. The longest first: it begins while the others still collect."""

LINT = ("make", "--no-print-directory", "lint")
OPTIONS = ("--all", "--coverage", "--lint", "--slowest")
LOUD = re.compile(r"^!!!!! (\d+) (TESTS .*)", re.MULTILINE)  # what was not run, whichever lanes noticed
COUNTED = re.compile(r"(\d+) (passed|failed|error|skipped)")
DURATION = re.compile(r"^([\d.]+)s (?:call|setup|teardown) +(\S+)", re.MULTILINE)


def main(arguments: list[str]) -> int:
    """Run every lane and return the exit code."""
    everything, covered, linted, slowest = (option in arguments for option in OPTIONS)
    given = [a for a in arguments if a not in OPTIONS]
    KEPT.mkdir(parents=True, exist_ok=True)
    for old in KEPT.glob(".coverage*"):
        old.unlink()
    environment = dict(os.environ)
    if everything:
        environment |= {"ALL_VARIANTS": "1"}
    if slowest:
        given += ["--durations=0", "-vv"]
    began = time.monotonic()
    running = {}
    for name, chosen in LANES.items():
        command = [sys.executable, "-m", "pytest", "-W", "error", *chosen, *given]
        if covered:
            command += ["--cov=inburgering_flow", "--cov-branch", "--cov-report=", "--cov-fail-under=0"]  # of one lane only
        own = environment | {"COVERAGE_FILE": str(KEPT / f".coverage.{name}")}
        with (KEPT / f"{name}.txt").open("wb") as file:
            running[name] = subprocess.Popen(command, cwd=ROOT, env=own, stdout=file, stderr=subprocess.STDOUT)
    if linted:
        with (KEPT / "lint.txt").open("wb") as file:
            running["lint"] = subprocess.Popen(LINT, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT)
    ended: dict[str, float] = {}
    while len(ended) < len(running):
        time.sleep(0.1)
        for name, process in running.items():
            if name not in ended and process.poll() is not None:
                ended[name] = time.monotonic() - began
                print(f"----- {name}: {ended[name]:.0f} s, exit {process.returncode}", flush=True)
    failed = [name for name, process in running.items() if process.returncode]
    counts: Counter[str] = Counter()
    loud: Counter[str] = Counter()
    for name in running:
        text = (KEPT / f"{name}.txt").read_text(errors="replace")
        closing = text.rstrip().rpartition("\n")[2]
        counts.update({what: int(n) for n, what in COUNTED.findall(closing)})
        loud.update({what: int(n) for n, what in LOUD.findall(text)})
        if name in failed:
            print(f"\n===== lane {name}\n{text}")
        if slowest:
            _say_slowest(name, text)
    if covered and not failed and not _covered():
        failed.append("coverage")
    for what, number in loud.items():
        print(f"!!!!! {number} {what}")
    print(f"{counts['passed']} passed, {counts['failed'] + counts['error']} failed, {counts['skipped']} skipped")
    return 1 if failed else 0


def _say_slowest(name: str, text: str) -> None:
    """Print the ten slowest tests of a lane and its ten slowest files, in seconds."""
    tests: Counter[str] = Counter()
    for seconds, test in DURATION.findall(text):
        tests[test] += float(seconds)  # type: ignore[assignment]  # a counter of seconds
    files: Counter[str] = Counter()
    for test, took in tests.items():
        files[test.partition("::")[0]] += took
    for what, found in (("tests", tests), ("files", files)):
        print(f"\n{name}: the slowest {what}")
        for one, took in found.most_common(10):
            print(f"  {took:6.1f} s  {one}")


def _covered() -> bool:
    """Put the lanes' coverage together, print it and tell whether it reaches the floor (pyproject.toml)."""
    own = os.environ | {"COVERAGE_FILE": str(KEPT / ".coverage")}
    coverage = [sys.executable, "-m", "coverage"]
    subprocess.run([*coverage, "combine", "--quiet", *map(str, KEPT.glob(".coverage.*"))], cwd=ROOT, env=own, check=True)
    return subprocess.run([*coverage, "report"], cwd=ROOT, env=own, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
