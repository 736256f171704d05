// data-show-password="#id": shows and hides what is typed there.

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-show-password]");
  if (!button) return;
  const input = document.querySelector(button.dataset.showPassword);
  const show = input.type === "password";
  input.type = show ? "text" : "password";
  button.textContent = show ? "隐藏" : "显示";
  button.setAttribute("aria-pressed", String(show));
  input.focus();
});
