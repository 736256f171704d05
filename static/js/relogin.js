// Log-in in place: the page stays as it is, its unsent work goes on when the same person is back.
// `await relogin()` → true when back, false when put off. Several callers share one dialog.

import { csrfToken, setCsrfToken } from "./csrf.js";

let waiting = null;

function failure(dialog, text) {
  const place = dialog.querySelector("[data-relogin-error]");
  place.textContent = text;
  place.hidden = !text;
}

async function send(dialog, form) {
  const body = new FormData(form);
  body.set("expected", document.body.dataset.user);
  const response = await fetch(form.action, {
    method: "POST",
    credentials: "same-origin",
    headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" },
    body,
  });
  const answer = await response.json();
  if (answer.csrf_token) setCsrfToken(answer.csrf_token);
  if (!response.ok) failure(dialog, answer.detail);
  return response.ok;
}

async function open() {
  const url = document.body.dataset.loginUrl;
  const response = await fetch(url, { credentials: "same-origin" });
  const holder = document.createElement("div");
  holder.innerHTML = await response.text();
  const dialog = holder.querySelector("dialog");
  const token = dialog.querySelector('input[name="csrfmiddlewaretoken"]');
  if (token) setCsrfToken(token.value);
  const name = dialog.querySelector('input[name="username"]');
  if (name && document.body.dataset.username) {
    name.value = document.body.dataset.username;
    name.autofocus = false;
    dialog.querySelector('input[name="password"]').autofocus = true;
  }
  document.body.append(dialog);
  return dialog;
}

async function ask() {
  const dialog = await open();
  return new Promise((resolve) => {
    const finish = (result) => {
      dialog.remove();
      resolve(result);
    };
    dialog.addEventListener("cancel", () => finish(false));
    dialog.querySelector("[data-relogin-later]").addEventListener("click", () => finish(false));
    dialog.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      failure(dialog, "");
      try {
        if (await send(dialog, event.target)) finish(true);
      } catch (error) {
        failure(dialog, "没有连上服务器，请稍后再试。页面上的内容还在。");
      }
    });
    dialog.showModal();
  });
}

export function relogin() {
  if (!waiting) {
    waiting = ask().finally(() => {
      waiting = null;
    });
  }
  return waiting;
}
