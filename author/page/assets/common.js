// Small things that all parts of a page use. Text of a package only ever becomes
// text: nothing here parses HTML.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// make creates an element: make("p", {class: "a", onclick: f}, "text", child).
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children) if (child !== undefined && child !== null) element.append(child);
  return element;
}

let lastID = 0;
const newID = () => "f" + ++lastID;

function announce(text) {
  const place = $("#announcement");
  if (place) place.textContent = text;
}

async function copy(text, button) {
  let done = false;
  try {
    await navigator.clipboard.writeText(text);
    done = true;
  } catch {
    const area = make("textarea", {class: "sr", "aria-hidden": "true"});
    area.value = text;
    document.body.append(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
    button.focus();
  }
  const before = button.dataset.label ?? (button.dataset.label = button.textContent);
  button.textContent = done ? "Copied" : "Not copied";
  announce(done ? "Copied" : "Could not be copied");
  setTimeout(() => { button.textContent = before; }, 1600);
}

document.addEventListener("click", event => {
  const button = event.target.closest?.("button[data-copy]");
  if (button) copy(button.dataset.copy, button);
});

// readJSON keeps whole numbers exact that a number of JavaScript would round, where
// the browser gives their text.
const readJSON = text => JSON.parse(text, (key, value, context) =>
  typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "") ? BigInt(context.source) : value);

// writeJSON writes them as they were read.
const writeJSON = (value, indent) => JSON.stringify(value, (key, part) => typeof part === "bigint" ? "\u0000" + part : part, indent)
  ?.replace(/"\\u0000(-?\d+)"/g, "$1");
