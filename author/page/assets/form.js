// A form for a configuration. Each field gives its value when it is asked; the form
// asks all of them after each change, so that what is shown is always the whole.

// shape names what a field looks like.
function shape(schema) {
  if (schema.enum) return "choice";
  if (schema.intOrString) return "intOrString";
  if (schema.type === "object") {
    if (schema.properties && Object.keys(schema.properties).length) return "object";
    return isObject(schema.additionalProperties) ? "map" : "free";
  }
  if (schema.type === "array") return schema.items ? "list" : "free";
  return ["string", "integer", "number", "boolean"].includes(schema.type) ? schema.type : "free";
}

const kinds = {intOrString: "number or text", integer: "whole number", choice: "", object: "", map: "named values", list: "list", free: "JSON", boolean: "", string: "text"};

// describe returns what stands around a control: its name, text and place for errors.
function describe(schema, options, id) {
  // Empty lines part paragraphs; other line breaks are those of the file.
  const text = (schema.description ?? "").trim().replace(/\r\n/g, "\n").replace(/([^\n])\n(?=[^\n])/g, "$1 ");
  const about = text || schema.title ? make("p", {class: "about", id: id + "-about"}, schema.title ? make("strong", {}, schema.title + " ") : undefined, text) : undefined;
  const error = make("p", {class: "error", id: id + "-error", hidden: true});
  const kind = kinds[shape(schema)] ?? shape(schema);
  const rules = (schema.rules ?? []).map(rule => make("li", {}, "Rule: " + rule));
  return {
    about, error,
    kind: kind && make("span", {class: "kind"}, kind),
    must: options.required ? make("span", {class: "must"}, "required") : undefined,
    rules: rules.length ? make("ul", {class: "rules"}, ...rules) : undefined,
    described: [about && id + "-about", id + "-error"].filter(Boolean).join(" "),
  };
}

// fieldOf makes a field: {element, value(path, fields), mark(message), focus()}.
function fieldOf(schema, options) {
  const makers = {object: objectField, map: mapField, list: listField, free: freeField, boolean: booleanField, choice: choiceField};
  const field = (makers[shape(schema)] ?? textField)(schema, options);
  return schema.nullable && !schema.enum ? nullable(schema, options, field) : field;
}

// control builds a field around one control; read gives its value, or undefined
// where nothing is set.
function controlField(schema, options, input, {read, write}) {
  const id = newID();
  input.id = id;
  const parts = describe(schema, options, id);
  input.setAttribute("aria-describedby", parts.described);
  if (options.required) input.setAttribute("aria-required", "true");
  const usual = options.value !== undefined ? options.value : withDefaults(schema, undefined);
  const reset = make("button", {type: "button", class: "quiet", hidden: true, "aria-label": "Reset " + options.label, title: "Back to the default", onclick: () => { write(usual); options.changed(); input.focus(); }}, "Reset");
  const extra = schema.sensitive ? make("button", {type: "button", class: "quiet", "aria-pressed": "false", "aria-label": "Show " + options.label, onclick: event => {
    const shown = event.currentTarget.getAttribute("aria-pressed") === "true";
    if (input.tagName === "TEXTAREA") input.classList.toggle("veiled", shown);
    else input.type = shown ? "password" : "text";
    event.currentTarget.textContent = shown ? "Show" : "Hide";
    event.currentTarget.setAttribute("aria-pressed", String(!shown));
  }}, "Show") : undefined;
  const label = make("label", {for: id}, options.label);
  const element = make("div", {class: "field"});
  if (input.type === "checkbox") {
    element.append(make("div", {class: "row"},
      make("div", {class: "control check"}, input, make("div", {}, make("span", {class: "label"}, label, parts.must), parts.about, parts.rules, parts.error), reset)));
  } else {
    if (options.bare) label.className = "sr";
    element.append(make("div", {class: "row"},
      options.bare ? label : make("div", {class: "label"}, label, parts.kind, parts.must), parts.about,
      make("div", {class: "control"}, input, extra, reset), parts.rules, parts.error));
  }
  input.addEventListener("input", options.changed);
  input.addEventListener("change", options.changed);
  write(usual);
  return {
    element,
    value(path, fields) {
      fields.set(JSON.stringify(path), this);
      const value = read();
      const changed = !equal(value ?? null, usual ?? null);
      element.classList.toggle("changed", changed);
      reset.hidden = !changed || options.bare;
      return value === undefined ? withDefaults(schema, undefined) : value;
    },
    mark(message) {
      parts.error.textContent = message;
      parts.error.hidden = !message;
      input.setAttribute("aria-invalid", String(Boolean(message)));
    },
    focus: () => input.focus(),
  };
}

