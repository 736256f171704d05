// Sentences beside the cells (explanations, 整改进展): sent one by one, kept in this machine's store until they have arrived.

import { Draft } from "./draft.js";

const RETRY = [2000, 4000, 8000, 15000, 30000];

export class Words {
  constructor(grid) {
    const { queue, sheet, status } = grid;
    Object.assign(this, { grid, queue, sheet, status, tries: 0, running: null });
    this.draft = new Draft(`weekly-words:${queue.user}:${sheet.report}`);
    this.waiting = new Map();
    this.held = new Map(); // refused: kept until the person has decided, on this machine as well
    window.addEventListener("online", () => this.flush());
    for (const box of document.querySelectorAll("[data-issue-note]")) {
      box.dataset.was = box.value;
      box.addEventListener("change", () => this.note(Number(box.dataset.issueNote), box.value));
    }
  }

  count() {
    return this.waiting.size;
  }

  explain(problem, text, was) {
    return this.put("explain", problem, text, was);
  }

  note(issue, text) {
    const under = document.querySelector(`[data-issue-note="${issue}"]`);
    for (const box of this.boxes(issue)) box.value = text;
    return this.put("note", issue, text, under ? under.dataset.was : undefined);
  }

  /** The same issue may stand under the table and in an unfolded row. */
  boxes(issue) {
    return document.querySelectorAll(`[data-issue="${issue}"], [data-issue-note="${issue}"]`);
  }

  /** `id` is the problem's key or the issue's number, `base` the text the person saw. */
  put(kind, id, text, base) {
    const key = `${kind}|${id}`;
    const earlier = this.waiting.get(key);
    if (earlier && earlier.text === text) return this.flush();
    this.held.delete(key);
    this.waiting.set(key, { kind, id, text, base: earlier ? earlier.base : base });
    this.keep();
    return this.flush();
  }

  keep() {
    this.kept = this.draft.keep(new Map([...this.held, ...this.waiting]));
  }

  /** The person has read why it was not taken, and leaves it at that. */
  drop(key) {
    this.held.delete(key);
    this.keep();
  }

  /** What an earlier visit could not send goes on its way; how many. */
  takeDraft() {
    const found = this.draft.take();
    for (const [key, entry] of found) {
      this.waiting.set(key, entry);
      if (entry.kind === "note") for (const box of this.boxes(entry.id)) box.value = entry.text;
    }
    if (found.length) this.flush();
    return found.length;
  }

  flush() {
    clearTimeout(this.timer);
    if (!this.running) this.running = this.send().finally(() => { this.running = null; });
    return this.running;
  }

  async send() {
    while (this.waiting.size) {
      const [key, entry] = this.waiting.entries().next().value;
      this.status.show("saving");
      const answer = await this.queue.post(this.sheet.urls[entry.kind], this.body(entry));
      if (answer.lost || answer.later) {
        this.later(answer);
        return;
      }
      this.tries = 0;
      const latest = this.waiting.get(key); // typed again while the first was on its way
      if (!answer.ok || latest === entry) this.waiting.delete(key);
      else latest.base = entry.text;
      if (!answer.ok) this.held.set(key, latest);
      this.keep();
      if (answer.ok) this.saved(answer.json, entry);
      else this.refused(answer.json, latest);
    }
  }

  body({ kind, id, text, base }) {
    return kind === "explain" ? { key: id, text, base } : { issue: Number(id), text, base };
  }

  later(answer) {
    const name = answer.later ? "login" : answer.server ? "server" : "offline";
    this.status.show(name, this.queue.count() + this.count(), this.kept);
    if (answer.later) return;
    this.timer = setTimeout(() => this.flush(), RETRY[Math.min(this.tries, RETRY.length - 1)]);
    this.tries += 1;
  }

  saved(json, entry) {
    this.grid.newState(json);
    this.grid.showState(this.queue.count() ? "saving" : "saved", json.at);
    if (entry.kind === "note") for (const box of this.boxes(entry.id)) box.dataset.was = entry.text.trim();
    else for (const row of this.grid.table.shown) if (entry.id.split(":")[1] === String(row.project)) this.grid.draw(row);
  }

  /** Somebody else has written here meanwhile: both texts are shown, the later person chooses. */
  refused(json, entry) {
    this.status.show("refused", this.queue.count());
    const away = () => this.drop(`${entry.kind}|${entry.id}`);
    if (json.code !== "conflict") {
      this.status.banner(`${json.detail} 没有保存：“${entry.text}”`, null, null, "decide", away);
      return;
    }
    const { standing } = json.fields;
    this.show(entry, standing, standing);
    const insist = () => {
      this.show(entry, entry.text, standing);
      this.put(entry.kind, entry.id, entry.text, standing);
    };
    this.status.banner(`${json.detail}现在是“${standing || "空"}”，您填的是“${entry.text}”。`, "改为我填的", insist, "decide", away);
  }

  /** Put a sentence where it is read; `was` is what stands on the server. */
  show(entry, text, was) {
    if (entry.kind === "note") {
      for (const box of this.boxes(entry.id)) {
        box.value = text;
        box.dataset.was = was;
      }
      return;
    }
    for (const problem of this.sheet.problems.filter((one) => one.key === entry.id)) problem.said = text;
    this.grid.problems.draw();
  }
}
