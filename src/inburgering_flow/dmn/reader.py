"""From DMN XML (1.1 to 1.5) to a ``Model``.

Source: DMN 1.5, chapter 12 and DMN15.xsd.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from inburgering_flow import xml
from inburgering_flow.dmn import boxed
from inburgering_flow.dmn.decisions import Model
from inburgering_flow.dmn.errors import DmnFileError
from inburgering_flow.dmn.graph import (
    Decision,
    DecisionService,
    Element,
    Import,
    InputData,
    KnowledgeModel,
)
from inburgering_flow.dmn.tests import value_check
from inburgering_flow.dmn.types import ItemDefinition, Types
from inburgering_flow.feel.types import FeelType
from inburgering_flow.i18n import _
from inburgering_flow.xml import local

NAMESPACES = {
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20151101/dmn11.xsd": "1.1",
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "http://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
MAX_IMPORTS = 50

Resolve = Callable[[str], bytes]
"""Gets the namespace or location of an import and returns the file; raises ``KeyError`` or ``OSError``."""


def read_model(path: str | Path) -> Model:
    """Return the decision model of a file; the models it imports are looked for in the same folder.

    An import is found by its ``locationURI`` (a file name in the same folder) or by its namespace. Raises
    ``DmnFileError``, or ``InvalidInput`` for a file that is not safe XML.
    """
    file = Path(path)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise DmnFileError(
            _("{name} cannot be read: {strerror}.").format(name=file.name, strerror=error.strerror),
            remedy=_("Check the path."),
            code="DMN_NO_FILE",
        ) from None

    def beside(wanted: str) -> bytes:
        if "/" not in wanted.strip("./") and wanted and (file.parent / Path(wanted).name).is_file():
            return (file.parent / Path(wanted).name).read_bytes()
        for other in sorted(file.parent.glob("*.dmn")):
            found = other.read_bytes()
            if (
                other != file
                and wanted.encode() in found
                and xml.parse(found, name=other.name).get("namespace") == wanted
            ):
                return found
        raise KeyError(wanted)

    return parse_model(content, name=file.name, resolve=beside)


def parse_model(content: bytes, *, name: str = "model.dmn", resolve: Resolve | None = None) -> Model:
    """Return the decision model of a file's bytes.

    ``resolve`` gets an import's location, then its namespace, and returns that file's bytes or raises ``KeyError``.
    Raises ``DmnFileError`` for what is not a decision model, and ``InvalidInput`` for what is not safe XML.
    """
    return _parse(content, name, resolve, {})


def _parse(content: bytes, name: str, resolve: Resolve | None, known: dict[str, Model]) -> Model:
    root = xml.parse(content, name=name)
    if local(root) != "definitions" or xml.namespace(root) not in NAMESPACES:
        raise DmnFileError(
            _("{name} is not a DMN model (version 1.1 to 1.5).").format(name=name),
            remedy=_("Save it as DMN 1.3 or later in the modeler."),
        )
    elements: dict[str, Element] = {}
    definitions: list[ItemDefinition] = []
    imports: list[Import] = []
    for child in root:
        kind = local(child)
        if kind == "itemDefinition":
            definitions.append(_item_definition(child))
        elif kind == "import":
            if "DMN" in child.get("importType", "") or xml.namespace(root) in child.get("importType", ""):
                imports.append(Import(child.get("name", ""), child.get("namespace", ""), child.get("locationURI", "")))
        elif kind in _ELEMENTS:
            element = _ELEMENTS[kind](child)
            if element.id in elements:
                raise DmnFileError(
                    _("{name} has two elements with the id {id!r}.").format(name=name, id=element.id),
                    remedy=_("Give one another id."),
                )
            elements[element.id] = element
    model = Model(root.get("name", name), root.get("namespace", ""), elements, tuple(definitions), tuple(imports))
    model.foreign = tuple(_foreign(root))
    known[model.namespace] = model
    for one in imports:
        model.imported[one.name] = _import(one, name, resolve, known)

    def imported_type(prefix: str, type_name: str) -> FeelType | None:
        other = model.imported.get(prefix)
        return other.types.find(type_name) if other is not None else None

    model.types = Types(model.definitions, imported_type, value_check)
    return model


def _import(wanted: Import, name: str, resolve: Resolve | None, known: dict[str, Model]) -> Model:
    if wanted.namespace in known:
        return known[wanted.namespace]
    if resolve is not None and len(known) < MAX_IMPORTS:
        for where in (wanted.location, wanted.namespace):
            if not where:
                continue
            try:
                content = resolve(where)
            except (KeyError, OSError):
                continue
            found = _parse(content, where, resolve, known)
            if not wanted.namespace or found.namespace == wanted.namespace:
                return found
    raise DmnFileError(
        _("{name} imports {location!r}, which cannot be found.").format(
            name=name, location=wanted.location or wanted.namespace
        ),
        remedy=_("Put the imported model in the same folder or deploy both together."),
        code="DMN_NO_IMPORT",
    )


def _foreign(root: xml.Element) -> Iterator[tuple[str, str]]:
    """Yield the element and the language of each expression that is not FEEL."""
    for child in root.iter():
        language = child.get("expressionLanguage", "") if isinstance(child.tag, str) else ""
        if isinstance(child.tag, str) and local(child) in ("functionDefinition", "encapsulatedLogic"):
            language = language or child.get("kind", "")
        if language and "FEEL" not in language.upper():
            owner = child
            while local(owner) not in _ELEMENTS and (parent := owner.getparent()) is not None:
                owner = parent
            yield ("" if owner is root else _id(owner)), language


# ─── parts ───


def _children(element: xml.Element, *names: str) -> Iterator[xml.Element]:
    return (child for child in element if local(child) in names)


def _child(element: xml.Element, *names: str) -> xml.Element | None:
    return next(_children(element, *names), None)


def _text(element: xml.Element | None) -> str:
    """The text of ``<x><text>…</text></x>``."""
    if element is None:
        return ""
    inner = _child(element, "text")
    return "".join(str(piece) for piece in inner.itertext()) if inner is not None else ""


def _plain(element: xml.Element, name: str) -> str:
    child = _child(element, name)
    return (child.text or "").strip() if child is not None else ""


def _name(element: xml.Element) -> str:
    return " ".join(element.get("name", "").split())


def _references(element: xml.Element, *names: str) -> tuple[str, ...]:
    return tuple(
        child.get("href", "") for child in element.iter() if isinstance(child.tag, str) and local(child) in names
    )


def _variable(element: xml.Element) -> tuple[str, str]:
    variable = _child(element, "variable")
    if variable is None:
        return _name(element), ""
    return _name(variable) or _name(element), variable.get("typeRef", "")


def _id(element: xml.Element) -> str:
    return str(element.get("id") or element.get("name", ""))


def _input_data(element: xml.Element) -> Element:
    return InputData(_id(element), _name(element), *_variable(element))


def _required(element: xml.Element, requirement: str, *names: str) -> tuple[str, ...]:
    return tuple(
        child.get("href", "") for outer in _children(element, requirement) for child in _children(outer, *names)
    )


def _decision(element: xml.Element) -> Element:
    return Decision(
        _id(element),
        _name(element),
        *_variable(element),
        inputs=_required(element, "informationRequirement", "requiredInput"),
        decisions=_required(element, "informationRequirement", "requiredDecision"),
        knowledge=_required(element, "knowledgeRequirement", "requiredKnowledge"),
        expression=_expression(element),
        question=_plain(element, "question"),
        description=_plain(element, "description"),
    )


def _knowledge_model(element: xml.Element) -> Element:
    logic = _child(element, "encapsulatedLogic")
    return KnowledgeModel(
        _id(element),
        _name(element),
        *_variable(element),
        knowledge=_required(element, "knowledgeRequirement", "requiredKnowledge"),
        logic=_function(logic) if logic is not None else None,
    )


def _service(element: xml.Element) -> Element:
    return DecisionService(
        _id(element),
        _name(element),
        *_variable(element),
        inputs=_references(element, "inputData"),
        input_decisions=_references(element, "inputDecision"),
        outputs=_references(element, "outputDecision"),
    )


_ELEMENTS: dict[str, Callable[[xml.Element], Element]] = {
    "inputData": _input_data,
    "decision": _decision,
    "businessKnowledgeModel": _knowledge_model,
    "decisionService": _service,
}


def _item_definition(element: xml.Element) -> ItemDefinition:
    function = _child(element, "functionItem")
    signature = None
    if function is not None:
        signature = (
            tuple((_name(part), part.get("typeRef", "")) for part in _children(function, "parameters")),
            function.get("outputTypeRef", ""),
        )
    return ItemDefinition(
        _name(element),
        _plain(element, "typeRef"),
        _text(_child(element, "allowedValues")),
        _text(_child(element, "typeConstraint")),
        element.get("isCollection") == "true",
        tuple(_item_definition(part) for part in _children(element, "itemComponent")),
        signature,
    )


# ─── boxed expressions ───


def _expression(element: xml.Element | None) -> boxed.Boxed | None:
    """Return the boxed expression among an element's children."""
    if element is None:
        return None
    for child in element:
        read = _BOXES.get(local(child))
        if read is not None:
            return read(child)
    return None


