"""Runs over HTTP: from a request to its result, with questions, cancelling, history and restarts."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import pytest

from codegen import event_schema
from codegen.models.scripted import ScriptedModel
from codegen.runs import RunFile
from codegen.service import ServiceLimits
from tests.codegen.service.conftest import ANSWERS, Running, serving

STUB = '''def steady_readings(readings, limit):
    """Whether at most one pair of neighbours differs by more than limit.

    >>> steady_readings([1.0, 5.0], 1.0)
    True
    """
'''


def test_a_bundled_problem_is_solved(running: Running) -> None:
    view = running.me.finish(running.me.solve())
    assert view["state"] == "done"
    assert view["title"] == "Steady readings"
    assert view["funnel"] == {
        "drawn": 10, "with_program": 9, "unique": 6, "survived": 4, "clusters": 3, "submitted": 4,
    }  # fmt: skip
    result = view["result"]
    assert [each["size"] for each in result["clusters"]] == [5, 1, 1]
    assert "".join(result["submissions"][0]["tokens"][1::2]).strip() == result["submissions"][0]["program"].strip()
    assert result["report"]["funnel"] == view["funnel"]
    assert len(result["possible"]) == 4
    for contrast in result["contrasts"]:
        assert contrast["shown"].startswith("steady_readings(")
        assert len(set(contrast["outputs"])) > 1


def test_a_pasted_stub_is_solved(tmp_path: Path) -> None:
    texts = ANSWERS["steady-readings"]
    with serving(tmp_path, model=ScriptedModel(lambda prompt: texts[prompt.index % len(texts)])) as running:
        started = running.me.ask("POST", "/api/runs", {"text": STUB, "samples": 4})
        assert started.status == 201
        assert started.headers["location"] == f"/api/runs/{started.json['id']}"
        view = running.me.finish(started.json["id"])
    assert view["state"] == "done"
    assert view["funnel"]["drawn"] == 4
    assert view["result"]["submissions"]


def test_events_are_the_documented_ones_and_numbered(running: Running) -> None:
    seen = running.me.follow(running.me.solve())
    assert [number for number, _ in seen] == list(range(1, len(seen) + 1))
    events = [event for _, event in seen]
    known = json.dumps(event_schema())
    for event in events:
        assert f'"{event["event"]}"' in known or event["event"] == "state"
    states = [event["state"] for event in events if event["event"] == "state"]
    assert states == ["running", "done"]
    assert events[-2]["event"] == "done"


def test_a_stream_goes_on_behind_the_last_event_that_was_seen(running: Running) -> None:
    run_id = running.me.solve()
    whole = running.me.follow(run_id)
    assert running.me.follow(run_id, after=7) == whole[7:]
    assert running.me.follow(run_id, after=len(whole)) == [], "204, so that a browser does not come again"


def test_a_question_is_answered_by_post(running: Running) -> None:
    me, run_id = running.me, running.me.solve(ask=True)
    asked = me.follow(run_id, lambda event: event == {"event": "state", "state": "asking"})
    question = asked[-2][1]
    assert question["event"] == "question_asked"
    assert question["shown"].startswith("steady_readings(")
    assert me.ask("GET", f"/api/runs/{run_id}").json["state"] == "asking"
    wrong = me.ask("POST", f"/api/runs/{run_id}/answer", {"question": 7, "choice": 0})
    assert (wrong.status, wrong.error["name"]) == (409, "question")
    wrong = me.ask("POST", f"/api/runs/{run_id}/answer", {"question": 1, "choice": 6})
    assert (wrong.status, wrong.error["name"]) == (400, "choice")
    place = [each["output"] for each in question["outputs"]].index("True")
    assert me.ask("POST", f"/api/runs/{run_id}/answer", {"question": 1, "choice": place}).status == 200
    while (view := me.ask("GET", f"/api/runs/{run_id}").json)["state"] != "done":
        if view["state"] == "asking":
            me.ask("POST", f"/api/runs/{run_id}/answer", {"question": 2, "choice": "stop"})
        time.sleep(0.05)
    assert view["result"]["report"]["answers"][0] == {"input": question["input"], "verdict": "right", "output": "true"}
    assert len(view["result"]["possible"]) < 4


def test_a_run_is_cancelled_and_goes_on_later(tmp_path: Path) -> None:
    gate = threading.Event()
    model = ScriptedModel(ANSWERS, batch_size=1, before=lambda prompt: gate.wait(30) if prompt.index >= 3 else None)
    with serving(tmp_path, model=model) as running:
        me, run_id = running.me, running.me.solve()
        me.follow(run_id, lambda event: event["event"] == "sample_drawn" and event["drawn"] == 3)
        begun = time.monotonic()
        assert me.ask("POST", f"/api/runs/{run_id}/cancel").status == 202
        gate.set()
        view = me.finish(run_id)
        assert time.monotonic() - begun < 5
        assert view["state"] == "cancelled"
        assert me.ask("POST", f"/api/runs/{run_id}/resume").status == 202
        view = me.finish(run_id)
        assert view["state"] == "done"
        assert view["funnel"]["drawn"] == 10
        again = me.ask("POST", f"/api/runs/{run_id}/resume")
        assert (again.status, again.error["name"]) == (409, "run")


def test_history_survives_a_restart_and_an_interrupted_run_goes_on(tmp_path: Path) -> None:
    gate = threading.Event()
    model = ScriptedModel(ANSWERS, batch_size=1, before=lambda prompt: gate.wait(0.2) if prompt.index >= 3 else None)
    with serving(tmp_path) as running:
        first = running.me.solve()
        seen = running.me.follow(first)
    with serving(tmp_path, model=model) as running:
        second = running.me.solve()
        running.me.follow(second, lambda event: event["event"] == "sample_drawn" and event["drawn"] == 3)
    with serving(tmp_path, model=ScriptedModel(ANSWERS, batch_size=1)) as running:
        history = running.me.ask("GET", "/api/runs").json["runs"]
        assert {each["id"]: each["state"] for each in history} == {first: "done", second: "interrupted"}
        assert running.me.follow(first) == seen
        running.me.ask("POST", f"/api/runs/{second}/resume")
        assert running.me.finish(second)["funnel"]["drawn"] == 10
        path = next(tmp_path.glob(f"me/{first}.sqlite"))
        with RunFile.open_existing(path) as file:
            assert file.problems()[0].id == "steady-readings", "a run file like any other"


def test_a_run_is_removed_with_its_file(running: Running) -> None:
    run_id = running.me.solve()
    running.me.finish(run_id)
    assert running.me.ask("DELETE", f"/api/runs/{run_id}").status == 204
    assert running.me.ask("GET", f"/api/runs/{run_id}").status == 404
    assert not list(running.service.folder.glob(f"me/{run_id}*"))


def test_a_model_that_fails_ends_the_run_with_what_it_said(tmp_path: Path) -> None:
    with serving(tmp_path, model=ScriptedModel({"other": ("x",)})) as running:
        view = running.me.finish(running.me.solve())
    assert view["state"] == "failed"
    assert view["error"]["name"] == "ModelError"
    assert "steady-readings" in view["error"]["problem"]


def test_runs_wait_for_their_turn_and_only_so_many(tmp_path: Path) -> None:
    gate = threading.Event()
    model = ScriptedModel(ANSWERS, batch_size=1, before=lambda _: gate.wait(30))
    limits = ServiceLimits(waiting=2, at_once=1)
    with serving(tmp_path, model=model, limits=limits, clients=("me", "you")) as running:
        me, you = running.clients["me"], running.clients["you"]
        under_way = me.solve(samples=2)
        me.follow(under_way, lambda event: event["event"] == "started")
        waiting = [me.solve(samples=2), me.solve(samples=2)]
        refused = me.ask("POST", "/api/runs", {"problem": "steady-readings"})
        assert refused.status == 429
        assert refused.error["name"] == "queue"
        assert int(refused.headers["retry-after"]) > 0
        yours = you.solve(samples=2)
        assert me.ask("GET", f"/api/runs/{waiting[1]}").json["before"] == 1
        me.ask("POST", f"/api/runs/{waiting[1]}/cancel")
        assert me.finish(waiting[1])["state"] == "cancelled"
        gate.set()
        assert you.finish(yours)["state"] == "done"
        assert me.finish(waiting[0])["state"] == "done"


@pytest.mark.parametrize("status", ["/api/service", "/api/problems"])
def test_what_the_page_needs(running: Running, status: str) -> None:
    found = running.me.ask("GET", status).json
    if status == "/api/problems":
        assert "steady-readings" in {each["id"] for each in found["problems"]}
    else:
        assert found["client"] == "me"
        assert found["readiness"] == "ready"
        assert found["samples"] == 10


def test_a_run_is_cancelled_while_it_asks_and_asks_again(running: Running) -> None:
    asking = {"event": "state", "state": "asking"}
    me, run_id = running.me, running.me.solve(ask=True)
    asked = me.follow(run_id, lambda event: event == asking)
    refused = me.ask("DELETE", f"/api/runs/{run_id}")
    assert (refused.status, refused.error["name"]) == (409, "run")
    me.ask("POST", f"/api/runs/{run_id}/cancel")
    assert me.finish(run_id)["state"] == "cancelled"
    me.ask("POST", f"/api/runs/{run_id}/resume")
    again = me.follow(run_id, lambda event: event == asking, after=asked[-1][0])
    assert [event for _, event in again if event["event"] == "question_asked"] == [asked[-2][1]]
    me.ask("POST", f"/api/runs/{run_id}/answer", {"question": 1, "choice": "stop"})
    assert me.finish(run_id)["state"] == "done"


def test_a_question_that_nobody_answers_ends_the_asking(tmp_path: Path) -> None:
    with serving(tmp_path, limits=ServiceLimits(question_s=0.2)) as running:
        run_id = running.me.solve(ask=True)
        events = [event for _, event in running.me.follow(run_id)]
        assert {"event": "question_answered", "number": 1, "choice": "stop"} in events
        assert running.me.finish(run_id)["result"]["report"]["answers"] == []


def test_drawing_ends_after_the_seconds_that_were_asked_for(tmp_path: Path) -> None:
    model = ScriptedModel(ANSWERS, batch_size=1, before=lambda prompt: time.sleep(0.3 if prompt.index else 0))
    with serving(tmp_path, model=model) as running:
        view = running.me.finish(running.me.solve(samples=1000, seconds=1))
    assert view["state"] == "done"
    assert 1 <= view["funnel"]["drawn"] < 100
