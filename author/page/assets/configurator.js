// configurator fills the section of a package.
function configurator(section, pkg) {
  const place = $("[data-form]", section), output = $("[data-output]", section), status = $("[data-status]", section);
  const problems = $("[data-problems]", section), download = $("[data-download]", section), copier = $("[data-copier]", section);
  const reveal = $("[data-reveal]", section), revealRow = $("[data-reveal-row]", section);
  let text = "", pending = 0;
  const update = () => {
    pending = 0;
    const fields = new Map(), found = [];
    const value = root.value([], fields);
    check(pkg.schema, value, [], found);
    // The field of a value, or of what is around one that has none of its own.
    const fieldAt = path => fields.get(JSON.stringify(path)) ?? (path.length ? fieldAt(path.slice(0, -1)) : undefined);
    for (const field of fields.values()) field.mark("");
    for (const {path, message} of found) fieldAt(path)?.mark(message);
    status.textContent = found.length === 0 ? "Valid" : found.length === 1 ? "1 problem" : found.length + " problems";
    status.className = "status " + (found.length ? "bad" : "good");
    problems.textContent = "";
    for (const {path, message} of found.slice(0, 20)) {
      problems.append(make("li", {}, make("button", {type: "button", class: "quiet", onclick: () => fieldAt(path)?.focus()}, (pathText(path) || "configuration") + " " + message)));
    }
    download.disabled = copier.disabled = found.length > 0;
    const file = plain(essential(pkg.schema, value));
    const head = Object.keys(file).length ? "" : "# Every value is the default.\n";
    text = head || toYAML(file);
    const secret = holdsSensitive(pkg.schema, file);
    revealRow.hidden = !secret;
    highlight(output, head || (secret && !reveal.checked ? toYAML(masked(pkg.schema, file)) : text));
  };
  const changed = () => { if (!pending) pending = setTimeout(update, 0); };
  const root = fieldOf({...pkg.schema, rules: undefined, description: undefined, nullable: false}, {label: "Configuration", root: true, bare: true, changed, value: withDefaults(pkg.schema, {})});
  place.append(root.element);
  place.addEventListener("submit", event => event.preventDefault());
  reveal.addEventListener("change", update);
  copier.addEventListener("click", () => { update(); if (!copier.disabled) copy(text, copier); });
  download.addEventListener("click", () => {
    update();
    if (download.disabled) return;
    const link = make("a", {href: URL.createObjectURL(new Blob([text], {type: "application/yaml"})), download: "config.yaml"});
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });
  update();
}

// pathText writes a path as packstage does.
function pathText(path) {
  return path.filter(part => part !== "").map((part, i) => typeof part === "number" ? "[" + part + "]" : (i ? "." : "") + part).join("");
}

// plain takes out what cannot be read; it is a problem that the form shows.
function plain(value) {
  if (Array.isArray(value)) return value.filter(item => !(item instanceof Unreadable)).map(plain);
  if (!isObject(value)) return value;
  const copied = {};
  for (const key of Object.keys(value)) if (!(value[key] instanceof Unreadable)) put(copied, key, plain(value[key]));
  return copied;
}
