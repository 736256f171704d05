// The sheet as the page brought it, and what everybody asks of it: value, kind, label, previous value, words of a place.

import { cents, percent, shortDay, wan } from "./numbers.js";

export const cellKey = (line, place) => `${line}|${place}`;
/** Has the sentence of a problem been given, as long as it has to be? */
export const answered = (problem) => problem.said.trim().length >= (problem.need || 1);
const LEVEL_ORDER = ["central", "provincial", "prefecture", "county"];

export class Sheet {
  constructor(data) {
    this.marks = new Map(); // cell key → {state, text, message, value}
    this.notes = new Map(); // cell key → what the person should look at again: a unit that was converted
    this.load(data);
    this.listsRead = false;
    this.choices = { // until the lists are read: what the rows already use
      steps: Object.entries(this.steps), organisations: Object.entries(this.organisations).map(([id, name]) => [id, name, "本表已用"]),
    };
  }

  /** Take the rows of a fresh answer; marks of cells still on their way stay. */
  load(data) {
    Object.assign(this, data);
    for (const row of this.rows) {
      row.cells = row.c.map(([id, level, paid, before, amount, treasury, document, year]) => (
        { place: `cell:${id}`, level, paid, before: cents(before), amount: cents(amount), treasury: cents(treasury), document, year }));
    }
    this.byLine = new Map(this.rows.map((row) => [row.id, row]));
    this.byProject = new Map(this.rows.map((row) => [row.project, row]));
    const used = new Set(this.rows.flatMap((row) => row.cells.map((cell) => cell.level)));
    this.used = LEVEL_ORDER.filter((level) => used.has(level));
  }

  cell(row, place) {
    return row.cells.find((cell) => cell.place === place);
  }

  /** The stored value that stands at a place, as the server speaks it. */
  value(row, place) {
    if (place === "no_change") return row.same;
    if (place.startsWith("cell:")) return this.cell(row, place).paid;
    const value = row.v[place];
    return value === undefined ? null : value;
  }

  store(row, place, value) {
    if (place === "no_change") row.same = value;
    else if (place.startsWith("cell:")) this.cell(row, place).paid = value;
    else row.v[place] = value;
    if (place !== "no_change") row.same = false;
    row.filled = place !== "no_change" || value || this.changed(row);
  }

  /** Does the row say anything else than last time? */
  changed(row) {
    const facts = this.methods[row.method][1].concat(Object.keys(row.v)).filter(Boolean);
    return facts.some((place) => (row.v[place] || null) !== (row.p[place] || null)) || row.cells.some((cell) => cents(cell.paid) !== cell.before);
  }

  kind(place) {
    if (place === "no_change") return "tick";
    if (place.startsWith("delta:")) return "delta";
    return place.startsWith("cell:") ? "money" : this.fields[place][1];
  }

  label(place, row) {
    if (place === "no_change") return "本期无变化";
    if (place.startsWith("delta:")) return "本期支出";
    if (place.startsWith("cell:")) return `${row ? this.levels[this.cell(row, place).level] : ""}累计支出`;
    return this.fields[place][0];
  }

  mark(row, place) {
    return this.marks.get(cellKey(row.id, place));
  }

  /** How many cells the server did not take: wrong ones, and those in which somebody else has written meanwhile. */
  unsaved() {
    return [...this.marks.values()].filter((mark) => mark.state === "error" || mark.state === "conflict").length;
  }

  /** Words of a stored value; `mine` may be what a person has typed and is on its way. */
  words(place, value) {
    if (value === null || value === undefined || value === "") return "";
    switch (this.kind(place)) {
      case "money": return wan(cents(value));
      case "ratio": return percent(value);
      case "date": return shortDay(value, this.year);
      case "step": return this.steps[value] || "";
      case "organisation": return this.organisations[value] || "";
      case "choice": return this[place][value] || value;
      case "tick": return value ? "无变化" : "";
      default: return String(value);
    }
  }

  /** What a person starts from when editing. */
  startOf(place, value) {
    if (value === null || value === undefined) return "";
    if (this.kind(place) === "money") return wan(cents(value), false);
    if (this.kind(place) === "ratio") return percent(value);
    return String(value);
  }

  /** The typed text as the words that would be shown for it. */
  typed(place, text) {
    if (this.kind(place) === "step") return this.steps[text] || "";
    if (this.kind(place) === "organisation") return this.organisations[text] || "";
    if (this.kind(place) === "choice") return this[place][text] || "";
    if (this.kind(place) === "date") return shortDay(text, this.year);
    return text;
  }

  /** Cumulative 分 of a money cell as it stands or is typed right now; null when empty. */
  paid(row, cell) {
    const mark = this.mark(row, cell.place);
    return mark && mark.cents !== undefined ? mark.cents : cents(cell.paid);
  }

  /** 本期支出 as a person starts from it. */
  deltaText(value) {
    return wan(value, false);
  }

  /** This period's spending of a cell: the difference; null before anything was stated. */
  delta(row, cell) {
    const paid = this.paid(row, cell);
    return paid === null ? null : paid - (cell.before || 0);
  }

  before(row, place) {
    if (place.startsWith("cell:")) {
      const { before } = this.cell(row, place);
      return before === null ? "" : wan(before);
    }
    return this.words(place, row.p[place]);
  }

  problemsAt(row, place) {
    return this.problems.filter((problem) => problem.row === row.project && problem.place === place);
  }

  /** Names for ids that the rows do not use yet. */
  name(words) {
    this.steps = { ...this.steps, ...(words.steps || {}) };
    this.organisations = { ...this.organisations, ...(words.organisations || {}) };
  }
}
