// Acts on many rows: the rest unchanged, the treasury's figures taken over, new projects added. The sheet comes anew.

export class Bulk {
  constructor(grid) {
    this.grid = grid;
    for (const button of document.querySelectorAll("[data-bulk]")) {
      button.addEventListener("click", () => this.ask(button));
    }
  }

  ask(button) {
    if (button.dataset.sure || !button.dataset.question) {
      this.restore(button);
      this.run(button.dataset.bulk, {});
      return;
    }
    button.dataset.sure = "1";
    button.dataset.words = button.textContent;
    button.textContent = button.dataset.question;
    button.classList.add("is-asking");
    setTimeout(() => this.restore(button), 5000);
  }

  restore(button) {
    if (!button.dataset.sure) return;
    delete button.dataset.sure;
    button.textContent = button.dataset.words;
    button.classList.remove("is-asking");
  }

  take(row) {
    return this.run("treasury", { line: row.id });
  }

  async run(name, body) {
    const { sheet, queue, status } = this.grid;
    if (this.grid.editor.open) this.grid.editor.finish();
    if (!(await queue.idle())) {
      status.told("还有没保存上的内容，稍后再试。", true);
      return;
    }
    status.show("saving");
    const answer = await queue.post(sheet.urls[name], body);
    if (answer.ok) this.took(answer.json);
    else if (answer.lost || answer.later) status.told("没有连上服务器或登录已过期，没有执行。", true);
    else status.banner(answer.json.detail, "刷新页面", () => window.location.reload());
  }

  took(json) {
    const { grid } = this;
    const kept = new Map([...grid.sheet.marks].filter(([, mark]) => mark.state === "error" || mark.state === "conflict"));
    const wasEmpty = !grid.sheet.rows.length;
    grid.sheet.load(json.sheet);
    if (wasEmpty && grid.sheet.rows.length) { // a page without a table: it comes with the first rows
      window.location.reload();
      return;
    }
    grid.sheet.marks = kept;
    grid.newState(json.sheet);
    grid.table.shown = grid.filters.rows();
    grid.drawAll();
    grid.status.show("saved", json.at);
    grid.status.told(json.message);
  }
}
