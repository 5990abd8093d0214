"""Whether the sampling loop draws what the model says: against transformers itself, with the embedded model.

python -m benchmarks.exactness [--json]

Greedy texts of 50 prompts beside those of `generate` (float32); frequencies of first tokens beside the model's
distribution after transformers' own warpers (chi-square, float32); samples drawn in company, in another order and alone
(the machine's own precision). Ends within ten minutes.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import click
from tqdm import tqdm

from benchmarks.suites import entries
from codegen.cli.entry import invoke
from codegen.models.base import Completion, SamplingParams
from codegen.models.convert import converted
from codegen.models.fetch import pull
from codegen.models.loading import DEFAULT_MODEL
from codegen.models.local import TransformersModel
from codegen.models.placement import Precision
from codegen.prompts import Prompt, Variation

PROMPTS, GREEDY_TOKENS = 50, 24
TOGETHER = 10
"""Prompts in a batch of transformers': alone, a token costs it a reading of all weights."""
DRAWS = 6_000
OPEN = "def "
"""Many tokens can follow it, none of them likely."""
WARPED: dict[str, tuple[float, SamplingParams]] = {
    "temperature 1": (1.0, SamplingParams(max_tokens=1, top_p=1.0, top_k=0)),
    "temperature 0.8, top-k 64, top-p 0.95": (0.8, SamplingParams(max_tokens=1)),
    "temperature 1.3, min-p 0.05": (1.3, SamplingParams(max_tokens=1, top_p=1.0, top_k=0, min_p=0.05)),
    "temperature 1, top-p 0.7": (1.0, SamplingParams(max_tokens=1, top_p=0.7, top_k=0)),
}


def asked(index: int, text: str, *, temperature: float, seed: int = 0) -> Prompt:
    """A text to be continued, and nothing else."""
    return Prompt(
        problem_id="exactness", index=index, seed=seed, variation=Variation(temperature=temperature),
        system="", user="", prefill="", plain=text,
    )  # fmt: skip


def drawn(model: TransformersModel, prompts: Sequence[Prompt], params: SamplingParams, what: str) -> list[Completion]:
    """In the order of the prompts."""
    finished = model.generate(prompts, params)
    bar = tqdm(finished, desc=what, total=len(prompts), file=sys.stderr, disable=None, leave=False)
    return sorted(bar, key=lambda completion: completion.index)


def chi_square(counts: Counter[str], shares: dict[str, float]) -> tuple[float, float]:
    """Statistic and upper-tail probability; answers that are expected fewer than five times are one.

    The tail is that of Wilson and Hilferty's cube root (1931).
    """
    total = sum(counts.values())
    expected = {text: share * total for text, share in shares.items()}
    common = [text for text, number in expected.items() if number >= 5]
    cells = [(counts[text], expected[text]) for text in common]
    rest = total - sum(number for _, number in cells)
    if rest >= 5:
        cells.append((total - sum(count for count, _ in cells), rest))
    statistic = sum((count - number) ** 2 / number for count, number in cells)
    freedom = len(cells) - 1
    if freedom < 1:
        return statistic, 1.0
    z = ((statistic / freedom) ** (1 / 3) - 1 + 2 / (9 * freedom)) / math.sqrt(2 / (9 * freedom))
    return statistic, 0.5 * math.erfc(z / math.sqrt(2))


class _Reference:
    """The same weights in transformers' hands."""

    def __init__(self, dtype: str) -> None:
        import torch
        import transformers

        folder = str(converted(pull(DEFAULT_MODEL), note=lambda _: None))
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        model: Any = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, dtype))
        self.model = model.eval()

    def greedy(self, texts: Sequence[str], tokens: int) -> list[str]:
        """Answers to texts of about the same length: shorter ones are padded on the left."""
        inputs = self.tokenizer(list(texts), return_tensors="pt", padding=True, padding_side="left")
        output = self.model.generate(**inputs, do_sample=False, max_new_tokens=tokens)
        special = set(self.tokenizer.all_special_ids)
        found = []
        for answer in output[:, inputs.input_ids.shape[1] :].tolist():
            end = next((place for place, token in enumerate(answer) if token in special), len(answer))
            found.append(str(self.tokenizer.decode(answer[:end])))
        return found

    def shares(self, text: str, temperature: float, params: SamplingParams) -> dict[str, float]:
        """Text of a first token -> its share after transformers' warpers."""
        import torch
        from transformers import (
            MinPLogitsWarper,
            TemperatureLogitsWarper,
            TopKLogitsWarper,
            TopPLogitsWarper,
        )

        inputs = self.tokenizer(text, return_tensors="pt")
        with torch.no_grad():
            scores = self.model(**inputs).logits[:, -1].float()
        warpers: list[Any] = [TemperatureLogitsWarper(temperature)]
        if params.top_k:
            warpers.append(TopKLogitsWarper(params.top_k))
        if params.top_p < 1:
            warpers.append(TopPLogitsWarper(params.top_p))
        if params.min_p:
            warpers.append(MinPLogitsWarper(params.min_p))
        for warper in warpers:
            scores = warper(inputs.input_ids, scores)
        chances = torch.softmax(scores[0], 0)
        special = set(self.tokenizer.all_special_ids)
        found: dict[str, float] = {}
        for token in chances.nonzero().flatten().tolist():
            shown = "" if token in special else str(self.tokenizer.decode([token]))
            found[shown] = found.get(shown, 0.0) + float(chances[token])
        return found


