// data-dirty-guard on a form: leaving with unsaved changes asks first (the browser's own question).

const dirty = new Set();

for (const form of document.querySelectorAll("form[data-dirty-guard]")) {
  form.addEventListener("input", () => dirty.add(form));
  form.addEventListener("submit", () => dirty.delete(form));
  form.addEventListener("reset", () => dirty.delete(form));
}

window.addEventListener("beforeunload", (event) => {
  if (!dirty.size) return;
  event.preventDefault();
  event.returnValue = "";
});
