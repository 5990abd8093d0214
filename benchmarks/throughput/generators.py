"""Ways to draw n samples of one prompt, each in a process of its own: codesieve (in int8 as well), transformers twice,
llama.cpp.

python -m benchmarks.throughput.generators NAME: reads a line {"n", "seed"}, draws, answers {"seconds", "tokens",
"memory_bytes"}; until its input ends. All draw from the same weights with the same settings, and go on for `TOKENS` new
tokens each. llama.cpp reads the quantized file as it is, the others the bfloat16 copy of it.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from codegen.models.loading import DEFAULT_MODEL

TOKENS = 48
WIDEST = 64
TEMPERATURE, TOP_P, TOP_K = 0.8, 0.95, 64

TEXT = '''"""A library of number theory in plain Python, one long module, documented and tested.

The module holds, in this order: greatest common divisors and the extended algorithm of Euclid, modular inverses, the
Chinese remainder theorem, sieves (Eratosthenes, linear, segmented), tests of primality (trial division, Fermat,
Miller and Rabin), factorization (trial division, rho), the functions of Euler, Moebius and Carmichael, primitive
roots, discrete logarithms by baby and giant steps, quadratic residues with the symbols of Legendre and Jacobi, square
roots modulo a prime after Tonelli and Shanks, continued fractions, and the equation of Pell.
"""

from __future__ import annotations


'''

Draw = Callable[[int, int], int]
"""Number of samples and seed -> new tokens."""


def _codesieve(precision: str | None = None) -> Draw:
    from codegen.models.base import SamplingParams
    from codegen.models.fetch import pull
    from codegen.models.local import TransformersModel
    from codegen.prompts import Prompt, Variation

    dtype: Any = precision or os.environ.get("GENERATION_DTYPE", "bfloat16")
    model = TransformersModel(lambda: pull(DEFAULT_MODEL), dtype=dtype, batch_size=WIDEST, form="plain")
    model.load()
    params = SamplingParams(max_tokens=TOKENS, top_p=TOP_P, top_k=TOP_K)

    def draw(n: int, seed: int) -> int:
        prompts = [
            Prompt(
                problem_id="text", index=index, seed=seed * 1000 + index, variation=Variation(temperature=TEMPERATURE),
                system="", user="", prefill="", plain=TEXT,
            )
            for index in range(n)
        ]  # fmt: skip
        return sum(completion.token_count for completion in model.generate(prompts, params))

    return draw


def _weights(**settings: Any) -> tuple[Any, Any, dict[str, Any]]:
    import torch
    import transformers

    from codegen.models.convert import converted
    from codegen.models.fetch import pull

    folder = str(converted(pull(DEFAULT_MODEL), note=lambda _: None))
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model: Any = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16, **settings)
    sampling = {
        "do_sample": True, "temperature": TEMPERATURE, "top_p": TOP_P, "top_k": TOP_K, "max_new_tokens": TOKENS,
        "pad_token_id": tokenizer.pad_token_id,
    }  # fmt: skip
    return tokenizer, model.eval(), sampling


def _generate() -> Draw:
    import transformers

    tokenizer, model, sampling = _weights()
    inputs = tokenizer(TEXT, return_tensors="pt")

    def draw(n: int, seed: int) -> int:
        transformers.set_seed(seed)
        found = model.generate(**inputs, **sampling, min_new_tokens=TOKENS, num_return_sequences=n)
        return int(found[:, inputs.input_ids.shape[1] :].numel())

    return draw


def _generate_batch() -> Draw:
    import transformers

    tokenizer, model, sampling = _weights(attn_implementation="sdpa")
    tokens = tokenizer(TEXT).input_ids
    # Its own choice of sizes is for a GPU's memory: on a CPU it takes all there is, and minutes to clear it.
    sizes = transformers.ContinuousBatchingConfig(page_size=64, num_blocks=8 * WIDEST, max_batch_tokens=512)

    def draw(n: int, seed: int) -> int:
        transformers.set_seed(seed)
        # No token ends an answer: this way of generating has no least length.
        config = transformers.GenerationConfig(  # type: ignore[no-untyped-call]
            **sampling, eos_token_id=-1, num_return_sequences=n
        )
        found = model.generate_batch(
            inputs=[tokens], generation_config=config, continuous_batching_config=sizes, progress_bar=False
        )
        return sum(len(each.generated_tokens) for each in found.values())

    return draw


def _xllamacpp() -> Draw:
    import urllib.request

    import xllamacpp  # type: ignore[import-untyped]

    from codegen.models.fetch import pull

    params = xllamacpp.CommonParams()
    params.model.path = str(pull(DEFAULT_MODEL))
    params.port, params.n_parallel, params.n_ctx = 0, WIDEST, 512 * WIDEST
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = len(os.sched_getaffinity(0))
    params.n_batch = params.n_ubatch = 512
    # No prompt is remembered from one draw to the next, as with the others; within a draw it is read once.
    params.cache_prompt = False
    params.verbosity = -1
    server = xllamacpp.Server(params)

    def draw(n: int, seed: int) -> int:
        asked = {
            "prompt": TEXT, "n": n, "seed": seed, "max_tokens": TOKENS, "temperature": TEMPERATURE, "top_p": TOP_P,
            "top_k": TOP_K, "min_p": 0.0, "ignore_eos": True, "cache_prompt": False,
        }  # fmt: skip
        request = urllib.request.Request(  # noqa: S310 (this process's own server)
            f"{server.listening_address}/v1/completions",
            json.dumps(asked).encode(),
            {"content-type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            found = json.load(answer)
        assert len(found["choices"]) == n
        return n * TOKENS

    return draw


GENERATORS: dict[str, Callable[[], Draw]] = {
    "codesieve": _codesieve,
    "xllamacpp": _xllamacpp,
    "generate": _generate,
    "generate_batch": _generate_batch,
    "int8": partial(_codesieve, "int8"),
}


def main(name: str) -> None:
    # What libraries print must not get between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    draw = GENERATORS[name]()
    draw(2, 0)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        began = time.perf_counter()
        tokens = draw(asked["n"], asked["seed"])
        seconds = time.perf_counter() - began
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": seconds, "tokens": tokens, "memory_bytes": memory}), file=answers, flush=True)
    answers.flush()
    # Some of them hold threads that never end.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
