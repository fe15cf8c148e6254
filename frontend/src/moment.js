// The question for a day or a time: day, month and year in boxes of their own. What is typed is what is kept, or it is
// refused: nothing is guessed, completed or turned into another day. It takes the place of form-js's own calendar field.
import { Datetime, Description, Errors } from "@bpmn-io/form-js-viewer";
import { h } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

const ZONE = "Europe/Amsterdam";
const WORDS = {
  nl: { day: "Dag", month: "Maand", year: "Jaar", time: "Tijd", like: "bijvoorbeeld 14:30",
        date: "Vul een datum in die bestaat: dag, maand en jaar.", clock: "Vul een tijd in, bijvoorbeeld 14:30.",
        datetime: "Vul een datum in die bestaat en een tijd.", past: "De datum mag niet in het verleden liggen.",
        step: (n) => `Vul een tijd in met stappen van ${n} minuten.` },
  en: { day: "Day", month: "Month", year: "Year", time: "Time", like: "for example 14:30",
        date: "Fill in a date that exists: day, month and year.", clock: "Fill in a time, for example 14:30.",
        datetime: "Fill in a date that exists and a time.", past: "The date may not be in the past.",
        step: (n) => `Fill in a time in steps of ${n} minutes.` },
};
const words = () => WORDS[document.documentElement.lang === "nl" ? "nl" : "en"];
const two = (number) => String(number).padStart(2, "0");
const ISO = /^(\d{4})-(\d{2})-(\d{2})$/;
const CLOCK = /^(\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/;

// Minutes by which the clocks of the law are ahead of UTC at a moment given as UTC.
function offsetAt(moment) {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, timeZoneName: "longOffset" }).formatToParts(moment);
  const found = parts.find((part) => part.type === "timeZoneName").value.match(/([+-])(\d{2}):(\d{2})/);
  return found ? (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) : 0;
}