def _base(element: xml.Element) -> tuple[str, str]:
    return element.get("id", ""), element.get("typeRef", "")


def _literal(element: xml.Element) -> boxed.Boxed:
    language = element.get("expressionLanguage", "")
    return boxed.Literal(*_base(element), _text(element), "" if "FEEL" in language.upper() else language)


def _binding(element: xml.Element, name: str, type_ref: str) -> boxed.Binding:
    return boxed.Binding(name, type_ref, _expression(element))


def _invocation(element: xml.Element) -> boxed.Boxed:
    bindings = []
    for child in _children(element, "binding"):
        parameter = _child(child, "parameter")
        name = _name(parameter) if parameter is not None else ""
        bindings.append(_binding(child, name, parameter.get("typeRef", "") if parameter is not None else ""))
    return boxed.Invocation(*_base(element), _expression(element), tuple(bindings))


def _context(element: xml.Element) -> boxed.Boxed:
    entries = []
    for child in _children(element, "contextEntry"):
        variable = _child(child, "variable")
        entries.append(
            _binding(child, "", "")
            if variable is None
            else _binding(child, _name(variable), variable.get("typeRef", ""))
        )
    return boxed.ContextBox(*_base(element), tuple(entries))


def _items(element: xml.Element) -> tuple[boxed.Boxed | None, ...]:
    return tuple(_BOXES[local(child)](child) for child in element if local(child) in _BOXES)


