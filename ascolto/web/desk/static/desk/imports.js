// Bringing files: drop them anywhere on the field, see which, see how far they are. Without this file the form works alone.
(() => {
  const form = document.querySelector("[data-bring]");
  if (!form) return;
  const input = form.querySelector("input[type=file]");
  const drop = form.querySelector(".drop");
  const names = form.querySelector("[data-names]");
  const box = form.querySelector("[data-progress]");
  const bar = box.querySelector("progress");
  const words = form.querySelector("[data-progress-words]");

  const show = () => {
    const files = [...input.files];
    const first = files.slice(0, 3).map((file) => file.name).join(", ");
    names.textContent = files.length > 3 ? `${first} … (${files.length})` : first;
  };
  input.addEventListener("change", show);
  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, () => drop.classList.add("over"));
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));

  form.addEventListener("submit", (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    const request = new XMLHttpRequest();
    box.hidden = false;
    words.textContent = words.dataset.sending;
    form.querySelector("[data-send]").disabled = true;
    request.upload.addEventListener("progress", (sent) => {
      if (!sent.lengthComputable) return;
      bar.value = (100 * sent.loaded) / sent.total;
      if (sent.loaded === sent.total) { bar.removeAttribute("value"); words.textContent = words.dataset.reading; }
    });
    // The answer is the report (after a redirect): go where it is.
    request.addEventListener("load", () => { window.location = request.responseURL; });
    request.addEventListener("error", () => form.submit());
    request.open("POST", form.action);
    request.send(new FormData(form));
  });
})();