function exists(year, month, day) {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

// The parts as a day written as 2026-12-31; null for no day at all, undefined for what is none.
function dayOf({ day, month, year }) {
  if (!day && !month && !year) return null;
  if (!/^\d{1,2}$/.test(day) || !/^\d{1,2}$/.test(month) || !/^\d{4}$/.test(year)) return undefined;
  return exists(Number(year), Number(month), Number(day)) ? `${year}-${two(month)}-${two(day)}` : undefined;
}

function minutesOf({ time }) {
  if (!time) return null;
  const found = time.match(/^(\d{1,2})[:.](\d{2})$/);
  return found && Number(found[1]) < 24 && Number(found[2]) < 60 ? Number(found[1]) * 60 + Number(found[2]) : undefined;
}

const clock = (minutes) => `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;

function timeOf(minutes, day, format) {
  if (format !== "utc_offset" && format !== "utc_normalized") return { day, time: clock(minutes) };
  const on = day ?? new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE }).format(new Date());
  const local = Date.parse(`${on}T${clock(minutes)}:00Z`);
  const offset = offsetAt(new Date(local - offsetAt(new Date(local)) * 60000));
  if (format === "utc_offset") {
    const size = Math.abs(offset);
    return { day, time: `${clock(minutes)}${offset < 0 ? "-" : "+"}${clock(size)}` };
  }
  const utc = new Date(local - offset * 60000).toISOString();
  return { day: day && utc.slice(0, 10), time: `${utc.slice(11, 16)}Z` };
}

// What is kept: an ISO text, null for nothing, or the text as it was typed, which the server refuses.
function written(parts, field) {
  const { subtype = "date", timeSerializingFormat } = field;
  const day = subtype === "time" ? null : dayOf(parts);
  const minutes = subtype === "date" ? null : minutesOf(parts);
  const typed = [[parts.day, parts.month, parts.year].some(Boolean) && [parts.day, parts.month, parts.year].join("-"), parts.time];
  const raw = typed.filter(Boolean).join(" ");
  if (!raw) return null;
  if (subtype === "date") return day ?? raw;
  if (subtype === "time") return minutes === undefined ? raw : timeOf(minutes, null, timeSerializingFormat).time;
  if (!day || minutes === null || minutes === undefined) return raw;
  const found = timeOf(minutes, day, timeSerializingFormat);
  return `${found.day}T${found.time}`;
}

// The boxes for what is kept, shown in the time of the law.
function boxes(value, { subtype = "date" }) {
  const empty = { day: "", month: "", year: "", time: "" };
  if (typeof value !== "string" || !value) return empty;
  const [before, after] = subtype === "time" ? ["", value] : value.split("T");
  const date = before.match(ISO);
  const time = after?.match(CLOCK);
  if (subtype === "date" && date) return { ...empty, day: String(Number(date[3])), month: String(Number(date[2])), year: date[1] };
  if (subtype === "time" && time) {
    if (!time[3]) return { ...empty, time: `${time[1]}:${time[2]}` };
    const today = new Date().toISOString().slice(0, 10);
    return { ...empty, time: inZone(Date.parse(`${today}T${time[1]}:${time[2]}:00${time[3]}`)).time };
  }
  if (subtype === "datetime" && date && time) {
    if (!time[3]) return { day: String(Number(date[3])), month: String(Number(date[2])), year: date[1], time: `${time[1]}:${time[2]}` };
    return inZone(Date.parse(`${before}T${time[1]}:${time[2]}:00${time[3]}`));
  }
  const [days, hours = ""] = subtype === "time" ? ["", value] : value.split(" ");
  const [day = "", month = "", year = ""] = days.split("-");
  return { day, month, year, time: hours };
}

function inZone(instant) {
  const local = new Date(instant + offsetAt(new Date(instant)) * 60000).toISOString();
  return { day: String(Number(local.slice(8, 10))), month: String(Number(local.slice(5, 7))), year: local.slice(0, 4), time: local.slice(11, 16) };
}

// What is wrong with what is kept, in the reader's language.
export function wrong(field, value) {
  const { subtype = "date", disallowPassedDates, timeInterval } = field;
  if (typeof value !== "string" || !value) return [];
  const [before, after] = subtype === "time" ? [null, value] : value.split("T");
  const date = before?.match(ISO);
  const time = after?.match(CLOCK);
  const good = (subtype === "time" || (date && exists(Number(date[1]), Number(date[2]), Number(date[3])))) &&
    (subtype === "date" ? after === undefined : time && Number(time[1]) < 24 && Number(time[2]) < 60);
  if (!good) return [subtype === "time" ? words().clock : words()[subtype]];
  const today = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE }).format(new Date());
  if (disallowPassedDates && date && before < today) return [words().past];
  const step = [1, 5, 10, 15, 30, 60].includes(timeInterval) ? timeInterval : 15;
  if (time && time[3] !== "Z" && (Number(time[1]) * 60 + Number(time[2])) % step) return [words().step(step)];
  return [];
}

export function Moment({ disabled, errors = [], domId, onBlur, onFocus, field, onChange, readonly, value }) {
  const { description, dateLabel, timeLabel, label, subtype = "date", validate = {} } = field;
  const [parts, drawParts] = useState(() => boxes(value, field));
  const typed = useRef(parts); // who types fast is ahead of what has been drawn
  const own = useRef(new Set([value])); // what came from these boxes is not put back into them
  const setParts = (next) => {
    typed.current = next;
    drawParts(next);
  };
  useEffect(() => {
    if (!own.current.has(value)) {
      own.current = new Set([value]);
      setParts(boxes(value, field));
    }
  }, [value, field]);
  const group = useRef(null);

  function type(name, text) {
    const pasted = name !== "time" && text.trim().match(/^(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})$/);
    const iso = name !== "time" && text.trim().match(ISO);
    const before = typed.current;
    const next = iso ? { ...before, day: iso[3], month: iso[2], year: iso[1] }
      : pasted ? { ...before, day: pasted[1], month: pasted[2], year: pasted[3] } : { ...before, [name]: text.trim() };
    setParts(next);
    const kept = written(next, field);
    own.current.add(kept);
    onChange({ field, value: kept });
  }

  const ids = [description && `${domId}-description`, errors.length && `${domId}-error-message`].filter(Boolean).join(" ");
  const box = (name, text, size) =>
    h("span", { class: `moment-part moment-${name}`, key: name },
      h("label", { for: `${domId}-${name}` }, text),
      h("input", {
        id: `${domId}-${name}`, class: "fjs-input", type: "text", size, value: parts[name], disabled, readOnly: readonly,
        inputMode: name === "time" ? "text" : "numeric", autoComplete: "off", "aria-describedby": ids || undefined,
        "aria-invalid": errors.length > 0, onInput: (event) => type(name, event.target.value),
        onFocus: () => onFocus?.(),
        onBlur: (event) => group.current?.contains(event.relatedTarget) || onBlur?.(),
      }));
  const say = words();
  const asked = [subtype !== "time" && (dateLabel ?? label), subtype !== "date" && timeLabel].filter(Boolean).join(", ");
  return h("fieldset", { class: `fjs-form-field fjs-form-field-datetime moment${errors.length ? " fjs-has-errors" : ""}${disabled ? " fjs-disabled" : ""}`, ref: group },
    h("legend", { class: "fjs-form-field-label" }, asked || say.date, validate.required && h("span", { class: "fjs-asterix", "aria-hidden": true }, "*")),
    h("div", { class: "moment-boxes" },
      subtype !== "time" && [box("day", say.day, 2), box("month", say.month, 2), box("year", say.year, 4)],
      subtype !== "date" && box("time", `${say.time} (${say.like})`, 5)),
    h(Description, { id: `${domId}-description`, description }),
    h(Errors, { id: `${domId}-error-message`, errors }));
}
Moment.config = { ...Datetime.config, sanitizeValue: ({ value }) => (typeof value === "string" ? value : null) };
