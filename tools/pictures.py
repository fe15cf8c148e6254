"""Takes the pictures of the manual anew, of the pages with the demonstration's cases.

    python tools/pictures.py [name ...]

They go to ``inburgering/beelden`` and are committed: look at them first.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from browser import chromium, pictures  # noqa: E402  # the path is set above
from browser.conftest import served  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from shipped import open_platform, prepare  # noqa: E402

from inburgering_flow.inburgering import uitleg  # noqa: E402
from inburgering_flow.inburgering.demo import load  # noqa: E402


def main(names: list[str]) -> None:
    """Take the pictures named, or all."""
    wanted = {name: one for name, one in pictures.WANTED.items() if not names or name in names}
    uitleg.PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        prepare(Path(folder))
        running = playwright.chromium.launch(executable_path=chromium.find(), args=list(chromium.ARGUMENTS))
        with open_platform(Path(folder)) as law:
            load(law)
            with served(law) as address:
                for name, content in pictures.take(law, running, address, wanted):
                    (uitleg.PICTURES / f"{name}.webp").write_bytes(content)
                    print(f"{name}: {len(content):,} bytes")
        running.close()


if __name__ == "__main__":
    main(sys.argv[1:])
