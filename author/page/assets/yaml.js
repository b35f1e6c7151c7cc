// Writing YAML that every reader of Kubernetes takes for the same values, and
// showing YAML in colours.

const plainText = /^[A-Za-z_\/][A-Za-z0-9_\/.-]*$/;
const quantity = /^[1-9][0-9]*(m|s|h|[KMGTP]i?)$/;
const otherwise = /^(y|n|yes|no|on|off|true|false|null|nan|inf|infinity)$/i;

function yamlText(text) {
  if (quantity.test(text) || plainText.test(text) && !otherwise.test(text)) return text;
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, c => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));
}

function yamlScalar(value) {
  if (value === null) return "null";
  if (typeof value === "string") return yamlText(value);
  return String(value);
}

// block tells whether text of several lines can stand as it is.
const isBlock = text => text.includes("\n") && /^[^\s]/.test(text) && !/[^\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe]|[ \t]\n|\n\n$|[ \t]$/.test(text);

function toYAML(value, indent = "") {
  if (Array.isArray(value)) {
    return value.map(item => {
      const text = child(item, indent + "  ");
      return text.nested ? indent + "- " + text.body.slice(indent.length + 2) : indent + "- " + text.body + "\n";
    }).join("");
  }
  return Object.entries(value).map(([key, item]) => {
    const text = child(item, Array.isArray(item) ? indent : indent + "  ");
    return indent + yamlText(key) + ":" + (text.nested ? "\n" + text.body : " " + text.body + "\n");
  }).join("");
}

function child(value, indent) {
  if (value !== null && typeof value === "object") {
    const empty = Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
    if (empty) return {body: Array.isArray(value) ? "[]" : "{}"};
    return {nested: true, body: toYAML(value, indent)};
  }
  if (typeof value === "string" && isBlock(value)) {
    const end = value.endsWith("\n") ? "" : "-";
    const lines = value.replace(/\n$/, "").split("\n").map(line => line === "" ? "" : indent + line);
    return {body: "|" + end + "\n" + lines.join("\n")};
  }
  return {body: yamlScalar(value)};
}

// highlight fills an element with YAML in colours.
function highlight(element, text) {
  const part = (kind, content) => {
    if (content) element.append(kind ? make("span", {class: "y-" + kind}, content) : content);
  };
  let block = -1;
  element.textContent = "";
  for (const line of text.split(/(?<=\n)/)) {
    const indent = line.search(/\S/);
    if (block >= 0 && (indent < 0 || indent > block)) {
      part("string", line);
      continue;
    }
    block = -1;
    const match = /^(\s*(?:- )*)((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s#:"'][^:#]*?):(?=\s|$))?(.*)$/s.exec(line);
    const [, space, key, rest] = match;
    if (/^\s*#/.test(line)) {
      part("comment", line);
      continue;
    }
    part("", space);
    part("key", key);
    const value = rest.trim();
    if (/^[|>][-+0-9]*$/.test(value)) block = indent + (space.match(/- /g) || []).length * 2 - (key ? 0 : 2);
    let kind = "string";
    if (value === "" || /^[-{}\[\]|>&*]/.test(value) && !/^-?[\d.]/.test(value)) kind = "";
    else if (/^(true|false|null|~)$/.test(value)) kind = "word";
    else if (/^-?[\d.]+(e[+-]?\d+)?$/i.test(value)) kind = "number";
    else if (value.startsWith("#")) kind = "comment";
    part(kind, rest);
  }
}
