// Typed cells on their way to the server. Nothing is lost: what is not yet saved lies in memory and in this machine's
// store, under the name of one person and one report; an expired log-in and a lost line only make it wait.

import { csrfToken, setCsrfToken } from "../csrf.js";
import { relogin } from "../relogin.js";
import { Draft } from "./draft.js";
import { cellKey } from "./sheet.js";

const BATCH = 200;
const SOON = 250;
const RETRY = [2000, 4000, 8000, 15000, 30000];
const PATIENCE = 20000; // a server that does not answer for so long is as good as a lost line

export class Queue {
  /** `on` = {state(name, detail, kept), answer(json), refused(json)} */
  constructor({ url, user, report, on }) {
    Object.assign(this, { url, user, on });
    this.draft = new Draft(`weekly:${user}:${report}`);
    this.waiting = new Map();
    this.flying = new Map();
    this.held = new Map(); // refused or in conflict: kept until the person has decided, not sent again by itself
    this.tries = 0;
    this.stopped = false;
    window.addEventListener("online", () => this.flush());
    document.addEventListener("visibilitychange", () => document.hidden && this.flush());
    window.addEventListener("beforeunload", (event) => {
      if (this.count() + this.held.size && !this.keep()) {
        event.preventDefault();
        event.returnValue = "";
      }
    });
  }

  count() {
    return new Set([...this.waiting.keys(), ...this.flying.keys()]).size;
  }

  put(line, place, text, base) {
    const key = cellKey(line, place);
    const earlier = this.waiting.get(key);
    this.held.delete(key);
    this.waiting.set(key, { line, place, text, base: earlier ? earlier.base : base });
    this.keep();
    this.on.state("saving");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), SOON);
  }

  drop(line, place) {
    this.waiting.delete(cellKey(line, place));
    this.held.delete(cellKey(line, place));
    this.keep();
  }

  /** The server did not take it: it stays on this machine, so that a closed page loses nothing, until it is decided. */
  hold(edit) {
    this.waiting.delete(cellKey(edit.line, edit.place));
    this.held.set(cellKey(edit.line, edit.place), edit);
    this.keep();
  }

  /** True when nothing is left to save; false when it has to wait for a line or a log-in. */
  async idle() {
    await this.flush();
    while (this.flying.size) await new Promise((resolve) => setTimeout(resolve, 50));
    return this.count() === 0;
  }

  async flush() {
    clearTimeout(this.timer);
    if (this.stopped || this.flying.size || !this.waiting.size) return;
    const batch = [...this.waiting].slice(0, BATCH);
    for (const [key, edit] of batch) {
      this.waiting.delete(key);
      this.flying.set(key, edit);
    }
    const answer = await this.post(this.url, { edits: batch.map(([, edit]) => edit) });
    if (answer.ok) this.landed(answer.json);
    else this.comeBack(answer);
    if (this.waiting.size && answer.ok) await this.flush();
  }

  landed(json) {
    this.tries = 0;
    for (const outcome of json.outcomes) {
      const later = this.waiting.get(cellKey(outcome.line, outcome.place));
      if (later && outcome.verdict !== "conflict") later.base = outcome.value;
    }
    const sent = new Map(this.flying);
    this.flying.clear();
    this.keep();
    this.on.answer(json, sent);
    this.on.state(this.waiting.size ? "saving" : "saved", json.at);
  }

  comeBack(answer) {
    for (const [key, edit] of this.flying) if (!this.waiting.has(key)) this.waiting.set(key, edit);
    this.flying.clear();
    const kept = this.keep();
    if (answer.lost) {
      this.on.state(answer.server ? "server" : "offline", this.count(), kept);
      this.timer = setTimeout(() => this.flush(), RETRY[Math.min(this.tries, RETRY.length - 1)]);
      this.tries += 1;
    } else if (answer.later) {
      this.on.state("login", this.count(), kept);
    } else {
      this.stopped = true;
      this.on.refused(answer.json, this.count());
    }
  }

  /** POST with the page's person named; asks for the log-in in place when it has run out, then goes on. */
  async post(url, body, again = true) {
    let response;
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), PATIENCE);
    try {
      response = await fetch(url, {
        method: "POST",
        credentials: "same-origin",
        redirect: "manual",
        headers: {
          "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrfToken(), "X-Page-User": String(this.user),
        },
        body: JSON.stringify(body),
        signal: patience.signal,
      });
    } catch (error) {
      return { lost: true };
    } finally {
      clearTimeout(timer);
    }
    if (response.status >= 500 || response.status === 429) return { lost: true, server: response.status < 502 || response.status > 504 };
    const json = await response.json().catch(() => null);
    if (json && json.csrf_token) setCsrfToken(json.csrf_token);
    if (response.ok && json) return { ok: true, json };
    const loginGone = response.type === "opaqueredirect" || response.status === 401 || (json && json.code === "other_user");
    if (loginGone || (response.status === 403 && !json)) {
      this.on.state("login", this.count(), true);
      const back = again && (await relogin().catch(() => false));
      return back ? this.post(url, body, false) : { later: true };
    }
    return { json: json || { code: "server", detail: `服务器没有接受（${response.status}）。内容已在本机保存，请稍后再试。` } };
  }

  /** Keep what waits in this machine's store; false when the browser refuses. */
  keep() {
    return this.draft.keep(new Map([...this.held, ...this.flying, ...this.waiting]));
  }

  /** What an earlier visit of the same person to the same report could not save. */
  kept() {
    return this.draft.take().map(([, edit]) => edit);
  }

  forget() {
    this.waiting.clear();
    this.held.clear();
    this.keep();
  }
}
