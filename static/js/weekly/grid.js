// The weekly grid: wires sheet, table, cursor, editor, queue, problems, filters and the row's detail together.

import { Bulk } from "./bulk.js";
import { Conflict } from "./conflict.js";
import { Cursor } from "./cursor.js";
import { Detail } from "./detail.js";
import { Editor, isList } from "./editor.js";
import { fitFrame } from "./frame.js";
import { Filters } from "./filters.js";
import { Leaving, settleWithThePage } from "./leaving.js";
import { blockText, layOver, parseBlock, pasteWords, wordValue } from "./paste.js";
import { Problems } from "./problems.js";
import { Queue } from "./queue.js";
import { cellKey, Sheet } from "./sheet.js";
import { Status } from "./status.js";
import { Table } from "./table.js";
import { read } from "./typing.js";
import { Words } from "./words.js";

const $ = (selector) => document.querySelector(selector);

class Grid {
  constructor() {
    const sheet = new Sheet(JSON.parse($("#sheet").textContent));
    sheet.several = new Set(sheet.rows.map((row) => row.to)).size > 1;
    this.sheet = sheet;
    this.status = new Status(sheet);
    this.table = new Table($("#grid"), sheet);
    this.late = new Set();
    settleWithThePage(); // before the queue's own listener, which asks whether the machine kept everything
    this.queue = new Queue({
      url: sheet.urls.cells, user: sheet.user, report: sheet.report,
      on: {
        state: (name, detail, kept) => this.showState(name, detail, kept), answer: (json, sent) => this.answer(json, sent),
        refused: (json, count) => this.refused(json, count),
      },
    });
    this.words = new Words(this);
    this.editor = new Editor(sheet, {
      start: (td) => this.start(td), commit: (td, text) => this.commitCell(td, text), leave: (down, right) => this.leave(down, right),
      label: (td) => this.labelOf(td), done: () => this.drawLate(),
    });
    this.cursor = new Cursor(this.table, {
      edit: (td, first) => this.edit(td, first), clear: (tds) => this.clear(tds), toggle: (td) => this.toggle(td),
      unfold: (tr) => this.detail.toggle(tr), settle: () => this.editor.finish(), search: () => $("[data-q]").focus(),
    });
    this.detail = new Detail(this.table, sheet, {
      commit: (row, place, text, box) => this.commit(row, place, text, box), note: (issue, text) => this.words.note(issue, text), start: (row, place) => this.startText(row, place),
    });
    this.problems = new Problems($("#problems"), sheet, {
      jump: (problem) => this.jump(problem), explain: (key, text, was) => this.words.explain(key, text, was), unfilled: () => this.filters.set("who", "empty"),
    });
    this.filters = new Filters($("#filters"), sheet, () => this.refilter());
    this.conflict = new Conflict(sheet, { mine: (row, place, mark) => this.insist(row, place, mark), theirs: (row, place, mark) => this.yieldTo(row, place, mark) });
    this.bulk = new Bulk(this);
    this.begin();
  }

  begin() {
    this.table.shown = this.filters.rows();
    this.remarks();
    this.filters.draw();
    this.table.draw();
    this.problems.draw();
    this.cursor.restore(false);
    if (this.sheet.rows.length) fitFrame(this.table.root.parentElement);
    this.table.root.addEventListener("click", (event) => this.click(event));
    document.addEventListener("paste", (event) => this.paste(event));
    document.addEventListener("copy", (event) => this.copy(event));
    const leaving = new Leaving(this);
    if (this.sheet.editable) this.choices().then(() => leaving.takeDraft());
    else leaving.oldDraft();
  }

  /** The reviewer's remarks stand at their cells too; a click on one goes there. */
  remarks() {
    const buttons = [...document.querySelectorAll("[data-remark]")];
    const read = ({ dataset }) => ({ project: Number(dataset.project), row: Number(dataset.project), place: dataset.place, text: dataset.text });
    this.table.remarks = buttons.filter((button) => !("resolved" in button.dataset)).map(read);
    for (const button of buttons) {
      button.addEventListener("click", () => this.jump(read(button)));
      const row = this.sheet.byProject.get(Number(button.dataset.project));
      const now = button.parentElement.querySelector("[data-now]");
      if (!now || !row || !(button.dataset.place.startsWith("cell:") ? this.sheet.cell(row, button.dataset.place) : this.sheet.fields[button.dataset.place])) continue;
      now.textContent = `，现在 ${this.sheet.words(button.dataset.place, this.sheet.value(row, button.dataset.place)) || "空"}`;
    }
  }