const wholeNumber = /^[+-]?\d+$/;
const anyNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function exact(text) {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text.replace(/^\+/, ""));
}

function textField(schema, options) {
  const kind = shape(schema);
  const usual = withDefaults(schema, undefined);
  const initial = options.value ?? usual;
  const lines = typeof initial === "string" && /[\r\n]/.test(initial); // which an input would drop
  const long = kind === "string" && !schema.pattern && (!schema.format || schema.format === "password") && !(schema.maxLength <= 300);
  // Keys and certificates have several lines, also where they are not to be seen.
  const veiled = schema.sensitive && CSS.supports("-webkit-text-security", "disc");
  const input = lines || long && !options.bare && (veiled || !schema.sensitive) ? make("textarea", {rows: 1, spellcheck: "false", autocomplete: "off", class: veiled ? "veiled" : undefined})
    : make("input", {type: schema.sensitive ? "password" : "text", autocomplete: schema.sensitive ? "new-password" : "off", spellcheck: "false", autocapitalize: "off", inputmode: kind === "integer" ? "numeric" : kind === "number" ? "decimal" : undefined});
  let given, shown;
  const read = () => {
    const text = input.value;
    if (text === shown && given !== undefined && given !== null) return given; // as it came, to the last character
    if (kind === "string") return text === "" && (usual === undefined || usual === null) && !options.item ? undefined : text;
    const trimmed = text.trim();
    if (trimmed === "") return options.item ? text : undefined;
    if (wholeNumber.test(trimmed) && (kind !== "intOrString" || String(exact(trimmed)) === trimmed)) return exact(trimmed);
    if (kind === "number" && anyNumber.test(trimmed) && Number.isFinite(Number(trimmed))) return Number(trimmed);
    return kind === "intOrString" ? text : new Unreadable(kind === "integer" ? "must be a whole number" : "must be a number");
  };
  if (kind !== "string" && usual !== undefined && usual !== null) input.placeholder = String(usual);
  return controlField(schema, options, input, {read, write: value => {
    given = value;
    input.value = value === undefined || value === null ? "" : String(value);
    shown = input.value;
  }});
}

function booleanField(schema, options) {
  const usual = withDefaults(schema, undefined);
  if (typeof usual !== "boolean" && !options.item) return choiceField({...schema, enum: [true, false]}, options);
  const input = make("input", {type: "checkbox"});
  return controlField(schema, options, input, {read: () => input.checked, write: value => { input.checked = value === true; }});
}

function choiceField(schema, options) {
  const usual = withDefaults(schema, undefined);
  const input = make("select");
  if (usual === undefined || usual === null) input.append(make("option", {value: ""}, "not set"));
  schema.enum.forEach((value, i) => value === null || input.append(make("option", {value: i}, typeof value === "string" ? value || "(empty)" : show(value))));
  return controlField(schema, options, input, {
    read: () => input.value === "" ? undefined : schema.enum[Number(input.value)],
    write: value => {
      const i = schema.enum.findIndex(allowed => equal(allowed, value));
      input.value = i < 0 ? "" : String(i);
    },
  });
}

function freeField(schema, options) {
  const input = make("textarea", {class: "json", rows: 3, spellcheck: "false"});
  const read = () => {
    if (input.value.trim() === "") return undefined;
    try {
      return readJSON(input.value);
    } catch (problem) {
      return new Unreadable("is no JSON: " + problem.message);
    }
  };
  return controlField(schema, options, input, {read, write: value => { input.value = value === undefined || value === null ? "" : writeJSON(value, 2); }});
}
