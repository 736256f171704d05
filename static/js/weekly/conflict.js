// Two people in one cell: both values are shown, the later one chooses which stands.

import { html } from "./table.js";

export class Conflict {
  /** `on` = {mine(row, place, mark), theirs(row, place, mark)} */
  constructor(sheet, on) {
    Object.assign(this, { sheet, on });
  }

  open(td, row, place, mark) {
    this.close();
    const box = document.createElement("div");
    box.className = "conflict";
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", "两处修改不一致");
    const standing = this.sheet.words(place, mark.value) || "空";
    const mine = this.sheet.typed(place, mark.text) || "空";
    box.innerHTML = `<p>${html(mark.message)}</p><button type="button" class="btn btn-outline btn-sm" data-theirs>保留现有：${html(standing)}</button><button type="button" class="btn btn-outline btn-sm" data-mine>改为我填的：${html(mine)}</button>`;
    const done = (act) => {
      this.close();
      act(row, place, mark);
    };
    box.querySelector("[data-theirs]").addEventListener("click", () => done(this.on.theirs));
    box.querySelector("[data-mine]").addEventListener("click", () => done(this.on.mine));
    box.addEventListener("mousedown", (event) => event.stopPropagation());
    box.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key !== "Escape") return;
      this.close();
      td.focus();
    });
    td.classList.add("editing");
    td.append(box);
    this.box = box;
    box.querySelector("button").focus();
  }

  close() {
    if (!this.box) return;
    this.box.parentElement.classList.remove("editing");
    this.box.remove();
    this.box = null;
  }
}
