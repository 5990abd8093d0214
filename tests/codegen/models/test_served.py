"""A server that works, one that fails in every way, and what is said when nothing helps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from codegen.errors import ModelError, UsageError
from codegen.models.base import Completion, Model, SamplingParams
from codegen.models.loading import load_model
from codegen.models.patience import Patience
from codegen.models.served import ServedModel
from codegen.prompts import Variation
from tests.codegen.models.conformance import PARAMS, Conformance, draw, prompt
from tests.codegen.models.servers import FAULTS, PATIENCE_S, Server, serving

QUICK = Patience(
    connect_s=2, silence_s=PATIENCE_S, request_s=4 * PATIENCE_S, attempts=4, first_pause_s=0.01, longest_pause_s=0.02
)
HOT = Variation(temperature=0.8)
VARIED = [prompt(i, variation=Variation(temperature=0.8 + i % 2 / 10)) for i in range(6)]


def made(server: Server, **settings: object) -> ServedModel:
    values: dict[str, object] = {"model": "toy", "patience": QUICK, "note": lambda _: None}
    return ServedModel(server.address, **(values | settings))  # type: ignore[arg-type]


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


class TestConformanceOfChat(Conformance):
    @pytest.fixture
    def model(self, server: Server) -> Model:
        return made(server)


class TestConformanceOfCompletions(Conformance):
    @pytest.fixture
    def model(self, server: Server) -> Model:
        return made(server, endpoint="completions")


class TestConformanceWhereTheServerKnowsNothing(Conformance):
    @pytest.fixture
    def model(self) -> Iterator[Model]:
        unknown = frozenset({"n", "seed", "top_k", "top_p", "logprobs", "stream", "stream_options"})
        with serving(unknown=unknown) as server:
            yield made(server)


@pytest.mark.parametrize(
    ("fault", "endpoint"), [(f, "chat") for f in FAULTS] + [(f, "completions") for f in ("break", "whole", "endless")]
)
def test_a_fault_costs_no_sample(server: Server, fault: str, endpoint: str) -> None:
    expected = {c.index: c.text for c in draw(made(server, endpoint=endpoint), VARIED)}
    server.faults = [fault] * 2
    begun = time.monotonic()
    found = draw(made(server, endpoint=endpoint), VARIED)
    assert time.monotonic() - begun < 60
    assert [c.index for c in found] == list(range(6))
    assert all(c.text for c in found)
    if fault not in {
        "one choice",
        "no choices",
        "half",
        "endless",
        "null",
    }:  # these ask for fewer at a time, or cut one off
        assert {c.index: c.text for c in found} == expected


@pytest.mark.parametrize("fault", [f for f in FAULTS if f not in {"too many", "endless", "one choice", "429", "half"}])
def test_a_server_that_never_works_is_given_up(server: Server, fault: str) -> None:
    server.always = fault
    with pytest.raises(ModelError, match=rf"{server.address} failed 2 times in a row when asked for toy/add; at last"):
        draw(made(server, patience=Patience(**_fields(QUICK) | {"attempts": 2})), [prompt()])  # type: ignore[arg-type]


def test_what_was_finished_before_a_failure_stands(server: Server) -> None:
    server.faults, server.always = ["", ""], "500"
    got: list[Completion] = []
    with pytest.raises(ModelError, match="500: ouch"):
        got.extend(made(server, parallel=1).generate(VARIED + [prompt(9, user="Other.")], PARAMS))  # noqa: RUF005
    stream = made(server, parallel=1).generate(VARIED, PARAMS)
    server.faults = [""]
    assert len([next(stream) for _ in range(3)]) == 3


def test_half_an_answer_is_kept_and_the_rest_asked_for_again(server: Server) -> None:
    server.faults = ["half"]
    found = draw(made(server), [prompt(i, variation=HOT) for i in range(3)])
    assert [body.get("n", 1) for body in server.bodies] == [3, 2]
    assert found[0].text == " ".join(found[0].text.split()[:5])


def test_equal_prompts_are_one_request_and_others_run_beside_it(server: Server) -> None:
    draw(made(server), VARIED)
    assert sorted(body["n"] for body in server.bodies) == [3, 3]


def test_where_n_is_unknown_each_sample_is_a_request() -> None:
    with serving(unknown=frozenset({"n"})) as server:
        model = made(server)
        first, second = draw(model, VARIED), draw(model, VARIED)
        assert first == second
        assert len({c.text for c in first}) == 6
        assert sum("n" not in body for body in server.bodies) == 12
        assert sum("n" in body for body in server.bodies) <= 2


def test_a_wait_that_is_asked_for_is_kept_by_all(server: Server) -> None:
    server.faults = ["429"]
    model = made(server, parallel=1)
    draw(model, VARIED)
    assert server.times[1] - server.times[0] >= 0.2
    assert (model.usage.requests, model.usage.failures) == (3, 1)


def test_a_wait_without_end_is_an_error(server: Server) -> None:
    server.always = "429 for an hour"
    with pytest.raises(ModelError, match=r"wants to be left alone for 3,600 s \(429: quota\)"):
        draw(made(server), VARIED)


def test_what_was_used_is_counted_and_told(server: Server) -> None:
    notes: list[str] = []
    model = made(server, note=notes.append)
    found = draw(model, VARIED, SamplingParams(max_tokens=5))
    assert [(c.token_count, c.finish_reason) for c in found] == [(5, "length")] * 6
    assert (model.usage.prompt_tokens, model.usage.completion_tokens) == (14, 30)
    model.close()
    assert notes[-1].endswith("2 requests (0 failed), 14 prompt tokens, 30 completion tokens")


def test_settings_and_seeds_are_sent(server: Server) -> None:
    draw(made(server), [prompt(3, variation=Variation(temperature=0.7))], SamplingParams(top_p=0.9, top_k=5))
    (body,) = server.bodies
    assert {name: body[name] for name in ("model", "temperature", "top_p", "top_k", "seed", "max_tokens")} == {
        "model": "toy", "temperature": 0.7, "top_p": 0.9, "top_k": 5, "seed": 1003, "max_tokens": 512,
    }  # fmt: skip
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


def test_stop_texts_beyond_what_a_server_takes_are_looked_for_here(server: Server) -> None:
    stops = ("never", "nor", "this", "either")
    (whole,) = draw(made(server, endpoint="completions"), [prompt()])
    third = whole.text.split()[2]
    (cut,) = draw(made(server, endpoint="completions"), [prompt(plain_stop=(*stops, third))])
    assert (cut.text, cut.finish_reason) == (whole.text[: whole.text.index(third)], "stop")
    assert server.bodies[-1]["stop"] == list(stops)


def test_keys_come_from_the_environment_and_stay_out_of_messages(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    server.faults = ["", "key"]
    notes: list[str] = []
    model = made(server, note=notes.append)
    draw(model, [prompt()])
    assert server.keys == ["Bearer sk-secret"]
    caplog.set_level(0)
    with pytest.raises(ModelError, match=r"wrong key Bearer \[key\].*CODESIEVE_API_KEY") as caught:
        draw(model, [prompt()])
    said = f"{caught.value} {notes} {caplog.text} {vars(model)}"
    assert "sk-secret" not in said


def test_a_key_is_not_sent_in_the_open_unless_it_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    from codegen.models.served import _key

    monkeypatch.setenv("OPENAI_API_KEY", "common")
    monkeypatch.delenv("CODESIEVE_API_KEY", raising=False)
    assert [_key(f"{at}/v1") for at in ("https://a.example", "http://localhost:8", "http://a.example")] == [
        "common", "common", "",
    ]  # fmt: skip
    monkeypatch.setenv("CODESIEVE_API_KEY", "own")
    assert _key("http://a.example/v1") == "own"


def test_a_key_that_is_none_is_refused_without_repeating_it(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODESIEVE_API_KEY", "sk-sécret")
    with pytest.raises(UsageError, match="CODESIEVE_API_KEY holds characters") as caught:
        draw(made(server), [prompt()])
    assert "cret" not in str(caught.value)


def test_a_proxy_that_cannot_be_used_is_a_model_error(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "nonsense://127.0.0.1:1")
    with pytest.raises(ModelError, match="no connection to"):
        draw(made(server), [prompt()])


def test_nobody_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r"http://127\.0\.0\.1:9/v1 failed 4 times in a row when asked for its models"):
        ServedModel("http://127.0.0.1:9/v1", patience=QUICK, note=lambda _: None).load()


def test_the_one_model_of_a_server_needs_no_name(server: Server) -> None:
    draw(made(server, model=""), [prompt()])
    assert server.bodies[0]["model"] == "toy"


def test_a_prompt_that_is_too_long_is_refused_with_both_lengths(server: Server) -> None:
    server.always = "context"
    with pytest.raises(UsageError, match="prompt of problem toy/add is 70,001 tokens long; toy takes 4,096"):
        draw(made(server), VARIED)


def test_cancelling_does_not_wait_for_a_server_that_is_silent(server: Server) -> None:
    server.always = "silence"
    slow = made(server, patience=Patience(silence_s=60, request_s=60))
    begun = time.monotonic()
    assert list(slow.generate(VARIED, PARAMS, cancelled=lambda: time.monotonic() - begun > 0.3)) == []
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("spec", "asked"),
    [
        ("openai:{0}#toy", "toy"),
        ("openai:{0}", "toy"),
        ("openai-completions:{0}#toy", "toy"),
        ("openai:other", "other"),
    ],
)
def test_names(server: Server, spec: str, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.address)
    model = load_model(spec.format(server.address), batch_size=3)
    draw(model, [prompt()])
    assert (model.name, model.batch_size) == (spec.format(server.address), 3)
    assert server.bodies[0]["model"] == asked
    assert ("prompt" in server.bodies[0]) == spec.startswith("openai-completions")


@pytest.mark.parametrize("spec", ["openai:http://me:secret@host/v1#m", "openai:https://host/v1?key=secret#m"])
def test_an_address_with_a_secret_is_refused_without_repeating_it(spec: str) -> None:
    with pytest.raises(UsageError, match="CODESIEVE_API_KEY") as caught:
        load_model(spec)
    assert "secret" not in str(caught.value)


def test_an_answer_in_a_chat_is_a_program(server: Server, tmp_path: Path) -> None:
    from codegen.extraction import extract
    from codegen.prompts import make_prompt
    from problems.problem import Call, Problem

    problem = Problem(id="p", statement="Add.", interface=Call(entry_point="add", starter_code="def add(a, b):\n"))
    asked = make_prompt(problem, 0, 0)
    text = "Sure:\n```python\ndef add(a, b):\n    return a + b\n```\nDone."
    done = Completion(index=0, text=text, form="answer", finish_reason="stop")
    assert extract(done, asked, problem).program == "def add(a, b):\n    return a + b\n"


def _fields(patience: Patience) -> dict[str, float]:
    return {name: getattr(patience, name) for name in Patience.__slots__}  # type: ignore[attr-defined]
