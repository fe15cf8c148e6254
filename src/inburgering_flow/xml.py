"""The only reader and writer of XML: no entities, no network, bounded size and depth.

Source: OWASP XML External Entity Prevention; lxml's parser options.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from lxml import etree

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _

MAX_BYTES = 10_000_000
MAX_DEPTH = 200

Element = etree._Element
_NO_CHARACTER = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse(content: bytes, *, name: str = "document") -> Element:
    """Return the root of an XML document that is safe to walk.

    ``content`` is at most 10 MB and 200 levels deep and has no document type declaration.
    Raises ``InvalidInput`` with line and cause for anything else.
    """
    if len(content) > MAX_BYTES:
        raise InvalidInput(
            _("{name} is {size:,} bytes long; at most {max_bytes:,} are read.").format(
                name=name, size=len(content), max_bytes=MAX_BYTES
            ),
            remedy=_("Split the diagram or remove embedded pictures."),
            code="XML_TOO_LARGE",
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        if "Excessive depth" in str(error):
            raise too_deep(name) from None
        raise InvalidInput(
            _("{name} is not well-formed XML: {error}.").format(name=name, error=error),
            remedy=_("Open and save it again in the modeler."),
            code="XML_SYNTAX",
        ) from None
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # the stubs lag behind lxml
        raise InvalidInput(
            _("{name} has a document type declaration, which is not read.").format(name=name),
            remedy=_("Remove the <!DOCTYPE …> line; a modeler never writes one."),
            code="XML_DOCTYPE",
        )
    level: list[Element] = [root]
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise too_deep(name)
        level = [child for element in level for child in element]
    return root


def too_deep(name: str) -> InvalidInput:
    """Return the error for a document that is nested too deeply to be read."""
    return InvalidInput(
        _("{name} is nested deeper than {max_depth} levels.").format(name=name, max_depth=MAX_DEPTH),
        remedy=_("Draw it flatter."),
        code="XML_TOO_DEEP",
    )


def local(element: Element) -> str:
    """Return the tag without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: Element) -> str:
    """Return the namespace of the tag, or an empty string."""
    return str(element.tag).rpartition("}")[0].removeprefix("{")


def made(tag: str, attributes: Mapping[str, str], inside: Iterable[Element] = ()) -> Element:
    """Return a new element; what no XML can hold in its attributes becomes a question mark."""
    element = etree.Element(tag, {name: _NO_CHARACTER.sub("?", value) for name, value in attributes.items()})
    element.extend(list(inside))
    return element


def written(root: Element) -> bytes:
    """Return an element as a document, laid out."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
