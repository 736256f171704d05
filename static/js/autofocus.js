// After a refused form the summary of errors takes the focus, so that screen readers start there.

document.querySelector("[data-autofocus]")?.focus();
