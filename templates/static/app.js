// The host's side of MCP Apps (revision 2026-01-26): a frame without rights speaks by messages, and what it wants to do needs a click of the person.
(() => {
  const frame = document.querySelector("iframe[data-app]");
  if (!frame) return;
  const place = frame.closest("[data-app-place]");
  const ask = place.querySelector("[data-app-ask]");
  const words = place.querySelector("[data-app-words]");
  const detail = place.querySelector("[data-app-detail]");
  const link = place.querySelector("[data-app-link]");
  const base = frame.dataset.app;
  const waiting = [];
  let told = null;
  let known = false;

  const send = (message) => frame.contentWindow.postMessage({ jsonrpc: "2.0", ...message }, "*");
  const answer = (id, result) => send({ id, result });
  const refuse = (id, code, message) => send({ id, error: { code, message } });

  // One question at a time; the others wait their turn, and of very many the rest is refused.
  const confirm = (question) => new Promise((resolve) => {
    if (waiting.length >= 5) { resolve(false); return; }
    waiting.push({ ...question, resolve });
    if (waiting.length === 1) next();
  });
  const next = () => {
    const question = waiting[0];
    ask.hidden = !question;
    if (!question) return;
    words.textContent = question.words;
    detail.textContent = question.detail;
    detail.hidden = !question.detail;
    link.hidden = !question.url;
    place.querySelector("[data-app-yes]").hidden = Boolean(question.url);
    if (question.url) { link.href = question.url; link.textContent = `Open ${new URL(question.url).host}`; }
  };
  const decide = (yes) => {
    const question = waiting.shift();
    if (question) question.resolve(yes);
    next();
  };
  place.querySelector("[data-app-yes]").addEventListener("click", () => decide(true));
  place.querySelector("[data-app-no]").addEventListener("click", () => decide(false));
  link.addEventListener("click", () => decide(true));

  const post = async (path, fields) => {
    const body = new URLSearchParams({ csrf: frame.dataset.csrf, ...fields });
    const response = await fetch(`${base}/${path}`, { method: "POST", body });
    return response.ok ? response.json() : { error: { code: -32000, message: "The client could not do this." } };
  };

  const context = () => ({
    theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light",
    displayMode: "inline",
    availableDisplayModes: ["inline"],
    containerDimensions: { width: frame.clientWidth, maxHeight: 1200 },
    locale: navigator.language,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    platform: "web",
    toolInfo: { tool: told.tool },
  });

  const requests = {
    "ui/initialize": async (id) => {
      told ??= await (await fetch(`${base}.json`)).json();
      answer(id, {
        protocolVersion: told.revision,
        hostInfo: told.host,
        hostCapabilities: { openLinks: {}, serverTools: {}, serverResources: {}, logging: {} },
        hostContext: context(),
      });
    },
    ping: async (id) => answer(id, {}),
    "ui/request-display-mode": async (id) => answer(id, { mode: "inline" }),
    "ui/open-link": async (id, params) => {
      const url = URL.canParse(params.url) ? new URL(params.url) : null;
      if (!url || !["http:", "https:"].includes(url.protocol)) { refuse(id, -32602, "Only web addresses can be opened."); return; }
      const yes = await confirm({ words: "The page wants to open an address.", detail: url.href, url: url.href });
      answer(id, { isError: !yes });
    },
    "tools/call": async (id, params) => {
      const given = JSON.stringify(params.arguments ?? {}, null, 2);
      if (!(await confirm({ words: `The page wants to call the tool ${params.name}.`, detail: given }))) { refuse(id, -32000, "The person did not allow it."); return; }
      send({ id, ...(await post("call", { name: String(params.name), arguments: JSON.stringify(params.arguments ?? {}) })) });
    },
    "resources/read": async (id, params) => {
      if (!(await confirm({ words: "The page wants to read a resource.", detail: String(params.uri) }))) { refuse(id, -32000, "The person did not allow it."); return; }
      send({ id, ...(await post("read", { uri: String(params.uri) })) });
    },
  };

  const notifications = {
    "ui/notifications/initialized": () => {
      if (known || !told) return;
      known = true;
      send({ method: "ui/notifications/tool-input", params: { arguments: told.arguments } });
      if (told.result) send({ method: "ui/notifications/tool-result", params: told.result });
      else send({ method: "ui/notifications/tool-cancelled", params: { reason: told.problem } });
    },
    "ui/notifications/size-changed": (params) => {
      if (Number.isFinite(params.height)) frame.style.height = `${Math.min(1200, Math.max(60, params.height))}px`;
    },
  };

  addEventListener("message", (event) => {
    const message = event.data;
    if (event.source !== frame.contentWindow || !message || message.jsonrpc !== "2.0" || typeof message.method !== "string") return;
    const params = message.params && typeof message.params === "object" ? message.params : {};
    if (message.id === undefined) { if (Object.hasOwn(notifications, message.method)) notifications[message.method](params); return; }
    if (!Object.hasOwn(requests, message.method)) { refuse(message.id, -32601, "This client does not do that."); return; }
    requests[message.method](message.id, params).catch(() => refuse(message.id, -32000, "The client could not do this."));
  });
  // Only now: a page that speaks first must find somebody who listens.
  frame.src = frame.dataset.frame;
})();
