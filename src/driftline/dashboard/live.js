// Shows a page anew when the server says that it has changed. Without this script a page is as it was when it was loaded.
"use strict";
(() => {
  const changes = document.currentScript.dataset.changes;
  const status = document.querySelector(".live");
  let source = null, known = null, busy = false, again = false;

  const inForm = () => {
    const at = document.activeElement;
    const typed = [...document.querySelectorAll("main input, main textarea")].some((e) => e.type !== "hidden" && e.value !== e.defaultValue);
    return typed || (at && at.matches("main input, main textarea, main select"));
  };

  const say = (text, link) => {
    status.textContent = text;
    if (link) {
      const a = document.createElement("a");
      a.href = location.href;
      a.textContent = "Load it again";
      status.append(" ", a);
    }
  };

  // Opened details stay open and the focus stays where it was: both are found again by where they stand.
  const place = (e, all) => [...document.querySelectorAll(all)].indexOf(e);
  const show = (text) => {
    const next = new DOMParser().parseFromString(text, "text/html");
    const main = document.querySelector("main"), fresh = next.querySelector("main");
    if (!fresh) return;
    const opened = [...main.querySelectorAll("details")].map((e) => e.open);
    const links = "main a, main button, main summary";
    const focus = place(document.activeElement, links);
    main.replaceChildren(...fresh.childNodes);
    main.querySelectorAll("details").forEach((e, at) => { if (opened[at]) e.open = true; });
    if (focus >= 0) document.querySelectorAll(links)[focus]?.focus({ preventScroll: true });
    document.title = next.title;
    say(`Updated at ${new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}.`);
  };

  const refresh = async () => {
    if (inForm()) return say("This page has changed since.", true);
    if (busy) { again = true; return; }
    busy = true;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
      const text = await answer.text();
      if (answer.ok && !inForm()) show(text);
      else say("This page has changed since.", true);
    } catch {
      say("The server cannot be reached; this page is as it was.", true);
    }
    busy = false;
    if (again) { again = false; refresh(); }
  };

  const listen = () => {
    source = new EventSource(changes);
    source.addEventListener("version", (event) => {
      if (known !== null && known !== event.data) refresh();
      known = event.data;
    });
  };

  // A page that nobody sees listens to nothing, and asks when it is seen again.
  const follow = () => {
    if (document.hidden) { source?.close(); source = null; }
    else if (!source) listen();
  };
  document.addEventListener("visibilitychange", follow);
  addEventListener("pagehide", () => { source?.close(); source = null; });
  addEventListener("pageshow", follow);
  follow();
})();