  async choices() {
    try {
      const response = await fetch(this.sheet.urls.choices, { credentials: "same-origin", redirect: "manual", headers: { Accept: "application/json" } });
      this.sheet.choices = await response.json();
      this.sheet.name({
        steps: Object.fromEntries(this.sheet.choices.steps), organisations: Object.fromEntries(this.sheet.choices.organisations),
      });
    } catch (error) {
      this.status.say("列表没有读到，只能选本表已用的。");
    }
    this.sheet.listsRead = true;
  }

  // -- where a cell of the table is on the sheet

  rowOf(td) {
    const tr = td.parentElement;
    return this.sheet.byLine.get(Number(tr.dataset.l || tr.dataset.of));
  }

  labelOf(td) {
    const row = this.rowOf(td);
    return `${row.name} ${this.sheet.label(td.dataset.p, row)}`;
  }

  typable(td) {
    return Boolean(this.sheet.editable && td && td.dataset.p && this.rowOf(td).edit);
  }

  // -- typing

  edit(td, first) {
    if (!this.typable(td)) {
      this.status.say(this.whyNot(td));
      return;
    }
    const mark = this.sheet.mark(this.rowOf(td), td.dataset.p);
    if (mark && mark.state === "conflict") this.conflict.open(td, this.rowOf(td), td.dataset.p, mark);
    else if (isList(this.sheet, td.dataset.p) && !this.sheet.listsRead) this.status.say("列表正在读取，请稍候。");
    else if (td.dataset.p !== "no_change") this.editor.begin(td, first);
  }

  whyNot(td) {
    if (!this.sheet.editable) return "报告现在不能编辑。";
    if (!this.rowOf(td).edit) return "这一行分给了其他部门填报。";
    if (td.classList.contains("delta")) return "该项目有多项资金：请在各项累计支出格中填，输入 +12.5 即为本期支出 12.5 万元。";
    return td.classList.contains("money") ? "这一格由下面各行相加而来，请在下面的行中填。" : "";
  }

  start(td) {
    return this.startText(this.rowOf(td), td.dataset.p);
  }

  startText(row, place) {
    if (place.startsWith("delta:")) {
      const delta = this.sheet.delta(row, this.sheet.cell(row, place.slice(6)));
      return delta ? this.sheet.deltaText(delta) : "";
    }
    const mark = this.sheet.mark(row, place);
    return mark && mark.text !== undefined ? mark.text : this.sheet.startOf(place, this.sheet.value(row, place));
  }

  commitCell(td, text) {
    this.commit(this.rowOf(td), td.dataset.p, text);
  }

  /** The one way in for every typed value: read it, mark it, send it. Gives false when it cannot be read. */
  commit(row, place, typed, box = null) {
    const target = place.replace("delta:", "");
    try {
      const { text, cents, note } = read(this.sheet, row, place, typed);
      const wrong = (this.sheet.mark(row, target) || {}).state === "error";
      this.setMark(row, target, { state: "saving", text, cents });
      const noted = this.sheet.notes.delete(cellKey(row.id, target));
      if (note) this.sheet.notes.set(cellKey(row.id, target), note);
      if (note) this.status.say(`${row.name} ${this.sheet.label(place, row)}：${note}`);
      if (wrong || noted || note) this.problems.draw();
      this.queue.put(row.id, target, text, this.sheet.value(row, target));
      if (box) box.setAttribute("aria-invalid", "false");
      if (box && note) box.value = text;
      this.draw(row);
      return true;
    } catch (error) {
      this.setMark(row, target, { state: "error", text: typed, message: error.message });
      this.queue.drop(row.id, target);
      if (box) box.setAttribute("aria-invalid", "true");
      this.status.say(`${row.name} ${this.sheet.label(place, row)}：${error.message}`);
      this.draw(row);
      this.problems.draw();
      return false;
    }
  }