def _model(dtype: Precision) -> TransformersModel:
    return TransformersModel(lambda: pull(DEFAULT_MODEL), dtype=dtype, form="plain", note=lambda _: None)


def measure() -> dict[str, object]:
    """All three figures."""
    texts = [str(entry.problem.statement) for entry in entries("humaneval", limit=PROMPTS)]
    reference, model = _Reference("float32"), _model("float32")
    texts.sort(key=len)
    greedy = [asked(index, text, temperature=0.0) for index, text in enumerate(texts)]
    ours = [c.text for c in drawn(model, greedy, SamplingParams(max_tokens=GREEDY_TOKENS), "greedy")]
    theirs: list[str] = []
    for begin in tqdm(range(0, PROMPTS, TOGETHER), desc="greedy by transformers", file=sys.stderr, disable=None):
        theirs += reference.greedy(texts[begin : begin + TOGETHER], GREEDY_TOKENS)
    equal = sum(one == other for one, other in zip(ours, theirs, strict=True))

    tests: dict[str, object] = {}
    for name, (temperature, params) in WARPED.items():
        prompts = [asked(i, OPEN, temperature=temperature, seed=i * 7919 + 1) for i in range(DRAWS)]
        counts = Counter(completion.text for completion in drawn(model, prompts, params, name))
        shares = reference.shares(OPEN, temperature, params)
        statistic, p = chi_square(counts, shares)
        impossible = sum(count for text, count in counts.items() if text not in shares)
        tests[name] = {"tokens": len(shares), "statistic": statistic, "p": p, "impossible": impossible}
    model.close()
    del reference
    return {
        "greedy_equal": equal,
        "greedy_prompts": len(texts),
        "first_tokens": tests,
        "draws": DRAWS,
        **_company(texts[::7]),
    }


def _company(texts: Sequence[str]) -> dict[str, object]:
    """Samples drawn together, in another order and alone, that are the same."""
    model = _model("auto")
    params = SamplingParams(max_tokens=GREEDY_TOKENS)
    prompts = [asked(i, texts[i % len(texts)], temperature=0.8, seed=i + 1) for i in range(5 * len(texts))]
    together = {c.index: c for c in drawn(model, prompts, params, "together")}
    order = list(reversed(range(len(prompts))))
    turned = {order[c.index]: c for c in drawn(model, [prompts[i] for i in order], params, "in another order")}
    some = range(0, len(prompts), 5)
    alone = {index: drawn(model, [prompts[index]], params, "alone")[0] for index in some}
    same = [(together[i].text, together[i].logprob) for i in range(len(prompts))]
    return {
        "samples": len(prompts),
        "same_in_another_order": sum(same[i] == (turned[i].text, turned[i].logprob) for i in range(len(prompts))),
        "alone": len(some),
        "same_alone": sum(same[i] == (alone[i].text, alone[i].logprob) for i in some),
        "dtype": model.dtype,
    }


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def exactness(as_json: bool) -> None:
    """Whether samples are what the model says, whatever else is in the batch."""
    found = measure()
    if as_json:
        click.echo(json.dumps(found))
        return
    for name, value in found.items():
        lines = [f"{key}: {each}" for key, each in value.items()] if isinstance(value, dict) else [str(value)]
        click.echo(f"{name}: " + "\n    ".join(["", *lines] if len(lines) > 1 else lines))


if __name__ == "__main__":
    sys.exit(invoke(exactness))
