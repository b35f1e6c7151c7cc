// The rendered objects of a package, for one test case at a time.
const mostShown = 400; // more stop a browser; the filter leads to all of them

function explorer(section, pkg, contents) {
  const choice = $("[data-case]", section), filter = $("[data-filter]", section), place = $("[data-objects]", section);
  let drawn = new Map();
  const draw = () => {
    place.textContent = "";
    drawn = new Map();
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    pkg.cases[Number(choice.value)].phases.forEach((phase, i) => {
      const objects = phase.objects.filter(object => {
        const text = [phase.name, object.kind, object.namespace, object.name, object.file].join(" ").toLowerCase();
        return words.every(word => text.includes(word));
      });
      const shown = objects.slice(0, Math.max(0, mostShown - found));
      found += objects.length;
      if (!shown.length) return;
      place.append(make("div", {class: "phase-head"}, make("span", {class: "count", "aria-hidden": "true"}, String(i + 1)), make("h3", {}, phase.name), make("span", {class: "muted"}, phase.class)));
      for (const object of shown) {
        const details = objectDetails(object, contents);
        drawn.set(object, details);
        place.append(details);
      }
    });
    if (!found) place.append(make("p", {class: "none"}, "No object matches."));
    if (found > drawn.size) place.append(make("p", {class: "none"}, found - drawn.size + " more objects: the filter finds them."));
  };
  choice.addEventListener("change", draw);
  filter.addEventListener("input", draw);
  draw();
  // open shows one object, which search has found.
  return (number, object) => {
    choice.value = String(number);
    filter.value = "";
    draw();
    if (!drawn.has(object)) {
      filter.value = object.kind + " " + object.name;
      draw();
    }
    const details = drawn.get(object);
    if (!details) return;
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
