// SPDX-License-Identifier: Apache-2.0
// Comfort for the call page; all of it works without. data-fill + data-value fill a field, data-timer counts,
// Ctrl+Enter saves, the fault follows the reason until somebody chooses another, the focus goes on by itself.
(() => {
  "use strict";
  const form = document.getElementById("call");
  if (!form) return;
  const silent = ["no_answer", "voicemail", "busy", "wrong_number"];
  let faultChosen = Boolean(form.querySelector("[name=fault]:checked"));

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-fill]");
    if (!button) return;
    const field = document.querySelector(button.dataset.fill);
    field.value = button.dataset.value;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });

  function follow(reason) {
    if (!reason || faultChosen) return;
    const fault = form.querySelector(`[name=fault][value="${reason.dataset.fault}"]`);
    if (fault) fault.checked = true;
  }

  follow(form.querySelector("[name=reason]:checked")); // chosen before this file was here

  form.addEventListener("change", (event) => {
    const { name, value } = event.target;
    if (name === "fault") faultChosen = event.isTrusted;
    if (name === "reason") follow(event.target);
    if (name === "outcome") {
      const next = silent.includes(value) ? form.querySelector("[name=then]") : form.querySelector("[name=reason]");
      if (next) next.focus();
    }
  });

  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[name=then]"));
    }
  });

  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });

  addEventListener("pageshow", () => (sent = false));

  const timer = form.querySelector("[data-timer]");
  const opened = Date.now();
  setInterval(() => {
    const seconds = Math.floor((Date.now() - opened) / 1000);
    timer.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }, 1000);
})();
