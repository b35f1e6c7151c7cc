// Fields of several values: objects, lists, maps, and what may be null.

// group is a field of several; open tells whether it is there at all.
function group(schema, options, inner, {value, optional}) {
  const id = newID();
  const parts = describe(schema, options, id);
  const element = make("fieldset", {class: "field", "aria-describedby": parts.described, tabindex: "-1"});
  const box = optional ? make("input", {type: "checkbox", id, "aria-describedby": parts.described}) : undefined;
  const name = make("span", {class: "name"}, options.label);
  const head = box ? make("div", {class: "control check"}, box, make("div", {}, make("span", {class: "label"}, make("label", {for: id}, options.label)), parts.about, parts.rules))
    : make("div", {class: "label"}, name, parts.kind, parts.must);
  element.append(make("legend", {class: "sr"}, options.label));
  if (!options.bare || box) element.append(make("div", {class: "row"}, head, box ? undefined : parts.about, box ? undefined : parts.rules));
  element.append(parts.error, inner);
  const update = () => { inner.hidden = Boolean(box) && !box.checked; };
  box?.addEventListener("change", () => { update(); options.changed(); });
  update();
  return {
    element,
    value(path, fields) {
      fields.set(JSON.stringify(path), this);
      return box && !box.checked ? undefined : value(path, fields);
    },
    mark(message) {
      parts.error.textContent = message;
      parts.error.hidden = !message;
    },
    focus: () => (box ?? element).focus(),
  };
}

function objectField(schema, options) {
  const start = options.value ?? withDefaults(schema, undefined);
  const optional = start === undefined && !options.required && !options.item && !options.root;
  const inside = make("div", {class: options.root ? "fields" : "inside fields"});
  const children = Object.entries(schema.properties).map(([key, property]) => {
    const field = fieldOf(property, {
      label: key, changed: options.changed, required: (schema.required ?? []).includes(key) && withDefaults(property, undefined) === undefined,
      value: isObject(start) && has(start, key) ? start[key] : undefined,
    });
    inside.append(field.element);
    return [key, field];
  });
  return group(schema, options, inside, {optional, value: (path, fields) => {
    const object = {};
    for (const [key, field] of children) {
      const value = field.value([...path, key], fields);
      if (value !== undefined) put(object, key, value);
    }
    if (isObject(start)) for (const key of Object.keys(start)) if (!has(schema.properties, key)) put(object, key, start[key]);
    return object;
  }});
}

function listField(schema, options) {
  const start = options.value ?? withDefaults(schema, undefined);
  const list = make("div", {class: "inside"});
  const entries = [];
  const add = value => {
    const field = fieldOf(schema.items, {label: options.label + " item", changed: options.changed, item: true, bare: shape(schema.items) !== "object", value});
    const entry = {field, element: make("div", {class: "entry"})};
    const remove = make("button", {type: "button", class: "quiet", "aria-label": "Remove item of " + options.label, onclick: () => {
      entries.splice(entries.indexOf(entry), 1);
      entry.element.remove();
      more.focus();
      options.changed();
    }}, "Remove");
    entry.element.append(field.element, remove);
    entries.push(entry);
    list.insertBefore(entry.element, more);
    return field;
  };
  const more = make("button", {type: "button", "aria-label": "Add item to " + options.label, onclick: () => { const field = add(); options.changed(); field.focus(); }}, "Add item");
  list.append(more);
  if (Array.isArray(start)) start.forEach(add);
  return group(schema, options, list, {value: (path, fields) => {
    if (entries.length === 0 && !Array.isArray(start) && !options.required && !options.item) return undefined;
    return entries.map((entry, i) => entry.field.value([...path, i], fields)).map(item => item === undefined ? new Unreadable("is empty") : item);
  }});
}

function mapField(schema, options) {
  const start = options.value ?? withDefaults(schema, undefined);
  const map = make("div", {class: "inside"});
  const entries = [];
  const add = (key, value) => {
    const field = fieldOf(schema.additionalProperties, {label: "value", changed: options.changed, item: true, bare: shape(schema.additionalProperties) !== "object", value});
    const input = make("input", {class: "key", type: "text", "aria-label": "Key in " + options.label, placeholder: "key", spellcheck: "false", autocapitalize: "off"});
    input.value = key ?? "";
    input.addEventListener("input", options.changed);
    const entry = {field, input, element: make("div", {class: "entry named"})};
    const remove = make("button", {type: "button", class: "quiet", "aria-label": "Remove key of " + options.label, onclick: () => {
      entries.splice(entries.indexOf(entry), 1);
      entry.element.remove();
      more.focus();
      options.changed();
    }}, "Remove");
    entry.element.append(input, field.element, remove);
    entries.push(entry);
    map.insertBefore(entry.element, more);
    return input;
  };
  const more = make("button", {type: "button", "aria-label": "Add key to " + options.label, onclick: () => { const input = add(); options.changed(); input.focus(); }}, "Add key");
  map.append(more);
  if (isObject(start)) for (const key of Object.keys(start)) add(key, start[key]);
  return group(schema, options, map, {value: (path, fields) => {
    if (entries.length === 0 && !isObject(start) && !options.required && !options.item) return undefined;
    const object = {};
    const seen = new Set();
    for (const entry of entries) {
      const key = entry.input.value;
      let value = entry.field.value([...path, key], fields);
      if (seen.has(key)) value = new Unreadable("the key is there twice");
      else if (key === "") value = new Unreadable("the key is empty");
      else if (value === undefined) value = new Unreadable("is empty");
      seen.add(key);
      put(object, key, value);
    }
    return object;
  }});
}

// nullable puts a box for null beside a field.
function nullable(schema, options, field) {
  const id = newID();
  const isNull = options.value === null || options.value === undefined && schema.default === null;
  const box = make("input", {type: "checkbox", id});
  box.checked = isNull && options.value === null;
  const hide = () => { for (const part of $$(".control, .inside", field.element)) part.hidden = box.checked; };
  box.addEventListener("change", () => { hide(); options.changed(); });
  field.element.append(make("div", {class: "check about"}, make("span", {class: "switch"}, box), make("label", {for: id}, options.label + " is null")));
  hide();
  return {...field, value(path, fields) {
    const value = field.value.call(this, path, fields);
    return box.checked ? null : value;
  }};
}
