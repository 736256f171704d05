// Remarks typed on the review page stay in this tab while the reviewer goes between 只看变化 and 全部行; they belong to one
// person and one version. Sent they are only with 退回修改.

const form = document.getElementById("return-form");

/** What is typed, by the name of its box; also boxes that stand elsewhere on the page. */
function boxesOf() {
  return [...form.elements].filter((box) => box.name === "reason" || (box.name || "").startsWith("remark:"));
}

function keep(key) {
  const typed = boxesOf().filter((box) => box.value.trim()).map((box) => [box.name, box.value, box.dataset.about || ""]);
  sessionStorage.setItem(key, JSON.stringify(typed));
}

function putBack(key) {
  for (const [name, text, about] of JSON.parse(sessionStorage.getItem(key) || "[]")) {
    const box = form.elements[name] || boxElsewhere(name, about);
    if (!box.value) box.value = text;
    const fold = box.closest("details");
    if (fold) fold.open = true;
  }
}

/** A remark at a field that this list does not show. */
function boxElsewhere(name, about) {
  const place = document.getElementById("remarks-elsewhere");
  const label = document.createElement("label");
  const box = document.createElement("input");
  label.textContent = about;
  Object.assign(box, { name, maxLength: 500, autocomplete: "off", className: "form-control form-control-sm" });
  box.dataset.about = about;
  label.append(box);
  place.append(label);
  place.hidden = false;
  return box;
}

if (form) {
  const key = `remarks|${form.dataset.keep}`;
  putBack(key);
  keep(key);
  document.addEventListener("input", (event) => {
    if (event.target.form === form) keep(key);
  });
  // Enter in a remark decides nothing.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.form === form && event.target.matches("input[name^='remark:']")) event.preventDefault();
  });
}

document.addEventListener("toggle", (event) => {
  if (event.target.matches(".remark-box[open]") && document.activeElement === event.target.querySelector("summary")) event.target.querySelector("input").focus();
}, true);
