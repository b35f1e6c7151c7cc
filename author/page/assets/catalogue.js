// The page of many packages.
const cards = $$(".card"), words = $("#search"), platform = $("#platform"), summary = $("#summary");

function draw() {
  const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const card of cards) {
    const text = card.dataset.text.toLowerCase();
    const fits = wanted.every(word => text.includes(word)) && (!platform.value || card.dataset.platforms === "" || card.dataset.platforms.split(" ").includes(platform.value));
    card.hidden = !fits;
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
