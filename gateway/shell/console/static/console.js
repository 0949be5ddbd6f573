// Makes pages live: new events reload what is shown, a value and its bytes light up together.
"use strict";

const live = document.body.dataset.live;
if (live) {
  let waiting = false;
  let shown = document.getElementById("main").innerHTML;
  const focusable = (main) => [...main.querySelectorAll("a[href], button, [tabindex]")];
  const stream = new EventSource(live);
  const renew = async () => {
    waiting = false;
    if (document.hidden || document.activeElement?.matches("input, select, textarea")) return;
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("main");
    if (!fresh || fresh.innerHTML === shown) return;
    shown = fresh.innerHTML;
    const main = document.getElementById("main");
    const focused = focusable(main).indexOf(document.activeElement);
    main.replaceWith(fresh);
    // Who goes by keys stays where they were.
    if (focused >= 0) focusable(fresh)[focused]?.focus({ preventScroll: true });
    light();
  };
  for (const name of ["Received", "Refused", "Translated", "Sent", "TimedOut", "GivenUp", "Retried",
    "Skipped", "Answered", "Acknowledged", "Failed"]) {
    stream.addEventListener(name, () => {
      if (waiting) return;
      waiting = true;
      setTimeout(renew, 300);
    });
  }
}

function light() {
  const main = document.getElementById("main");
  const set = (path, on) => {
    if (!path) return;
    for (const one of main.querySelectorAll(".value")) {
      if ((one.dataset.paths || "").split(" ").includes(path)) one.classList.toggle("lit", on);
    }
    for (const one of main.querySelectorAll("a[data-path]")) {
      if (one.dataset.path === path) one.closest("tr").classList.toggle("lit", on);
    }
  };
  const paths = (target) => {
    const link = target.closest?.("a[data-path]") || target.closest?.("tr")?.querySelector("a[data-path]");
    if (link) return [link.dataset.path];
    const value = target.closest?.(".value");
    return value ? (value.dataset.paths || "").split(" ") : [];
  };
  for (const [name, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) {
    main.addEventListener(name, (event) => paths(event.target).forEach((path) => set(path, on)));
  }
}
light();
