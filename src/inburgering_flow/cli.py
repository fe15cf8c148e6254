"""The command line: ``inburgering-flow <command>``."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any

import click

from inburgering_flow import settings
from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.feel import to_plain
from inburgering_flow.values import dump_value


def _said(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn an error of ours into one clear line and exit code 1; never a traceback."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except FlowError as error:
            raise click.ClickException(f"{error.code}: {error}") from None

    return run


@click.group()
@click.version_option(package_name="inburgering-flow")
def main() -> None:
    """BPMN workflow platform for the Wet inburgering 2021."""


@main.command()
@click.argument("datum")
@click.argument("lengte")
@_said
def term(datum: str, lengte: str) -> None:
    """Print the last day of a statutory term, whether it moved, and why: term 2026-10-10 P10W."""
    from inburgering_flow.inburgering.termijnen import dutch, wettelijke_termijn

    try:
        day = date.fromisoformat(datum)
    except ValueError:
        raise InvalidInput(f"'{datum}' is no date.", remedy="Write it like 2026-10-10.") from None
    found = wettelijke_termijn(day, lengte)
    click.echo(found.laatste_dag.isoformat())
    moved = "ja" if found.verschoven else "nee"
    click.echo(f"{dutch(found.laatste_dag)}; verschoven: {moved}; zonder verschuiving: {found.ongeschoven.isoformat()}")
    click.echo(f"{found.artikel}: {found.reden}")


@main.command()
@click.argument("expression")
@click.option("--variables", "-v", default="{}", help="Variables as JSON text, or @file.json.")
@_said
def feel(expression: str, variables: str) -> None:
    """Print the value of a FEEL expression as JSON: feel '1 + 1'."""
    from inburgering_flow.platform import evaluate

    click.echo(dump_value(to_plain(evaluate(expression, _json(variables)))))


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.argument("decision")
@click.argument("inputs", default="{}")
@_said
def decide(file: str, decision: str, inputs: str) -> None:
    """Print the result of a DMN decision as JSON: decide FILE DECISION inputs.json."""
    from inburgering_flow.dmn import read_model
    from inburgering_flow.platform import load_plugins

    functions: dict[str, Callable[..., Any]] = {}
    for plugin in load_plugins(settings.read().plugins):
        functions.update(plugin.functions)
    given = _json(f"@{inputs}" if Path(inputs).is_file() else inputs)
    click.echo(dump_value(to_plain(read_model(file).evaluate(decision, given, functions=functions))))


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True))
@_said
def lint(paths: tuple[str, ...]) -> None:
    """Say what is wrong with diagrams, decisions and forms, without deploying them."""
    import tempfile

    from inburgering_flow.platform import Platform
    from inburgering_flow.services.deployments import collect

    with tempfile.TemporaryDirectory() as folder, Platform.open(f"sqlite:///{folder}/lint.db") as platform:
        findings = platform.deployments.check(collect(paths))
    for finding in findings:
        click.echo(f"{finding.severity}: {finding}")
    if any(f.severity == "error" for f in findings):
        raise click.ClickException(f"{len(findings)} findings.")
    click.echo(f"{len(findings)} findings.")


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True))
@_said
def deploy(paths: tuple[str, ...]) -> None:
    """Deploy files or folders."""
    from inburgering_flow.platform import Platform

    with Platform.open() as platform:
        for item in platform.deploy(*paths):
            click.echo(f"{item.kind} {item.id} version {item.version}{' (new)' if item.is_new else ''}")


@main.command()
@_said
def serve() -> None:
    """Serve the web application with its embedded executor."""
    from inburgering_flow.app import serve as run

    run(settings.read())


@main.command()
@click.option("--serve/--no-serve", "serving", default=True, help="Serve afterwards (default) or only load.")
@_said
def demo(serving: bool) -> None:
    """Load the shipped processes, fictitious cases and one account per role into a database of its own, and serve."""
    from inburgering_flow.app import serve as run
    from inburgering_flow.demo import prepare

    chosen = prepare(settings.read())
    if serving:
        run(chosen)


@main.command()
@click.argument("username")
@click.option("--role", "roles", multiple=True, help="A role; give it once for each.")
@click.option("--name", default="", help="Name that colleagues see.")
@click.option("--location", default=None, help="Reception centre of a coa-medewerker.")
@click.password_option(help="Asked for when not given.")
@_said
def user(username: str, roles: tuple[str, ...], name: str, location: str | None, password: str) -> None:
    """Create an account, or change its password and roles."""
    from inburgering_flow.platform import Platform
    from inburgering_flow.services.accounts import Accounts

    with Platform.open() as platform:
        Accounts(platform.context).save(
            username, display_name=name or username, password=password, roles=roles, location=location
        )
    click.echo(f"{username}: {', '.join(roles) or 'no role'}")


@main.command()
@_said
def doctor() -> None:
    """Check settings, database, schema, installed parts and due work; exit code 1 where something needs mending."""
    from inburgering_flow.doctor import examine
    from inburgering_flow.platform import Platform

    chosen = settings.read()
    click.echo(f"python: {sys.version.split()[0]}; zone: {chosen.zone}")
    with Platform.open(settings_=chosen) as platform:
        checks = examine(platform)
    for check in checks:
        click.echo(f"{check.name}: {check.found}{'. ' + check.remedy if check.remedy else ''}")
    wrong = sum(1 for check in checks if check.remedy)
    if wrong:
        raise click.ClickException(f"{wrong} of {len(checks)} checks need mending.")


@main.command()
@click.argument("target", type=click.Path(dir_okay=False))
@_said
def backup(target: str) -> None:
    """Write a consistent copy of a SQLite database while it is in use (PostgreSQL: use pg_dump)."""
    url = settings.read().database_url
    prefix = "sqlite:///"
    if not url.startswith(prefix):
        raise InvalidInput("Only SQLite is copied by this command.", remedy="Use pg_dump for PostgreSQL.")
    if not Path(url.removeprefix(prefix)).is_file():
        raise InvalidInput("There is no database yet.", remedy="Check INBURGERING_FLOW_DATABASE_URL.")
    if Path(target).exists():
        raise InvalidInput(f"{target} exists already.", remedy="Name another file; a backup is never overwritten.")
    source, copy = sqlite3.connect(url.removeprefix(prefix)), sqlite3.connect(target)
    with source, copy:
        source.backup(copy)
    source.close()
    copy.close()
    click.echo(f"{target}: copied; keep the file secret.key that lies beside the database together with it.")


def _json(text: str) -> dict[str, Any]:
    try:
        source = Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text
        value = json.loads(source)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"The variables are no JSON: {error}.", remedy='Write them like {"a": 1}.') from None
    if not isinstance(value, dict):
        raise InvalidInput("The variables are no JSON object.", remedy='Write them like {"a": 1}.')
    return value
