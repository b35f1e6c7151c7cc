// The page of a package.
const data = readJSON($("#data").textContent);
const articles = $$("article[data-package]");

// show makes one part of the package visible, the root or a component.
function showPart(number) {
  articles.forEach((article, i) => { article.hidden = i !== number; });
  $$("[data-part]").forEach(link => setCurrent(link, Number(link.dataset.part) === number));
  $$("[data-sections]").forEach((part, i) => { part.hidden = i !== number; });
}

function setCurrent(link, current) {
  if (current) link.setAttribute("aria-current", "true");
  else link.removeAttribute("aria-current");
}

// follow shows what the address asks for.
function follow() {
  const target = document.getElementById(location.hash.slice(1)); // identifiers need no encoding
  const article = target?.closest("article[data-package]");
  showPart(article ? Number(article.dataset.package) : 0);
  if (target) target.scrollIntoView();
  $$("tr.hit").forEach(row => row.classList.remove("hit"));
  if (target?.tagName === "TR") target.classList.add("hit");
}

function jump(id) {
  if (location.hash === "#" + id) follow();
  else location.hash = id;
  const target = document.getElementById(id);
  if (target && !target.hasAttribute("tabindex")) target.setAttribute("tabindex", "-1");
  target?.focus({preventScroll: true});
}

const entries = [];
data.packages.forEach((pkg, number) => {
  const article = articles[number], where = pkg.component ? " · " + pkg.component : "";
  const form = $("[data-configure]", article);
  if (form && pkg.schema) configurator(form, pkg);
  for (const entry of pkg.entries) entries.push({...entry, what: entry.what + where, go: () => jump(entry.id)});
  const rendered = $("[data-rendered]", article);
  if (!rendered) return;
  const open = explorer(rendered, pkg, data.contents);
  const known = new Set();
  pkg.cases.forEach((one, i) => one.phases.forEach(phase => phase.objects.forEach(object => {
    const title = object.kind + " " + object.name;
    if (known.has(title)) return;
    known.add(title);
    entries.push({title, about: phase.name + " · " + object.file, what: "Object" + where, go: () => { showPart(number); open(i, object); }});
  })));
});
search(entries);

// The picture: what belongs to the object under the pointer stays, the rest steps back.
for (const picture of $$("svg.ps-graph")) {
  const nodes = $$(".ps-node", picture), edges = $$(".ps-edge[data-from]", picture);
  const focus = node => {
    const near = new Set([node?.dataset.node]);
    for (const edge of edges) {
      const on = node && (edge.dataset.from === node.dataset.node || edge.dataset.to === node.dataset.node);
      if (on) near.add(edge.dataset.from).add(edge.dataset.to);
      edge.classList.toggle("ps-dim", Boolean(node) && !on);
    }
    for (const other of nodes) {
      other.classList.toggle("ps-dim", Boolean(node) && !near.has(other.dataset.node));
      other.classList.toggle("ps-on", other === node);
    }
  };
  for (const node of nodes) {
    node.addEventListener("pointerenter", () => focus(node));
    node.addEventListener("pointerleave", () => focus(undefined));
  }
}

// A picture that is wider than the page can be seen as a whole.
for (const frame of $$(".graph")) {
  const picture = $("svg", frame), full = Number(picture.getAttribute("width"));
  const fit = make("button", {type: "button", class: "fit", "aria-pressed": "false", onclick: () => {
    const whole = fit.getAttribute("aria-pressed") === "false";
    fit.setAttribute("aria-pressed", String(whole));
    picture.classList.toggle("whole", whole);
  }}, "Fit to width");
  frame.before(fit);
  const measure = () => { fit.hidden = frame.clientWidth === 0 || full <= frame.clientWidth; };
  new ResizeObserver(measure).observe(frame);
}

window.addEventListener("hashchange", follow);
follow();

// The section that is read is marked in the list of sections.
const links = new Map($$("[data-sections] a").map(link => [link.hash.slice(1), link]));
const watcher = new IntersectionObserver(seen => {
  for (const one of seen) {
    if (!one.isIntersecting) continue;
    for (const link of links.values()) setCurrent(link, false);
    const link = links.get(one.target.id);
    if (link) setCurrent(link, true);
  }
}, {rootMargin: "-80px 0px -75% 0px"});
$$("article section[id]").forEach(section => watcher.observe(section));
