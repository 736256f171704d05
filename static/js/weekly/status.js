// How the saving stands, in words and for screen readers; banners for what needs a decision.

const WORDS = {
  saving: () => "保存中…",
  saved: (at) => `已保存 ${at}`,
  offline: (count, kept) => (kept ? `离线，已在本机保存 ${count} 处` : `离线，${count} 处还没有保存`),
  server: (count, kept) => (kept ? `服务器出错，已在本机保存 ${count} 处` : `服务器出错，${count} 处还没有保存`),
  login: (count) => `登录已过期，${count} 处等待保存`,
  settled: () => "已保存",
  partly: (count) => `${count} 格没有保存（标红），其余已保存`,
  refused: (count) => (count ? `${count} 处没有保存` : "没有保存"),
};

const LATER = { offline: "网络恢复后自动上传，可以继续填。", server: "稍后自动再试，可以继续填。" };
const UNKEPT = "本机也存不下草稿（浏览器禁用了存储，或空间已满）：请不要关闭本页。";

export class Status {
  constructor(sheet) {
    this.sheet = sheet;
    this.state = document.querySelector("#save-state");
    this.live = document.querySelector("#grid-says");
    this.place = document.querySelector("#grid-banner");
    this.counts();
  }

  show(name, detail, kept = true) {
    this.state.dataset.state = name;
    this.state.textContent = WORDS[name](detail, kept);
    if (name in LATER) this.banner(`${this.state.textContent}；${kept ? "" : UNKEPT}${LATER[name]}`, null, null, "offline");
    else if (name === "login") this.banner(`登录已过期，${detail} 处等待保存；重新登录后接着保存。`, "重新登录", () => window.dispatchEvent(new Event("online")), "login");
    else if (name === "saved" && this.place.dataset.kind === "found") this.told(this.found(true));
    else if (["saved", "partly"].includes(name) && ["offline", "login", "found"].includes(this.place.dataset.kind)) this.hide();
    if (name !== "saving") this.say(this.state.textContent);
  }

  /** Heard by screen readers and shown for a while under the grid. */
  say(text) {
    if (text) this.live.textContent = text;
  }

  told(text, wrong = false) {
    this.say(text);
    this.banner(text, null, null, wrong ? "wrong" : "told");
  }

  /** What an earlier visit could not send, while it goes up and after it has arrived. */
  takenUp(count) {
    this.count = count;
    this.say(this.found(false));
    this.banner(this.found(false), null, null, "found");
  }

  found(saved) {
    return `找回了上次没有保存完的 ${this.count} 处，${saved ? "已经保存" : "正在保存"}。`;
  }

  /** `away` is what closing it without the action means. */
  banner(text, action = null, act = null, kind = "decide", away = () => {}) {
    this.place.dataset.kind = kind;
    this.place.className = `notice tone-${{ wrong: "bad", told: "ok", found: "ok", offline: "warn", login: "warn", decide: "warn" }[kind]}`;
    this.place.hidden = false;
    this.place.innerHTML = '<span class="notice-body"></span>';
    this.place.firstElementChild.textContent = text;
    if (action) this.button(action, act);
    this.button("关闭", away);
    clearTimeout(this.timer);
    if (kind === "told") this.timer = setTimeout(() => this.hide(), 6000);
  }

  button(label, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-quiet btn-sm";
    button.textContent = label;
    button.addEventListener("click", () => {
      this.hide();
      act();
    });
    this.place.append(button);
  }

  hide() {
    this.place.hidden = true;
    this.place.dataset.kind = "";
  }

  counts() {
    const [filled, all] = this.sheet.filled;
    const place = document.querySelector("#filled");
    if (place) place.textContent = `${filled}/${all} 行已填`;
  }
}
