"use strict";
// Everything that comes from the run is put in as text, never as markup.
const rows = JSON.parse(document.getElementById("table").textContent).map((row, place) => ({ ...row, place }));
const COLUMNS = [
  ["id", "problem"], ["difficulty", "difficulty"], ["solved", "outcome"], ["passed", "samples passing"],
  ["drawn", "drawn"], ["survived", "survived"], ["clusters", "behaviours"], ["submitted", "submitted"],
  ["tokens", "tokens"], ["seconds", "seconds"],
].filter(([key]) => rows.some((row) => row[key] !== undefined && row[key] !== "" && (key !== "tokens" || row[key])));
const OUTCOMES = { first: "first submission", submitted: "later submission", sampled: "sampled only", no: "unsolved" };
const ORDER = { first: 0, submitted: 1, sampled: 2, no: 3 };
const STEP = 200;
const state = { key: "", down: false, shown: STEP };
const get = (id) => document.getElementById(id);

function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null && child !== ""));
  return node;
}

function cell(row, key) {
  if (key === "id") return make("td", {}, make("a", { href: `#problem=${row.place}` }, row.id));
  if (key === "solved") {
    const good = row.solved === "first" || row.solved === "submitted";
    return make("td", { className: good ? "good" : row.solved === "no" ? "bad" : "soft" }, OUTCOMES[row.solved]);
  }
  return make("td", {}, String(row[key] ?? ""));
}

function chosen() {
  const query = get("query").value.trim().toLowerCase();
  const outcome = get("outcome")?.value ?? "";
  const found = rows.filter(
    (row) => row.id.toLowerCase().includes(query) && (outcome === "" || row.solved === outcome));
  if (state.key) {
    const value = (row) => (state.key === "solved" ? ORDER[row.solved] : row[state.key]);
    const names = new Intl.Collator(undefined, { numeric: true });
    const compare = (a, b) => (typeof value(a) === "string" ? names.compare(value(a), value(b)) : value(a) - value(b));
    found.sort((a, b) => (state.down ? -compare(a, b) : compare(a, b)) || a.place - b.place);
  }
  return found;
}

function drawHead() {
  const heads = COLUMNS.map(([key, label]) => {
    const sorted = state.key === key;
    const button = make("button", { type: "button" }, label + (sorted ? (state.down ? " ▾" : " ▴") : ""));
    button.addEventListener("click", () => {
      state.down = sorted ? !state.down : typeof rows[0]?.[key] === "number";
      state.key = key;
      drawTable();
    });
    const head = make("th", { scope: "col" }, button);
    head.setAttribute("aria-sort", sorted ? (state.down ? "descending" : "ascending") : "none");
    return head;
  });
  get("problems").tHead.replaceChildren(make("tr", {}, ...heads));
}

function drawTable() {
  const found = chosen();
  const shown = found.slice(0, state.shown);
  drawHead();
  get("problems").tBodies[0].replaceChildren(
    ...shown.map((row) => make("tr", {}, ...COLUMNS.map(([key]) => cell(row, key)))));
  get("count").value = `${found.length} of ${rows.length} problem${rows.length === 1 ? "" : "s"}`;
  get("more").hidden = shown.length === found.length;
}

async function unpacked(place) {
  const text = get(`p${place}`).textContent;
  if (!text) return null;
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

function code(tokens) {
  const block = make("pre", { tabIndex: 0 });
  for (let i = 0; i < tokens.length; i += 2) {
    block.append(tokens[i] ? make("span", { className: tokens[i] }, tokens[i + 1]) : tokens[i + 1]);
  }
  return block;
}

function badge(label, verdict) {
  if (!verdict) return "";
  return make("span", { className: `badge ${verdict === "AC" ? "good" : "bad"}` }, `${label} ${verdict}`);
}

function clusters(found) {
  const head = ["samples", "programs", "on input", "gives", "largest gives"];
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...head.map((name, i) => make("th", { scope: "col", className: i > 1 ? "text" : "" }, name)))));
  table.append(make("tbody", {}, ...found.map((each) => make("tr", {},
    make("td", {}, String(each.size)), make("td", {}, String(each.programs)),
    ...[each.input, each.output, each.largest].map((text) => make("td", { className: "text" }, text))))));
  return make("div", { className: "scroll" }, table);
}

function submission(each) {
  const salvaged = each.salvaged.length ? `, repaired (${each.salvaged.join(", ")})` : "";
  return make("article", {},
    make("h3", {}, `Submission ${each.rank} `, badge("hidden", each.hidden), " ", badge("public", each.public)),
    make("p", { className: "note" }, `sample ${each.sample}, ${each.language}, cluster of ${each.size}${salvaged}`),
    each.detail ? make("p", { className: "bad" }, each.detail) : "",
    code(each.tokens));
}

async function openProblem(place) {
  const view = get("problem");
  const row = rows[place];
  const step = (label, to) => (rows[to] ? make("a", { href: `#problem=${to}` }, label) : "");
  const parts = [
    make("nav", { className: "steps" }, make("a", { href: "#" }, "all problems"), step("previous", place - 1), step("next", place + 1)),
    make("h2", { id: "name" }, row.id),
  ];
  const found = await unpacked(place);
  if (found === null) {
    parts.push(make("p", { className: "note" }, "The page is bounded in size: this problem's programs are not in it."));
  } else {
    const counts = Object.entries(found.verdicts).map(([kind, count]) => `${kind} ${count}`).join(", ");
    parts.push(make("p", { className: "note" }, `${row.drawn} samples on the examples: ${counts || "none judged"}` +
      (row.passed === undefined ? "" : `; ${row.passed} pass the hidden tests as written`)));
    parts.push(make("h3", {}, "Statement"), make("pre", { className: "statement" }, found.statement));
    for (const each of found.examples) {
      parts.push(make("h3", {}, "Example"), make("pre", { className: "statement" }, `${each.input}\n→\n${each.output}`));
    }
    if (found.clusters.length) {
      parts.push(make("h3", {}, "Clusters of equal behaviour"), clusters(found.clusters));
      const hidden = found.funnel.clusters - found.clusters.length;
      if (hidden > 0) parts.push(make("p", { className: "note" }, `${hidden} smaller clusters are not shown.`));
    }
    parts.push(...found.submissions.map(submission));
    if (!found.submissions.length) parts.push(make("p", { className: "note" }, "Nothing was submitted."));
  }
  view.replaceChildren(...parts);
}

async function route() {
  const match = /^#problem=(\d+)$/.exec(location.hash);
  const place = match ? Number(match[1]) : -1;
  const isProblem = rows[place] !== undefined;
  if (isProblem) await openProblem(place);
  get("overview").hidden = isProblem;
  get("problem").hidden = !isProblem;
  if (isProblem) scrollTo(0, 0);
}

for (const kind of ["input", "change"]) {
  get("filters").addEventListener(kind, () => { state.shown = STEP; drawTable(); });
}
get("filters").addEventListener("submit", (event) => event.preventDefault());
get("more").addEventListener("click", () => { state.shown += STEP; drawTable(); });
addEventListener("hashchange", route);
drawTable();
route();
