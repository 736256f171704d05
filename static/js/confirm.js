// data-confirm="question" on a submit button: asks in its place, no pop-up. Without a script the button just submits.

function ask(button) {
  const box = document.createElement("span");
  box.className = "confirm-ask";
  box.setAttribute("role", "group");
  box.setAttribute("aria-label", button.dataset.confirm);
  const question = document.createElement("span");
  question.textContent = button.dataset.confirm;
  const yes = button.cloneNode(true);
  delete yes.dataset.confirm;
  if (yes.classList.contains("btn-quiet")) yes.classList.replace("btn-quiet", "btn-outline");
  yes.textContent = button.dataset.confirmYes || "确定";
  const no = document.createElement("button");
  no.type = "button";
  no.className = "btn btn-quiet btn-sm";
  no.textContent = "取消";
  const back = () => {
    box.replaceWith(button);
    button.focus();
  };
  no.addEventListener("click", back);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    back();
  });
  box.append(question, yes, no);
  button.replaceWith(box);
  yes.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-confirm]");
  if (!button) return;
  if (button.form && !button.form.reportValidity()) {
    event.preventDefault();
    return;
  }
  event.preventDefault();
  ask(button);
});
