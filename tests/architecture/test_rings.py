"""No module of the package imports itself through others, wherever the import is: at the top, for types only, or late."""

from __future__ import annotations

import ast
from pathlib import Path

from architecture.test_engine import rings

SOURCE = Path(__file__).parents[2] / "src"
PACKAGE = "inburgering_flow"


def test_the_package_has_no_import_ring() -> None:
    files = {
        ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path
        for path in (SOURCE / PACKAGE).rglob("*.py")
    }
    edges = {}
    for name, path in files.items():
        found = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names if alias.name in files}
            elif isinstance(node, ast.ImportFrom) and node.module in files:
                for alias in node.names:
                    whole = f"{node.module}.{alias.name}"
                    found.add(whole if whole in files else node.module)
        edges[name] = frozenset(found - {name})

    assert len(edges) > 300
    assert rings(edges) == []
