"""The command line: ``inburgering-flow <command>``."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from datetime import date, datetime
from functools import partial, wraps
from pathlib import Path
from textwrap import indent
from typing import IO, Any
from zoneinfo import ZoneInfo

import click

from inburgering_flow import settings
from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.feel import FeelError, to_plain
from inburgering_flow.model.permissions import Actor
from inburgering_flow.values import dump_value, load_sent


def _said(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn an error of ours into one clear line and exit code 1; never a traceback. For an expression that cannot be
    read, its line follows with a caret at the position.
    """

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except FeelError as error:
            place = f"\n{indent(error.excerpt, '    ')}" if error.code == "FEEL_SYNTAX" and error.excerpt else ""
            raise click.ClickException(f"{error.code}: {error}{place}") from None
        except FlowError as error:
            raise click.ClickException(f"{error.code}: {error}") from None

    return run


def _by(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command who acts, for the audit log: the user of the operating system, and who that says to be."""

    @click.option("--by", "stated", default="", help="Who you are, for the audit log: a name beside the user of this machine.")
    @wraps(command)
    def run(*args: Any, stated: str, **kwargs: Any) -> Any:
        return command(*args, actor=at_the_machine(stated), **kwargs)

    return run


def at_the_machine(stated: str = "") -> Actor:
    """Return who acts through a shell: the program itself, under the name ``shell:<user>``, and the name that they state."""
    try:
        import pwd

        user = pwd.getpwuid(os.getuid()).pw_name  # unlike the environment, the user id cannot be chosen
    except (ImportError, KeyError):  # no Unix; or a container's number without a name
        user = getpass.getuser() if os.name == "nt" else str(os.getuid())
    behind = os.environ.get("SUDO_USER", "")
    name = f"shell:{user}" + (f" (sudo {behind})" if behind else "") + (f" ({stated.strip()})" if stated.strip() else "")
    return Actor(name[:255], is_system=True)


@click.group()
@click.version_option(package_name="inburgering-flow")
def main() -> None:
    """BPMN workflow platform for the Wet inburgering 2021."""


@main.command()
@click.argument("datum")
@click.argument("lengte")
@click.option("--first-day", is_flag=True, help="DATUM is the first day of the term and counts, as the law itself says.")
@_said
def term(datum: str, lengte: str, first_day: bool) -> None:
    """Print the last day of a statutory term, whether it was moved, and why: term 2026-10-10 P10W."""
    from inburgering_flow.inburgering.termijnen import dutch, termijn_vanaf, wettelijke_termijn

    try:
        day = date.fromisoformat(datum)
    except ValueError:
        raise InvalidInput(f"'{datum}' is not a date.", remedy="Write it like 2026-10-10.") from None
    found = (termijn_vanaf if first_day else wettelijke_termijn)(day, lengte)
    click.echo(found.laatste_dag.isoformat())
    moved = "ja" if found.verschoven else "nee"
    click.echo(f"{dutch(found.laatste_dag)}; verschoven: {moved}; zonder verschuiving: {found.ongeschoven.isoformat()}")
    click.echo(f"{found.artikel}: {found.reden}")


@main.command()
@click.argument("expression")
@click.option(
    "--vars",
    "--variables",
    "-v",
    "variables",
    default="{}",
    help="Variables as JSON: a file, - for standard input, or text.",
)
@click.option("--explain", "explaining", is_flag=True, help="Show what each part gave, and which part is to blame.")
@click.option("--json", "as_json", is_flag=True, help="With --explain: print the explanation as JSON.")
@_said
def feel(expression: str, variables: str, explaining: bool, as_json: bool) -> None:
    """Print the value of a FEEL expression as JSON: feel '1 + 1'."""
    from inburgering_flow.feel import Context, evaluate, explain
    from inburgering_flow.platform import plugin_functions

    given = _json(variables)
    context = Context(functions=plugin_functions(), zone=_zone())
    if explaining:
        _show(explain(expression, given, context=context), as_json)
        return
    value = evaluate(expression, given, context=context)
    click.echo(dump_value(to_plain(value)))
    _warn(context)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.argument("decision")
@click.argument("inputs", default="{}")
@click.option("--explain", "explaining", is_flag=True, help="Show inputs, the rules that matched, and why others did not.")
@click.option("--json", "as_json", is_flag=True, help="With --explain: print the explanation as JSON.")
@_said
def decide(file: str, decision: str, inputs: str, explaining: bool, as_json: bool) -> None:
    """Print the result of a DMN decision as JSON: decide FILE DECISION inputs.json.

    The inputs are a file, - for standard input, or JSON text.
    """
    from inburgering_flow.dmn import read_model
    from inburgering_flow.feel import Context
    from inburgering_flow.platform import plugin_functions

    given = _json(inputs)
    context = Context(functions=plugin_functions(), zone=_zone())
    model = read_model(file)
    if explaining:
        _show(model.explain(decision, given, context=context), as_json)
        return
    value = model.evaluate(decision, given, context=context)
    click.echo(dump_value(to_plain(value)))
    _warn(context)


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.read().zone)


def _show(explanation: Any, as_json: bool) -> None:
    """Print an explanation; an evaluation stopped for going on too long is an error as well."""
    click.echo(dump_value(explanation.to_dict()) if as_json else str(explanation))
    if explanation.error is not None:
        raise explanation.error


def _warn(context: Any) -> None:
    """Say on standard error why something became null; only the value goes to standard output."""
    for warning in dict.fromkeys(str(one) for one in context.warnings):
        click.echo(f"warning: {warning}", err=True)


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True))
@_said
def lint(paths: tuple[str, ...]) -> None:
    """Report what is wrong with diagrams, decisions and forms, without deploying them."""
    import tempfile

    from inburgering_flow.platform import Platform
    from inburgering_flow.services.resources import collect
    from inburgering_flow.store.dialects import url_of

    with tempfile.TemporaryDirectory() as folder, Platform.open(url_of(f"{folder}/lint.db")) as platform:
        findings = platform.services.deployments.check(collect(paths))
    for finding in findings:
        click.echo(f"{finding.severity}: {finding}")
    for rule in dict.fromkeys(finding.rule for finding in findings):
        click.echo(f"{rule}: why it matters and how to fix it: docs/regels/{rule}.md")
    if any(f.severity == "error" for f in findings):
        raise click.ClickException(f"{len(findings)} findings.")
    click.echo(f"{len(findings)} findings.")


_OF_MODELS = click.option(
    "--models", "models", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="Where the models are, if not around the scenarios; may be repeated.",
)  # fmt: skip
_JUNIT = click.option(
    "--junit", type=click.Path(dir_okay=False, path_type=Path), help="Write JUnit XML to this file, for a build server."
)
_JSON = click.option(
    "--json", "as_json", type=click.Path(dir_okay=False, path_type=Path), help="Write everything as JSON to this file."
)


@main.command("test")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@_OF_MODELS
@_JUNIT
@_JSON
@_said
def test_scenarios(paths: tuple[Path, ...], models: tuple[Path, ...], junit: Path | None, as_json: Path | None) -> None:
    """Run scenarios, files or those in folders, in a sandbox; exit code 1 if one does not come true."""
    from inburgering_flow.workbench import report
    from inburgering_flow.workbench.gathering import gather
    from inburgering_flow.workbench.proving import prove

    found = gather(paths, models)
    proof = prove(found.resources, found.scenarios, found.own)
    for line in report.proof_lines(proof):
        click.echo(line)
    _keep(junit, lambda: report.proof_junit(proof))
    _keep(as_json, lambda: dump_value(report.proof_data(proof)).encode())
    if proof.failed:
        raise click.ClickException(f"{len(proof.failed)} of {len(proof.outcomes)} scenarios did not come true.")


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@_OF_MODELS
@click.option("--most", type=click.IntRange(1), default=None, help="Draw so many mutants instead of all.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed draws the same.")
@click.option("--processes", type=click.IntRange(1, 64), default=None, help="How many at once; else one for each processor.")
@click.option("--least", type=click.IntRange(0, 100), default=0, help="Exit code 1 below this percentage.")
@_JUNIT
@_JSON
@_said
def mutate(
    paths: tuple[Path, ...], models: tuple[Path, ...], most: int | None, seed: int, processes: int | None, least: int,
    junit: Path | None, as_json: Path | None,
) -> None:  # fmt: skip
    """Change small things in models one by one, and say which changes no scenario notices."""
    from inburgering_flow.workbench import report
    from inburgering_flow.workbench.gathering import gather
    from inburgering_flow.workbench.mutate import score

    found = score(gather(paths, models), most=most, seed=seed, processes=processes)
    for line in report.score_lines(found):
        click.echo(line)
    _keep(junit, lambda: report.score_junit(found))
    _keep(as_json, lambda: dump_value(report.score_data(found)).encode())
    if found.share * 100 < least:
        raise click.ClickException(f"The scenarios notice {found.share:.0%} of the changes; at least {least}% are wanted.")


@main.command()
@click.argument("process")
@click.option(
    "--models", "models", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="Play them on these files instead of the versions that they went by; may be repeated.",
)  # fmt: skip
@click.option("--most", type=click.IntRange(1, 100_000), default=200, show_default=True, help="The newest so many cases.")
@click.option(
    "--save", "folder", type=click.Path(file_okay=False, path_type=Path), help="Write each case as a scenario to this folder."
)
@_by
@_said
def replay(process: str, models: tuple[Path, ...], most: int, folder: Path | None, actor: Actor) -> None:
    """Play finished cases of this database again, and say of each where it first goes another way; exit code 1 if one does."""
    from inburgering_flow.platform import Platform
    from inburgering_flow.services.resources import collect
    from inburgering_flow.workbench.regression import again, finished
    from inburgering_flow.workbench.scenarios import dump

    same = other = 0
    with Platform.open() as platform:
        cases = finished(platform.services, process, actor, most)
        for number, one in enumerate(again(platform.services, cases, actor, collect(models)), 1):
            if one.replay is None:
                click.echo(f"case {one.case.key}: not played: {one.problem}")
                continue
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)
                _keep(folder / f"{process}-{number}.yaml", partial(_scenario_bytes, dump, one.replay.scenario.content))
            difference = one.replay.difference
            same, other = same + one.replay.is_identical, other + (not one.replay.is_identical)
            if difference is not None:
                click.echo(
                    f"case {one.case.key}: {difference.process}, element {difference.place}: "
                    f"expected {difference.expected or 'the end'}, found {difference.found or 'nothing'}. {difference.says}"
                )
    click.echo(f"{len(cases)} cases: {same} went as they had gone, {other} another way, {len(cases) - same - other} not played.")
    if other:
        raise click.ClickException(f"{other} of {len(cases)} cases went another way.")


def _scenario_bytes(dump: Callable[[Any], str], content: Any) -> bytes:
    return dump(content).encode()


def _keep(file: Path | None, content: Callable[[], bytes]) -> None:
    """Write a report where it was asked for."""
    if file is None:
        return
    try:
        file.write_bytes(content())
    except OSError as error:
        raise InvalidInput(f"{file} cannot be written: {error.strerror}.", remedy="Name another file.") from None


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True))
@_by
@_said
def deploy(paths: tuple[str, ...], actor: Actor) -> None:
    """Deploy files or folders."""
    from inburgering_flow.platform import Platform

    with Platform.open() as platform:
        for item in platform.deploy(*paths, actor=actor):
            click.echo(f"{item.kind} {item.id} version {item.version}{' (new)' if item.is_new else ''}")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--proefdraaien", "rehearsing", is_flag=True, help="Only say what is wrong and where cases would stand.")
@click.option("--process", default="", help="The process of the cases; the first that can be taken over if not given.")
@_by
@_said
def overnemen(file: str, rehearsing: bool, process: str, actor: Actor) -> None:
    """Take over the running cases of a CSV file: each row that is right becomes a case, the others are named."""
    from inburgering_flow.platform import Platform

    with Platform.open() as platform:
        rows = platform.services.entry_files.at_once(process, Path(file).read_bytes(), actor, rehearsing=rehearsing)
    for row in rows:
        for problem in row.problems:
            click.echo(f"row {row.number}: {problem.column or 'row'}: {problem.says}")
        if row.case_key:
            click.echo(f"row {row.number}: case {row.case_key}")
        elif not row.problems:
            tasks = ", ".join(name for name, _due in row.standing.tasks)
            click.echo(f"row {row.number}: {tasks or 'no open task'}. {row.standing.points}".rstrip())
    wrong = sum(1 for row in rows if row.problems)
    if wrong:
        raise click.ClickException(f"{wrong} of {len(rows)} rows are wrong.")
    click.echo(f"{len(rows)} rows {'are right' if rehearsing else 'are taken over'}.")


@main.command()
@_said
def serve() -> None:
    """Serve the web application with its embedded executor."""
    from inburgering_flow.app import serve as run

    run(settings.read())


@main.command()
@click.option("--types", default="", help="Job types to do, separated by commas; else all that have a handler.")
@click.option("--engine-only", is_flag=True, help="Do the engine's own work only: timers and signals.")
@click.option("--concurrency", type=click.IntRange(1, 64), default=None, help="Jobs at the same time; else as the settings say.")
@click.option("--metrics-port", type=click.IntRange(1, 65535), default=None, help="Give metrics on this port of HOST.")
@_said
def worker(types: str, engine_only: bool, concurrency: int | None, metrics_port: int | None) -> None:
    """Run due work that any node stored, on this machine: one of as many as wanted, on one database server."""
    from inburgering_flow.app import work

    chosen = () if engine_only else tuple(name.strip() for name in types.split(",") if name.strip()) or None
    work(settings.read(executor="queue"), types=chosen, concurrency=concurrency, metrics_port=metrics_port)


@main.command()
@click.option("--serve/--no-serve", "serving", default=True, help="Serve afterwards (default), or only load.")
@_said
def demo(serving: bool) -> None:
    """Load the shipped processes, fictitious cases and one account per role into a database of its own, and serve."""
    from inburgering_flow.app import serve as run
    from inburgering_flow.demo import clock_of, prepare

    chosen = prepare(settings.read())
    if serving:
        run(chosen, clock_of(chosen))


@main.command()
@click.option("--newcomers", type=click.IntRange(1, 5000), default=500, show_default=True, help="How many people.")
@click.option("--days", type=click.IntRange(1, 3000), default=550, show_default=True, help="How many days.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed draws the same.")
@click.option("--until-day", type=click.IntRange(1), default=None, help="Stop after this day, to look at what is wrong.")
@click.option(
    "--database", "file", type=click.Path(dir_okay=False, path_type=Path),
    help="A new database file to keep; without it everything is forgotten.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@_said
def simulate(newcomers: int, days: int, seed: int, until_day: int | None, file: Path | None, as_json: bool) -> None:
    """Play a fictitious municipality day by day, check what must be true after each, and print what a manager asks."""
    import tempfile

    from inburgering_flow.inburgering.simulation.report import as_text, figures
    from inburgering_flow.inburgering.simulation.run import Simulation, clock, progress, settings_of
    from inburgering_flow.platform import Platform

    with tempfile.TemporaryDirectory() as folder:
        chosen = settings_of(file or Path(folder) / "simulation.db")
        with Platform.open(settings_=chosen, clock=clock()) as platform:
            simulation = Simulation(platform, newcomers=newcomers, days=days, seed=seed)
            try:
                simulation.run(until_day, progress)
                found = figures(simulation)
            finally:
                simulation.close()
    click.echo(dump_value(found) if as_json else as_text(found))


@main.command("forecast")
@click.argument("process")
@click.option("--weeks", type=int, default=12, show_default=True, help="How many weeks ahead.")
@click.option("--futures", type=int, default=40, show_default=True, help="How many futures are played.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed draws the same.")
@click.option("--arrivals", default="", help="New cases a week, instead of those of the past.")
@click.option(
    "--staff", multiple=True, metavar="ROLE[+ROLE]=PEOPLE[xHOURS]",
    help="People and their hours a week, instead of those who worked on it lately; repeat for each group.",
)  # fmt: skip
@click.option("--minutes", multiple=True, metavar="ROLE=MINUTES", help="Work on a task of a role, or of process/element.")
@click.option("--share", multiple=True, metavar="PROCESS/GATEWAY/FLOW=WEIGHT", help="How often a flow is taken.")
@click.option("--timer", multiple=True, metavar="PROCESS/ELEMENT=P2W", help="Another duration or date of a timer.")
@click.option(
    "--models", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="Files or folders that new cases go by, instead of what is deployed.",
)  # fmt: skip
@click.option(
    "--scenarios", multiple=True, type=click.Path(exists=True, path_type=Path),
    help="Scenarios as examples of cases, for a process that has none; with --models.",
)  # fmt: skip
@click.option("--backtest", type=click.IntRange(0, 20), default=0, help="Forecast so many times what is past already, first.")
@click.option("--processes", type=click.IntRange(1, 64), default=None, help="How many at once; as many as this machine can.")
@click.option("--json", "as_json_", is_flag=True, help="Print the forecast as JSON.")
@_by
@_said
def forecast_(
    process: str, weeks: int, futures: int, seed: int, arrivals: str, staff: tuple[str, ...], minutes: tuple[str, ...],
    share: tuple[str, ...], timer: tuple[str, ...], models: tuple[Path, ...], scenarios: tuple[Path, ...], backtest: int,
    processes: int | None, as_json_: bool, actor: Actor,
) -> None:  # fmt: skip
    """Play futures of a process with people, partners and time; print what they have in common, with bands of 80 %."""
    from inburgering_flow.platform import Platform
    from inburgering_flow.services.resources import collect
    from inburgering_flow.workbench import assumed, deployed
    from inburgering_flow.workbench.backtests import Backtest, moments_before
    from inburgering_flow.workbench.backtests import backtest as tested
    from inburgering_flow.workbench.forecast_report import as_text, of_backtest
    from inburgering_flow.workbench.forecasts import Assumptions, as_json, forecast
    from inburgering_flow.workbench.gathering import gather
    from inburgering_flow.workbench.histories import examples, history

    given = Assumptions(
        weeks, assumed.number(arrivals) if arrivals else None, [assumed.group(one) for one in staff] or None,
        {name: assumed.number(value) for name, value in (assumed.pair(one, "behandelaar=45") for one in minutes)},
        assumed.shares(share),
        {assumed.place(name): value for name, value in (assumed.pair(one, "process/element=P2W") for one in timer)},
        collect(models) if models and not scenarios else (), futures, seed,
    )  # fmt: skip
    with Platform.open() as platform:
        services, last = platform.services, None
        if scenarios:
            gathered = gather(scenarios, models)
            files = gathered.resources
            own = [one for one in gathered.scenarios if one.content["proces"] == process]
            past = examples(own, platform.clock.now(), services.context.domain.free_day, given.groups or ())
        else:
            files = deployed.models(services)
            past = history(services, process, actor)
        if backtest and not scenarios:
            known = Assumptions(weeks, futures=futures, seed=seed)
            moments = moments_before(past.until, backtest, weeks)
            for number, last in enumerate(tested(services, process, actor, files, known, moments, processes=processes), 1):
                click.echo(f"{moments[number - 1].date()}: compared {len(last.raw)} figures so far", err=True)
        made = forecast(past, given, files, processes=processes)
    if isinstance(last, Backtest):
        made = made.widened(last.factors)
    if as_json_:
        click.echo(dump_value({**as_json(made), **({"backtest": of_backtest(last)} if last else {})}))
    else:
        click.echo(as_text(made, past, last))


@main.command()
@click.argument("username")
@click.option("--role", "roles", multiple=True, help="A role; repeat the option for several.")
@click.option("--name", default="", help="The name that colleagues see.")
@click.option("--location", default=None, help="Reception centre of a coa-medewerker.")
@click.password_option(help="Asked for if not given.")
@_by
@_said
def user(username: str, roles: tuple[str, ...], name: str, location: str | None, password: str, actor: Actor) -> None:
    """Create an account, or change its password and roles."""
    from inburgering_flow.platform import Platform
    from inburgering_flow.services.accounts import Accounts

    with Platform.open() as platform:
        Accounts(platform.context).save(
            username, display_name=name or username, password=password, roles=roles, location=location, actor=actor
        )
    click.echo(f"{username}: {', '.join(roles) or 'no role'}")


@main.group()
def log() -> None:
    """The audit log: check its chain, anchor it outside the database."""


@log.command("check")
@click.option(
    "--anchor", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Compare with this file, such as kept lines of log anchor.",
)  # fmt: skip
@click.option("--recent", is_flag=True, help="Read only the lines since the newest anchor, where the log agrees with it.")
@_said
def log_check(anchor: Path | None, recent: bool) -> None:
    """Check every line of the audit log; exit code 1 if one is wrong. With --recent a line before the newest anchor that was
    changed where it stands is not found.
    """
    from inburgering_flow.platform import Platform

    with Platform.open() as platform:
        found = platform.services.audit_chain.check(anchor=anchor, since_anchor=recent)
    for finding in found:
        click.echo(f"{'remark' if finding.is_remark else 'wrong'}: {finding}")
    wrong = sum(1 for finding in found if not finding.is_remark)
    if wrong:
        raise click.ClickException(f"The audit log was changed: {wrong} findings.")
    click.echo("Every line that was read follows the one before it." if recent else "Every line follows the one before it.")


@log.command("anchor")
@_said
def log_anchor() -> None:
    """Print where the audit log ends now, as a line to keep elsewhere; put such lines in a file for log check --anchor."""
    from inburgering_flow.platform import Platform

    with Platform.open() as platform:
        platform.services.audit_chain.anchor()
        click.echo(platform.services.audit_chain.anchor_line())


@log.command("accept")
@click.argument("reason")
@_by
@_said
def log_accept(reason: str, actor: Actor) -> None:
    """Declare that an older state of the database was restored on purpose, and why; the log and the anchor keep that."""
    from inburgering_flow.platform import Platform

    with Platform.open() as platform:
        click.echo(platform.services.audit_chain.accept(reason, actor))


@main.command("effect")
@click.argument("process")
@click.option("--before", default="", metavar="VERSION|FROM..TO", help="Cases of a version, or begun on these days.")
@click.option("--after", default="", metavar="VERSION|FROM..TO", help="What they are compared with.")
@click.option("--check", "runs", type=click.IntRange(0, 10_000), default=0,
              help="Instead: split the newest cases by chance so often, and tell how often the method is wrong.")  # fmt: skip
@click.option("--planted", type=click.FloatRange(0.01, 1.0), default=0.15, show_default=True,
              help="With --check: by which share durations of one half are made longer.")  # fmt: skip
@click.option("--most", type=click.IntRange(40, 20_000), default=800, show_default=True, help="Cases of a group, the newest.")
@_by
@_said
def effect_(process: str, before: str, after: str, runs: int, planted: float, most: int, actor: Actor) -> None:
    """Compare two versions of PROCESS, or two periods, on duration, repetition and missed terms, among cases alike."""
    from inburgering_flow.platform import Platform
    from inburgering_flow.workbench.effect_report import as_text, group_of, of_trust

    with Platform.open() as platform:
        effects = platform.services.effects
        if runs:
            click.echo(of_trust(effects.history(process, actor, most), planted, runs))
        else:
            found = effects.compare(process, group_of(before), group_of(after), actor, most=most, rounds=1_999)
            click.echo(as_text(found))


@main.command("missed-terms")
@click.option("--from", "since", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day that is judged.")
@click.option("--every", type=click.IntRange(1, 365), default=14, show_default=True, help="Days between two moments.")
@_by
@_said
def missed_terms(since: datetime, every: int, actor: Actor) -> None:
    """Judge terms at past moments by what was known then; print how true that was, beside warning by days left."""
    from inburgering_flow.clock import start_of_day
    from inburgering_flow.platform import Platform
    from inburgering_flow.workbench.late_backtest import backtest, moments_before, report

    with Platform.open() as platform:
        moments, found = moments_before(platform.clock.now(), start_of_day(since.date()), every), None
        for number, found in enumerate(backtest(platform.services, moments, actor), 1):
            click.echo(f"{moments[number - 1].date()}: judged {len(found.judged)} terms so far", err=True)
    if found is None:
        raise InvalidInput("The first day lies in the future.", remedy="Choose an earlier one.")
    click.echo(report(found))


@main.command("event-log")
@click.option("--format", "form", type=click.Choice(["ocel", "xes"]), default="ocel", show_default=True, help="What is written.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Cases that began on this day or later.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Cases that began on this day or earlier.")
@click.argument("file", type=click.File("wb", lazy=True))
@_by
@_said
def event_log_(form: str, since: datetime, until: datetime, file: IO[bytes], actor: Actor) -> None:
    """Write what happened in cases into FILE (- for standard output) for process mining, without names or numbers of cases."""
    from inburgering_flow.platform import Platform

    with Platform.open() as platform:
        for piece in platform.services.event_logs.write(form, since.date(), until.date(), actor):
            file.write(piece)


@main.command()
@_said
def doctor() -> None:
    """Check settings, database, schema, installed parts and due work; exit code 1 if something needs attention."""
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
        raise click.ClickException(f"{wrong} of {len(checks)} checks need attention.")


@main.command()
@click.argument("target", type=click.Path(dir_okay=False))
@_by
@_said
def backup(target: str, actor: Actor) -> None:
    """Write a consistent copy of a SQLite database while it is in use (PostgreSQL: use pg_dump)."""
    from inburgering_flow.platform import Platform
    from inburgering_flow.store import backups, migrations

    chosen = settings.read()
    if migrations.is_newest(chosen.database_url):  # else nothing may be written: it is another program's, or an older one
        with Platform.open(settings_=chosen) as platform:
            platform.services.audit_log.exported(actor, f"backup {Path(target).name}")
    backups.write(chosen.database_url, Path(target))
    click.echo(f"{target}: copied; store it together with the file secret.key that is next to the database.")


def _json(text: str) -> dict[str, Any]:
    """Read variables from a file (also ``@file``), from standard input (``-``) or from the text itself."""
    remedy = 'Write them like {"a": 1}, or name a file that holds that.'
    try:
        if text == "-":
            source = sys.stdin.read()
        elif text.startswith("@") or _is_file(text):
            source = Path(text.removeprefix("@")).read_text(encoding="utf-8")
        else:
            source = text
        if not source.lstrip().startswith(("{", "[")) and source is text:
            raise InvalidInput(f"There is no file {text[:200]!r}.", remedy=remedy)
        value = load_sent(source)
    except (OSError, ValueError) as error:
        raise InvalidInput(f"The variables are not JSON: {error}.", remedy=remedy) from None
    if not isinstance(value, dict):
        raise InvalidInput("The variables are not a JSON object.", remedy=remedy)
    return value


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # longer than a path can be, or containing a NUL byte
        return False
