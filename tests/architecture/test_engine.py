"""The engine stands on its own feet: state below, functions over it, commands on top; there are no import cycles.
Imports count wherever they are: at the top of a module, for the type checker only, or inside a function.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

PACKAGE = "inburgering_flow.engine"
FOLDER = Path(__file__).parents[2] / "src" / "inburgering_flow" / "engine"
NODE_BASES = f"{PACKAGE}.nodes."  # the families of nodes share one base, as Spiff's task specs do


def modules() -> dict[str, ast.Module]:
    """Every module of the engine by its dotted name."""
    found = {}
    for path in sorted(FOLDER.rglob("*.py")):
        parts = path.relative_to(FOLDER).with_suffix("").parts
        name = ".".join((PACKAGE, *(p for p in parts if p != "__init__")))
        found[name] = ast.parse(path.read_text())
    return found


def imported(name: str, tree: ast.Module, known: Mapping[str, ast.Module]) -> Iterator[str]:
    """The modules of the engine that one of them imports, wherever it does; its packages run before it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively: write the whole name"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                if whole in known:
                    yield whole
                elif node.module in known:
                    yield node.module
    package = name.rpartition(".")[0]
    if package in known:
        yield package


def rings(edges: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """Every set of modules that all reach each other."""
    reached: dict[str, set[str]] = {}
    for name in edges:
        seen: set[str] = set()
        todo = list(edges[name])
        while todo:
            current = todo.pop()
            if current not in seen:
                seen.add(current)
                todo.extend(edges[current])
        reached[name] = seen
    found = {tuple(sorted(o for o in reached[n] if n in reached[o])) for n in edges if n in reached[n]}
    return [list(ring) for ring in sorted(found)]


def test_no_module_of_the_engine_imports_itself_over_others() -> None:
    known = modules()
    edges = {name: frozenset(imported(name, tree, known)) - {name} for name, tree in known.items()}

    assert rings(edges) == []


def test_a_ring_would_be_seen_also_where_an_import_is_late_or_for_types_only() -> None:
    known = {
        f"{PACKAGE}.a": ast.parse("if TYPE_CHECKING:\n    import inburgering_flow.engine.b"),
        f"{PACKAGE}.b": ast.parse("def f():\n    from inburgering_flow.engine import c"),
        f"{PACKAGE}.c": ast.parse("from inburgering_flow.engine.a import x"),
        f"{PACKAGE}.d": ast.parse("from inburgering_flow.engine.a import x"),
    }
    edges = {name: frozenset(imported(name, tree, known)) for name, tree in known.items()}

    assert rings(edges) == [[f"{PACKAGE}.a", f"{PACKAGE}.b", f"{PACKAGE}.c"]]


def test_no_class_of_the_engine_inherits_from_one_in_another_file_but_nodes_from_their_base() -> None:
    known = modules()
    classes = {(n, c.name) for n, tree in known.items() for c in tree.body if isinstance(c, ast.ClassDef)}
    inherited = set()
    for name, tree in known.items():
        brought = {
            alias.asname or alias.name: (node.module or "", alias.name)
            for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names
        }  # fmt: skip
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                bases = (brought.get(ast.unparse(base).partition("[")[0]) for base in node.bases)
                inherited.update((name, node.name, *base) for base in bases if base in classes)

    assert inherited, "nodes inherit from their base: this test sees no inheritance at all"
    assert [i for i in inherited if not (i[0].startswith(NODE_BASES) and i[2] == f"{PACKAGE}.nodes.base")] == []


def test_nobody_has_to_say_that_a_part_of_the_run_is_the_run() -> None:
    casts = [
        f"{name}:{node.lineno}"
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "cast"
    ]

    assert casts == []


def test_only_bookkeeping_knows_how_the_memory_of_an_element_is_stored() -> None:
    keys = {"first", "event", "queue", "closing", "total", "started", "done", "last", "maximum"}
    keys |= {"listening", "denied", "ending"}
    known = modules()
    found = [
        f"{name}:{node.lineno} {node.value!r}"
        for name, tree in known.items()
        if name != f"{PACKAGE}.bookkeeping"
        for outer in ast.walk(tree)
        for node in _looked_up(outer)
        if node.value in keys
    ]

    assert found == []


def _looked_up(node: ast.AST) -> Iterator[ast.Constant]:
    """The texts by which a mapping is read or written."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        yield node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop"):
        yield from (a for a in node.args[:1] if isinstance(a, ast.Constant))
    elif isinstance(node, ast.Dict):
        yield from (k for k in node.keys if isinstance(k, ast.Constant))
