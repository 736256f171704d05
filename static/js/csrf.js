// The CSRF token for fetch and htmx: one place, renewed after a log-in in place.

const meta = document.querySelector('meta[name="csrf-token"]');

export function csrfToken() {
  return meta ? meta.content : "";
}

export function setCsrfToken(token) {
  if (meta) meta.content = token;
  for (const input of document.querySelectorAll('input[name="csrfmiddlewaretoken"]')) input.value = token;
}

/** POST JSON with the token; the caller looks at the response. */
export function postJson(url, data, options = {}) {
  return fetch(url, {
    method: "POST",
    credentials: "same-origin",
    redirect: "manual",
    ...options,
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "X-Requested-With": "XMLHttpRequest",
      "X-CSRFToken": csrfToken(),
      ...options.headers,
    },
    body: JSON.stringify(data),
  });
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrfToken();
});
