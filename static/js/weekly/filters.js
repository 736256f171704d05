// Which rows are shown: section, task, who fills, still empty, words. Kept in the address, so that it can be passed on.

import { html } from "./table.js";

export class Filters {
  constructor(root, sheet, changed) {
    Object.assign(this, { root, sheet, changed });
    const query = new URLSearchParams(window.location.search);
    this.state = { section: query.get("section") || "", task: query.get("task") || "", who: query.get("who") || "", q: query.get("q") || "" };
    root.addEventListener("click", (event) => {
      const chip = event.target.closest("[data-filter]");
      if (chip) this.set(chip.dataset.filter, this.state[chip.dataset.filter] === chip.dataset.value ? "" : chip.dataset.value);
    });
    root.addEventListener("change", (event) => event.target.matches("select[data-pick]") && this.set(event.target.dataset.pick, event.target.value));
    root.addEventListener("input", (event) => event.target.matches("[data-q]") && this.set("q", event.target.value, false));
  }

  set(name, value, draw = true) {
    this.state[name] = value;
    const query = new URLSearchParams(Object.entries(this.state).filter(([, v]) => v));
    window.history.replaceState(null, "", `${window.location.pathname}${query.toString() ? `?${query}` : ""}`);
    if (draw) this.draw();
    this.changed();
  }

  fits(row) {
    const { section, task, who, q } = this.state;
    if (section && row.section !== section) return false;
    if (task && String(row.task) !== task) return false;
    if (who === "empty" && row.filled) return false;
    if (who === "problem" && !this.sheet.problems.some((p) => p.row === row.project && !p.key.startsWith("not_filled"))) return false;
    if (who.startsWith("o") && String(row.to || "") !== who.slice(1)) return false;
    return !q || `${row.name} ${row.by} ${row.code}`.toLowerCase().includes(q.trim().toLowerCase());
  }

  rows() {
    return this.sheet.rows.filter((row) => this.fits(row));
  }

  chip(name, value, label, count) {
    const active = this.state[name] === value;
    return `<button type="button" class="chip${active ? " is-active" : ""}" data-filter="${name}" data-value="${html(value)}" aria-pressed="${active}">${html(label)} ${count}</button>`;
  }

  draw() {
    const { rows } = this.sheet;
    const count = (test) => rows.filter(test).length;
    const empty = count((row) => !row.filled);
    const sections = Object.entries(this.sheet.sections).map(([value, label]) => this.chip("section", value, label, count((row) => row.section === value)));
    const tasks = Object.entries(this.sheet.tasks).map(([id, name]) => `<option value="${id}"${this.state.task === id ? " selected" : ""}>${html(name)}（${count((row) => String(row.task) === id)}）</option>`);
    this.root.querySelector("[data-chips]").innerHTML = sections.join("") + this.chip("who", "empty", "还没填", empty) + this.fillers(rows);
    const pick = this.root.querySelector("[data-pick=task]");
    pick.innerHTML = `<option value="">全部任务</option>${tasks.join("")}`;
    this.root.querySelector("[data-q]").value = this.state.q;
  }

  /** One chip per filler when rows are dealt out: who has filled what. */
  fillers(rows) {
    const ids = [...new Set(rows.map((row) => row.to || ""))];
    if (ids.length < 2 && !ids[0]) return "";
    return ids.map((id) => {
      const mine = rows.filter((row) => (row.to || "") === id);
      return this.chip("who", `o${id}`, id ? this.sheet.organisations[id] : "填报员", `${mine.filter((row) => row.filled).length}/${mine.length}`);
    }).join("");
  }
}
