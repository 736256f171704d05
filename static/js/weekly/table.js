// The grid's table: columns by what the rows hold, lean cells without inputs, rows drawn again one by one.

import { wan } from "./numbers.js";
import { answered } from "./sheet.js";

const SLOT_KEYS = ["s0", "s1", "s2", "s3", "s4"];
const HTML = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
export const html = (text) => String(text).replace(/[&<>"]/g, (sign) => HTML[sign]);

export class Table {
  constructor(root, sheet) {
    Object.assign(this, { root, sheet, shown: sheet.rows, opened: new Set() });
    this.remarks = [];
  }

  makeColumns() {
    const { sheet } = this;
    const levels = sheet.used.map((level) => ({ key: level, head: sheet.levels[level], css: "num money", group: sheet.used.length > 1 ? "累计支出（万元）" : "累计支出" }));
    const slots = SLOT_KEYS.map((key, index) => (
      { key, slot: index, head: sheet.fields[sheet.slots[index]][0], css: index < 2 ? "num slot" : "slot day", group: "进度（按实施方式，灰字为栏名或上期）" }));
    Object.assign(slots[0], { head: "形象", unit: "%" });
    Object.assign(slots[1], { head: "投资", unit: "万元" });
    return [
      { key: "n", head: "序", css: "n" }, { key: "name", head: "项目（实施单位）", css: "name" }, ...slots, ...levels,
      { key: "delta", head: "本期支出", css: "num delta" }, { key: "treasury", head: "财政口径", css: "num treasury" },
      { key: "step", head: "当前环节", css: "word" }, { key: "holder", head: "承办单位", css: "word" },
      { key: "problem", head: "存在问题", css: "long" }, { key: "same", head: "无变化", css: "same" },
    ];
  }

  /** The place a cell of the table writes to; null where there is nothing to type. */
  placeAt(row, sub, column) {
    if (sub) return column.key === sub.level ? sub.place : column.key === "delta" ? `delta:${sub.place}` : null;
    if (column.slot !== undefined) return this.sheet.methods[row.method][1][column.slot];
    if (this.sheet.used.includes(column.key)) {
      const cells = row.cells.filter((cell) => cell.level === column.key);
      return cells.length === 1 ? cells[0].place : null;
    }
    if (column.key === "delta") return row.cells.length === 1 ? `delta:${row.cells[0].place}` : null;
    return { step: "step", holder: "holder", problem: "problem", same: "no_change" }[column.key] || null;
  }

  subs(row) {
    const count = {};
    for (const cell of row.cells) count[cell.level] = (count[cell.level] || 0) + 1;
    return row.cells.filter((cell) => count[cell.level] > 1);
  }

  /** All anew, columns too: a fresh sheet may bring money of another level. */
  draw() {
    const { sheet } = this;
    this.columns = this.makeColumns();
    const cols = this.columns.map((column) => `<col class="c-${column.css.split(" ").pop()}">`).join("");
    this.root.innerHTML = `<caption class="visually-hidden">周调度填报表，方向键移动，直接输入即编辑</caption><colgroup>${cols}</colgroup>`
      + `<thead>${this.head()}</thead><tbody></tbody><tfoot></tfoot>`;
    this.body = this.root.tBodies[0];
    this.root.classList.toggle("is-broad", sheet.used.length > 3);
    this.root.setAttribute("aria-rowcount", sheet.rows.length);
    this.drawBody();
  }

  head() {
    let groups = "";
    for (let i = 0; i < this.columns.length;) {
      const { group } = this.columns[i];
      let span = 1;
      while (group && this.columns[i + span] && this.columns[i + span].group === group) span += 1;
      groups += group
        ? `<th colspan="${span}" scope="colgroup" class="group">${group}</th>`
        : `<th rowspan="2" scope="col" class="${this.columns[i].css}">${this.columns[i].head}</th>`;
      i += span;
    }
    const second = this.columns.filter((column) => column.group)
      .map((column) => `<th scope="col" class="${column.css}">${column.head}${column.unit ? `<small> ${column.unit}</small>` : ""}</th>`).join("");
    return `<tr>${groups}</tr><tr>${second}</tr>`;
  }

  drawBody() {
    let section = "";
    let out = "";
    for (const row of this.shown) {
      if (row.section !== section) {
        section = row.section;
        const count = this.shown.filter((other) => other.section === section).length;
        out += `<tr class="section"><th colspan="${this.columns.length}" scope="rowgroup"><span>${this.sheet.sections[section]} ${count}</span></th></tr>`;
      }
      out += this.rowHtml(row);
    }
    this.body.innerHTML = out || `<tr class="section"><td colspan="${this.columns.length}"><span>没有符合筛选的行。</span></td></tr>`;
    this.drawTotals();
  }

  /** Draw one row anew, its sub-rows and its opened detail left where they are. */
  redraw(row) {
    const old = this.body.querySelector(`tr[data-l="${row.id}"]`);
    if (!old) return;
    for (const tr of this.body.querySelectorAll(`tr[data-of="${row.id}"]`)) tr.remove();
    const holder = document.createElement("tbody");
    holder.innerHTML = this.rowHtml(row);
    old.replaceWith(...holder.children);
    this.drawTotals();
  }

  rowHtml(row) {
    const classes = [row.filled ? "" : "is-empty", this.opened.has(row.id) ? "is-open" : "", row.edit ? "" : "is-locked"].join(" ").trim();
    const cells = this.columns.map((column, index) => this.cellHtml(row, null, column, index)).join("");
    const subs = this.subs(row).map((sub) => (
      `<tr class="sub" data-of="${row.id}" data-s="${sub.place}">${this.columns.map((column, index) => this.cellHtml(row, sub, column, index)).join("")}</tr>`)).join("");
    return `<tr data-l="${row.id}"${classes ? ` class="${classes}"` : ""}>${cells}</tr>${subs}`;
  }

  cellHtml(row, sub, column, index) {
    const place = this.placeAt(row, sub, column);
    const tag = column.key === "name" ? "th" : "td";
    const state = place ? this.stateOf(row, place) : {};
    const remark = place && this.remarkAt(row, place);
    const css = [column.css, remark ? "has-remark" : "", place && row.edit && this.sheet.editable !== false ? "" : "ro", state.css].filter(Boolean).join(" ");
    const attributes = `${place ? ` data-p="${place}"` : ""}${state.title || remark ? ` title="${html([state.title, remark && `退回意见：${remark.text}`].filter(Boolean).join("；"))}"` : ""}${state.invalid ? ' aria-invalid="true"' : ""}`;
    return `<${tag}${tag === "th" ? ' scope="row"' : ""} class="${css}" data-c="${index}" tabindex="-1"${attributes}>${this.content(row, sub, column, place)}</${tag}>`;
  }

  /** An open remark of the reviewer at this cell, if any. */
  remarkAt(row, place) {
    return this.remarks.find((remark) => remark.project === row.project && remark.place === place);
  }

  /** How a cell stands: on its way, refused, in conflict, wanting a sentence, explained. */
  stateOf(row, place) {
    const target = place.replace("delta:", "");
    const mark = this.sheet.mark(row, target);
    if (mark && (mark.state !== "saved" || place === target)) {
      const invalid = mark.state === "error" || mark.state === "conflict";
      return { css: `is-${mark.state}`, title: mark.message || "", invalid };
    }
    const problems = place === target ? this.sheet.problemsAt(row, place) : [];
    const worst = problems.find((p) => p.severity === "must") || problems.find((p) => p.severity === "explain" && !answered(p))
      || problems.find((p) => p.severity === "explain") || problems[0];
    if (!worst) return {};
    const css = worst.severity === "explain" && answered(worst) ? "is-explained" : `is-${worst.severity}`;
    return { css, title: `${worst.message}（${worst.said ? `已说明：${worst.said}` : worst.repair}）`, invalid: worst.severity === "must" };
  }

  content(row, sub, column, place) {
    const { sheet } = this;
    if (column.key === "n") return sub ? "" : `<button type="button" class="fold" data-fold tabindex="-1" aria-expanded="${this.opened.has(row.id)}" aria-label="展开 ${html(row.name)}">${sheet.rows.indexOf(row) + 1}</button>`;
    if (column.key === "name") return sub ? `<small class="clip">${html(sub.document)}</small><small>${sub.year}年${this.sheet.levels[sub.level]}资金</small>` : this.nameHtml(row);
    if (column.key === "treasury") return this.treasuryHtml(row, sub);
    if (column.key === "delta") return this.deltaHtml(row, sub);
    if (column.key === "same") return sub ? "" : `<span class="tick" aria-hidden="true">${this.ticked(row) ? "☑" : "☐"}</span><span class="visually-hidden">${this.ticked(row) ? "无变化" : "未勾"}</span>`;
    if (sheet.used.includes(column.key)) return this.moneyHtml(row, sub, column.key, place);
    return place ? this.factHtml(row, column, place) : "";
  }

  ticked(row) {
    const mark = this.sheet.mark(row, "no_change");
    return mark && mark.text !== undefined ? mark.text === "1" : row.same;
  }

  nameHtml(row) {
    const more = [row.by, row.section === "carryover" ? `${row.year}年` : "", row.to && this.sheet.several ? this.sheet.organisations[row.to] : ""];
    const below = html(more.filter(Boolean).join(" · "));
    return `<span class="name-box" title="${html(row.name)}　${below}"><span class="clip2">${html(row.name)}</span><small class="clip">${below}</small></span>`;
  }

  shownText(row, place) {
    const mark = this.sheet.mark(row, place);
    return mark && mark.text !== undefined ? this.sheet.typed(place, mark.text) : this.sheet.words(place, this.sheet.value(row, place));
  }

  factHtml(row, column, place) {
    const { sheet } = this;
    const text = html(this.shownText(row, place));
    if (column.key === "problem") return `<span class="clip2">${text}</span>`;
    if (column.slot === undefined) return `<span class="clip2">${text}</span>`;
    const own = sheet.slots[column.slot] === place;
    const before = sheet.before(row, place);
    const changed = before !== this.shownText(row, place);
    const small = own ? (before && changed ? `上期 ${html(before)}` : "") : sheet.fields[place][0];
    const unit = !own && sheet.kind(place) === "money" ? "万元" : "";
    return `<span${changed && text ? ' class="new"' : ""}>${text || '<i class="blank"></i>'}</span><small>${small}${unit}</small>`;
  }

  moneyHtml(row, sub, level, place) {
    const { sheet } = this;
    const cells = sub ? (sub.level === level ? [sub] : []) : row.cells.filter((cell) => cell.level === level);
    if (!cells.length) return sub ? "" : '<span class="none">—</span>';
    const mark = place && sheet.mark(row, place);
    const typed = mark && mark.text !== undefined ? html(mark.text) : null;
    const paid = cells.map((cell) => sheet.paid(row, cell));
    const known = paid.filter((value) => value !== null);
    const text = typed || (known.length ? wan(known.reduce((a, b) => a + b, 0)) : '<i class="blank"></i>');
    const amount = cells.reduce((sum, cell) => sum + cell.amount, 0);
    const changed = cells.some((cell) => sheet.paid(row, cell) !== cell.before && !(sheet.paid(row, cell) === 0 && cell.before === null));
    return `<span class="${changed ? "new" : ""}${place || sub ? "" : " sum"}${text.length > 9 ? " is-long" : ""}">${text}</span><small>/ ${wan(amount)}</small>`;
  }

  deltaHtml(row, sub) {
    const parts = (sub ? [sub] : row.cells).map((cell) => this.sheet.delta(row, cell)).filter((value) => value !== null);
    if (!parts.length) return row.cells.length ? '<i class="blank"></i>' : "";
    const sum = parts.reduce((a, b) => a + b, 0);
    return `<span class="${sum ? "new" : "still"}${sub || row.cells.length === 1 ? "" : " sum"}${wan(sum).length > 7 ? " is-long" : ""}">${wan(sum)}</span>`;
  }

  treasuryHtml(row, sub) {
    const cells = (sub ? [sub] : row.cells).filter((cell) => cell.treasury !== null);
    if (!cells.length) return sub ? "" : '<span class="none">—</span>';
    const sum = cells.reduce((total, cell) => total + cell.treasury, 0);
    const equal = cells.every((cell) => (this.sheet.paid(row, cell) || 0) === cell.treasury);
    const take = !equal && row.edit && !sub ? '<button type="button" class="take" data-take tabindex="-1" title="按财政数带入本行">带入</button>' : "";
    return `<span>${wan(sum)}</span><small>${equal ? '<b class="eq" title="与财政一致">✓ 一致</b>' : `<b class="ne" title="与财政不一致">≠${take ? '<span class="visually-hidden"> 不一致</span>' : " 不一致"}</b>`}${take}</small>`;
  }

  /** One row of totals per part of the money: this year's, carried over, issued in advance. They are never added up. */
  drawTotals() {
    const rows = this.shown;
    const part = rows.length === this.sheet.rows.length ? "" : `（筛选出的 ${rows.length} 行）`;
    const parts = [["本年合计", (year) => year === this.sheet.year], ["结转合计", (year) => year < this.sheet.year], ["提前下达合计", (year) => year > this.sheet.year]];
    const has = (fits) => this.sheet.rows.some((row) => row.cells.some((cell) => fits(cell.year)));
    this.root.tFoot.innerHTML = parts.filter(([, fits], index) => index === 0 || has(fits))
      .map(([label, fits], index) => this.totalHtml(rows, `${label}${part}`, fits, index === 0)).join("");
    let below = 0;
    for (const tr of [...this.root.tFoot.rows].reverse()) {
      tr.style.setProperty("--below", `${below}px`);
      below += tr.offsetHeight;
    }
  }

  totalHtml(rows, label, fits, first) {
    const total = (pick) => rows.reduce((sum, row) => sum + row.cells.reduce((part, cell) => part + ((fits(cell.year) && pick(row, cell)) || 0), 0), 0);
    const cells = this.columns.map((column) => {
      let text = "";
      if (column.key === "name") text = label;
      else if (this.sheet.used.includes(column.key) && !rows.some((row) => row.cells.some((cell) => cell.level === column.key && fits(cell.year)))) {
        text = "—";
      } else if (this.sheet.used.includes(column.key)) {
        text = `${wan(total((row, cell) => (cell.level === column.key ? this.sheet.paid(row, cell) : 0)))}<small>/ ${wan(total((row, cell) => (cell.level === column.key ? cell.amount : 0)))}</small>`;
      } else if (column.key === "delta") text = wan(total((row, cell) => this.sheet.delta(row, cell)));
      else if (column.key === "treasury") text = wan(total((row, cell) => cell.treasury));
      else if (column.key === "same" && first) text = `${rows.filter((row) => row.same).length}<small>行</small>`;
      const long = text.replace(/<.*/, "").length > 9 ? " is-long" : "";
      return `<${column.key === "name" ? 'th scope="row"' : "td"} class="${column.css}${column.css.startsWith("num") ? long : ""}">${text}</${column.key === "name" ? "th" : "td"}>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  }
}
