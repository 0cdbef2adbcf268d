// Parts of a page that grow while you look: <div data-live="trace" data-from="/integrations/ID/trace"> is fetched anew when the server says that "trace" changed.
(() => {
  const source = document.querySelector("[data-events]");
  if (!source) return;
  const busy = new Map();

  const renew = async (part) => {
    if (busy.has(part)) { busy.set(part, true); return; }
    busy.set(part, false);
    for (const place of document.querySelectorAll(`[data-live="${CSS.escape(part)}"]`)) {
      const answer = await fetch(place.dataset.from, { headers: { Accept: "text/html" } }).catch(() => null);
      if (answer && answer.ok) put(place, await answer.text());
    }
    const again = busy.get(part);
    busy.delete(part);
    if (again) renew(part);
  };

  // The server made this markup with its own templates, everything escaped; what is open and what has the focus stays so.
  const put = (place, markup) => {
    const fresh = document.createElement("template");
    fresh.innerHTML = markup;
    for (const open of place.querySelectorAll("details[open][id]")) {
      const same = fresh.content.getElementById(open.id);
      if (same) same.open = true;
    }
    if (place.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) return;
    place.replaceChildren(fresh.content);
  };

  const events = new EventSource(source.dataset.events);
  events.onmessage = (event) => renew(event.data);
})();
