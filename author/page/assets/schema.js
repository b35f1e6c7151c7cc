// What a configuration schema says about values: defaults, what has to be written,
// and what is wrong. It follows the admission of packstage; rules in CEL are the
// part that only packstage itself checks.

class Unreadable {
  constructor(message) { this.message = message; }
}

const isObject = value => value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Unreadable);
const clone = value => value === undefined ? undefined : structuredClone(value);
const has = (object, key) => Object.hasOwn(object, key);
// put sets a key that may have any name.
const put = (object, key, value) => Object.defineProperty(object, key, {value, enumerable: true, configurable: true, writable: true});

function equal(a, b) {
  if (a === b) return true;
  const numeric = value => typeof value === "number" || typeof value === "bigint";
  if (numeric(a) && numeric(b)) return a == b;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => equal(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every(key => has(b, key) && equal(a[key], b[key]));
}

const propertyOf = (schema, key) =>
  schema.properties && has(schema.properties, key) ? schema.properties[key]
    : isObject(schema.additionalProperties) ? schema.additionalProperties : undefined;

// withDefaults returns a value as packstage fills it.
function withDefaults(schema, value) {
  if (value === undefined || value === null && !schema.nullable) {
    if (schema.default === undefined || schema.default === null) return value;
    value = clone(schema.default);
  }
  if (isObject(value)) {
    for (const [key, property] of Object.entries(schema.properties ?? {})) {
      const filled = withDefaults(property, has(value, key) ? value[key] : undefined);
      if (filled !== undefined) put(value, key, filled);
    }
    if (isObject(schema.additionalProperties)) {
      for (const key of Object.keys(value)) put(value, key, withDefaults(schema.additionalProperties, value[key]));
    }
  } else if (Array.isArray(value) && schema.items) {
    value = value.map(item => withDefaults(schema.items, item));
  }
  return value;
}

// written returns what of a value has to stand in a file so that defaults make it
// whole again; undefined where they make all of it.
function written(schema, value) {
  if (value === undefined) return undefined;
  const usual = withDefaults(schema, undefined);
  if (usual !== undefined && usual !== null && equal(usual, value)) return undefined;
  return essential(schema, value);
}

function essential(schema, value) {
  if (isObject(value)) {
    const kept = {};
    for (const key of Object.keys(value)) {
      const property = propertyOf(schema, key);
      const fixed = schema.properties && has(schema.properties, key);
      const part = fixed ? written(property, value[key]) : essential(property ?? {}, value[key]);
      if (part !== undefined) put(kept, key, part);
    }
    return kept;
  }
  if (Array.isArray(value)) return value.map(item => essential(schema.items ?? {}, item));
  return value;
}

// masked returns a value with nothing sensitive in it.
function masked(schema, value) {
  if (schema.sensitive) return value === null ? null : "••••••••";
  if (isObject(value)) {
    const copied = {};
    for (const key of Object.keys(value)) put(copied, key, masked(propertyOf(schema, key) ?? {}, value[key]));
    return copied;
  }
  return Array.isArray(value) ? value.map(item => masked(schema.items ?? {}, item)) : value;
}

function holdsSensitive(schema, value) {
  if (schema.sensitive) return value !== undefined;
  if (isObject(value)) return Object.keys(value).some(key => holdsSensitive(propertyOf(schema, key) ?? {}, value[key]));
  return Array.isArray(value) && value.some(item => holdsSensitive(schema.items ?? {}, item));
}

const count = (n, one) => n + " " + one + (n === 1 ? "" : one === "property" ? "" : "s");
const show = value => writeJSON(value);

// pattern compiles RE2 as far as the browser can; undefined where it cannot.
function pattern(text) {
  let flags = "u";
  const leading = /^\(\?([ims]+)\)/.exec(text);
  if (leading) {
    text = text.slice(leading[0].length);
    flags += leading[1];
  }
  text = text.replace(/\(\?P</g, "(?<").replace(/\\A/g, "^").replace(/\\z/g, "$");
  text = text.replace(/\[\[:(\w+):\]\]/g, (all, name) => ({alnum: "[A-Za-z0-9]", alpha: "[A-Za-z]", digit: "[0-9]", lower: "[a-z]", upper: "[A-Z]", space: "\\s", word: "\\w"})[name] ?? all);
  for (const mode of [flags, flags.replace("u", "")]) {
    try {
      return new RegExp(text, mode);
    } catch { /* the next mode, or not at all */ }
  }
  return undefined;
}

const formats = {
  "ipv4": text => /^(\d{1,3})(\.\d{1,3}){3}$/.test(text) && text.split(".").every(part => Number(part) < 256),
  "email": text => /^[^\s@]+@[^\s@]+$/.test(text),
  "uuid": text => /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(text),
  "date": text => /^\d{4}-\d\d-\d\d$/.test(text) && !isNaN(Date.parse(text)),
  "hexcolor": text => /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.test(text),
  "byte": text => text !== "" && /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
  "mac": text => /^([0-9a-f]{2}([:-]))([0-9a-f]{2}\2){4}[0-9a-f]{2}$|^([0-9a-f]{4}\.){2}[0-9a-f]{4}$/i.test(text),
};

// check adds what is wrong with a value to found: {path, message}.
function check(schema, value, path, found) {
  const fault = message => found.push({path, message});
  if (value instanceof Unreadable) return fault(value.message);
  // As in Kubernetes, null is no member of a list of values, even where it stands in it.
  if (value === null) return schema.nullable && !schema.enum ? undefined : fault("must not be null");
  const whole = typeof value === "bigint" || typeof value === "number" && Number.isInteger(value);
  const numeric = whole || typeof value === "number";
  if (schema.intOrString && !whole && typeof value !== "string") return fault("must be a whole number or a text");
  switch (schema.intOrString ? "" : schema.type) {
    case "integer": if (!whole) return fault("must be a whole number"); break;
    case "number": if (!numeric) return fault("must be a number"); break;
    case "boolean": if (typeof value !== "boolean") return fault("must be true or false"); break;
    case "string": if (typeof value !== "string") return fault("must be a text"); break;
    case "array": if (!Array.isArray(value)) return fault("must be a list"); break;
    case "object": if (!isObject(value)) return fault("must be an object"); break;
  }
  if (schema.enum && !schema.enum.some(allowed => equal(allowed, value))) fault("must be one of " + schema.enum.map(show).join(", "));
  if (numeric) checkNumber(schema, value, fault);
  if (typeof value === "string") checkText(schema, value, fault);
  if (Array.isArray(value)) checkList(schema, value, path, found, fault);
  if (isObject(value)) checkObject(schema, value, path, found, fault);
  const fits = part => { const inner = []; check(part, value, path, inner); return inner.length === 0; };
  for (const part of schema.allOf ?? []) check(part, value, path, found);
  if (schema.anyOf && !schema.anyOf.some(fits)) fault("fits none of the allowed forms");
  if (schema.oneOf && schema.oneOf.filter(fits).length !== 1) fault("must fit exactly one of the allowed forms");
  if (schema.not && fits(schema.not)) fault("has a form that is not allowed");
}

function checkNumber(schema, value, fault) {
  const {minimum, maximum, multipleOf} = schema;
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum)) fault(`must be ${schema.exclusiveMinimum ? "more than" : "at least"} ${minimum}`);
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum)) fault(`must be ${schema.exclusiveMaximum ? "less than" : "at most"} ${maximum}`);
  if (multipleOf !== undefined) {
    const times = Number(value) / Number(multipleOf);
    const exactly = typeof value === "bigint" && (typeof multipleOf === "bigint" || Number.isInteger(multipleOf));
    if (exactly ? value % BigInt(multipleOf) !== 0n : Math.abs(times - Math.round(times)) > 1e-9) fault("must be a multiple of " + multipleOf);
  }
  const bits = {int32: 31n, int64: 63n}[schema.format] ?? (schema.type === "integer" || schema.intOrString ? 63n : undefined);
  if (bits && (typeof value === "bigint" || Number.isInteger(value))) {
    const exact = BigInt(value);
    if (exact < -(2n ** bits) || exact >= 2n ** bits) fault(`must fit into ${bits + 1n} bits`);
  }
}

