/* The explorer: picks councils, draws their views, keeps the choice in the address. No request is made; data comes in by a script.
   Names and words from the data go in as text (textContent), never as markup. */
(function () {
  "use strict";
  const data = window.fundgapExplorer;
  const councils = new Map(data.councils.map(one => [one.code, one]));
  const BLUE = "#12436d", PINK = "#801650", GREY = "#4a5259", LINE = "#c9ced3", INK = "#16191c", WASH = "#b9c9d8", BAND = "#d5a9c0";
  const FONT = "system-ui, 'Segoe UI', Roboto, Arial, 'Liberation Sans', sans-serif";
  const GRADES = ["Inadequate", "Requires improvement", "Good", "Outstanding"];
  const byId = id => document.getElementById(id);
  let chosen = [];

  function make(tag, attributes, ...children) {
    const one = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) one.setAttribute(name, value);
    for (const child of children) one.append(child);
    return one;
  }
  function draw(tag, attributes, text) {
    const one = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
    if (text !== undefined) one.textContent = text;
    return one;
  }

  // Words in which no line breaks within an amount or a year.
  function said(tag, attributes, words) {
    return make(tag, attributes, ...words.split(/([+\u2212]£[\d.,]+[a-z]*|\b\d{4}-\d\d\b)/).map((part, place) => place % 2 ? make("span", { class: "whole" }, part) : part));
  }

  // Figures as text
  const whole = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });
  const tenth = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });
  const penny = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  function minus(value, text) { return (value < 0 ? "\u2212" : "") + text; }
  function shown(value, kind) {
    if (value === null) return "\u2013";
    if (kind === "pounds") return minus(Math.round(value), "£" + whole.format(Math.abs(value)));
    if (kind === "pence") return minus(value, "£" + penny.format(Math.abs(value)));
    if (kind === "percent") return penny.format(100 * value) + "%";
    if (kind === "number") return minus(value, tenth.format(Math.abs(value)));
    if (kind === "date") return new Date(value + "T00:00:00Z").toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
    return String(value);
  }
  function short(value) {
    const size = Math.abs(value);
    return minus(value, size >= 1e6 ? "£" + (size / 1e6).toFixed(size >= 1e8 ? 0 : 1) + "m" : size >= 1e3 ? "£" + whole.format(size / 1e3) + "k" : "£" + whole.format(size));
  }
  const isFigure = kind => ["pounds", "pence", "percent", "number"].includes(kind);

  // Charts: each takes the rows of one council, the rows of all that are shown (for one scale), and a width.
  function canvas(width, height, words) {
    const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": words, "font-family": FONT, "font-size": 12 });
    svg.append(draw("title", {}, words));
    svg.append(draw("rect", { width, height, fill: "#ffffff" }));
    return svg;
  }
  function label(svg, x, y, text, more) { svg.append(draw("text", Object.assign({ x, y, fill: INK }, more), text)); }
  function line(svg, x1, y1, x2, y2, more) { svg.append(draw("line", Object.assign({ x1, y1, x2, y2, stroke: LINE }, more))); }
  function ticks(low, high, count) {
    const raw = (high - low || 1) / count, power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map(part => part * power).find(part => part >= raw);
    const all = [];
    for (let place = Math.ceil(low / step); place * step <= high + step / 1e6; place += 1) all.push(place * step);
    return all;
  }
  const charts = {
    steps(rows, all, width, words) {
      const height = 190, left = 152, right = 26, top = 16, bottom = 28;
      const svg = canvas(width, height, words);
      const days = all.flat().map(row => Date.parse(row[0]));
      const first = new Date(Math.min(...days)).getUTCFullYear(), last = new Date(Math.max(...days)).getUTCFullYear() + 1;
      const from = Date.UTC(first, 0, 1), until = Date.UTC(last, 0, 1);
      const x = day => left + (Date.parse(day) - from) / (until - from) * (width - left - right);
      const y = grade => height - bottom - 14 - GRADES.indexOf(grade) * (height - top - bottom - 22) / 3;
      GRADES.forEach(grade => { line(svg, left, y(grade), width - right, y(grade)); label(svg, left - 8, y(grade) + 4, grade, { "text-anchor": "end" }); });
      const every = Math.ceil((last - first) / Math.max(2, Math.floor((width - left) / 55)));
      for (let year = first; year <= last; year += every) label(svg, x(`${year}-01-01`), height - 8, year, { "text-anchor": "middle", fill: GREY });
      const path = rows.map((row, place) => place ? `H${x(row[0])}V${y(row[2])}` : `M${x(row[0])} ${y(row[2])}`).join("");
      svg.append(draw("path", { d: path + `H${width - right}`, fill: "none", stroke: BLUE, "stroke-width": 2.5 }));
      rows.forEach(row => svg.append(draw("circle", { cx: x(row[0]), cy: y(row[2]), r: 5, fill: BLUE, stroke: "#ffffff" })));
      return svg;
    },
    interval(rows, all, width, words) {
      const each = 54, top = 26, bottom = 24, left = 8, right = 14, height = top + rows.length * each + bottom;
      const svg = canvas(width, height, words), high = Math.max(...all.flat().flatMap(row => row.slice(1, 5)));
      const x = value => left + value / high * (width - left - right);
      ticks(0, high, width / 90).forEach(tick => {
        line(svg, x(tick), top, x(tick), height - bottom, { stroke: "#e4e7ea" });
        label(svg, x(tick), height - 7, shown(tick, "pounds"), { "text-anchor": tick ? "middle" : "start", fill: GREY });
      });
      svg.append(draw("circle", { cx: 14, cy: 12, r: 5, fill: BLUE }));
      label(svg, 24, 16, "spent");
      line(svg, 70, 6, 70, 18, { stroke: PINK, "stroke-width": 3 });
      label(svg, 78, 16, "expected");
      line(svg, 142, 12, 166, 12, { stroke: BAND, "stroke-width": 8 });
      label(svg, 172, 16, "95% interval");
      rows.forEach((row, place) => {
        const middle = top + place * each + 36;
        label(svg, left, middle - 15, row[0], { "font-weight": 600 });
        line(svg, x(row[3]), middle, x(row[4]), middle, { stroke: BAND, "stroke-width": 8 });
        line(svg, x(row[2]), middle - 8, x(row[2]), middle + 8, { stroke: PINK, "stroke-width": 3 });
        svg.append(draw("circle", { cx: x(row[1]), cy: middle, r: 6, fill: BLUE, stroke: "#ffffff" }));
      });
      return svg;
    },
    bars(rows, all, width, words) {
      const each = 46, left = 8, room = 62, height = rows.length * each + 8;
      const svg = canvas(width, height, words), values = all.flat().map(row => row[4]);
      const low = Math.min(0, ...values), high = Math.max(0, ...values), start = left + (low < 0 ? room : 0);
      const x = value => start + (value - low) / (high - low || 1) * (width - start - room);
      line(svg, x(0), 8, x(0), height - 4, { stroke: INK });
      rows.forEach((row, place) => {
        const top = place * each + 20, value = row[4];
        label(svg, left, top - 5, row[0], { "font-weight": 600, stroke: "#ffffff", "stroke-width": 4, "paint-order": "stroke" });
        svg.append(draw("rect", { x: x(Math.min(0, value)), y: top, width: Math.max(1, Math.abs(x(value) - x(0))), height: 16, fill: place === rows.length - 1 ? GREY : value < 0 ? PINK : BLUE }));
        label(svg, x(value) + (value < 0 ? -5 : 5), top + 13, (value > 0 ? "+" : "") + short(value), { "text-anchor": value < 0 ? "end" : "start" });
      });
      return svg;
    },
    fan(rows, all, width, words) {
      const height = 240, left = 58, right = 16, top = 14, bottom = 28;
      const svg = canvas(width, height, words), values = all.flat().flatMap(row => row.slice(1));
      const low = Math.min(0, ...values), high = Math.max(0, ...values);
      const x = place => left + 14 + place / (rows.length - 1) * (width - left - right - 28);
      const y = value => height - bottom - (value - low) / (high - low || 1) * (height - top - bottom);
      ticks(low, high, 5).forEach(tick => {
        line(svg, left, y(tick), width - right, y(tick), { stroke: tick ? "#e4e7ea" : INK });
        label(svg, left - 6, y(tick) + 4, short(tick).replace(".0m", "m"), { "text-anchor": "end", fill: GREY });
      });
      const band = (from, to, fill) => svg.append(draw("path", { fill, d: "M" + rows.map((row, place) => `${x(place)} ${y(row[from])}`).join("L") + "L" +
        rows.map((row, place) => `${x(place)} ${y(row[to])}`).reverse().join("L") + "Z" }));
      band(1, 5, "#ecd9e3");
      band(2, 4, BAND);
      svg.append(draw("path", { fill: "none", stroke: PINK, "stroke-width": 2.5, d: "M" + rows.map((row, place) => `${x(place)} ${y(row[3])}`).join("L") }));
      line(svg, left, y(0), width - right, y(0), { stroke: INK });
      const every = Math.ceil(rows.length * 50 / (width - left));
      rows.forEach((row, place) => { if (place % every === 0) label(svg, x(place), height - 8, row[0], { "text-anchor": "middle", fill: GREY }); });
      return svg;
    },
    shares(rows, all, width, words) {
      const left = 140, room = 60, high = Math.max(...all.flat().map(row => row[5])) || 1;
      const letters = Math.floor((width - 8) / 7.4), lines = title => wrapped(`${title}, ${rows.find(row => row[0] === title)[1]}`, letters);
      const titles = [...new Set(rows.map(row => row[0]))];
      const height = titles.reduce((sum, title) => sum + 10 + 16 * lines(title).length, 0) + rows.length * 20 + 26;
      const svg = canvas(width, height, words);
      let top = 16;
      titles.forEach(title => {
        const own = rows.filter(row => row[0] === title);
        lines(title).forEach((words, place) => { if (place) top += 16; label(svg, 4, top, words, { "font-weight": 600 }); });
        own.forEach(row => {
          label(svg, left - 6, top + 19, row[2], { "text-anchor": "end" });
          const wide = row[5] / high * (width - left - room);
          svg.append(draw("rect", { x: left, y: top + 8, width: Math.max(1, wide), height: 14, fill: BLUE }));
          label(svg, left + wide + 5, top + 19, short(row[3]));
          top += 20;
        });
        top += 26;
      });
      label(svg, 4, height - 8, "bars: share of the year's fund", { fill: GREY });
      return svg;
    },
  };

  // A view of a council as a figure
  function table(view, one, name) {
    const rows = make("tbody"), head = make("tr");
    view.columns.forEach(column => {
      const cell = make("th", { scope: "col" }, column.label + (column.unit && !column.unit.startsWith("see") && column.unit !== "fraction" ? ` (${column.unit})` : ""));
      if (isFigure(column.kind)) cell.className = "number";
      head.append(cell);
    });
    one.rows.forEach(row => {
      const line = make("tr");
      row.forEach((value, place) => {
        const kind = view.columns[place].kind, cell = make(place ? "td" : "th", place ? {} : { scope: "row" });
        if (kind === "code") cell.append(make("a", { href: "#" + chosen[0] + "+" + value }, value));
        else cell.textContent = shown(value, kind);
        if (isFigure(kind)) cell.className = "number";
        line.append(cell);
      });
      rows.append(line);
    });
    const caption = make("caption", {}, make("span", {}, `${name} – ${view.title}`));
    return make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": `${name}: ${view.title}, table` }, make("table", {}, caption, make("thead", {}, head), rows));
  }
  function figure(view, code, all, width) {
    const council = councils.get(code), one = view.councils[code], whole = make("figure", { class: "chart", "data-council": code });
    whole.append(make("h3", {}, council.name));
    if (one.missing) { whole.append(make("p", { class: "note missing" }, "Not shown. " + one.missing)); return whole; }
    whole.append(said("p", { class: "title" }, one.finding));
    if (view.chart !== "none") {
      whole.append(charts[view.chart](one.rows, all, width, `${one.finding} ${view.measure} Figures: in the table below.`));
    }
    if (one.note) whole.append(make("p", { class: "note" }, one.note));
    if (view.chart === "none") { whole.append(table(view, one, council.name)); return whole; }
    const button = make("button", { type: "button", "aria-label": `Download the chart as PNG: ${view.title}, ${council.name}` }, "Chart as PNG");
    button.addEventListener("click", () => picture(whole.querySelector("svg"), view, one, council));
    const fold = make("details", { class: "data" }, make("summary", {}, "Figures behind the chart"), table(view, one, council.name));
    whole.append(fold, button);
    return whole;
  }
  function show() {
    const open = new Set([...document.querySelectorAll("details.data[open]")].map(one => one.closest("section").dataset.view));
    byId("views").hidden = chosen.length === 0;
    document.querySelector(".tools").hidden = chosen.length === 0;
    byId("alone").hidden = chosen.length < 2;
    ["one", "two"].forEach((box, place) => { byId(box).value = chosen[place] ? named(councils.get(chosen[place])) : ""; });
    document.title = chosen.length ? `${chosen.map(code => councils.get(code).name).join(" and ")} \u2013 fundgap` : "Explore a council \u2013 fundgap";
    for (const view of data.views) {
      const pair = document.querySelector(`section[data-view="${view.name}"] .pair`);
      pair.replaceChildren();
      pair.classList.toggle("two", chosen.length > 1);
      if (!chosen.length) continue;
      const all = chosen.map(code => view.councils[code].rows).filter(Boolean);
      const columns = chosen.length > 1 && window.innerWidth >= 768 ? 2 : 1;
      const width = Math.max(240, Math.floor((pair.clientWidth - 20 * (columns - 1)) / columns) - (window.innerWidth <= 640 ? 26 : 44));
      chosen.forEach(code => pair.append(figure(view, code, all, width)));
      if (open.has(view.name)) pair.querySelectorAll("details").forEach(one => { one.open = true; });
    }
  }

  // The choice lives in the address.
  function named(one) { return one.name + (one.was ? ` (until ${one.was})` : ""); }
  function read() {
    let hash = "?";
    try { hash = decodeURIComponent(location.hash.slice(1)); } catch { /* no text at all: no council either */ }
    if (hash && !/^[EWN]\d{8}(\+[EWN]\d{8})?$/.test(hash)) { byId("told").textContent = "The address names no council: pick one above."; chosen = []; show(); return; }
    const wanted = [...new Set(hash ? hash.split("+") : [])], unknown = wanted.filter(code => !councils.has(code));
    chosen = wanted.filter(code => councils.has(code));
    show();
    byId("told").textContent = unknown.length ? `No council has the code ${unknown.join(" or ")}: pick one above.`
      : chosen.length ? `Shown: ${chosen.map(code => named(councils.get(code))).join(" and ")}.` : "";
  }
  function choose(codes) {
    const next = [...new Set(codes.filter(Boolean))].join("+");
    if (next !== location.hash.slice(1)) location.hash = next; else read();
  }

  // Type-ahead: WAI-ARIA combobox with a list
  const plain = text => text.toLowerCase().normalize("NFKD").replace(/[^a-z0-9 ]/g, "").replace(/\s+/g, " ").trim();
  const index = data.councils.map(one => ({ one, text: plain(`${one.name} ${one.also}`), start: plain(one.name) }));
  function matches(typed) {
    const wanted = plain(typed);
    const rank = entry => entry.start.startsWith(wanted) ? 0 : (" " + entry.text).includes(" " + wanted) ? 1 : 2;
    return index.filter(entry => entry.text.includes(wanted)).sort((a, b) => rank(a) - rank(b)).map(entry => entry.one);
  }
  function combobox(id, place) {
    const input = byId(id), list = byId(id + "-list");
    let found = [], active = -1;
    function close() { list.hidden = true; active = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); }
    function fill(typed) {
      found = matches(typed);
      list.replaceChildren(...found.map((one, number) => make("li", { role: "option", id: `${id}-${number}`, "aria-selected": "false" }, named(one))));
      list.hidden = found.length === 0;
      active = -1;
      input.setAttribute("aria-expanded", String(found.length > 0));
      input.removeAttribute("aria-activedescendant");
      byId("told").textContent = found.length ? `${found.length} ${found.length > 1 ? "councils" : "council"} to choose from.` : "No council has a name like this.";
    }
    function move(to) {
      if (!found.length) return;
      [...list.children].forEach(one => one.setAttribute("aria-selected", "false"));
      active = (to + found.length) % found.length;
      list.children[active].setAttribute("aria-selected", "true");
      list.children[active].scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", `${id}-${active}`);
    }
    function pick(number) {
      const codes = [chosen[0], chosen[1]];
      codes[place] = found[number].code;
      close();
      choose(codes);
    }
    input.addEventListener("input", () => fill(input.value));
    input.addEventListener("click", () => { if (list.hidden) { input.select(); fill(""); } });
    input.addEventListener("blur", () => { close(); setTimeout(() => { if (document.activeElement !== input) input.value = chosen[place] ? named(councils.get(chosen[place])) : ""; }, 0); });
    input.addEventListener("keydown", event => {
      const isOpen = !list.hidden;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (!isOpen) fill(chosen[place] && input.value === named(councils.get(chosen[place])) ? "" : input.value);
        move(event.key === "ArrowDown" ? active + 1 : active < 0 ? found.length - 1 : active - 1);
      } else if (event.key === "Enter") {
        event.preventDefault();
        if (isOpen && input.value.trim() && found.length) pick(Math.max(active, 0));
        else if (isOpen && active >= 0) pick(active);
        else if (!input.value.trim()) choose(chosen.filter((_, number) => number !== place));
      } else if (event.key === "Escape") {
        if (isOpen) close(); else input.value = "";
      }
    });
    list.addEventListener("mousedown", event => { event.preventDefault(); });
    list.addEventListener("click", event => { const number = [...list.children].indexOf(event.target); if (number >= 0) pick(number); });
  }

  // Downloads
  function save(blob, name) {
    const link = make("a", { href: URL.createObjectURL(blob), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
  const quoted = value => { const text = value === null ? "" : String(value); return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text; };
  function lines() {
    const all = [["council_code", "council_name", "view", "item", "measure", "value", "unit", "period", "price_basis", "note"]];
    for (const code of chosen) for (const view of data.views) {
      const one = view.councils[code], start = [code, councils.get(code).name, view.name];
      if (one.missing) { all.push([...start, "", "not shown", null, "", view.period, view.price_basis, one.missing]); continue; }
      one.rows.forEach((row, number) => {
        const names = row.filter((_, place) => ["text", "date"].includes(view.columns[place].kind));
        const figures = view.columns.map((column, place) => [column, row[place]]).filter(([column]) => isFigure(column.kind));
        const item = view.chart === "steps" ? row[0] + " " + row[1] : view.chart === "none" ? `${number + 1}. ${row[0]} ${row[1]}` : view.chart === "interval" ? row[0] : names.join(", ");
        if (view.chart === "steps") all.push([...start, item, "Judgement", row[2], "", view.period, view.price_basis, one.note || ""]);
        figures.forEach(([column, value]) => all.push([...start, item, column.label, value, column.unit.startsWith("see") ? row[1] : column.unit, view.period, view.price_basis, one.note || ""]));
      });
    }
    return all;
  }
  function wrapped(text, most) {
    const all = [""];
    text.split(" ").forEach(word => { if ((all[all.length - 1] + " " + word).length > most && all[all.length - 1]) all.push(word); else all[all.length - 1] += (all[all.length - 1] ? " " : "") + word; });
    return all;
  }
  function picture(svg, view, one, council) {
    const width = Number(svg.getAttribute("width")), inner = Number(svg.getAttribute("height")), letters = Math.floor(width / 7);
    const above = wrapped(one.finding, Math.floor(letters * 0.95)), measure = wrapped(view.measure, letters), below = wrapped([one.note || "", view.limit].join(" ").trim(), letters);
    const top = 14 + 18 * above.length + 16 * measure.length, height = top + inner + 16 * below.length + 24;
    const all = draw("svg", { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}`, "font-family": FONT, "font-size": 12 });
    all.append(draw("rect", { width, height, fill: "#ffffff" }));
    above.forEach((text, place) => label(all, 6, 20 + 18 * place, text, { "font-weight": 700, "font-size": 13 }));
    measure.forEach((text, place) => label(all, 6, 20 + 18 * above.length + 16 * place, text, { fill: GREY }));
    const copy = svg.cloneNode(true);
    copy.setAttribute("y", top);
    all.append(copy);
    below.forEach((text, place) => label(all, 6, top + inner + 18 + 16 * place, text, { fill: GREY }));
    const image = new Image();
    image.onload = () => {
      const scale = 2, paper = make("canvas", { width: width * scale, height: height * scale }), ink = paper.getContext("2d");
      ink.scale(scale, scale);
      ink.drawImage(image, 0, 0);
      paper.toBlob(blob => save(blob, `fundgap-${council.code}-${view.name}.png`), "image/png");
    };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(new XMLSerializer().serializeToString(all));
  }

  combobox("one", 0);
  combobox("two", 1);
  byId("choose").addEventListener("submit", event => event.preventDefault());
  byId("alone").addEventListener("click", () => choose([chosen[0]]));
  byId("csv").addEventListener("click", () => save(new Blob(["\ufeff" + lines().map(row => row.map(quoted).join(",")).join("\r\n") + "\r\n"], { type: "text/csv;charset=utf-8" }), `fundgap-${chosen.join("-")}.csv`));
  // A link within the page moves there without touching the choice in the address.
  document.addEventListener("click", event => {
    const link = event.target.closest("a[href^='#']"), there = link && byId(link.getAttribute("href").slice(1));
    if (there) { event.preventDefault(); there.scrollIntoView(); there.focus(); }
  });
  window.addEventListener("hashchange", read);
  let waiting = 0, width = window.innerWidth;
  window.addEventListener("resize", () => { if (window.innerWidth === width) return; width = window.innerWidth; clearTimeout(waiting); waiting = setTimeout(show, 120); });
  read();
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
})();
