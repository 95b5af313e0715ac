// What the pages gain from JavaScript. All of them work without it.
"use strict";

const announcer = () => document.getElementById("announcer");
let lastAnnouncement = { text: "", at: 0 };

/** Says a text politely; while something runs, at most every four seconds. */
function announce(text, important) {
  const now = Date.now();
  if (!text || (!important && text === lastAnnouncement.text) || (!important && now - lastAnnouncement.at < 4000)) return;
  lastAnnouncement = { text, at: now };
  announcer().textContent = text;
}

// Live parts: fetch the page again and take the element of the same id from it, until it is finished.

function follow(element) {
  const id = element.id;
  let failures = 0;

  const later = () => {
    const interval = Math.max(250, Number(document.getElementById(id)?.dataset.liveInterval) || 1000);
    setTimeout(step, Math.min(30000, interval * 2 ** failures));
  };

  const step = async () => {
    const current = document.getElementById(id);
    if (!current?.dataset.liveHref) return;
    if (document.hidden) {
      document.addEventListener("visibilitychange", step, { once: true });
      return;
    }
    try {
      const headers = { Accept: "text/html" };
      const response = await fetch(current.dataset.liveHref, { headers, signal: AbortSignal.timeout(20000) });
      if (response.redirected) return location.assign(response.url);
      if (response.status >= 400 && response.status < 500 && ![408, 425, 429].includes(response.status)) return;
      if (!response.ok) throw new Error(String(response.status));
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const next = page.getElementById(id);
      if (!next) return;
      failures = 0;
      replace(current, next);
      if (page.title) document.title = page.title;
      announce(next.dataset.liveAnnounce, !next.dataset.liveHref);
    } catch {
      failures = Math.min(failures + 1, 6);
    }
    later();
  };

  later();
}

/** Puts one element in place of another; what had the focus keeps it, what was folded out stays so. */
function replace(current, next) {
  const focused = current.contains(document.activeElement) ? document.activeElement.id : "";
  const open = [...current.querySelectorAll("details")].map((details) => details.open);
  next.querySelectorAll("details").forEach((details, index) => (details.open ||= Boolean(open[index])));
  current.replaceWith(document.adoptNode(next));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  enhance(next);
}

// Drop zones: say which file was chosen, how large it is, and whether that is too large to send.

function size(bytes) {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${Number((bytes / 1e6).toFixed(1))} MB`;
}

function drop(zone) {
  const input = zone.querySelector("input[type=file]");
  const text = zone.querySelector("[data-drop-text]");
  const empty = text.textContent;
  const show = () => {
    const file = input.files[0];
    const limit = Number(zone.dataset.maxBytes) || Infinity;
    const refused = file?.size > limit;
    const reason = refused ? `. The limit is ${size(limit)}: split the file and send its parts.` : "";
    text.textContent = file ? `${file.name} – ${size(file.size)}${reason}` : empty;
    zone.classList.toggle("drop-chosen", Boolean(file));
    zone.classList.toggle("drop-refused", refused);
    if (refused) announce(text.textContent, true);
  };
  input.addEventListener("change", show);
  for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, () => zone.classList.add("drop-over"));
  for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("drop-over"));
  show();
}

// Copy buttons.

function copy(button) {
  if (!navigator.clipboard) return;
  const source = button.parentElement.querySelector("[data-copy-source]");
  const label = button.querySelector("[data-copy-label]");
  const before = label.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      label.textContent = "Copied";
      announce("Copied", true);
    } catch {
      getSelection().selectAllChildren(source);
      label.textContent = "Press Ctrl+C";
    }
    setTimeout(() => (label.textContent = before), 2500);
  });
}

function enhance(root) {
  for (const zone of root.querySelectorAll("[data-drop]")) drop(zone);
  for (const button of root.querySelectorAll("[data-copy]")) copy(button);
}

// A form is sent once. The buttons are disabled after the browser has read their values.

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  if (form.dataset.sent) return event.preventDefault();
  const refused = form.querySelector(".drop-refused");
  if (refused) {
    event.preventDefault();
    refused.querySelector("input").focus();
    return announce(refused.querySelector("[data-drop-text]").textContent, true);
  }
  form.dataset.sent = "true";
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(() => form.querySelectorAll("button[type=submit]").forEach((button) => (button.disabled = true)));
});

addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button[type=submit]")) {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  }
});

enhance(document);
document.querySelectorAll("[data-live-href][id]").forEach(follow);
document.querySelector("#error-summary, [data-focus]")?.focus();
