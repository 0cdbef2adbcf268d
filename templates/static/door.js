// Keeps where the pages lie (script[data-home]) in storage that only this origin can read, its port included; at the plain address it leads there.
(() => {
  const inside = document.currentScript.dataset.home;
  try {
    if (inside) { localStorage.setItem("pages", inside); return; }
    const home = localStorage.getItem("pages");
    if (!/^\/k\/[\w-]{43}$/.test(home)) return;
    // The address that was kept is not the one of today: the form asks for it.
    if (`${location.pathname}/`.startsWith(`${home}/`)) { localStorage.removeItem("pages"); return; }
    location.replace(home + (location.pathname.replace(/^\/k\/[\w-]+/, "") || "/") + location.search + location.hash);
  } catch { /* a browser without storage has the form */ }
})();
