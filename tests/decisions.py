"""A small language for decision models in tests: what matters is in the test, the XML is made here."""

from __future__ import annotations

from html import escape
from typing import Any

from inburgering_flow.dmn import Model, parse_model
from inburgering_flow.feel import Context
from inburgering_flow.feel.values import text_of

DMN = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def file(body: str, namespace: str = "urn:m", name: str = "m", dmn: str = DMN) -> str:
    """Return a whole file."""
    return f'<definitions xmlns="{dmn}" id="{name}" name="{name}" namespace="{namespace}">{body}</definitions>'


def id_of(name: str) -> str:
    """Return the id that elements of that name get here."""
    return name.replace(" ", "_")


def imported(name: str, namespace: str) -> str:
    """Return an import."""
    return f'<import name="{name}" namespace="{namespace}" importType="{DMN}"/>'


def literal(text: str, type_ref: str = "") -> str:
    """Return a literal expression."""
    kind = f' typeRef="{type_ref}"' if type_ref else ""
    return f"<literalExpression{kind}><text>{escape(text)}</text></literalExpression>"


def data(name: str, type_ref: str = "Any") -> str:
    """Return input data."""
    return f'<inputData id="{id_of(name)}" name="{name}"><variable name="{name}" typeRef="{type_ref}"/></inputData>'


def refer(name: str) -> str:
    """Return the href to an element by its name, or one that is whole already."""
    return name if "#" in name else f"#{id_of(name)}"


def needs(inputs: list[str] | None = None, decisions: list[str] | None = None, knows: list[str] | None = None) -> str:
    """Return requirements, by names or whole hrefs."""
    return (
        "".join(
            f'<informationRequirement><requiredInput href="{refer(n)}"/></informationRequirement>' for n in inputs or []
        )
        + "".join(
            f'<informationRequirement><requiredDecision href="{refer(n)}"/></informationRequirement>'
            for n in decisions or []
        )
        + "".join(
            f'<knowledgeRequirement><requiredKnowledge href="{refer(n)}"/></knowledgeRequirement>' for n in knows or []
        )
    )


def decision(
    name: str,
    logic: str,
    type_ref: str = "Any",
    inputs: list[str] | None = None,
    decisions: list[str] | None = None,
    knows: list[str] | None = None,
) -> str:
    """Return a decision; ``logic`` is a boxed expression, or the text of a literal one."""
    boxed = logic if logic.startswith("<") else literal(logic)
    return (
        f'<decision id="{id_of(name)}" name="{name}"><variable name="{name}" typeRef="{type_ref}"/>'
        f"{needs(inputs, decisions, knows)}{boxed}</decision>"
    )


def knowledge(
    name: str, parameters: dict[str, str], logic: str, type_ref: str = "", knows: list[str] | None = None
) -> str:
    """Return a business knowledge model; ``parameters`` are types by name."""
    boxed = logic if logic.startswith("<") else literal(logic)
    formal = "".join(f'<formalParameter name="{n}" typeRef="{t}"/>' for n, t in parameters.items())
    return (
        f'<businessKnowledgeModel id="{id_of(name)}" name="{name}"><variable name="{name}" typeRef="{type_ref}"/>'
        f"<encapsulatedLogic>{formal}{boxed}</encapsulatedLogic>{needs(knows=knows)}</businessKnowledgeModel>"
    )


def service(
    name: str,
    outputs: list[str],
    inputs: list[str] | None = None,
    input_decisions: list[str] | None = None,
    encapsulated: list[str] | None = None,
    type_ref: str = "",
) -> str:
    """Return a decision service."""
    return (
        f'<decisionService id="{id_of(name)}" name="{name}"><variable name="{name}" typeRef="{type_ref}"/>'
        + "".join(f'<outputDecision href="{refer(n)}"/>' for n in outputs)
        + "".join(f'<encapsulatedDecision href="{refer(n)}"/>' for n in encapsulated or [])
        + "".join(f'<inputDecision href="{refer(n)}"/>' for n in input_decisions or [])
        + "".join(f'<inputData href="{refer(n)}"/>' for n in inputs or [])
        + "</decisionService>"
    )


def context(*entries: tuple[str, str], result: str = "") -> str:
    """Return a boxed context; a value is a boxed expression or the text of a literal one."""

    def box(value: str) -> str:
        return value if value.startswith("<") else literal(value)

    return (
        "<context>"
        + "".join(f'<contextEntry><variable name="{n}"/>{box(v)}</contextEntry>' for n, v in entries)
        + (f"<contextEntry>{box(result)}</contextEntry>" if result else "")
        + "</context>"
    )


def table(
    inputs: list[str],
    rules: list[list[str]],
    policy: str = "UNIQUE",
    *,
    outputs: list[tuple[str, str]] | None = None,
    aggregation: str = "",
    allowed: dict[int, str] | None = None,
    types: dict[int, str] | None = None,
    defaults: list[str] | None = None,
) -> str:
    """Return a decision table.

    ``inputs`` are expressions; a rule is its input entries, then its output entries; ``outputs`` are pairs of name and
    output values; ``allowed`` are input values and ``types`` types by the number of the input, from 0.
    """
    how = f' aggregation="{aggregation}"' if aggregation else ""
    columns = outputs or [("", "")]
    clauses = "".join(
        f'<input><inputExpression typeRef="{(types or {}).get(i, "")}"><text>{escape(text)}</text></inputExpression>'
        + (f"<inputValues><text>{escape(allowed[i])}</text></inputValues>" if allowed and i in allowed else "")
        + "</input>"
        for i, text in enumerate(inputs)
    ) + "".join(
        f'<output name="{name}">'
        + (f"<outputValues><text>{escape(values)}</text></outputValues>" if values else "")
        + (f"<defaultOutputEntry><text>{escape(defaults[i])}</text></defaultOutputEntry>" if defaults else "")
        + "</output>"
        for i, (name, values) in enumerate(columns)
    )
    lines = "".join(
        f'<rule id="r{number}">'
        + "".join(f"<inputEntry><text>{escape(one)}</text></inputEntry>" for one in rule[: len(inputs)])
        + "".join(f"<outputEntry><text>{escape(one)}</text></outputEntry>" for one in rule[len(inputs) :])
        + "</rule>"
        for number, rule in enumerate(rules, 1)
    )
    return f'<decisionTable hitPolicy="{policy}"{how}>{clauses}{lines}</decisionTable>'


def item(
    name: str, type_ref: str = "", *, allowed: str = "", constraint: str = "", many: bool = False, parts: str = ""
) -> str:
    """Return an item definition; ``parts`` are components from ``part``."""
    return (
        f'<itemDefinition name="{name}" isCollection="{str(many).lower()}">'
        + (f"<typeRef>{type_ref}</typeRef>" if type_ref else "")
        + (f"<allowedValues><text>{escape(allowed)}</text></allowedValues>" if allowed else "")
        + (f"<typeConstraint><text>{escape(constraint)}</text></typeConstraint>" if constraint else "")
        + parts
        + "</itemDefinition>"
    )


def part(name: str, type_ref: str, *, allowed: str = "", many: bool = False) -> str:
    """Return a component of an item definition."""
    return item(name, type_ref, allowed=allowed, many=many).replace("itemDefinition", "itemComponent")


def model(*parts: str) -> Model:
    return parse_model(file("".join(parts)).encode())


def answer(found: Model, name: str, inputs: dict[str, Any] | None = None) -> str:
    """The value as text; ``null!`` where a warning says why it is null."""
    context_ = Context()
    value = found.evaluate(name, inputs, context=context_)
    return "null!" if value is None and context_.warnings else text_of(value, inside=True)
