"use strict";
// What a run ended with: its best program, its largest clusters side by side, its submissions.
// Everything that comes from the service is put in as text, never as markup.

function make(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null && child !== ""));
  return node;
}

function code(node, tokens) {
  node.replaceChildren();
  for (let i = 0; i < tokens.length; i += 2) {
    node.append(tokens[i] ? make("span", { className: tokens[i] }, tokens[i + 1]) : tokens[i + 1]);
  }
  return node;
}

const percent = (share) => `${Math.round(100 * share)}%`;
const many = (count, one, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;

async function showResult(run) {
  const view = await guarded(() => call("GET", `/api/runs/${run.id}`), "run-error");
  if (!view?.result || shown !== run) return;
  const { report, clusters, contrasts, submissions, possible } = view.result;
  settle(run, clusters, new Set(possible), report.answers.length > 0);
  get("result").hidden = submissions.length === 0;
  if (!submissions.length) {
    get("run-error").textContent = `None of ${many(report.funnel.drawn, "sample")} passed. Draw more, or look at the examples: ${Object.entries(report.verdicts).map(([verdict, count]) => `${verdict} ${count}`).join(", ")}.`;
    say("Done: no program passed.");
    return;
  }
  const best = submissions[0];
  const sure = best.confidence === null ? "" : `, ${percent(best.confidence)} sure`;
  const nearest = report.filtering && !report.funnel.survived;
  get("best-note").className = nearest ? "error" : "note";
  get("best-note").textContent = nearest
    ? `No program passed all examples. This one comes nearest (${best.public_verdict}); perhaps an example is wrong.`
    : `Its behaviour is shared by ${best.cluster_size} of ${many(report.funnel.drawn, "sample")}${sure}.`;
  code(get("best"), best.tokens);
  run.best = best.program;
  compare(clusters, contrasts, report);
  get("submissions").replaceChildren(...submissions.map(submission));
  if (nearest) say("Done: no program passed all examples; the nearest are shown.");
  else say(`Done: ${many(report.funnel.survived, "program")} of ${report.funnel.unique} passed, with ${many(report.funnel.clusters, "behaviour")}.`);
}

// The jars in the order of the clusters; what answers have ruled out behind them, and pale.
function settle(run, clusters, possible, asked) {
  const sizes = new Map();
  for (const [program, behaviour] of run.behaviours) {
    const weight = possible.has(program) ? 1e6 : 1;
    sizes.set(behaviour, (sizes.get(behaviour) ?? 0) + weight * (run.programs.get(program) ?? 0));
  }
  const first = clusters.map((cluster) => run.behaviours.get(cluster.key));
  const rest = [...sizes.keys()].filter((behaviour) => !first.includes(behaviour)).sort((a, b) => sizes.get(b) - sizes.get(a));
  sieve.finished([...first, ...rest]);
  if (asked) sieve.only(possible);
}

function compare(clusters, contrasts, report) {
  get("compare").hidden = clusters.length === 0;
  const more = report.funnel.clusters - clusters.length;
  get("compare-note").textContent = clusters.length < 2
    ? "All that passed behave the same on every input that was tried."
    : contrasts.length
      ? `The smallest inputs found on which the largest clusters differ${more > 0 ? `; ${many(more, "smaller cluster")} not shown` : ""}.`
      : "No input is known on which these differ in what they give.";
  get("contrasts").hidden = !contrasts.length;
  get("contrasts").replaceChildren();
  if (contrasts.length) get("contrasts").append(table(clusters, contrasts));
  get("clusters").className = `clusters n${clusters.length}`;
  get("clusters").replaceChildren(...clusters.map((cluster, i) => card(cluster, i)));
}

function heading(i) {
  return [make("span", { className: `dot c${i + 1}`, ariaHidden: "true" }), `Cluster ${i + 1}`];
}

function table(clusters, contrasts) {
  const head = make("tr", {}, make("th", { scope: "col" }, "On the input"), ...clusters.map((_, i) => make("th", { scope: "col" }, ...heading(i))));
  const rows = contrasts.map((each) => make("tr", {}, make("th", { scope: "row" }, each.shown), ...each.outputs.map((output) =>
    make("td", { className: output !== null && output !== each.outputs[0] ? "differs" : "" }, output ?? "–"))));
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
}

function card(cluster, i) {
  const sure = cluster.confidence === null ? "" : `, ${percent(cluster.confidence)} sure`;
  const text = code(make("pre", { className: "code", tabIndex: 0 }), cluster.tokens);
  text.setAttribute("role", "region");
  text.setAttribute("aria-label", `A program of cluster ${i + 1}`);
  return make("article", {}, make("h4", {}, ...heading(i)),
    make("p", { className: "note" }, `${many(cluster.size, "sample")}, ${many(cluster.programs, "program")}, ${percent(cluster.share)} of what passed${sure}`), text);
}

function submission(each) {
  const text = code(make("pre", { className: "code", tabIndex: 0 }), each.tokens);
  text.setAttribute("role", "region");
  text.setAttribute("aria-label", `Submission ${each.rank}`);
  const sure = each.confidence === null ? "" : `, ${percent(each.confidence)} sure`;
  return make("details", {}, make("summary", {}, `${each.rank}: ${each.language}, cluster of ${each.cluster_size}${each.public_verdict && each.public_verdict !== "AC" ? `, ${each.public_verdict}` : sure}`), text);
}
