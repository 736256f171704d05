// data-autosubmit: a filter form sends itself when a choice changes; text waits for Enter or for leaving the box.
// Empty fields are left out, so that the address stays short enough to share.

for (const form of document.querySelectorAll("form[data-autosubmit]")) {
  const button = form.querySelector(".filterbar-submit");
  form.addEventListener("change", () => form.requestSubmit(button || undefined));
  form.addEventListener("submit", () => {
    for (const control of form.elements) if (control.name && control.value === "") control.disabled = true;
  });
}

window.addEventListener("pageshow", () => {
  for (const control of document.querySelectorAll("form[data-autosubmit] :disabled")) control.disabled = false;
});
