// 强制、核实、提示: all at once, what and where and how to repair, a sentence box where one is wanted.

import { answered } from "./sheet.js";
import { html } from "./table.js";

const LOOK = {
  must: ["bad", "强制", "须改正", '<path d="M1.8 1.8h8.4v8.4H1.8z"/>'],
  explain: ["warn", "核实", "须说明", '<path d="M6 1.2 11.2 10.6H.8z"/>'],
  hint: ["info", "提示", "", '<circle cx="6" cy="6" r="3.75" fill="none" stroke="currentColor" stroke-width="1.5"/>'],
};

export class Problems {
  /** `on` = {jump(problem), explain(key, text, was), unfilled()} */
  constructor(root, sheet, on) {
    const refused = window.location.hash === "#problems";  // a hand-in came back: all that stands in the way is listed
    Object.assign(this, { root, sheet, on, refused, wide: false, told: refused && document.querySelector(".messages .tone-bad") });
    root.addEventListener("click", (event) => this.click(event));
    root.addEventListener("change", (event) => this.change(event));
    root.addEventListener("focusout", () => setTimeout(() => this.late && this.draw(), 0));
  }

  click(event) {
    const jump = event.target.closest("[data-jump]");
    if (jump) this.on.jump(this.all()[Number(jump.dataset.jump)]);
    if (event.target.closest("[data-seen]")) this.seen(this.all()[Number(event.target.closest("[data-seen]").dataset.seen)]);
    if (event.target.closest("[data-unfilled]")) this.on.unfilled();
    if (event.target.closest("[data-more]")) {
      this.wide = !this.wide;
      this.draw();
    }
  }

  /** A converted amount was looked at. */
  seen(problem) {
    this.sheet.notes.delete(problem.cell);
    this.draw();
  }

  change(event) {
    const box = event.target.closest("[data-explain]");
    if (!box) return;
    const problem = this.all()[Number(box.dataset.explain)];
    const was = problem.said;
    problem.said = box.value.trim();
    this.on.explain(problem.key, problem.said, was);
  }

  /** Cells that could not be saved come first, then amounts whose unit was converted, then what the checks found. */
  all() {
    const unsaved = [...this.sheet.marks].filter(([, mark]) => mark.state === "error" || mark.state === "conflict").map(([key, mark]) => {
      const [line, place] = key.split("|");
      const row = this.sheet.byLine.get(Number(line));
      return { key: "unsaved", severity: "must", row: row.project, label: row.name, place, said: "", message: `${this.sheet.label(place, row)}没有保存，${mark.message}`, repair: mark.state === "conflict" ? "点开那一格选择保留哪个值" : "改正后自动保存" };
    });
    const noted = [...this.sheet.notes].map(([key, message]) => {
      const [line, place] = key.split("|");
      const row = this.sheet.byLine.get(Number(line));
      return { key: "noted", cell: key, severity: "hint", row: row.project, label: row.name, place, said: "", message: `${this.sheet.label(place, row)}：${message}`, repair: "" };
    });
    return [...unsaved, ...noted, ...this.sheet.problems];
  }

  /** Drawn anew with every answer; the list never under the hands of somebody who writes a sentence, but after that. */
  draw() {
    const problems = this.all();
    const open = this.sheet.open + problems.filter((p) => p.key === "unsaved").length;
    this.retell(open);
    this.late = this.root.contains(document.activeElement) && document.activeElement.matches("input");
    if (this.late) {
      const heading = this.root.querySelector(".strip-head b");
      if (heading) heading.textContent = this.heading(open);
      return;
    }
    const unfilled = problems.filter((p) => p.key.startsWith("not_filled"));
    const rest = problems.map((problem, index) => [problem, index]).filter(([p]) => !p.key.startsWith("not_filled"));
    const count = (severity) => rest.filter(([p]) => p.severity === severity).length;
    const silent = rest.filter(([p]) => p.severity === "explain" && !answered(p)).length;
    this.root.hidden = !problems.length && !(this.sheet.editable && this.sheet.rows.some((row) => row.edit));
    this.root.classList.toggle("is-wide", this.wide || this.refused);
    const parts = [];
    if (unfilled.length) parts.push(`<button type="button" class="linkish" data-unfilled>${unfilled.length} 行还没有填报</button>`);
    if (count("must")) parts.push(`<span class="tone-bad">■ 强制 ${count("must")}</span>`);
    if (count("explain")) parts.push(`<span class="tone-warn">▲ 核实 ${count("explain")}${this.said(silent)}</span>`);
    if (count("hint")) parts.push(`<span class="tone-info">○ 提示 ${count("hint")}</span>`);
    const short = rest.filter(([p]) => p.key === "unsaved" || p.key === "noted" || (this.sheet.editable && (this.refused || !unfilled.length) && p.severity !== "hint" && !answered(p)));
    const listed = this.wide ? rest : short.slice(0, this.refused ? short.length : 3);
    const more = this.wide ? "收起" : `全部 ${rest.length} 条`;
    this.root.innerHTML = `<p class="strip-head"><b>${this.heading(open)}</b>${parts.join("")}${rest.length ? `<button type="button" class="linkish" data-more aria-expanded="${this.wide}">${more}</button>` : ""}</p>`
      + (listed.length ? `<ol>${listed.map(([p, index]) => this.item(p, index)).join("")}</ol>` : "");
  }

  /** The message of the refused hand-in keeps up with what is still open. */
  retell(open) {
    if (!this.told) return;
    this.told.querySelector(".notice-body").textContent = open
      ? `没有提交。还有 ${open} 处须先处理：强制的改正，核实的写明说明；点下面一条跳到那一格。` : "须处理的都已处理，可以再次“提交审签”。";
    this.told.className = `notice tone-${open ? "bad" : "ok"}`;
    const mark = this.told.querySelector(".notice-mark");
    if (mark && !open) mark.remove();
  }

  said(silent) {
    if (!silent) return "（均已说明）";
    return this.sheet.editable ? `（${silent} 处待说明）` : "";
  }

  heading(open) {
    if (!this.sheet.editable) return this.sheet.signed ? "上报时的说明与以后的提示" : "核实与提示";
    return open ? `提交前需处理 ${open} 处` : "可以提交";
  }

  item(problem, index) {
    const [tone, word, need, shape] = LOOK[problem.severity];
    const row = this.sheet.byProject.get(problem.row);
    const number = row ? `${this.sheet.rows.indexOf(row) + 1} ` : "";
    const look = problem.key === "noted" ? `<button type="button" class="linkish" data-seen="${index}">已核对</button>` : "";
    const box = problem.severity === "explain" && !this.sheet.editable ? `<span>${problem.said ? `说明：${html(problem.said)}` : ""}</span>` : problem.severity === "explain"
      ? `<input class="form-control form-control-sm" data-explain="${index}" maxlength="300" value="${html(problem.said)}" placeholder="${problem.need > 1 ? `属实请写明凭证号和原因，不少于 ${problem.need} 字` : "属实请写一句说明"}" aria-label="说明：${html(problem.message)}">` : "";
    return `<li class="sev-${problem.severity}"><span class="badge-state tone-${tone}"><svg class="shape" width="12" height="12" viewBox="0 0 12 12" fill="currentColor" aria-hidden="true">${shape}</svg><span class="word">${word}${need ? `<span class="visually-hidden">（${need}）</span>` : ""}</span></span>`
      + `<button type="button" class="linkish" data-jump="${index}">${html(number + problem.label)}：${html(problem.message)}</button><span class="repair">${html(problem.repair)}</span>${box}${look}</li>`;
  }
}
