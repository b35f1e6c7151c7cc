// Search over everything that a page shows: a box with a list of what was found, to
// be used with the keyboard alone.
function search(entries) {
  const input = $("#search"), list = $("#results");
  let found = [], at = -1;
  for (const entry of entries) {
    entry.name = entry.title.toLowerCase();
    entry.low = [entry.title, entry.about, entry.what, entry.also ?? ""].join(" ").toLowerCase();
    entry.parts = entry.name.split(/[. ]|\[\]/);
  }
  // The better the name fits, the lower: as a whole, its last part, how it or a part
  // of it begins, what is in it; at last those that speak of it elsewhere.
  const rank = ({name, low, parts}, words) => {
    if (!words.every(word => low.includes(word))) return -1;
    const fits = [name === words.join(" "), parts.at(-1) === words[0], name.startsWith(words[0]), parts.some(part => part.startsWith(words[0])), name.includes(words[0])];
    const best = fits.indexOf(true);
    return best < 0 ? fits.length : best;
  };
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    at = -1;
  };
  const mark = next => {
    at = next;
    $$("li", list).forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    const item = list.children[at];
    if (!item) return;
    input.setAttribute("aria-activedescendant", item.id);
    item.scrollIntoView({block: "nearest"});
  };
  const go = entry => {
    close();
    input.value = "";
    entry.go();
  };
  const draw = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return close();
    found = entries.map((entry, i) => ({entry, i, rank: rank(entry, words)})).filter(one => one.rank >= 0)
      .sort((a, b) => a.rank - b.rank || a.i - b.i).slice(0, 40).map(one => one.entry);
    list.textContent = "";
    found.forEach((entry, i) => list.append(make("li", {role: "option", id: "result-" + i, "aria-selected": "false", onmousedown: event => { event.preventDefault(); go(entry); }},
      make("code", {}, entry.title), make("span", {class: "what"}, entry.what), entry.about ? make("span", {class: "about"}, entry.about) : undefined)));
    if (!found.length) list.append(make("li", {class: "none", role: "option", "aria-disabled": "true"}, "Nothing found."));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    announce(found.length === 1 ? "1 result" : found.length + " results");
    mark(found.length ? 0 : -1);
  };
  input.addEventListener("input", draw);
  input.addEventListener("focus", draw);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", event => {
    if (event.key === "ArrowDown" && found.length) mark((at + 1) % found.length);
    else if (event.key === "ArrowUp" && found.length) mark((at - 1 + found.length) % found.length);
    else if (event.key === "Enter" && !list.hidden && found[at]) go(found[at]);
    else if (event.key === "Escape") { input.value = ""; close(); return; }
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", event => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    event.preventDefault();
    input.focus();
  });
}
