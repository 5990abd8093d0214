"use strict";
// Everything that comes from the service is put in as text, never as markup.
const get = (id) => document.getElementById(id);
const STAGES = { drawn: "drawn", with_program: "with a program", unique: "different", survived: "passed", clusters: "behaviours", submitted: "submitted" };
const STATES = { queued: "waiting", running: "running", asking: "asks you", done: "done", failed: "failed", cancelled: "cancelled", interrupted: "interrupted" };
const ENDED = new Set(["done", "failed", "cancelled", "interrupted"]);
const sieve = new Sieve(get("sieve"));
let service = null;
let problems = [];
let shown = null; // the run that is shown: { id, view, source, counts, ... }

function say(text) {
  get("say").textContent = "";
  requestAnimationFrame(() => (get("say").textContent = text));
}

class Refused extends Error {}

async function call(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Refused("The service does not answer. Is it still running?");
  }
  if (response.status === 204) return null;
  const found = await response.json().catch(() => ({}));
  if (response.ok) return found;
  throw new Refused(inWords(found.error) || `The service answered ${response.status}.`);
}

function inWords(error) {
  if (!error) return "";
  const about = error.value === null || error.value === undefined ? error.name : `${error.name} (${String(error.value).slice(0, 60)})`;
  return `${about}: ${error.problem}. ${error.remedy}.`.replace(/\.\./g, ".");
}

async function guarded(work, place) {
  get(place).textContent = "";
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    get(place).textContent = error.message;
    return undefined;
  }
}

// -- asking for a run ----------------------------------------------------------------------------------------------

function kind() {
  return document.querySelector("[name=kind]:checked").value;
}

// The last part of a path, where it is one.
function modelName() {
  return service ? service.model.split("/").at(-1) : "the model";
}

function showKind() {
  get("own").hidden = kind() !== "text";
  get("bundled").hidden = kind() !== "problem";
}

function showStatement() {
  get("statement").textContent = problems.find((each) => each.id === get("problem").value)?.statement ?? "";
}

async function submit(event) {
  event.preventDefault();
  const body = { samples: get("samples").valueAsNumber, ask: get("ask").checked };
  if (kind() === "text") body.text = get("text").value;
  else body.problem = get("problem").value;
  get("start").disabled = true;
  const view = await guarded(() => call("POST", "/api/runs", body), "form-error");
  get("start").disabled = false;
  if (!view) return;
  say(`Run of ${view.title} started.`);
  location.hash = `run=${view.id}`;
  await showHistory();
  if (matchMedia("(max-width: 60rem)").matches) get("run").scrollIntoView();
}

// -- history -------------------------------------------------------------------------------------------------------

async function showHistory() {
  const found = await guarded(() => call("GET", "/api/runs"), "form-error");
  if (!found) return;
  get("no-history").hidden = found.runs.length > 0;
  get("history").replaceChildren(...found.runs.map(line));
}

function line(run) {
  const passed = run.state === "done" && run.funnel ? many(run.funnel.survived, "program") : STATES[run.state];
  const link = make(
    "a",
    { href: `#run=${run.id}` },
    make("span", {}, run.title),
    make("span", { className: "note" }, passed),
    make("span", { className: "when" }, new Date(run.created).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })),
  );
  if (shown && run.id === shown.id) link.setAttribute("aria-current", "true");
  return make("li", {}, link);
}

// -- a run ---------------------------------------------------------------------------------------------------------

async function open() {
  const id = new URLSearchParams(location.hash.slice(1)).get("run");
  if (shown && id === shown.id) return;
  close();
  if (!id) return;
  const view = await guarded(() => call("GET", `/api/runs/${encodeURIComponent(id)}`), "run-error");
  if (!view) {
    get("run-title").textContent = "No such run";
    return;
  }
  follow(view);
  showHistory();
}

function close() {
  shown?.source?.close();
  shown = null;
  for (const id of ["question", "result", "state", "cancel", "resume", "again", "remove"]) get(id).hidden = true;
  get("run-error").textContent = "";
}

