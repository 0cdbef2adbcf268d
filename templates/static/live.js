// Parts of a page that grow while you look: <div data-live="trace" data-from="/integrations/ID/trace/flow"> is fetched anew when the server says that "trace" changed.
// What is there already stays the same element, so that focus, scrolling and open details survive, and only what is new moves in.
(() => {
  const source = document.querySelector("[data-events]");
  if (!source) return;
  const AGAIN = 2000; // milliseconds
  const busy = new Map();
  const opened = new WeakSet(); // what the server opened once stays as the person leaves it

  // What the person asked for was not ready when this page came, and is now: go on, unless they have begun to write something meanwhile.
  let gone = !document.querySelector("[data-connecting]");
  document.addEventListener("renewed", () => {
    const go = document.querySelector("form[data-go]");
    if (gone || !go || document.activeElement.matches("input, textarea, select")) return;
    gone = true;
    go.requestSubmit();
  });

  const renew = async (part) => {
    if (busy.has(part)) { busy.set(part, true); return; }
    busy.set(part, false);
    for (const place of document.querySelectorAll(`[data-live="${CSS.escape(part)}"]`)) {
      const answer = await fetch(place.dataset.from, { headers: { Accept: "text/html" } }).catch(() => null);
      if (answer && answer.ok) put(place, await answer.text());
      // The stream tells of a change once: what got lost on the way is asked for again.
      else if (!answer || answer.status >= 500) setTimeout(renew, AGAIN, part);
    }
    const again = busy.get(part);
    busy.delete(part);
    if (again) renew(part);
  };

  // The server made this markup with its own templates, everything escaped.
  const put = (place, markup) => {
    const fresh = document.createElement("template");
    fresh.innerHTML = markup;
    merge(place, fresh.content);
    place.dispatchEvent(new CustomEvent("renewed", { bubbles: true }));
  };

  const same = (old, now) => old && old.nodeType === now.nodeType && old.nodeName === now.nodeName && (old.id || "") === (now.id || "");
  const isBlank = (node) => node && node.nodeType === Node.TEXT_NODE && !node.nodeValue.trim();
  const isTyped = (element) => element === document.activeElement && element.matches("input, textarea, select");

  const merge = (place, fresh) => {
    const ids = new Map([...place.children].filter((child) => child.id).map((child) => [child.id, child]));
    let at = place.firstChild;
    for (const now of [...fresh.childNodes]) {
      // White space that one of the two has more of must not set everything after it apart.
      while (isBlank(at) && now.nodeType === Node.ELEMENT_NODE) { const next = at.nextSibling; at.remove(); at = next; }
      const known = now.id ? ids.get(now.id) : same(at, now) ? at : null;
      if (!known || !same(known, now)) {
        if (now.id && now.classList) now.classList.add("fresh");
        place.insertBefore(now, at);
        continue;
      }
      if (known === at) at = at.nextSibling;
      else place.insertBefore(known, at);
      renewNode(known, now);
    }
    while (at) { const next = at.nextSibling; at.remove(); at = next; }
  };

  const renewNode = (old, now) => {
    if (old.nodeType !== Node.ELEMENT_NODE) { if (old.nodeValue !== now.nodeValue) old.nodeValue = now.nodeValue; return; }
    if (isTyped(old) || old.isEqualNode(now)) return;
    const details = old.matches("details");
    for (const { name } of [...old.attributes]) if (!now.hasAttribute(name) && !(details && name === "open")) old.removeAttribute(name);
    for (const { name, value } of now.attributes) if (!(details && name === "open") && old.getAttribute(name) !== value) old.setAttribute(name, value);
    if (details && now.open && !opened.has(old)) { opened.add(old); old.open = true; }
    merge(old, now);
  };

  // The address says what the page knows already; after a gap in the connection the browser says which event came last. Neither misses anything.
  const events = new EventSource(source.dataset.events);
  events.onmessage = (event) => {
    const all = event.data === "*";
    const places = document.querySelectorAll(all ? "[data-live]" : `[data-live="${CSS.escape(event.data)}"]`);
    for (const part of new Set([...places].map((place) => place.dataset.live))) renew(part);
  };
})();
