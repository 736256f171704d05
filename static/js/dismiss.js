// data-dismiss: puts the notice away and the cursor back to the page.

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dismiss]");
  if (!button) return;
  const notice = button.closest(".notice");
  if (notice) notice.remove();
  document.getElementById("main")?.focus();
});
