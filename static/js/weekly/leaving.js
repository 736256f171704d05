// Drafts of this machine when the page is opened, and what has not arrived when somebody hands in or logs out.

import { read } from "./typing.js";

/** A cell or a sentence in the middle of being typed counts as left when the page goes: it is kept like any other. */
export function settleWithThePage() {
  for (const event of ["beforeunload", "pagehide"]) window.addEventListener(event, () => document.activeElement && document.activeElement.blur());
}

export class Leaving {
  constructor(grid) {
    const { sheet, queue, words, status, editor } = grid;
    Object.assign(this, { grid, sheet, queue, words, status, editor });
    for (const form of document.querySelectorAll("form[data-after-saving]")) form.addEventListener("submit", (event) => this.beforeMove(event, form));
    const out = document.querySelector("[data-logout]");
    if (out) out.addEventListener("submit", (event) => this.beforeLogout(event, out));
  }

  takeDraft() {
    const edits = this.queue.kept();
    const mine = edits.filter((edit) => this.fits(edit));
    for (const { line, place, text, base } of mine) {
      const row = this.sheet.byLine.get(line);
      this.grid.setMark(row, place, { state: "saving", text, cents: this.centsOf(row, place, text) });
      this.queue.put(line, place, text, base);
      this.grid.draw(row);
    }
    const count = mine.length + this.words.takeDraft();
    if (edits.length > mine.length) this.cannot(edits.filter((edit) => !this.fits(edit)), "这些格现在不能填（行已分给他人，或不在表中）");
    else if (count) this.status.takenUp(count);
  }

  fits({ line, place }) {
    const row = this.sheet.byLine.get(line);
    return Boolean(row && row.edit && (place === "no_change" || place in this.sheet.fields || this.sheet.cell(row, place)));
  }

  centsOf(row, place, text) {
    try {
      return read(this.sheet, row, place, text).cents;
    } catch (error) {
      return undefined;
    }
  }

  oldDraft() {
    const edits = this.queue.kept();
    if (edits.length) this.cannot(edits, "报告现在不能编辑");
  }

  /** Texts of an earlier visit that have no place any more: shown, so that nothing is lost without a word. */
  cannot(edits, why) {
    const named = ({ line, place, text }) => `${(this.sheet.byLine.get(line) || {}).name || "已不在表中的行"} ${place in this.sheet.fields ? this.sheet.label(place) : ""}：${text}`;
    const drop = () => edits.forEach(({ line, place }) => this.queue.drop(line, place));
    this.status.banner(`本机还有 ${edits.length} 处没有保存，${why}：${edits.map(named).join("；")}`, "丢弃", drop);
  }

  count() {
    return this.queue.count() + this.words.count();
  }

  async settled() {
    if (this.editor.open) this.editor.finish();
    await Promise.all([this.queue.idle(), this.words.flush()]);
    return !this.count();
  }

  async beforeMove(event, form) {
    if (form.dataset.ready) return;
    event.preventDefault();
    if (this.editor.open) this.editor.finish();
    const wrong = this.sheet.unsaved();
    if (wrong) {
      this.status.told(`还有 ${wrong} 格没有保存：请先改正标红的格，或在冲突的格里选择保留哪个值。`, true);
    } else if (await this.settled()) {
      form.dataset.ready = "1";
      form.submit();
    } else this.status.told("还有没保存上的内容，保存完才能提交。", true);
  }

  /** Whoever leaves a shared machine is told what has not arrived; it waits there for the same person only. */
  async beforeLogout(event, form) {
    if (form.dataset.ready || (!this.count() && !this.editor.open)) return;
    event.preventDefault();
    const done = await this.settled();
    form.dataset.ready = "1";
    if (done) form.submit();
    else this.status.told(`还有 ${this.count()} 处没有上传。再点一次“退出登录”即退出；内容留在本机，只有您再次登录打开本页才接着上传，别人看不到。`, true);
  }
}
