// data-toggle-target="#id": the button shows and hides that element; aria-expanded tells which.

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-toggle-target]");
  if (!button) return;
  const target = document.querySelector(button.dataset.toggleTarget);
  if (!target) return;
  const now = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(now));
  target.classList.toggle("is-open", now);
  if (target.dataset.toggle === "hidden") target.hidden = !now;
});
