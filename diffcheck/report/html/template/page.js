"use strict";
// The table is there without this script; it adds filters, their state in the address, and the panels.
(() => {
  const table = document.getElementById("table");
  const body = table.tBodies[0];
  const form = document.getElementById("filters");
  const count = document.getElementById("count");
  const nothing = document.getElementById("nothing");
  // A narrow screen hides some columns, and a panel must not span more than there are.
  const columns = () => [...table.tHead.rows[0].cells].filter((cell) => cell.offsetWidth > 0).length;
  const GROUPS = ["verdict", "mode", "dtype"];

  const cases = [...body.rows].map((row, number) => ({
    row, number, panel: null, filled: null,
    link: row.querySelector(".name"),
    text: (row.cells[0].textContent + " " + row.dataset.words).toLowerCase(),
    bad: "bad" in row.dataset,
    // What came of each mode and dtype: two numbers, and a set of verdicts' numbers.
    cells: row.dataset.cells.split(" ").filter(Boolean).map((cell) => {
      const [mode, dtype, ...verdicts] = cell.split(".").map(Number);
      return { mode, dtype, verdicts };
    }),
    gravity: Number(row.dataset.gravity), share: Number(row.dataset.share), seconds: Number(row.dataset.seconds),
  }));
  // A row's id has a beginning of its own, so that no case's name is the id of anything else.
  const keyOf = (row) => row.id.slice("case-".length);
  const byKey = new Map(cases.map((each) => [keyOf(each.row), each]));

  // Panels ---------------------------------------------------------------------------------------------------------
  const packs = [...document.querySelectorAll("script[data-pack]")].map((node) => ({
    first: Number(node.dataset.pack), text: node.textContent, panels: null,
  }));

  async function unpacked(pack) {
    const bytes = Uint8Array.from(atob(pack.text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  async function panelOf(number) {
    const pack = packs.findLast((each) => each.first <= number);
    pack.panels ??= unpacked(pack);
    return (await pack.panels)[number - pack.first];
  }

  function reachable(box) {
    // What scrolls must be reachable by keyboard; what does not must not be a stop on the way.
    for (const each of box.querySelectorAll(".scroll")) {
      const scrolls = each.scrollWidth > each.clientWidth;
      if (scrolls) {
        each.tabIndex = 0;
        each.setAttribute("role", "group");
        const heading = each.closest("section, figure, .panel")?.querySelector("h5, h4, figcaption b, h3");
        each.setAttribute("aria-label", each.querySelector("caption")?.textContent ?? heading?.textContent ?? "");
      } else if (each.tabIndex === 0) {
        each.removeAttribute("tabindex");
        each.removeAttribute("role");
        each.removeAttribute("aria-label");
      }
    }
  }

  async function fill(each) {
    const row = document.createElement("tr");
    row.className = "panel-row";
    row.id = `panel-${keyOf(each.row)}`;
    const cell = row.insertCell();
    cell.colSpan = columns();
    const box = document.createElement("article");
    box.className = "panel";
    cell.append(box);
    each.panel = row;
    each.row.after(row);
    try {
      box.innerHTML = await panelOf(each.number);
    } catch (error) {
      box.textContent = `The details could not be unpacked: ${error.message}. A newer browser can.`;
    }
    reachable(box);
  }

  async function show(each, open) {
    each.link.setAttribute("aria-expanded", String(open));
    if (open) await (each.filled ??= fill(each));
    // It may have been closed while it was unpacked.
    if (each.panel !== null) each.panel.hidden = !isOpen(each) || each.row.hidden;
  }

  const isOpen = (each) => each.link.getAttribute("aria-expanded") === "true";

  body.addEventListener("click", (event) => {
    const copy = event.target.closest(".copy");
    if (copy) return void copied(copy);
    const link = event.target.closest(".name");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const each = byKey.get(keyOf(link.closest("tr")));
    show(each, !isOpen(each)).then(remember);
  });
  body.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target.classList.contains("name")) {
      event.preventDefault();
      event.target.click();
    }
  });
  body.addEventListener("toggle", (event) => reachable(event.target), true);
  addEventListener("resize", () => {
    const span = columns();
    for (const each of cases.filter((some) => some.panel !== null)) {
      each.panel.cells[0].colSpan = span;
      reachable(each.panel);
    }
  });

  async function copied(button) {
    const code = button.parentElement.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Selected: copy it by hand";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  // Filters --------------------------------------------------------------------------------------------------------
  const asked = (name) => new Set([...form.querySelectorAll(`[name=${name}]:checked`)].map((box) => Number(box.dataset.number)));
  const ORDERS = {
    "": (one, other) => one.number - other.number,
    gravest: (one, other) => one.gravity - other.gravity,
    share: (one, other) => other.share - one.share,
    slowest: (one, other) => other.seconds - one.seconds,
  };
  let order = "";

  function matches(each, words, bad, verdicts, modes, dtypes) {
    if (bad && !each.bad) return false;
    if (!words.every((word) => each.text.includes(word))) return false;
    if (!verdicts.size && !modes.size && !dtypes.size) return true;
    // One result must have them all: wrong in float16 by forward mode, not each somewhere.
    return each.cells.some((cell) => (!modes.size || modes.has(cell.mode)) && (!dtypes.size || dtypes.has(cell.dtype))
      && (!verdicts.size || cell.verdicts.some((verdict) => verdicts.has(verdict))));
  }

  function filter() {
    const words = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    const [verdicts, modes, dtypes] = GROUPS.map(asked);
    let shown = 0;
    for (const each of cases) {
      const match = matches(each, words, form.elements.failing.checked, verdicts, modes, dtypes);
      if (each.row.hidden === match) each.row.hidden = !match;
      if (each.panel !== null) each.panel.hidden = !match || !isOpen(each);
      shown += match;
    }
    sort(form.elements.order.value);
    const all = cases.length.toLocaleString("en");
    count.textContent = shown === cases.length ? `${all} ${cases.length === 1 ? "case" : "cases"}` : `${shown.toLocaleString("en")} of ${all} cases`;
    nothing.hidden = shown > 0 || !cases.length;
  }

  function sort(wanted) {
    if (wanted === order) return;
    order = wanted;
    const rows = document.createDocumentFragment();
    for (const each of [...cases].sort(ORDERS[order])) rows.append(each.row, ...(each.panel ? [each.panel] : []));
    body.append(rows);
  }

  // The address: what is asked and open, so that a link shows the same ------------------------------------------------
  function remember() {
    const state = new URLSearchParams();
    if (form.elements.q.value) state.set("q", form.elements.q.value);
    if (form.elements.failing.checked) state.set("failing", "1");
    if (form.elements.order.value) state.set("order", form.elements.order.value);
    for (const name of GROUPS) {
      const values = [...form.querySelectorAll(`[name=${name}]:checked`)].map((box) => box.value);
      if (values.length) state.set(name, values.join(","));
    }
    const open = cases.filter(isOpen).map((each) => keyOf(each.row));
    if (open.length) state.set("open", open.join(","));
    history.replaceState({ y: scrollY }, "", `#${state}`);
  }

  // The browser would scroll before the panels are there, so that the place is kept here.
  history.scrollRestoration = "manual";
  const loaded = new Promise((done) => addEventListener("load", done));
  const keepPlace = () => history.replaceState({ y: scrollY }, "");
  let settling = 0;
  addEventListener("scroll", () => {
    clearTimeout(settling);
    settling = setTimeout(keepPlace, 150);  // a browser refuses what comes too often
  }, { passive: true });
  addEventListener("pagehide", keepPlace);

  let restored = 0;
  async function restore() {
    const turn = ++restored;
    const y = history.state?.y;
    const words = decoded(location.hash.slice(1));
    const key = words.startsWith("case-") && byKey.has(words.slice(5)) ? words.slice(5) : words;
    const named = byKey.get(key);
    // A place of the page, as one of the glossary, says nothing of filters and panels.
    const state = named ? { open: key } : document.getElementById(words) ? null : location.hash.slice(1);
    if (state !== null) await ask(new URLSearchParams(state));
    await loaded;  // a browser goes to the address's own place no later
    if (turn !== restored) return;
    if (y !== undefined) scrollTo(0, y);
    else if (named) named.row.scrollIntoView();
  }

  async function ask(state) {
    form.elements.q.value = state.get("q") ?? "";
    form.elements.failing.checked = state.get("failing") === "1";
    form.elements.order.value = state.get("order") in ORDERS ? state.get("order") : "";
    for (const name of GROUPS) choose(name, (state.get(name) ?? "").split(","));
    filter();
    const wanted = new Set((state.get("open") ?? "").split(",").map((key) => byKey.get(key)));
    await Promise.all(cases.filter((each) => wanted.has(each) || isOpen(each)).map((each) => show(each, wanted.has(each))));
  }

  function choose(name, values) {
    for (const box of form.querySelectorAll(`[name=${name}]`)) box.checked = values.includes(box.value);
  }

  // A link within the page leads there and leaves the address as it is; a verdict with its number filters instead.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']:not(.name)");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    keepPlace();
    history.pushState(history.state, "");  // the way back
    const verdict = link.closest(".tally") ? link.hash.slice("#verdict-".length) : "";
    if (verdict && form.querySelector(`[name=verdict][value="${verdict}"]`)) {
      choose("verdict", [verdict]);
      changed();
      return void form.scrollIntoView();
    }
    const place = document.getElementById(link.hash.slice(1));
    place.focus({ preventScroll: true });
    place.scrollIntoView();
  });

  function decoded(text) {
    try { return decodeURIComponent(text); } catch { return text; }
  }

  function changed() {
    filter();
    remember();
  }

  let waiting = 0;
  form.addEventListener("input", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(changed);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(changed));
  document.getElementById("clear").addEventListener("click", () => {
    form.reset();
    form.elements.q.focus();
  });
  addEventListener("popstate", restore);

  for (const each of cases) each.link.setAttribute("aria-expanded", "false");
  form.hidden = false;
  filter();
  restore();
})();
