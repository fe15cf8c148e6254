"""Which scenarios a path means, and which models they are about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from inburgering_flow.errors import InvalidInput
from inburgering_flow.model.project import deployed_kind
from inburgering_flow.services.resources import Resource, collect
from inburgering_flow.workbench.scenarios import Scenario, load

FOLDER = "scenarios"
SHIPPED = "processes"
"""The folder whose folders are families of models that belong together, with the forms in a folder beside it."""
ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True)
class Gathered:
    """Scenarios, the files that they are about, and ``own``: the names of those files that lie where the scenarios do."""

    scenarios: Sequence[Scenario]
    resources: Sequence[Resource]
    own: frozenset[str]


def gather(paths: Iterable[Path], models: Iterable[Path] = ()) -> Gathered:
    """Return the scenarios that the paths mean, files or folders, and the models around them, or those given.

    Models are looked for in the folder that ``scenarios`` lies in. Where that is a family in a folder ``processes``, they are
    those of all families, and the forms in the folder ``forms`` beside it. Raises InvalidInput for a path without scenarios, a
    scenario that cannot be read, and scenarios without models.
    """
    files = list(dict.fromkeys(file for path in paths for file in _scenarios(path)))
    scenarios = [load(file) for file in files]
    roots = list(dict.fromkeys(root for root in (list(models) or [one for file in files for one in _around(file)])))
    resources = {one.name: one for one in collect(roots)}
    if not resources:
        raise InvalidInput(
            f"There are no models around {files[0]}.",
            remedy="Put the .bpmn, .dmn and .form files beside the folder scenarios, or name theirs with --models.",
        )
    own = {path.resolve() for file in files for path in _home(file).rglob("*") if deployed_kind(path.name)}
    named = {name for root in roots for name, path in _named(root) if path.resolve() in own}
    return Gathered(scenarios, list(resources.values()), frozenset(named))


def _scenarios(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = sorted(
        file for file in path.rglob("*")
        if file.suffix in ENDINGS and (file.parent.name == FOLDER or path.name == FOLDER) and file.is_file()
    )  # fmt: skip
    if not found:
        raise InvalidInput(
            f"There are no scenarios in {path}.", remedy=f"Put them in a folder {FOLDER}, as .yaml files, or name the files."
        )
    return found


def _home(file: Path) -> Path:
    folder = file.resolve().parent
    return folder.parent if folder.name == FOLDER else folder


def _around(file: Path) -> list[Path]:
    home = _home(file)
    if home.parent.name != SHIPPED:
        return [home]
    forms = home.parent.parent / "forms"
    return [home.parent, *([forms] if forms.is_dir() else [])]


def _named(root: Path) -> list[tuple[str, Path]]:
    """Return the files of a root with the names that ``collect`` gives them."""
    if root.is_file():
        return [(f"{root.parent.name}/{root.name}", root)]
    return [(path.relative_to(root).as_posix(), path) for path in root.rglob("*") if deployed_kind(path.name)]