function checkText(schema, value, fault) {
  const length = [...value].length;
  if (schema.minLength !== undefined && length < schema.minLength) fault("must have at least " + count(schema.minLength, "character"));
  if (schema.maxLength !== undefined && length > schema.maxLength) fault("must have at most " + count(schema.maxLength, "character"));
  if (schema.pattern !== undefined && pattern(schema.pattern)?.test(value) === false) fault("must match " + schema.pattern);
  if (schema.format && has(formats, schema.format) && !formats[schema.format](value)) fault("must have the format " + schema.format);
}

function checkList(schema, value, path, found, fault) {
  if (schema.minItems !== undefined && value.length < schema.minItems) fault("must have at least " + count(schema.minItems, "item"));
  if (schema.maxItems !== undefined && value.length > schema.maxItems) fault("must have at most " + count(schema.maxItems, "item"));
  const keys = schema.listMapKeys ?? [];
  const alike = (a, b) => schema.listType === "set" ? equal(a, b)
    : keys.length > 0 && isObject(a) && isObject(b) && keys.every(key => equal(a[key], b[key]));
  value.forEach((item, i) => {
    const same = value.findIndex(other => alike(other, item));
    if ((schema.listType === "set" || schema.listType === "map") && same >= 0 && same < i) {
      found.push({path: [...path, i], message: schema.listType === "set" ? "is there twice" : "has the same " + keys.join(", ") + " as another item"});
    }
    if (schema.items) check(schema.items, item, [...path, i], found);
  });
}

function checkObject(schema, value, path, found, fault) {
  const keys = Object.keys(value);
  if (schema.minProperties !== undefined && keys.length < schema.minProperties) fault("must have at least " + schema.minProperties + " keys");
  if (schema.maxProperties !== undefined && keys.length > schema.maxProperties) fault("must have at most " + schema.maxProperties + " keys");
  for (const name of schema.required ?? []) if (!has(value, name)) found.push({path: [...path, name], message: "is required"});
  for (const key of keys) {
    const property = propertyOf(schema, key);
    if (property) check(property, value[key], [...path, key], found);
    else if (schema.closed) found.push({path: [...path, key], message: "is a key that the package does not know"});
  }
}
