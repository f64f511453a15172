// SPDX-License-Identifier: Apache-2.0
// The keyboard layer. Declarative: pages carry data- attributes, this file gives them keys. Without it all works
// by pointer and Tab.
//   data-list > data-row   rows that j and k walk; data-open = the link that Enter follows; a checkbox that x ticks
//   data-key="c"           this link or button is pressed by c;   data-go="d"   ... by g then d
//   data-search            focused by /;   #keyboard-help         shown by ?
//   data-bulk (-count, -clear)  bar that shows while rows of its form are ticked;  data-select-all
//   data-autosubmit        a form that applies itself when a select, date or box changes, or typing rests
(() => {
  "use strict";
  const root = document.documentElement;
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const shown = (element) => element.getClientRects().length > 0 && !element.disabled;
  const keysOff = root.dataset.keys === "off";
  root.classList.add("js");

  // --- rows -----------------------------------------------------------------------------------------------
  const rows = () => all("[data-list] [data-row]").filter(shown);
  const current = () => document.querySelector("[data-row][aria-current]");
  const place = "row:" + location.pathname;

  function choose(row, focus = true) {
    current()?.removeAttribute("aria-current");
    row.setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "nearest" });
    if (focus) {
      if (!row.hasAttribute("tabindex")) row.tabIndex = -1;
      row.focus({ preventScroll: true });
    }
    if (!row.id) return;
    sessionStorage.setItem(place, row.id);
    sessionStorage.setItem(`${place}#`, rows().indexOf(row));
  }

  function walk(step) {
    const list = rows();
    if (!list.length) return;
    const at = list.indexOf(current());
    choose(list[Math.min(Math.max(at + step, 0), list.length - 1)]);
  }

  function restore() {
    // A row that was dealt with is gone: the one that took its place is next.
    const kept = sessionStorage.getItem(place);
    const list = kept ? rows() : [];
    const row = document.getElementById(kept ?? "") ?? list[Math.min(Number(sessionStorage.getItem(`${place}#`)), list.length - 1)];
    if (row?.matches("[data-row]") && !current()) choose(row, document.activeElement === document.body);
  }

  const open = (row) => row?.querySelector("[data-open]")?.click();

  // --- selection ------------------------------------------------------------------------------------------
  const ticks = (scope) => all("[data-list] [data-row] input[type=checkbox]", scope);

  function count() {
    for (const bar of all("[data-bulk]")) {
      const scope = bar.closest("form") ?? document;
      const boxes = ticks(scope);
      const chosen = boxes.filter((box) => box.checked);
      bar.toggleAttribute("data-active", chosen.length > 0);
      for (const number of all("[data-bulk-count]", bar)) number.textContent = chosen.length;
      for (const master of all("[data-select-all]", scope)) {
        master.checked = chosen.length > 0 && chosen.length === boxes.length;
        master.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
      }
      for (const box of boxes) box.closest("[data-row]").classList.toggle("selected", box.checked);
    }
  }

  function tick(boxes, checked) {
    for (const box of boxes) box.checked = checked;
    count();
  }

  // --- keys -----------------------------------------------------------------------------------------------
  let afterG = false;
  const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  const press = (selector) => {
    // A key inside a row belongs to that row: it is pressed in the current one and in no other.
    const here = current() ? all(selector, current()).filter(shown).at(-1) : null;
    const found = here ?? all(selector).filter((element) => shown(element) && !element.closest("[data-row]")).at(-1);
    if (found) found.click();
    return Boolean(found);
  };

  function single(key, event) {
    if (key === "j" || key === "k") return walk(key === "j" ? 1 : -1), true;
    if (key === "Enter") return event.target.matches("[data-row]") && (open(event.target), true);
    if (key === "x") {
      const box = current()?.querySelector("input[type=checkbox]");
      return box && (tick([box], !box.checked), true);
    }
    if (key === "/") {
      const box = all("[data-search]").find(shown);
      return box && (box.focus(), box.select(), true);
    }
    if (key === "?") return document.getElementById("keyboard-help")?.togglePopover(), true;
    return /^[a-z0-9]$/.test(key) && press(`[data-key="${key}"]`);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (typing(event.target)) event.target.blur();
      else if (document.querySelector("[data-bulk][data-active]")) tick(ticks(document), false);
      return;
    }
    if (keysOff || typing(event.target)) return;
    if (afterG) {
      afterG = false;
      if (/^[a-z]$/.test(event.key) && press(`[data-go="${event.key}"]`)) event.preventDefault();
      return;
    }
    if (event.key === "g") {
      afterG = true;
      setTimeout(() => (afterG = false), 1500);
    } else if (single(event.key, event)) event.preventDefault();
  });

  // --- pointer and forms ----------------------------------------------------------------------------------
  document.addEventListener("click", (event) => {
    const target = event.target;
    if (target.closest("[data-dismiss]")) target.closest("[data-toast]").remove();
    if (target.closest("[data-bulk-clear]")) tick(ticks(document), false);
    const row = target.closest("[data-row]");
    if (!row || target.closest("a, button, input, select, label, summary, details")) return;
    choose(row);
    if (!String(getSelection())) open(row);
  });

  let rest;
  const apply = (form) => form && form.requestSubmit();
  document.addEventListener("change", (event) => {
    const target = event.target;
    if (target.matches("[data-select-all]")) tick(ticks(target.closest("form") ?? document), target.checked);
    else if (target.closest("[data-row]")) count();
    else if (!target.matches("[type=search], [type=text]")) apply(target.closest("[data-autosubmit]"));
  });
  document.addEventListener("input", (event) => {
    const form = event.target.matches("[type=search]") && event.target.closest("[data-autosubmit][hx-get]");
    if (!form) return;
    clearTimeout(rest);
    rest = setTimeout(() => apply(form), 250);
  });

  // On a phone the filters wait behind their word; without this file they are simply there.
  const narrow = matchMedia("(max-width: 860px)");
  const fold = () => { for (const more of all("details.filters-more")) more.open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  fold();

  // A toast that only reports goes by itself; one that offers undo or tells of a problem stays.
  function toasts() {
    for (const toast of all("[data-toast]:not([data-seen])")) {
      toast.dataset.seen = "";
      for (const button of all("[data-dismiss]", toast)) button.hidden = false;
      if (toast.matches(".problem") || toast.querySelector("form")) continue;
      setTimeout(() => toast.matches(":hover, :focus-within") || toast.remove(), 8000);
    }
  }

  const settle = () => { restore(); count(); toasts(); };
  document.addEventListener("htmx:load", settle);
  addEventListener("pageshow", settle);
  settle();
})();
