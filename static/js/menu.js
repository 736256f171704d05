// <details class="menu">: one open at a time; Esc and a click elsewhere close it.

const open = () => document.querySelectorAll("details.menu[open]");

document.addEventListener(
  "toggle",
  (event) => {
    if (!(event.target instanceof HTMLDetailsElement) || !event.target.matches(".menu") || !event.target.open) return;
    for (const other of open()) if (other !== event.target && !other.contains(event.target)) other.open = false;
  },
  true,
);

document.addEventListener("click", (event) => {
  for (const menu of open()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const details of document.querySelectorAll("details.menu[open], details.rate[open]")) {
    const had = details.contains(document.activeElement);
    details.open = false;
    if (had) details.querySelector("summary").focus();
  }
});