def _list(element: xml.Element) -> boxed.Boxed:
    return boxed.ListBox(*_base(element), _items(element))


def _relation(element: xml.Element) -> boxed.Boxed:
    return boxed.Relation(
        *_base(element),
        tuple(_name(column) for column in _children(element, "column")),
        tuple(_items(row) for row in _children(element, "row")),
    )


def _function(element: xml.Element) -> boxed.FunctionBox:
    parameters = tuple((_name(part), part.get("typeRef", "")) for part in _children(element, "formalParameter"))
    return boxed.FunctionBox(*_base(element), element.get("kind", "FEEL"), parameters, _expression(element))


def _conditional(element: xml.Element) -> boxed.Boxed:
    return boxed.Conditional(
        *_base(element),
        _expression(_child(element, "if")),
        _expression(_child(element, "then")),
        _expression(_child(element, "else")),
    )


def _filter(element: xml.Element) -> boxed.Boxed:
    return boxed.FilterBox(*_base(element), _expression(_child(element, "in")), _expression(_child(element, "match")))


def _iterator(element: xml.Element) -> boxed.Boxed:
    return boxed.IteratorBox(
        *_base(element),
        local(element),
        " ".join(element.get("iteratorVariable", "").split()),
        _expression(_child(element, "in")),
        _expression(_child(element, "return", "satisfies")),
    )


def _table(element: xml.Element) -> boxed.Boxed:
    inputs = []
    for child in _children(element, "input"):
        expression = _child(child, "inputExpression")
        inputs.append(
            boxed.InputClause(
                child.get("id", ""),
                child.get("label", ""),
                _text(expression),
                expression.get("typeRef", "") if expression is not None else "",
                _text(_child(child, "inputValues")),
            )
        )
    outputs = tuple(
        boxed.OutputClause(
            child.get("id", ""),
            _name(child),
            child.get("label", ""),
            child.get("typeRef", ""),
            _text(_child(child, "outputValues")),
            _default(child),
        )
        for child in _children(element, "output")
    )
    rules = tuple(
        boxed.RuleBox(
            child.get("id", ""),
            tuple(_text(entry) for entry in _children(child, "inputEntry")),
            tuple(_literal(entry) for entry in _children(child, "outputEntry")),
            tuple(_text(entry) for entry in _children(child, "annotationEntry")),
            _plain(child, "description"),
        )
        for child in _children(element, "rule")
    )
    return boxed.Table(
        *_base(element),
        element.get("hitPolicy", "UNIQUE").replace("_", " "),
        element.get("aggregation", ""),
        tuple(inputs),
        outputs,
        tuple(_name(child) for child in _children(element, "annotation")),
        rules,
    )


def _default(element: xml.Element) -> boxed.Boxed | None:
    child = _child(element, "defaultOutputEntry")
    return _literal(child) if child is not None else None


_BOXES: dict[str, Callable[[xml.Element], boxed.Boxed]] = {
    "literalExpression": _literal,
    "invocation": _invocation,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "functionDefinition": _function,
    "decisionTable": _table,
    "conditional": _conditional,
    "filter": _filter,
    "for": _iterator,
    "some": _iterator,
    "every": _iterator,
}
