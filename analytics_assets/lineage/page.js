"use strict";
(() => {
  const tables = JSON.parse(document.getElementById("tables").textContent);
  const board = document.getElementById("board");
  const lines = document.getElementById("lines");
  const about = document.getElementById("about");
  const said = document.getElementById("said");
  const search = document.getElementById("search");
  const buttons = new Map(
    [...board.querySelectorAll(".column")].map((button) => [button.dataset.id, button]),
  );
  const made = new Map(); // of what a column is made, and what is made of it
  const makes = new Map([...buttons.keys()].map((id) => [id, []]));
  for (const [table, { columns }] of Object.entries(tables)) {
    for (const [name, { origins }] of Object.entries(columns)) {
      made.set(`${table}.${name}`, origins);
      for (const origin of origins) makes.get(origin).push(`${table}.${name}`);
    }
  }
  let chosen = "";
  let pairs = [];
  document.body.classList.add("scripted");

  const tableOf = (id) => id.slice(0, id.lastIndexOf("."));
  const nameOf = (id) => id.slice(id.lastIndexOf(".") + 1);
  const counted = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
  const shown = (element) => element.offsetParent !== null;

  function reached(id, steps) {
    const found = new Set();
    const left = [id];
    while (left.length) {
      for (const next of steps.get(left.pop())) {
        if (next !== id && !found.has(next)) {
          found.add(next);
          left.push(next);
        }
      }
    }
    return found;
  }

  // Only what is lit is shown; nothing lit means that everything is.
  function narrow(lit) {
    document.body.classList.toggle("narrowed", lit !== null);
    for (const element of board.querySelectorAll(".lit")) element.classList.remove("lit");
    for (const element of lit ?? []) {
      for (let part = element; part !== board; part = part.parentElement) part.classList.add("lit");
    }
  }

  function open(card, isOpen) {
    card.classList.toggle("open", isOpen);
    card.querySelector(".head").setAttribute("aria-expanded", String(isOpen));
  }

  function mark(up, down) {
    for (const [id, button] of buttons) {
      button.classList.toggle("chosen", id === chosen);
      button.classList.toggle("up", up.has(id));
      button.classList.toggle("down", down.has(id));
      button.setAttribute("aria-pressed", String(id === chosen));
    }
  }

  function clear() {
    chosen = "";
    pairs = [];
    about.hidden = true;
    said.textContent = "";
    mark(new Set(), new Set());
    narrow(null);
    for (const card of board.querySelectorAll(".card")) {
      open(card, false);
      card.classList.remove("named");
    }
  }

  function choose(id) {
    clear();
    search.value = "";
    chosen = id;
    const up = reached(id, made);
    const down = reached(id, makes);
    mark(up, down);
    narrow([id, ...up, ...down].map((each) => buttons.get(each)));
    for (const part of [id, ...up]) {
      for (const origin of made.get(part)) pairs.push([origin, part, "up"]);
    }
    for (const part of [id, ...down]) {
      for (const next of makes.get(part)) pairs.push([part, next, "down"]);
    }
    describe(id, up, down);
    said.textContent =
      `${id} is made of ${up.size ? counted(up.size, "column") : "no other column"}` +
      ` and goes into ${down.size ? counted(down.size, "column") : "none"}.`;
    buttons.get(id).scrollIntoView({ block: "center", inline: "center" });
    draw();
  }

  function element(kind, text, parent, className = "") {
    const child = document.createElement(kind);
    child.textContent = text;
    if (className) child.className = className;
    parent.append(child);
    return child;
  }

  function listed(title, ids, className) {
    if (!ids.length) return;
    const heading = element("h3", "", about);
    element("i", "", heading, className);
    heading.append(title);
    const byTable = new Map();
    for (const id of ids) byTable.set(tableOf(id), [...(byTable.get(tableOf(id)) ?? []), id]);
    for (const [table, columns] of byTable) {
      const name = element("h4", table, about);
      if (tables[table].url.startsWith("https://")) {
        const link = element("a", "docs", name);
        link.href = tables[table].url;
        link.rel = "noreferrer";
        link.target = "_blank";
      }
      const list = element("ul", "", about);
      for (const id of columns) {
        const item = element("li", "", list);
        element("button", nameOf(id), item).addEventListener("click", () => go(id));
        const { source } = tables[table].columns[nameOf(id)];
        if (source) item.append(` — ${source}`);
      }
    }
  }

  function describe(id, up, down) {
    const table = tables[tableOf(id)];
    const column = table.columns[nameOf(id)];
    about.replaceChildren();
    const close = element("button", "×", about, "close");
    close.setAttribute("aria-label", "Close");
    close.addEventListener("click", () => go(""));
    element("h2", nameOf(id), about);
    element("div", `${column.type} of ${tableOf(id)}`, about, "of");
    if (column.description) element("p", column.description, about);
    if (column.source) element("p", `${table.title}: ${column.source}.`, about);
    listed("Made directly of", column.origins, "up");
    const ends = [...up].filter((each) => made.get(each).length === 0).sort();
    if (ends.some((end) => !column.origins.includes(end))) {
      listed("In the end made of", ends, "up");
    }
    listed("Used directly by", makes.get(id), "down");
    const rest = [...down].filter((each) => !makes.get(id).includes(each)).sort();
    listed("And by way of these", rest, "down");
    about.hidden = false;
    about.scrollTop = 0;
  }

  function draw() {
    lines.replaceChildren();
    const frame = board.getBoundingClientRect();
    const across = board.scrollLeft - frame.left;
    const along = board.scrollTop - frame.top;
    for (const [from, to, side] of pairs) {
      if (!shown(buttons.get(from)) || !shown(buttons.get(to))) continue;
      const a = buttons.get(from).closest("li").getBoundingClientRect();
      const b = buttons.get(to).closest("li").getBoundingClientRect();
      const [x, y] = [a.right + across + 5, (a.top + a.bottom) / 2 + along];
      const [u, v] = [b.left + across - 8, (b.top + b.bottom) / 2 + along];
      const bend = Math.max(24, (u - x) / 2);
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("class", side);
      path.setAttribute("d", `M${x} ${y}C${x + bend} ${y} ${u - bend} ${v} ${u} ${v}`);
      lines.append(path);
    }
  }

  function find(text) {
    const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
    clear();
    if (!words.length) return draw();
    const matches = (id) => words.every((word) => id.toLowerCase().includes(word));
    const found = [...buttons].filter(([id]) => matches(id));
    narrow(found.map(([, button]) => button));
    said.textContent = found.length ? counted(found.length, "column") + " found." : "No column found.";
    board.scrollTo(0, 0);
    draw();
  }

  function show() {
    const id = decodeURIComponent(location.hash.slice(1));
    if (buttons.has(id)) return choose(id);
    clear();
    const card = id && document.getElementById(id);
    if (card && card.classList.contains("card")) {
      open(card, true);
      card.classList.add("named");
      card.scrollIntoView({ block: "nearest", inline: "center" });
    }
    draw();
  }

  function go(id) {
    if (location.hash.slice(1) === id) show();
    else location.hash = id;
  }

  function step(from, key) {
    const layer = from.closest(".layer");
    const stops = (part) => [...part.querySelectorAll("button")].filter(shown);
    const here = stops(layer);
    if (key === "ArrowDown") return here[here.indexOf(from) + 1];
    if (key === "ArrowUp") return here[here.indexOf(from) - 1];
    const layers = [...board.querySelectorAll(".layer")].filter(shown);
    const beside = layers[layers.indexOf(layer) + (key === "ArrowRight" ? 1 : -1)];
    return beside && (stops(beside).find((stop) => stop.matches(".column")) ?? stops(beside)[0]);
  }

  board.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.matches(".column")) return go(button.dataset.id === chosen ? "" : button.dataset.id);
    const card = button.closest(".card");
    open(card, !card.classList.contains("open"));
    draw();
  });
  board.addEventListener("keydown", (event) => {
    if (!event.key.startsWith("Arrow") || !event.target.matches("button")) return;
    event.preventDefault();
    step(event.target, event.key)?.focus();
  });
  search.addEventListener("input", () => find(search.value));
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    event.preventDefault();
    [...buttons.values()].find(shown)?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      search.value = "";
      const last = chosen && buttons.get(chosen).closest(".card").querySelector(".head");
      if (location.hash) go("");
      else find("");
      if (last) last.focus();
    } else if (event.key === "/" && event.target !== search) {
      event.preventDefault();
      search.focus();
    }
  });
  addEventListener("hashchange", show);
  addEventListener("resize", draw);
  show();
})();