  setMark(row, place, mark) {
    if (mark) this.sheet.marks.set(cellKey(row.id, place), mark);
    else this.sheet.marks.delete(cellKey(row.id, place));
  }

  leave(down, right) {
    if (down) this.cursor.move(down, 0);
    else {
      const next = this.cursor.nextPlace(right);
      if (next) this.cursor.go(next);
    }
  }

  clear(tds) {
    for (const td of tds) {
      if (this.typable(td) && !td.dataset.p.startsWith("delta:") && this.start(td) !== "") this.commitCell(td, td.dataset.p === "no_change" ? "0" : "");
    }
    this.cursor.restore(true);
  }

  toggle(td) {
    if (!this.typable(td)) return;
    const row = this.rowOf(td);
    this.commit(row, "no_change", this.table.ticked(row) ? "0" : "1");
  }

  // -- drawing, never under the editor

  draw(row) {
    if (this.editor.open && this.rowOf(this.editor.td) === row) {
      this.late.add(row);
      return;
    }
    const focus = this.table.root.contains(document.activeElement) && document.activeElement.closest(`[data-l="${row.id}"], [data-of="${row.id}"]`);
    this.table.redraw(row);
    this.cursor.restore(Boolean(focus) || document.activeElement === document.body);
  }

  drawLate() {
    const rows = [...this.late];
    this.late.clear();
    for (const row of rows) this.draw(row);
  }

  drawAll() {
    const focus = this.table.root.contains(document.activeElement);
    this.table.draw();
    this.detail.restore();
    this.cursor.restore(focus);
    this.problems.draw();
    this.filters.draw();
    this.status.counts();
  }

  refilter() {
    if (this.editor.open) this.editor.finish();
    this.table.shown = this.filters.rows();
    this.table.drawBody();
    this.detail.restore();
    this.cursor.restore(false);
  }

  // -- what comes back

  answer(json, sent) {
    const touched = new Set();
    for (const outcome of json.outcomes) {
      const row = this.sheet.byLine.get(outcome.line);
      if (!row) continue;
      touched.add(row);
      this.settle(row, outcome, sent.get(cellKey(outcome.line, outcome.place)));
    }
    const before = new Set(this.sheet.problems.map((p) => p.row));
    this.newState(json);
    for (const problem of json.problems) before.add(problem.row);
    for (const project of before) if (this.sheet.byProject.has(project)) touched.add(this.sheet.byProject.get(project));
    for (const row of touched) this.draw(row);
  }

  settle(row, outcome, edit) {
    const mark = this.sheet.mark(row, outcome.place);
    const later = this.queue.waiting.has(cellKey(outcome.line, outcome.place));
    if (outcome.verdict === "conflict" || outcome.verdict === "error") {
      const state = outcome.verdict;
      this.queue.hold(this.queue.waiting.get(cellKey(outcome.line, outcome.place)) || edit);
      this.setMark(row, outcome.place, { ...mark, state, message: outcome.message, value: outcome.value });
      this.status.say(`${row.name} ${this.sheet.label(outcome.place, row)}：${outcome.message}`);
      return;
    }
    this.sheet.store(row, outcome.place, outcome.value);
    if (later) return;
    this.setMark(row, outcome.place, { state: "saved" });
    setTimeout(() => this.fade(row, outcome.place), 2500);
  }

  fade(row, place) {
    const mark = this.sheet.mark(row, place);
    if (!mark || mark.state !== "saved") return;
    this.setMark(row, place, null);
    const td = this.table.body.querySelector(`tr[data-l="${row.id}"] [data-p="${place}"], tr[data-of="${row.id}"] [data-p="${place}"]`);
    if (td) td.classList.remove("is-saved");
  }

  newState({ revision, problems, open, filled }) {
    Object.assign(this.sheet, { revision, problems, open, filled });
    for (const input of document.querySelectorAll('input[name="revision"]')) input.value = revision;
    this.problems.draw();
    this.filters.draw();
    this.status.counts();
  }

  refused(json, count) {
    this.status.show("refused", count);
    this.status.banner(`${json.detail} ${count ? `有 ${count} 处没有保存，已留在本机。` : ""}`, "刷新页面", () => window.location.reload());
  }

