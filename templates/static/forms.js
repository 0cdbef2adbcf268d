// Forms made from schemas: choosing another kind of value shows its fields at once, as the "Show" button beside it does without a script.
(() => {
  document.documentElement.classList.add("scripted");

  const show = async (select) => {
    const { form, id } = select;
    const button = select.closest(".union-line").querySelector("button");
    const body = new FormData(form);
    body.set("do", button.value);
    const answer = await fetch(form.action, { method: "POST", body }).catch(() => null);
    const page = answer && answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    const fresh = page && page.getElementById(id);
    // Anything but the same form anew is for the person to see.
    if (!fresh) { form.requestSubmit(button); return; }
    const focused = document.activeElement.id;
    form.replaceChildren(...document.importNode(fresh.form, true).childNodes);
    const again = document.getElementById(focused);
    if (again) again.focus();
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("select[data-shows]")) show(event.target);
  });
})();
