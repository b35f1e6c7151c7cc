// The page of many packages.
const words = $("#search"), platform = $("#platform"), summary = $("#summary");
const cards = $$(".card").map(element => ({
  element, platforms: element.dataset.platforms.split(" ").filter(Boolean),
  text: $$("[data-searched]", element).map(part => part.textContent).join(" ").toLowerCase(),
}));

function draw() {
  const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const card of cards) {
    const fits = wanted.every(word => card.text.includes(word)) && (!platform.value || !card.platforms.length || card.platforms.includes(platform.value));
    card.element.hidden = !fits;
    if (fits) shown++;
  }
  $("#nothing").hidden = shown > 0;
  summary.textContent = shown === cards.length ? (shown === 1 ? "1 package" : shown + " packages") : shown + " of " + cards.length + " packages";
}

words.addEventListener("input", draw);
platform.addEventListener("change", draw);
words.addEventListener("keydown", event => {
  if (event.key !== "Escape") return;
  words.value = "";
  draw();
});
document.addEventListener("keydown", event => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  event.preventDefault();
  words.focus();
});
draw();
