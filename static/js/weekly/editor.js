// The one floating editor of the grid: an input, a text box or a list laid over the cell while it is edited.

function list(sheet, place) {
  const kind = sheet.kind(place);
  const element = document.createElement("select");
  element.append(new Option("—", ""));
  if (kind === "choice") for (const [value, words] of Object.entries(sheet[place])) element.append(new Option(words, value));
  else if (kind === "step") for (const [value, words] of sheet.choices.steps) element.append(new Option(words, value));
  else {
    const groups = new Map();
    for (const [value, words, region] of sheet.choices.organisations) {
      if (!groups.has(region)) {
        const group = document.createElement("optgroup");
        group.label = region;
        groups.set(region, group);
        element.append(group);
      }
      groups.get(region).append(new Option(words, value));
    }
  }
  return element;
}

export const isList = (sheet, place) => ["step", "organisation", "choice"].includes(sheet.kind(place));

/** An unattached control for a place, holding `value` (as it is typed). */
export function control(sheet, place, value) {
  const kind = sheet.kind(place);
  const element = isList(sheet, place) ? list(sheet, place) : document.createElement(kind === "text" ? "textarea" : "input");
  if (kind === "money" || kind === "delta" || kind === "ratio" || kind === "count") element.inputMode = "decimal";
  if (kind === "text") element.maxLength = 500;
  element.autocomplete = "off";
  element.value = value;
  return element;
}

export class Editor {
  /** `on` = {start(td) → text or null, commit(td, text), leave(down, right), label(td), done()} */
  constructor(sheet, on) {
    Object.assign(this, { sheet, on, td: null });
  }

  get open() {
    return this.td !== null;
  }

  /** `first`: the character that began it (replaces the content); null keeps the content. */
  begin(td, first) {
    const place = td.dataset.p;
    const start = this.on.start(td);
    if (start === null) return;
    this.td = td;
    this.typedIn = first !== null;
    const box = control(this.sheet, place, isList(this.sheet, place) || first === null ? start : first);
    box.className = "cell-editor";
    box.setAttribute("aria-label", this.on.label(td));
    box.addEventListener("keydown", (event) => this.key(event));
    box.addEventListener("blur", () => this.finish());
    this.box = box;
    this.start = start;
    td.classList.add("editing");
    td.append(box);
    box.focus({ preventScroll: true });
    if (box.tagName === "SELECT" && first) this.search(first);
    else if (box.select && first === null) box.select();
  }

  /** Typing into a list picks the first entry that holds the text. */
  search(text) {
    const found = [...this.box.options].find((option) => option.value && option.text.includes(text));
    if (found) this.box.value = found.value;
  }

  key(event) {
    event.stopPropagation();
    if (event.isComposing) return;
    const { key } = event;
    if (key === "Escape") this.stop(event, () => this.cancel());
    else if (key === "Enter" && event.altKey && this.box.tagName === "TEXTAREA") this.stop(event, () => this.box.setRangeText("\n", this.box.selectionStart, this.box.selectionEnd, "end"));
    else if (key === "Enter") this.stop(event, () => this.leave(event.shiftKey ? -1 : 1, 0));
    else if (key === "Tab") this.stop(event, () => this.leave(0, event.shiftKey ? -1 : 1));
    else if (this.typedIn && this.box.tagName === "INPUT" && (key === "ArrowUp" || key === "ArrowDown")) this.stop(event, () => this.leave(key === "ArrowUp" ? -1 : 1, 0));
  }

  stop(event, act) {
    event.preventDefault();
    act();
  }

  leave(down, right) {
    this.finish();
    this.on.leave(down, right);
  }

  finish() {
    if (!this.open) return;
    const { td, box, start } = this;
    this.td = null;
    const text = box.value;
    box.remove();
    td.classList.remove("editing");
    if (text !== start) this.on.commit(td, text);
    this.on.done();
  }

  cancel() {
    const { td, box } = this;
    this.td = null;
    box.remove();
    td.classList.remove("editing");
    td.focus({ preventScroll: true });
    this.on.done();
  }
}