// From the first event on: what was is played again, quickly.
function follow(view) {
  close();
  shown = { id: view.id, view, last: 0, counts: {}, programs: new Map(), verdicts: new Map(), behaviours: new Map(), told: 0, open: null };
  get("run-title").textContent = view.title;
  sieve.reset(view.samples, modelName());
  showFunnel();
  showState(view.state, view.error, view.before);
  listen();
}

function listen() {
  const run = shown;
  const source = new EventSource(`/api/runs/${run.id}/events${run.last ? `?after=${run.last}` : ""}`);
  run.source = source;
  source.onmessage = (message) => {
    if (shown !== run) return source.close();
    run.last = Number(message.lastEventId);
    take(JSON.parse(message.data));
  };
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED && shown === run && !ENDED.has(run.view.state)) check(run);
  };
}

// The stream ended for good and no end of the run was told: is the service still there?
async function check(run) {
  const view = await guarded(() => call("GET", `/api/runs/${run.id}`), "run-error");
  if (view && shown === run) showState(view.state, view.error, view.before);
}

function take(event) {
  const { programs, verdicts, behaviours, counts } = shown;
  switch (event.event) {
    case "state":
      return changed(event);
    case "started":
      shown.filtering = event.filtering;
      sieve.filtering = event.filtering;
      if (shown.view.state === "running" && event.stored < event.samples) get("state").textContent = "loading the model";
      break;
    case "model_loaded":
      get("state").textContent = STATES[shown.view.state];
      break;
    case "sample_drawn":
      counts.drawn = Math.max(counts.drawn ?? 0, event.drawn);
      counts.with_program = (counts.with_program ?? 0) + (event.program !== null);
      if (event.program !== null) programs.set(event.program, (programs.get(event.program) ?? 0) + 1);
      counts.unique = programs.size;
      sieve.speed = ENDED.has(shown.view.state) ? 0 : Math.round(event.tokens_per_s);
      sieve.drawn(event.program);
      tellProgress();
      break;
    case "program_judged":
      verdicts.set(event.program, event.verdict);
      counts.survived = [...verdicts.values()].filter((verdict) => verdict === "AC").length;
      sieve.judged(event.program, event.verdict);
      break;
    case "program_observed":
      behaviours.set(event.program, event.behaviour);
      counts.clusters = new Set(behaviours.values()).size;
      sieve.observed(event.program, event.behaviour);
      break;
    case "question_asked":
      shown.open = event;
      break;
    case "question_answered":
      shown.open = null;
      get("question").hidden = true;
      break;
    case "submitted":
      counts.submitted = (counts.submitted ?? 0) + 1;
      break;
    case "done":
      Object.assign(counts, event.report.funnel);
  }
  showFunnel();
}

function tellProgress() {
  const quarter = Math.floor((4 * shown.counts.drawn) / shown.view.samples);
  if (quarter > shown.told && quarter < 4 && shown.view.state === "running") say(`${shown.counts.drawn} of ${shown.view.samples} samples drawn.`);
  shown.told = Math.max(shown.told, quarter);
}

async function changed(event) {
  const run = shown;
  showState(event.state, event.error ?? null, 0);
  if (event.state !== "running") sieve.speed = 0;
  if (event.state === "asking") ask(run.open);
  else get("question").hidden = true;
  if (!ENDED.has(event.state)) return;
  if (event.state !== "done") run.source.close();
  else await showResult(run);
  if (shown === run) run.source.close();
  showHistory();
}

function showState(state, error, before) {
  shown.view.state = state;
  const badge = get("state");
  badge.hidden = false;
  badge.textContent = state === "queued" && before ? `waiting, ${many(before, "run")} before it` : STATES[state];
  badge.className = `badge ${state === "done" ? "good" : state === "failed" ? "bad" : ""}`;
  get("cancel").hidden = ENDED.has(state);
  get("resume").hidden = !ENDED.has(state) || state === "done";
  get("remove").hidden = !ENDED.has(state);
  get("again").hidden = state !== "done";
  get("run-error").textContent = inWords(error);
}

