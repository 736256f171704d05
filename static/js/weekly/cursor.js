// Moving over the grid like in a spreadsheet: one cell is the tab stop, arrows walk, Shift marks a block.

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0] };

export class Cursor {
  /** `on` = {edit(td, text), clear(tds), toggle(td), unfold(tr), settle(), search()} */
  constructor(table, on) {
    Object.assign(this, { table, on, at: null, anchor: null });
    const { root } = table;
    root.addEventListener("mousedown", (event) => this.press(event));
    root.addEventListener("mouseover", (event) => this.drag(event));
    document.addEventListener("mouseup", () => { this.dragging = false; });
    root.addEventListener("dblclick", (event) => this.withCell(event, (td) => this.on.edit(td, null)));
    root.addEventListener("keydown", (event) => this.key(event));
    root.addEventListener("focusin", (event) => {
      const td = event.target.closest("[data-c]");
      if (td && event.target === td && td !== this.td()) this.go(td, false, false);
    });
  }

  withCell(event, act) {
    const td = event.target.closest("[data-c]");
    if (td && !event.target.closest("input, textarea, select, button")) act(td);
  }

  lines() {
    return [...this.table.body.querySelectorAll("tr[data-l], tr[data-s]")];
  }

  /** The cell under the cursor, found again after its row was drawn anew. */
  td() {
    return this.at && this.find(this.at);
  }

  find({ line, sub, column }) {
    const tr = sub ? this.table.body.querySelector(`tr[data-of="${line}"][data-s="${sub}"]`) : this.table.body.querySelector(`tr[data-l="${line}"]`);
    return tr ? tr.querySelector(`[data-c="${column}"]`) : null;
  }

  place(td) {
    const tr = td.parentElement;
    return { line: Number(tr.dataset.l || tr.dataset.of), sub: tr.dataset.s || null, column: Number(td.dataset.c) };
  }

  go(td, extend = false, focus = true) {
    const old = this.td();
    if (old) old.tabIndex = -1;
    this.at = this.place(td);
    if (!extend) this.anchor = this.at;
    td.tabIndex = 0;
    if (focus) {
      td.focus({ preventScroll: true });
      this.reveal(td);
    }
    this.paint();
  }

  /** Bring the cell out from under the sticky head, foot and first columns. */
  reveal(td) {
    const frame = this.table.root.parentElement;
    const box = td.getBoundingClientRect();
    const outer = frame.getBoundingClientRect();
    const head = this.table.root.tHead.getBoundingClientRect().height;
    const foot = this.table.root.tFoot.getBoundingClientRect().height;
    if (box.top < outer.top + head) frame.scrollTop -= outer.top + head - box.top + 2;
    if (box.bottom > outer.bottom - foot) frame.scrollTop += box.bottom - outer.bottom + foot + 2;
    if (td.classList.contains("name") || td.classList.contains("n")) return;
    const pinned = td.parentElement.querySelector(".name").getBoundingClientRect().right;
    if (box.left < pinned) frame.scrollLeft -= pinned - box.left + 2;
    if (box.right > outer.right) frame.scrollLeft += box.right - outer.right + 2;
  }

  /** After rows were drawn anew: the same cell is the tab stop again, focused when the grid had the focus. */
  restore(focus) {
    let td = this.td();
    if (!td) {
      this.at = null;
      td = this.table.body.querySelector("tr[data-l] [data-p]") || this.table.body.querySelector("[data-c]");
      if (td) {
        this.at = this.place(td);
        this.anchor = this.at;
      }
    }
    if (!td) return;
    td.tabIndex = 0;
    if (focus) td.focus({ preventScroll: true });
    this.paint();
  }

  block() {
    const lines = this.lines();
    const index = ({ line, sub }) => lines.findIndex((tr) => Number(tr.dataset.l || tr.dataset.of) === line && (tr.dataset.s || null) === sub);
    if (!this.at) return { lines: [], from: 0, to: -1 };
    const rows = [index(this.at), index(this.anchor || this.at)];
    const columns = [this.at.column, (this.anchor || this.at).column];
    return { lines: lines.slice(Math.min(...rows), Math.max(...rows) + 1), from: Math.min(...columns), to: Math.max(...columns) };
  }

