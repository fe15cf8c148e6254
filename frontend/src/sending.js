// What a sent message is matched by: a field in the properties of whatever throws one. Camunda has it on what waits only.
import { FeelEntry, Group, isFeelEntryEdited } from "@bpmn-io/properties-panel";
import { jsx } from "@bpmn-io/properties-panel/preact/jsx-runtime";
import { useEffect, useState } from "@bpmn-io/properties-panel/preact/hooks";
import { useService } from "bpmn-js-properties-panel";
import { is } from "bpmn-js/lib/util/ModelUtil";

// The type that the modeler must know, or it would leave it out of what it saves.
export const publishMessage = {
  name: "PublishMessage",
  superClass: ["Element"],
  meta: { allowedIn: ["bpmn:ThrowEvent", "bpmn:SendTask"] },
  properties: ["correlationKey", "timeToLive", "messageId"].map((name) => ({ name, isAttr: true, type: "String" })),
};

const kept = ({ businessObject }) => businessObject.get("extensionElements")?.get("values").find((one) => is(one, "zeebe:PublishMessage"));
const worked = ({ businessObject }) =>
  businessObject.get("extensionElements")?.get("values").some((one) => is(one, "zeebe:TaskDefinition")) ?? false;
const sends = (element) =>
  is(element, "bpmn:ThrowEvent") &&
  element.businessObject.get("eventDefinitions").some((one) => is(one, "bpmn:MessageEventDefinition")) &&
  (kept(element) || !worked(element));

function Key({ element, id }) {
  const modeling = useService("modeling");
  const factory = useService("bpmnFactory");
  const translate = useService("translate");
  const debounce = useService("debounceInput");
  const resolver = useService("variableResolver");
  const [variables, setVariables] = useState([]);
  useEffect(() => {
    resolver.getVariablesForElement(element.businessObject, element).then(setVariables, console.warn);
  }, [element]);

  function setValue(value) {
    const found = kept(element);
    if (found) return modeling.updateModdleProperties(element, found, { correlationKey: value || undefined });
    const around = element.businessObject.get("extensionElements") ?? factory.create("bpmn:ExtensionElements", { values: [] });
    const made = factory.create("zeebe:PublishMessage", { correlationKey: value });
    around.$parent ??= element.businessObject;
    made.$parent = around;
    if (!element.businessObject.get("extensionElements")) modeling.updateProperties(element, { extensionElements: around });
    modeling.updateModdleProperties(element, around, { values: [...around.get("values"), made] });
  }

  return jsx(FeelEntry, {
    element, id, feel: "required", debounce, translate, variables, setValue,
    label: translate("Correlation key of the sent message"),
    tooltip: translate("Who waits for this message hears it where the key is the same."),
    getValue: () => kept(element)?.get("correlationKey"),
  });
}

class SendingProvider {
  constructor(propertiesPanel, translate) {
    this.translate = translate;
    propertiesPanel.registerProvider(400, this);
  }

  getGroups(element) {
    return (groups) =>
      sends(element)
        ? [...groups, { id: "sending", label: this.translate("Sent message"), component: Group,
            entries: [{ id: "sending-key", element, component: Key, isEdited: isFeelEntryEdited }] }]
        : groups;
  }
}
SendingProvider.$inject = ["propertiesPanel", "translate"];

export const sending = { __init__: ["sendingProvider"], sendingProvider: ["type", SendingProvider] };
