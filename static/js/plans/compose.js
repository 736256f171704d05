// form[data-plan]: sums by task and level run along with ticks and amounts; search and choices hide rows, never untick them.
// Amounts are 万元 with up to six decimals; they are added as whole 分, so that no sum is off.

const form = document.querySelector("form[data-plan]");
const FEN = 1000000;

function fen(text) {
  const plain = text.replace(/[,，\s]/g, "").replace(/[。．]/g, ".");
  return /^\d+(\.\d{0,6})?$/.test(plain) ? Math.round(Number(plain) * FEN) : 0;
}

function words(amount) {
  const whole = Math.round(Math.abs(amount) / 10000);
  const text = (whole / 100).toFixed(2).replace(/\B(?=(\d{3})+(?!\d)\.)/g, ",");
  return amount < 0 && whole ? "-" + text : text;
}

if (form) {
  const rows = Array.from(form.querySelectorAll("[data-plan-row]"));
  const totals = form.querySelector("[data-plan-totals]");
  const search = form.querySelector("[data-plan-filter]");
  const task = form.querySelector("[data-plan-task]");
  const ready = form.querySelector("[data-plan-ready]");
  const show = form.querySelector("[data-plan-show]");
  const hint = form.querySelector("[data-plan-hidden]");
  const isPicked = (row) => row.querySelector("[name=pick]").checked;

  function put(line, sums, count) {
    line.querySelector("[data-count]").textContent = count;
    let all = 0;
    for (const cell of line.querySelectorAll("[data-sum]")) {
      const level = cell.dataset.sum;
      const sum = level === "all" ? all : sums[level] || 0;
      if (level !== "all") all += sum;
      cell.textContent = words(sum);
      const issued = line.querySelector(`[data-issued="${level}"]`);
      const known = Boolean(issued && issued.dataset.value);
      cell.classList.toggle("is-over", known && line.dataset.task !== "" && level !== "all" && sum > fen(issued.dataset.value));
      if (level === "all") line.querySelector("[data-left]").textContent = known ? words(fen(issued.dataset.value) - sum) : "—";
    }
  }

  function count() {
    const sums = {};
    const counts = {};
    for (const row of rows.filter(isPicked)) {
      for (const name of [row.dataset.task, ""]) {
        counts[name] = (counts[name] || 0) + 1;
        sums[name] = sums[name] || {};
        for (const input of row.querySelectorAll("[data-level]")) {
          sums[name][input.dataset.level] = (sums[name][input.dataset.level] || 0) + fen(input.value);
        }
      }
    }
    for (const line of totals.querySelectorAll("[data-task]")) put(line, sums[line.dataset.task] || {}, counts[line.dataset.task] || 0);
  }

  function sift() {
    const wanted = search.value.trim().toLowerCase().split(/\s+/);
    let hidden = false;
    for (const row of rows) {
      const text = row.dataset.words.toLowerCase();
      const fits = wanted.every((word) => text.includes(word)) && (!task.value || row.dataset.task === task.value);
      const shown = fits && (!ready.value || row.dataset.ready === ready.value) && (!show.value || (show.value === "picked") === isPicked(row));
      row.hidden = !shown;
      hidden = hidden || (!shown && isPicked(row));
    }
    if (hint) hint.hidden = !hidden;
  }

  form.addEventListener("input", (event) => {
    const row = event.target.closest("[data-plan-row]");
    if (row && event.target.dataset.level && fen(event.target.value) > 0) row.querySelector("[name=pick]").checked = true;
    if (row) count();
    if (event.target === search) sift();
  });
  task.addEventListener("change", sift);
  ready.addEventListener("change", sift);
  show.addEventListener("change", sift);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault();
  });
  count();
}