  cells() {
    const { lines, from, to } = this.block();
    return lines.map((tr) => [...tr.children].filter((td) => Number(td.dataset.c) >= from && Number(td.dataset.c) <= to));
  }

  paint() {
    for (const td of this.table.body.querySelectorAll(".is-picked")) td.classList.remove("is-picked");
    const block = this.cells();
    if (block.length * (block[0] ? block[0].length : 0) > 1) for (const td of block.flat()) td.classList.add("is-picked");
  }

  press(event) {
    this.withCell(event, (td) => {
      if (event.button !== 0) return;
      event.preventDefault();
      this.dragging = true;
      const at = this.place(td);
      this.on.settle();
      if (td.dataset.p === "no_change" && !event.shiftKey) this.on.toggle(this.find(at));
      const now = this.find(at); // both may have drawn the row anew
      if (now) this.go(now, event.shiftKey);
    });
  }

  drag(event) {
    if (!this.dragging || !event.buttons) return;
    this.withCell(event, (td) => this.go(td, true));
  }

  key(event) {
    const td = this.td();
    if (!td || event.target !== td) return;
    const { key } = event;
    if (key in STEPS && !event.altKey) this.walk(event, STEPS[key]);
    else if (key === "Home" || key === "End") this.toEdge(event);
    else if (key === "Tab") this.tab(event);
    else if (key === "Enter") this.walk(event, [event.shiftKey ? -1 : 1, 0], false);
    else if (key === "F2" || (key === "ArrowDown" && event.altKey)) this.act(event, () => this.on.edit(td, null));
    else if (key === "Delete" || key === "Backspace") this.act(event, () => this.on.clear(this.cells().flat()));
    else if (key === "Escape") this.act(event, () => this.go(td));
    else if (key === " ") this.act(event, () => this.space(td));
    else if (key === "Process" || event.isComposing) this.on.edit(td, "");
    else if (key === "/" && !event.ctrlKey) this.act(event, () => this.on.search());
    else if (key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) this.act(event, () => this.on.edit(td, key));
  }

  act(event, what) {
    event.preventDefault();
    event.stopPropagation();
    what();
  }

  space(td) {
    if (td.dataset.p === "no_change") this.on.toggle(td);
    else if (!td.dataset.p || td.classList.contains("name")) this.on.unfold(td.parentElement);
    else this.on.edit(td, null);
  }

  walk(event, [down, right], extend = event.shiftKey) {
    event.preventDefault();
    this.move(event.ctrlKey ? down * 1000 : down, event.ctrlKey ? right * 100 : right, extend);
  }

  move(down, right, extend = false) {
    const lines = this.lines();
    const td = this.td();
    if (!td) return;
    const row = Math.max(0, Math.min(lines.length - 1, lines.indexOf(td.parentElement) + down));
    const cells = lines[row].children;
    const column = Math.max(1, Math.min(cells.length - 1, this.at.column + right));
    this.go(cells[column], extend);
  }

  toEdge(event) {
    event.preventDefault();
    const last = event.key === "End";
    if (event.ctrlKey) this.move(last ? 10000 : -10000, 0, event.shiftKey);
    this.move(0, last ? 100 : -100, event.shiftKey);
  }

  /** Tab goes to the next cell that can be typed into; behind the last one it leaves the grid. */
  tab(event) {
    const next = this.nextPlace(event.shiftKey ? -1 : 1);
    if (!next) return;
    event.preventDefault();
    this.go(next);
  }

  nextPlace(step) {
    const cells = [...this.table.body.querySelectorAll("[data-p]")];
    const td = this.td();
    const all = [...this.table.body.querySelectorAll("[data-c]")];
    const from = all.indexOf(td);
    const ordered = step > 0 ? cells : cells.reverse();
    return ordered.find((cell) => (all.indexOf(cell) - from) * step > 0);
  }
}
