// What the dashboard gains from JavaScript: parts of a page that follow what happens. All pages work without it.
"use strict";

let source;
let asked = false;
let busy = false;

/** Whether somebody is at work in a part: typing, selecting text, answering a question. */
function inUse(part) {
  const active = document.activeElement;
  if (active && part.contains(active) && active.matches("input, textarea, select")) return true;
  if (part.querySelector(":popover-open")) return true;
  const selection = getSelection();
  return !selection.isCollapsed && part.contains(selection.anchorNode);
}

/** Fetches the page again and puts the parts that differ in place of those that are there. */
async function refresh() {
  if (busy) return void (asked = true);
  busy = true;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live][id]")) {
      const next = page.getElementById(part.id);
      if (!next || next.innerHTML === part.innerHTML || inUse(part)) continue;
      const focused = part.contains(document.activeElement) ? path(part, document.activeElement) : null;
      const open = [...part.querySelectorAll("details")].map((details) => details.open);
      part.replaceChildren(...document.adoptNode(next).childNodes);
      part.querySelectorAll("details").forEach((details, index) => (details.open ||= Boolean(open[index])));
      if (focused) find(part, focused)?.focus({ preventScroll: true });
    }
    document.title = page.title;
  } catch {
    // The runner restarts: the event source tries again, and so do we then.
  } finally {
    busy = false;
    if (asked) {
      asked = false;
      setTimeout(refresh, 200);
    }
  }
}

/** What had the focus is known by where it leads, or what it is called. */
function path(part, element) {
  return element.id ? `#${CSS.escape(element.id)}` : element.getAttribute("href");
}

function find(part, known) {
  return known.startsWith("#") ? part.querySelector(known) : part.querySelector(`a[href="${CSS.escape(known)}"]`);
}

function listen() {
  if (source || document.hidden || !document.querySelector("[data-live]")) return;
  source = new EventSource("/events");
  source.addEventListener("message", refresh);
  source.addEventListener("error", () => document.documentElement.toggleAttribute("data-lost", true));
  source.addEventListener("open", () => {
    if (document.documentElement.toggleAttribute("data-lost", false) === false) refresh();
  });
}

function pause() {
  source?.close();
  source = undefined;
}

document.addEventListener("visibilitychange", () => (document.hidden ? pause() : listen()));
addEventListener("pagehide", pause);
addEventListener("pageshow", listen);
listen();

// Ctrl+Enter sends the form that is being written in.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  if (event.target.matches?.("textarea")) event.target.form?.requestSubmit();
});
