// What the editor's library (moddle) would not bring back from a file of others: extension elements that it does not know, line
// ends in attributes. They stand aside while the file is open; what goes lost all the same is named.
const ASIDE = "urn:inburgering-flow:terzijde";
const XMLNS = "http://www.w3.org/2000/xmlns/";
const XSI = "http://www.w3.org/2001/XMLSchema-instance";
const DRAWING = /\/(?:DI|DC|DMNDI)\/?$/;
const LISTED = 8;
export const COMMENT = "<!-- … -->";
const BACK = new Set(["incoming", "outgoing"]); // the library draws these up anew from the flows

const parsed = (xml) => new DOMParser().parseFromString(xml, "application/xml");
const isBroken = (file) => !file.documentElement || file.getElementsByTagName("parsererror").length > 0;

// A prefix that stands nowhere in the text, so that it can be found again in what is saved.
function free(xml) {
  let prefix = "terzijde";
  while (xml.includes(prefix)) prefix += "_";
  return prefix;
}

function isKnown(element, moddle) {
  const own = moddle.getPackage(element.namespaceURI);
  if (!own) return false;
  try {
    return Boolean(moddle.getType(`${own.prefix}:${element.localName[0].toUpperCase()}${element.localName.slice(1)}`));
  } catch {
    return false;
  }
}

const declarations = (element) => [...element.attributes].filter(({ namespaceURI }) => namespaceURI === XMLNS);

// Declarations go to the root, where the library wants them; where a prefix means two things each keeps its own place.
function declaredAbove(file) {
  const root = file.documentElement;
  for (const element of file.querySelectorAll("*")) {
    for (const { name, value } of element === root ? [] : declarations(element)) {
      if (name === "xmlns") continue;
      if (!root.hasAttributeNS(XMLNS, name.slice(6))) root.setAttributeNS(XMLNS, name, value);
      if (root.getAttributeNS(XMLNS, name.slice(6)) === value) element.removeAttributeNS(XMLNS, name.slice(6));
    }
  }
}

// The text of an element, without the declarations that its root has.
function written(element, serializer) {
  const root = element.ownerDocument.documentElement;
  const text = serializer.serializeToString(element);
  const end = /^(?:"[^"]*"|'[^']*'|[^>"'])*>/.exec(text)[0].length;
  const start = text.slice(0, end).replace(/ xmlns:([^=\s]+)="([^"]*)"/g, (whole, prefix, uri) =>
    root.getAttributeNS(XMLNS, prefix) === uri ? "" : whole,
  );
  return start + text.slice(end);
}

// Outside CDATA a return or a tab is written as a reference: as itself it would be read back as a space or a line end.
function escaped(xml) {
  return xml.replace(/<!\[CDATA\[[\s\S]*?\]\]>|[\r\t]/g, (found) => {
    if (found === "\r") return "&#13;";
    if (found === "\t") return "&#9;";
    return found.replaceAll("\r", "]]>&#13;<![CDATA[");
  });
}

// Gives {text, whole, lost}: the text to open, and of what the library saves what the file is then and what it has lost.
export function aside(xml, moddle) {
  const file = parsed(xml);
  if (isBroken(file)) return { text: xml, whole: (saved) => saved, lost: () => [] }; // the library says what is wrong with it
  const before = counted(parsed(xml), moddle);
  const root = file.documentElement;
  const serializer = new XMLSerializer();
  const prefix = free(xml);
  const kept = [];
  declaredAbove(file);
  const roots = declarations(root).filter(({ name }) => name !== "xmlns");
  for (const holder of file.getElementsByTagNameNS(root.namespaceURI, "extensionElements")) {
    for (const element of [...holder.children].filter((child) => !isKnown(child, moddle))) {
      const mark = file.createElementNS(ASIDE, `${prefix}:${prefix}`);
      mark.setAttribute("nr", String(kept.push(written(element, serializer)) - 1));
      element.replaceWith(mark);
    }
  }
  if (kept.length) root.setAttributeNS(XMLNS, `xmlns:${prefix}`, ASIDE);
  const marks = new RegExp(`<${prefix}:${prefix} nr="(\\d+)"\\s*/>`, "g");

  const whole = (saved) => {
    const missing = kept.length ? roots.filter(({ name }) => !saved.includes(` ${name}="`)) : [];
    const declared = missing.map(({ name, value }) => ` ${name}="${value.replaceAll("&", "&amp;").replaceAll('"', "&#34;")}"`);
    return escaped(saved).replace(` xmlns:${prefix}="${ASIDE}"`, () => declared.join("")).replace(marks, (_, number) => kept[number]);
  };
  const declaration = /^\s*<\?xml[^>]*\?>/.exec(xml)?.[0] ?? "";
  return { text: `${declaration}\n${serializer.serializeToString(root)}`, whole, lost: (saved) => missing(before, counted(parsed(saved), moddle)) };
}

function defaults(moddle) {
  const found = new Set();
  for (const { types } of moddle.getPackages()) {
    for (const { properties = [] } of types) {
      for (const one of properties) if (one.isAttr && one.default !== undefined) found.add(`${one.name.split(":").pop()}=${one.default}`);
    }
  }
  return found;
}

// How often each kind of element and attribute stands in a file; an attribute that says what it says anyway does not count.
function counted(file, moddle) {
  const usual = defaults(moddle);
  const found = new Map();
  const add = (name, of, isDrawing) => found.set(name, { of, isDrawing, count: (found.get(name)?.count ?? 0) + 1 });
  for (const element of file.querySelectorAll("*")) {
    const { localName: tag, namespaceURI: space } = element;
    if (BACK.has(tag)) continue;
    add(`<${tag}>`, "", DRAWING.test(space));
    for (const { namespaceURI, localName, value } of element.attributes) {
      const counts = namespaceURI !== XMLNS && namespaceURI !== XSI && !usual.has(`${localName}=${value}`);
      if (counts) add(`<${tag} ${localName}>`, `<${tag}>`, DRAWING.test(space));
    }
  }
  const comments = file.createTreeWalker(file, NodeFilter.SHOW_COMMENT);
  while (comments.nextNode()) add(COMMENT, "", false);
  return found;
}

// What there is less of, as names for a sentence: of an element that is gone not its attributes too.
function missing(before, after) {
  const gone = [...before].filter(([name, { count }]) => (after.get(name)?.count ?? 0) < count);
  const named = new Set(gone.map(([name]) => name));
  return gone.filter(([, { of }]) => !named.has(of)).map(([name, { isDrawing }]) => ({ name, isDrawing }));
}

export const listed = (lost) => [...lost.slice(0, LISTED).map(({ name }) => name), ...(lost.length > LISTED ? ["…"] : [])].join(", ");
