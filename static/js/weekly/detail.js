// What lies behind a row, unfolded under it: words and measures to type, money per allocation, and from the server the
// last weeks, treasury vouchers and open issues.

import { control } from "./editor.js";
import { wan } from "./numbers.js";
import { html } from "./table.js";

const FIELDS = [
  ["problem", "wide"], ["measures", "wide"], ["measures_due_on", ""], ["claimed_unpaid_yuan", ""],
  ["coordination", "wide"], ["coordination_level", ""], ["coordination_with", ""],
];

export class Detail {
  /** `on` = {commit(row, place, text), note(issue, text), start(row, place)} */
  constructor(table, sheet, on) {
    Object.assign(this, { table, sheet, on });
  }

  async toggle(tr) {
    const row = this.sheet.byLine.get(Number(tr.dataset.l || tr.dataset.of));
    const open = this.table.opened.has(row.id);
    if (open) this.table.opened.delete(row.id);
    else this.table.opened.add(row.id);
    const old = this.table.body.querySelector(`tr[data-detail="${row.id}"]`);
    if (old) old.remove();
    this.table.redraw(row);
    if (open) return;
    await this.show(row);
    this.reveal(row);
  }

  /** Bring what was unfolded into the frame, its row at the top when it needs all the room. */
  reveal(row) {
    const at = (selector) => this.table.body.querySelector(selector).getBoundingClientRect();
    const head = this.table.root.tHead.getBoundingClientRect();
    const foot = this.table.root.tFoot.rows[0].cells[0].getBoundingClientRect();
    const below = at(`tr[data-detail="${row.id}"]`).bottom - foot.top;
    const room = at(`tr[data-l="${row.id}"]`).top - this.table.root.tHead.rows[0].cells[0].getBoundingClientRect().top - head.height;
    if (below > 0) this.table.root.parentElement.scrollBy({ top: Math.min(below, room) });
  }

  /** Unfolded rows stay unfolded when the table is drawn anew. */
  restore() {
    for (const id of this.table.opened) {
      const row = this.sheet.byLine.get(id);
      if (row && this.table.body.querySelector(`tr[data-l="${id}"]`)) this.show(row);
    }
  }

  async show(row) {
    const tr = document.createElement("tr");
    tr.className = "detail";
    tr.dataset.detail = row.id;
    const td = document.createElement("td");
    td.colSpan = this.table.columns.length;
    td.innerHTML = `<div class="behind"><div class="behind-form"><div class="behind-fields"></div>${this.moneyHtml(row)}</div><div class="behind-facts" aria-live="polite"><p class="muted">正在读取近期情况…</p></div></div>`;
    tr.append(td);
    const lines = [...this.table.body.querySelectorAll(`tr[data-l="${row.id}"], tr[data-of="${row.id}"]`)];
    lines[lines.length - 1].after(tr);
    this.fields(row, td.querySelector(".behind-fields"));
    td.addEventListener("change", (event) => this.changed(row, event));
    await this.fetch(row, td.querySelector(".behind-facts"));
  }

  fields(row, root) {
    for (const [place, size] of FIELDS) {
      const label = document.createElement("label");
      label.className = `field ${size}`;
      const before = this.sheet.before(row, place);
      label.innerHTML = `<span>${this.sheet.label(place, row)}${this.sheet.kind(place) === "money" ? "（万元）" : ""}${before && before !== this.sheet.words(place, this.sheet.value(row, place)) ? `<small>上期：${html(before)}</small>` : ""}</span>`;
      const box = control(this.sheet, place, this.on.start(row, place));
      box.className = box.tagName === "SELECT" ? "form-select" : "form-control";
      box.dataset.place = place;
      box.disabled = !row.edit;
      if (box.tagName === "TEXTAREA") box.rows = 2;
      label.append(box);
      root.append(label);
    }
  }

  moneyHtml(row) {
    const rows = row.cells.map((cell) => `<tr><th scope="row">${this.sheet.levels[cell.level]}<small>${html(cell.document)}</small></th><td class="num">${wan(cell.amount)}</td><td class="num">${wan(cell.before)}</td><td class="num">${wan(this.sheet.paid(row, cell))}</td><td class="num">${wan(this.sheet.delta(row, cell))}</td><td class="num">${cell.treasury === null ? "—" : wan(cell.treasury)}</td></tr>`).join("");
    return `<table class="table-grid table-small"><caption class="visually-hidden">各项资金，万元</caption><thead><tr><th scope="col">资金<small>文号</small></th><th scope="col" class="num">安排</th><th scope="col" class="num">上期累计</th><th scope="col" class="num">本期累计</th><th scope="col" class="num">本期支出</th><th scope="col" class="num">财政口径</th></tr></thead><tbody>${rows}</tbody></table>`;
  }

  changed(row, event) {
    const box = event.target;
    if (box.dataset.place) this.on.commit(row, box.dataset.place, box.value, box);
    else if (box.dataset.issue) this.on.note(Number(box.dataset.issue), box.value);
  }

  async fetch(row, root) {
    try {
      const response = await fetch(this.sheet.urls.line.replace("/0/", `/${row.id}/`), { credentials: "same-origin", redirect: "manual" });
      if (!response.ok) throw new Error();
      root.innerHTML = await response.text();
    } catch (error) {
      root.innerHTML = '<p class="muted">近期情况没有读到（离线或登录已过期）；左边可以照常填写。</p>';
    }
  }
}