function showFunnel() {
  const counts = shown?.counts ?? {};
  const cells = Object.entries(STAGES).map(([name, label]) => {
    const said = name === "survived" && shown && shown.filtering === false ? "built" : label;
    return make("div", {}, make("dt", {}, said), make("dd", {}, String(counts[name] ?? 0)));
  });
  get("funnel").replaceChildren(...cells);
  get("sieve").setAttribute("aria-label", shown
    ? `A sieve: ${many(counts.drawn ?? 0, "sample")} drawn, ${counts.unique ?? 0} different, ${counts.survived ?? 0} passed, ${many(counts.clusters ?? 0, "behaviour")}.`
    : "An empty sieve");
}

// -- the question --------------------------------------------------------------------------------------------------

function ask(question) {
  if (!question) return;
  get("question-title").textContent = `Question ${question.number}: ${many(question.behaviours, "behaviour")} are possible. On the input`;
  get("question-input").textContent = question.shown;
  get("choices").replaceChildren(...question.outputs.map((offered, place) => {
    const bar = make("i");
    bar.style.width = percent(offered.share);
    const button = make("button", { type: "button", className: "choice", onclick: () => answer(question, place) },
      make("code", {}, offered.output),
      make("small", {}, `${percent(offered.share)} of the samples`),
      make("span", { className: "bar", ariaHidden: "true" }, bar));
    return button;
  }));
  const others = [["neither", "None of these"], ["invalid", "Not a valid input"], ["stop", "Ask no more"]];
  get("others").replaceChildren(...others.map(([choice, label]) => make("button", { type: "button", onclick: () => answer(question, choice) }, label)));
  get("question").hidden = false;
  say(`Question ${question.number}: on the input ${question.shown}, which output is right?`);
  if (!document.activeElement?.matches("input, textarea, select")) get("question-title").focus();
}

async function answer(question, choice) {
  const run = shown;
  const done = await guarded(() => call("POST", `/api/runs/${run.id}/answer`, { question: question.number, choice }), "run-error");
  if (done && shown === run) {
    get("question").hidden = true;
    get("run").focus({ preventScroll: true });
  }
}

async function copy() {
  const text = shown?.best ?? "";
  try {
    await navigator.clipboard.writeText(text);
    get("copy").textContent = "Copied";
    say("Program copied.");
  } catch {
    getSelection().selectAllChildren(get("best"));
    say("The browser does not allow copying; the program is selected.");
  }
  setTimeout(() => (get("copy").textContent = "Copy"), 1500);
}

async function act(method, path, then) {
  const run = shown;
  const done = await guarded(() => call(method, `/api/runs/${run.id}${path}`), "run-error");
  if (done !== undefined && shown === run) then(done);
}

async function begin() {
  service = await guarded(() => call("GET", "/api/service"), "form-error");
  if (!service) return;
  get("samples").value = service.samples;
  get("samples").max = service.limits.samples;
  const found = await guarded(() => call("GET", "/api/problems"), "form-error");
  problems = found?.problems ?? [];
  get("problem").replaceChildren(...problems.map((each) => make("option", { value: each.id }, `${each.title} (${each.difficulty ?? "?"})`)));
  showStatement();
  sieve.reset(service.samples, modelName());
  await Promise.all([showHistory(), open()]);
  await showService();
}

async function showService() {
  const { model, readiness } = service;
  const words = { ready: "ready", loading: "is being loaded" };
  get("service").textContent = `${model.length > 40 ? `…${model.slice(-39)}` : model}: ${words[readiness] ?? readiness}`;
  if (readiness !== "loading") return;
  await new Promise((done) => setTimeout(done, 2000));
  service = (await call("GET", "/api/service").catch(() => null)) ?? service;
  await showService();
}

get("form").addEventListener("submit", submit);
get("form").addEventListener("change", showKind);
get("problem").addEventListener("change", showStatement);
get("copy").addEventListener("click", copy);
get("cancel").addEventListener("click", () => act("POST", "/cancel", () => say("Cancelled.")));
get("resume").addEventListener("click", () => act("POST", "/resume", follow));
get("again").addEventListener("click", () => follow(shown.view));
get("remove").addEventListener("click", () => confirm("Remove this run and its file?") && act("DELETE", "", () => {
  location.hash = "";
  close();
  showFunnel();
  get("run-title").textContent = "The sieve";
  sieve.reset(service.samples, modelName());
  showHistory();
  say("Run removed.");
}));
addEventListener("hashchange", open);
showKind();
showFunnel();
begin();