  insist(row, place, mark) {
    this.setMark(row, place, { state: "saving", text: mark.text, cents: mark.cents });
    this.sheet.store(row, place, mark.value);
    this.queue.put(row.id, place, mark.text, mark.value);
    this.draw(row);
  }

  yieldTo(row, place, mark) {
    this.queue.drop(row.id, place);
    this.sheet.store(row, place, mark.value);
    this.setMark(row, place, null);
    if (!this.sheet.unsaved()) this.status.show("settled");
    this.draw(row);
    this.problems.draw();
  }

  showState(name, detail, kept) {
    const unsaved = name === "saved" ? this.sheet.unsaved() : 0;
    if (unsaved) {
      this.status.show("partly", unsaved);
      return;
    }
    this.status.show(name, typeof detail === "number" ? detail + this.words.count() : detail, kept);
  }

  // -- mouse, clipboard, jumps

  click(event) {
    const td = event.target.closest("[data-c]");
    if (event.target.closest("[data-fold]")) this.detail.toggle(event.target.closest("tr"));
    else if (event.target.closest("[data-take]")) this.bulk.take(this.rowOf(td));
    else if (td && td.classList.contains("is-conflict")) this.edit(td, null);
  }

  inGrid() {
    return !this.editor.open && this.cursor.td() && document.activeElement === this.cursor.td();
  }

  copy(event) {
    if (!this.inGrid()) return;
    event.preventDefault();
    event.clipboardData.setData("text/plain", blockText(this.cursor.cells(), (td) => this.copied(td)));
    this.status.say("已复制。");
  }

  copied(td) {
    if (!td.dataset.p) return td.firstElementChild ? td.firstElementChild.textContent : td.textContent;
    const row = this.rowOf(td);
    if (td.dataset.p === "no_change") return this.table.ticked(row) ? "是" : "";
    return isList(this.sheet, td.dataset.p) ? this.table.shownText(row, td.dataset.p) : this.startText(row, td.dataset.p);
  }

  paste(event) {
    if (!this.inGrid()) return;
    event.preventDefault();
    const told = layOver(this.cursor, parseBlock(event.clipboardData.getData("text/plain")), (td, text) => this.putPasted(td, text));
    this.status.told(pasteWords(told), told.wrong > 0);
  }

  putPasted(td, text) {
    if (!this.typable(td)) return false;
    const place = td.dataset.p;
    let value = text.trim();
    if (isList(this.sheet, place) || place === "no_change") value = wordValue(this.sheet, place, value);
    if (value === "" && place.startsWith("delta:")) return false;
    if (value === null) {
      this.setMark(this.rowOf(td), place, { state: "error", text: "", message: `列表中没有“${text.trim()}”。` });
      this.draw(this.rowOf(td));
      throw new Error();
    }
    if (place === "no_change" && value === "") value = "0";
    if (value === this.start(td) || (place === "no_change" && (value === "1") === this.table.ticked(this.rowOf(td)))) return true;
    if (!this.commit(this.rowOf(td), place, value)) throw new Error();
    return true;
  }

  jump(problem) {
    const row = this.sheet.byProject.get(problem.row);
    if (!row) return;
    if (!this.filters.fits(row)) {
      Object.assign(this.filters.state, { section: "", task: "", who: "", q: "" });
      this.filters.draw();
      this.refilter();
    }
    const inDetail = ["measures", "measures_due_on", "claimed_unpaid_yuan", "coordination", "coordination_level", "coordination_with"].includes(problem.place);
    const tr = this.table.body.querySelector(`tr[data-l="${row.id}"]`);
    if (inDetail && !this.table.opened.has(row.id)) this.detail.toggle(tr);
    const own = this.table.body.querySelector(`tr[data-l="${row.id}"] [data-p="${problem.place}"], tr[data-of="${row.id}"] [data-p="${problem.place}"]`);
    const box = inDetail && this.table.body.querySelector(`tr[data-detail="${row.id}"] [data-place="${problem.place}"]`);
    if (box) box.focus();
    else this.cursor.go(own || this.table.body.querySelector(`tr[data-l="${row.id}"] .name`));
  }
}

new Grid();
