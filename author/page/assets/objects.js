// The rendered objects of a package, for one test case at a time.
function explorer(section, pkg, contents) {
  const choice = $("[data-case]", section), filter = $("[data-filter]", section), place = $("[data-objects]", section);
  const draw = () => {
    place.textContent = "";
    const chosen = pkg.cases[Number(choice.value)];
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    chosen.phases.forEach((phase, i) => {
      const objects = phase.objects.filter(object => {
        const text = [phase.name, object.kind, object.namespace, object.name, object.file].join(" ").toLowerCase();
        return words.every(word => text.includes(word));
      });
      if (!objects.length) return;
      shown += objects.length;
      place.append(make("div", {class: "phase-head"}, make("span", {class: "count", "aria-hidden": "true"}, String(i + 1)), make("h3", {}, phase.name), make("span", {class: "muted"}, phase.class)));
      for (const object of objects) place.append(objectDetails(object, contents));
    });
    if (!shown) place.append(make("p", {class: "none"}, "No object matches."));
  };
  choice.addEventListener("change", draw);
  filter.addEventListener("input", draw);
  draw();
  // open shows one object, which search has found.
  return number => {
    const [i, j, k] = number.split(".").map(Number);
    choice.value = String(i);
    filter.value = "";
    draw();
    const before = pkg.cases[i].phases.slice(0, j).reduce((sum, phase) => sum + phase.objects.length, 0);
    const details = $$("details", place)[before + k];
    details.open = true;
    details.scrollIntoView({block: "start"});
    $("summary", details).focus({preventScroll: true});
  };
}

function objectDetails(object, contents) {
  const name = object.namespace ? object.namespace + "/" + object.name : object.name;
  const details = make("details", {class: "object"}, make("summary", {}, make("span", {class: "kind"}, object.kind), make("code", {}, name), make("span", {class: "file"}, object.file)));
  details.addEventListener("toggle", () => {
    if (!details.open || details.children.length > 1) return;
    const code = make("code"), text = contents[object.content];
    highlight(code, text);
    details.append(make("div", {class: "yaml-box"}, make("button", {type: "button", onclick: event => copy(text, event.currentTarget), "aria-label": "Copy " + object.kind + " " + name}, "Copy"), make("pre", {class: "yaml", tabindex: "0"}, code)));
  });
  return details;
}
