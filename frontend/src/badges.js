// Badges at elements of a diagram: they keep a size that can be read, and cover no label and no other badge.
const AROUND = 3; // rings of places that are tried around an element
const STEP = 0.75; // the distance between two rings, in heights of a badge

const apart = (a, b) => a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
const covered = (a, b) =>
  Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)) * Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y));

// Where the words are, as they are drawn: in units of the diagram, whatever the zoom.
export function texts(viewer) {
  const canvas = viewer.get("canvas");
  const box = canvas.getContainer().getBoundingClientRect();
  const { x, y, scale } = canvas.viewbox();
  const there = ({ left, top, width, height }) => ({ x: x + (left - box.left) / scale, y: y + (top - box.top) / scale, width: width / scale, height: height / scale });
  return [...canvas.getContainer().querySelectorAll(".djs-visual text")].map((text) => there(text.getBoundingClientRect())).filter((one) => one.width);
}

// What a badge hangs on: a shape, or the middle of the longest part of a connection.
function anchor(element) {
  if (!element.waypoints) return element;
  const parts = element.waypoints.slice(1).map((to, n) => ({ from: element.waypoints[n], to }));
  const length = ({ from, to }) => Math.hypot(to.x - from.x, to.y - from.y);
  const { from, to } = parts.reduce((best, part) => (length(part) > length(best) ? part : best));
  return { x: (from.x + to.x) / 2 - 4, y: (from.y + to.y) / 2 - 4, width: 8, height: 8 };
}

// Places for a box of this size: across the corners and edges first, then further away, each with how far it is.
function* places({ x, y, width, height }, size) {
  for (let ring = 0; ring <= AROUND * 4; ring++) {
    const out = (ring - 0.5) * STEP * size.height;
    const lefts = [x - size.width / 2 - Math.max(out, 0), x, x + width / 2 - size.width / 2, x + width - size.width, x + width - size.width / 2 + Math.max(out, 0)];
    const tops = [y + height + out, y - size.height - out];
    for (const top of tops) for (const left of lefts) yield { x: left, y: top, ...size, far: ring };
    for (const top of [y, y + height / 2 - size.height / 2, y + height - size.height]) {
      yield { x: x - size.width - out, y: top, ...size, far: ring + 0.2 };
      yield { x: x + width + out, y: top, ...size, far: ring + 0.2 };
    }
  }
}

function best(element, size, words, placed, shapes) {
  const at = anchor(element);
  let found;
  for (const place of places(at, size)) {
    if (found && place.far > found.far + 1) break; // nearer is better than emptier
    const over = [...words, ...placed].reduce((sum, one) => sum + (apart(place, one) ? 0 : 1000 + covered(place, one)), 0);
    const cost = over * 1000 + shapes.reduce((sum, one) => sum + (one === element ? 0 : covered(place, one)), 0) + place.far * size.height * size.width;
    if (!found || cost < found.cost) found = { ...place, cost, far: over ? Infinity : place.far };
  }
  return found;
}

// Hangs badges ([element id, html]) on the elements, and again whenever the zoom changes.
export function hang(viewer, badges) {
  const canvas = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  const registry = viewer.get("elementRegistry");
  const shapes = registry.filter((one) => !one.waypoints && one.type !== "label" && one.parent && !one.children?.length);
  let drawn = 0;
  let hung = [];

  function place() {
    const { scale } = canvas.viewbox();
    if (scale === drawn || !canvas.getContainer().clientWidth) return;
    drawn = scale;
    for (const id of hung) overlays.remove(id);
    const grown = Math.max(1, 1 / scale); // zoomed out, a badge stays as large as it is
    const scaling = { min: 1 };
    hung = badges.map(([id, html]) => overlays.add(id, { position: { top: 0, left: 0 }, html, scale: scaling }));
    const words = texts(viewer);
    const placed = [];
    const sizes = badges.map(([, html]) => ({ width: (html.offsetWidth + 2) * grown, height: (html.offsetHeight + 2) * grown }));
    badges.forEach(([id, html], n) => {
      const element = registry.get(id);
      const origin = element.waypoints ? corner(element) : element;
      const box = best(element, sizes[n], words, placed, shapes);
      placed.push(box);
      overlays.remove(hung[n]);
      hung[n] = overlays.add(id, { position: { left: box.x - origin.x, top: box.y - origin.y }, html, scale: scaling });
    });
  }
  viewer.on("canvas.viewbox.changed", () => requestAnimationFrame(place));
  place();
}

const corner = ({ waypoints }) => ({ x: Math.min(...waypoints.map((point) => point.x)), y: Math.min(...waypoints.map((point) => point.y)) });
