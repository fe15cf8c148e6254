"""Writes ``docs/regels`` from the rules' own texts: ``python tools/rules.py``."""

from __future__ import annotations

from pathlib import Path

from inburgering_flow.model.lint import ERROR, Rule
from inburgering_flow.services.rulebook import RULES, TABLES

FOLDER = Path(__file__).parents[1] / "docs" / "regels"
LOOKS_AT = {
    "bpmn": "Diagrammen · diagrams",
    "dmn": "Beslissingen · decisions",
    "forms": "Formulieren · forms",
    "services": "Bestanden samen · files together",
}
MADE = "<!-- Made by `python tools/rules.py` from the rule itself; a test compares the two. -->"


def severity(rule: Rule) -> tuple[str, str]:
    """Return the severity of a rule, in Dutch and English."""
    if rule.severity != ERROR:
        return (
            "Waarschuwing: klaarzetten kan wel. Een gemeente kan er een fout van maken of de regel uitzetten.",
            "Warning: it can be deployed. A municipality can make it an error, or switch the rule off.",
        )
    if rule.protects:
        return (
            "Fout: klaarzetten kan niet. Deze regel beschermt het platform en kan niet lager worden gezet.",
            "Error: it cannot be deployed. This rule protects the platform and cannot be lowered.",
        )
    return (
        "Fout: klaarzetten kan niet. Een gemeente kan er een waarschuwing van maken of de regel uitzetten.",
        "Error: it cannot be deployed. A municipality can make it a warning, or switch the rule off.",
    )


def page(rule: Rule) -> str:
    """Return the page of one rule."""
    dutch, english = severity(rule)
    kind = "json" if rule.wrong.strip().startswith(("{", "[")) else "xml" if rule.wrong.strip().startswith("<") else "text"
    lines = [
        f"# {rule.id}",
        MADE,
        "## Nederlands",
        f"**Wat is er mis?** {rule.nl.what}",
        f"**Waarom is dat erg?** {rule.nl.why}",
        f"**Hoe verhelpt u het?** {rule.nl.mend}",
        dutch,
        "## English",
        f"**What is wrong?** {rule.en.what}",
        f"**Why does it matter?** {rule.en.why}",
        f"**How do you fix it?** {rule.en.mend}",
        english,
        "## Voorbeeld · Example",
        f"Fout · Wrong:\n\n```{kind}\n{rule.wrong.strip()}\n```",
        f"Goed · Right:\n\n```{kind}\n{rule.right.strip()}\n```",
        "[Alle regels · All rules](README.md)",
    ]
    return "\n\n".join(lines) + "\n"


def index() -> str:
    """Return the list of all rules."""
    lines = [
        "# Regels · Rules",
        "",
        MADE,
        "",
        "Wat bij het klaarzetten wordt nagekeken, met per regel een pagina: wat er mis is, waarom dat erg is, en hoe u het",
        "verhelpt. What is checked when something is deployed, with a page for each rule: what is wrong, why it matters, and",
        "how to fix it. Met het bestand van de instelling `RULES` (zie de README) zet een gemeente regels op `off`, `warning`",
        "of `error`; regels met **vast** kunnen niet lager. With the file of the setting `RULES` a municipality sets rules to",
        "`off`, `warning` or `error`; those marked **vast** cannot be lowered.",
    ]
    for folder, table in TABLES.items():
        lines += ["", f"## {LOOKS_AT[folder]}", "", "| regel · rule | | wat · what |", "|---|---|---|"]
        for rule in table:
            grave = "fout · error" if rule.severity == ERROR else "waarschuwing · warning"
            fixed = ", **vast**" if rule.protects else ""
            lines.append(f"| [`{rule.id}`]({rule.id}.md) | {grave}{fixed} | {rule.nl.what} *{rule.en.what}* |")
    return "\n".join(lines) + "\n"


def pages() -> dict[str, str]:
    """Return every page: file name → text."""
    return {"README.md": index()} | {f"{rule.id}.md": page(rule) for rule in RULES.values()}


def main() -> None:
    """Write every page and remove those of rules that no longer exist."""
    FOLDER.mkdir(exist_ok=True)
    wanted = pages()
    for old in FOLDER.iterdir():
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
