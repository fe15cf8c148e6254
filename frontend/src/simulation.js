// Below this the simulation draws no buttons at the elements; a large diagram opens smaller than that.
const LEAST_ZOOM = 0.5;

export function comeNear(modeler) {
  modeler.on("tokenSimulation.toggleMode", ({ active }) => {
    const canvas = modeler.get("canvas");
    if (!active || canvas.zoom() >= LEAST_ZOOM) return;
    canvas.zoom(LEAST_ZOOM + 0.1);
    const start = modeler.get("elementRegistry").find((one) => one.type === "bpmn:StartEvent");
    if (start) canvas.scrollToElement(start);
  });
}
