// Forms made from schemas: choosing another kind of value shows its fields at once, as the "Show" button beside it does without a script.
// Only what lies below the choice is replaced, so that whatever else is typed meanwhile stays, and focus with it.
(() => {
  document.documentElement.classList.add("scripted");

  const asked = async (form, button) => {
    const body = new FormData(form);
    body.set("do", button.value);
    const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
    return answer && answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  };

  const show = async (select) => {
    const line = select.closest(".union-line");
    const button = line.querySelector("button");
    const chosen = select.value;
    const page = await asked(select.form, button);
    // Another choice was made since, here or further out: its own answer is on the way.
    if (!select.isConnected || select.value !== chosen) return;
    const fresh = page && page.getElementById(select.id);
    // Anything but the same form anew is for the person to see.
    if (!fresh) { select.form.requestSubmit(button); return; }
    put(line, document.importNode(fresh.closest("fieldset"), true));
  };

  const put = (line, fresh) => {
    const part = line.closest("fieldset");
    part.className = fresh.className;
    for (const problem of part.querySelectorAll(":scope > .bad")) problem.remove();
    while (line.nextSibling) line.nextSibling.remove();
    const from = fresh.querySelector(".union-line");
    while (from.nextSibling) part.append(from.nextSibling);
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("select[data-shows]")) show(event.target);
  });
})();
