"""Model and sandbox on the nodes of a Ray cluster. The only module that imports ray.

One actor a node does tasks in a sandbox of that node; one actor a GPU, or a node where there is none, holds the model.
The driver alone writes the run file. What a node was doing when it died is done again on another one: a result counts
when the driver has it, so nothing is lost and nothing counts twice.
"""

from __future__ import annotations

import logging
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codegen.errors import ExecutorError, ModelError
from codegen.models.base import Completion, Model, SamplingParams
from codegen.models.placement import Precision
from codegen.prompts import Prompt
from codegen.tasks import Cancelled, Performed, SandboxRunner, Task
from sandbox.errors import SandboxClosedError, SandboxError

_TICK_S = 0.25
_FAREWELL_S = 10.0
_REMEDY = (
    "start a cluster with `ray start --head` on one node and `ray start --address=HOST:6379` on each other one, "
    "and set RAY_ADDRESS=HOST:6379"
)


class RayExecutor:
    """Joins the cluster that RAY_ADDRESS names, or the one that runs on this machine.

    Raises:
        ExecutorError: Ray is not installed, or there is no cluster.
    """

    def __init__(self, *, dtype: Precision = "auto") -> None:
        self._dtype: Precision = dtype
        address = _current_address()
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        host, _, port = address.rpartition(":")
        if host and port.isdecimal() and "//" not in host:
            _check_answers(host, int(port))
        try:
            import ray
        except ImportError as error:
            raise ExecutorError("--executor ray needs Ray: pip install 'codesieve[ray]'") from error
        self._joined = not ray.is_initialized()
        if not self._joined:
            return  # the caller joined a cluster, and leaves it
        try:
            ray.init(
                address=address or "auto",
                namespace=f"codesieve-{os.getpid()}-{time.time_ns()}",
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise ExecutorError(f"no Ray cluster answers: {error}; {_REMEDY}") from error

    def model(self, name: str) -> Model:
        nodes = _nodes()
        gpus = [(node, 1) for node in nodes for _ in range(node.gpus)]
        places = [_Place(node, slots=1, gpus=gpu) for node, gpu in gpus or [(n, 0) for n in nodes]]
        return RayModel(name, places, dtype=self._dtype)

    def runner(self, sandbox: str) -> RayRunner:
        return RayRunner(sandbox, [_Place(node, slots=max(2, node.cpus)) for node in _nodes()])

    def close(self) -> None:
        import ray

        if self._joined:
            ray.shutdown()


def _current_address() -> str:
    """HOST:PORT of the cluster to join; "" where ray itself is to look for it."""
    address = os.environ.get("RAY_ADDRESS", "auto")
    if address != "auto":
        return address
    current = Path(os.environ.get("RAY_TMPDIR") or tempfile.gettempdir(), "ray", "ray_current_cluster")
    return current.read_text(encoding="utf-8").strip() if current.is_file() else ""


def _check_answers(host: str, port: int) -> None:
    """Ray itself would try for minutes.

    Where a cluster listens on the loopback alone, ray is kept from putting this machine's outer address in its place.
    """
    if not _answers(host, port):
        raise ExecutorError(f"no Ray cluster answers at {host}:{port}; {_REMEDY}")
    if host in ("127.0.0.1", "localhost") and not _answers(_outer_address(), port):
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=3.0).close()
    except OSError:
        return False
    return True


def _outer_address() -> str:
    """Of the interface that leads out of this machine; the loopback's where there is none."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("198.51.100.1", 9))  # sends nothing
        return str(probe.getsockname()[0])
    return "127.0.0.1"


@dataclass(frozen=True, slots=True)
class _Node:
    id: str
    cpus: int
    gpus: int


def _alive() -> list[dict[str, Any]]:
    import ray

    return [each for each in ray.nodes() if each["Alive"]]  # type: ignore[no-untyped-call]


def _nodes() -> list[_Node]:
    """Those that are alive and have processors for us."""
    found = [
        _Node(each["NodeID"], int(each["Resources"].get("CPU", 0)), int(each["Resources"].get("GPU", 0)))
        for each in _alive()
    ]
    usable = sorted((node for node in found if node.cpus), key=lambda node: node.id)
    if not usable:
        raise ExecutorError(f"no node of the Ray cluster offers processors ({len(found)} alive); {_REMEDY}")
    return usable


@dataclass(slots=True, eq=False)
class _Place:
    """Where an actor lives, how many calls it takes at once, and how many are under way."""

    node: _Node
    slots: int
    gpus: int = 0
    actor: Any = None
    busy: int = 0


@dataclass(slots=True)
class _Actors:
    """Actors of one kind, one a place, made when first needed and made anew when they die and their node lives."""

    worker: type
    arguments: tuple[Any, ...]
    places: list[_Place]
    changed: threading.Condition = field(default_factory=threading.Condition)
    closed: bool = False

    def call(self, method: str, *arguments: Any, cancelled: Cancelled) -> Any:
        """Call a method of any actor with room and wait for what it returns; again elsewhere if the actor dies.

        Raises:
            Stopped: `cancelled`, or the actors were closed.
            ExecutorError: No node is left.
        """
        import ray
        from ray.exceptions import ActorUnschedulableError, RayActorError

        while True:
            place = self._take(cancelled)
            actor = place.actor
            try:
                reference = getattr(actor, method).remote(*arguments)
                while not ray.wait([reference], timeout=_TICK_S)[0]:
                    if cancelled() or self.closed:
                        raise Stopped
                return ray.get(reference)
            except (RayActorError, ActorUnschedulableError):
                if self.closed:
                    raise Stopped from None
                self._bury(place, actor)
            finally:
                with self.changed:
                    place.busy -= 1
                    self.changed.notify_all()

    def close(self) -> None:
        """Let the actors end what they started, then end them."""
        import ray

        with self.changed:
            self.closed = True
            self.changed.notify_all()
            actors = [place.actor for place in self.places if place.actor is not None]
            self.places = []
        farewells = [actor.close.remote() for actor in actors]
        if farewells:
            with suppress(Exception):  # an actor that died has nothing to say
                ray.wait(farewells, num_returns=len(farewells), timeout=_FAREWELL_S)
        for actor in actors:
            with suppress(Exception):
                ray.kill(actor)

    def _take(self, cancelled: Cancelled) -> _Place:
        with self.changed:
            while True:
                if self.closed or cancelled():
                    raise Stopped
                if not self.places:
                    raise ExecutorError(
                        f"no node of the Ray cluster is left; {_REMEDY}, then start the same command again"
                    )
                place = min(self.places, key=lambda each: each.busy / each.slots)
                if place.busy < place.slots:
                    if place.actor is None:
                        place.actor = self._make(place)
                    place.busy += 1
                    return place
                self.changed.wait(_TICK_S)

    def _make(self, place: _Place) -> Any:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        options: dict[str, Any] = {
            "num_cpus": 0,  # the node's processors are ours by right: tasks count slots themselves
            "num_gpus": place.gpus,
            "max_concurrency": place.slots + 1,
            "scheduling_strategy": NodeAffinitySchedulingStrategy(place.node.id, soft=False),
        }
        return ray.remote(self.worker).options(**options).remote(*self.arguments, place.slots)

    def _bury(self, place: _Place, actor: Any) -> None:
        """An actor died: it is made anew when its node is still there, which the cluster may take a moment to know."""
        time.sleep(1.0)
        alive = {each["NodeID"] for each in _alive()}
        with self.changed:
            if place.actor is actor:
                place.actor = None
            if place.node.id not in alive and place in self.places:
                self.places.remove(place)
            self.changed.notify_all()


class Stopped(Exception):  # noqa: N818 (nothing went wrong)
    """The caller wants no answer any more."""


class RayRunner:
    """Tasks in the sandboxes of all nodes."""

    def __init__(self, sandbox: str, places: list[_Place]) -> None:
        self._name: str = f"{sandbox} on {len(places)} nodes"
        self._slots = sum(place.slots for place in places)
        self._actors = _Actors(_SandboxWorker, (sandbox,), places)

    @property
    def name(self) -> str:
        return self._name

    @property
    def slots(self) -> int:
        return self._slots

    def perform(self, task: Task, cancelled: Cancelled) -> Performed:
        try:
            found = self._actors.call("perform", task, cancelled=cancelled)
        except Stopped:
            raise SandboxClosedError("the cluster's sandboxes were closed while a task was under way") from None
        if isinstance(found, BaseException):
            raise found
        assert isinstance(found, Performed)
        return found

    def close(self) -> None:
        self._actors.close()


class RayModel:
    """The model, on as many places as there are; each serves one problem at a time."""

    def __init__(self, name: str, places: list[_Place], *, dtype: Precision) -> None:
        self.replicas = len(places)
        self._actors = _Actors(_ModelWorker, (name, dtype), places)
        self._name, self._batch_size, self._dtype = name, 1, ""
        try:
            self._name, self._batch_size, self._dtype = self._call("describe")
        except BaseException:
            self.close()
            raise

    @property
    def name(self) -> str:
        return self._name

    @property
    def batch_size(self) -> int:
        return self._batch_size

    @property
    def dtype(self) -> str:
        return self._dtype

    def available(self, problem_id: str) -> int | None:
        found: int | None = self._call("available", problem_id)
        return found

    def load(self) -> None:
        """See `Model.load`; other replicas load when they are first used."""
        self._call("load")

    def generate(
        self, prompts: Sequence[Prompt], params: SamplingParams, *, cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Completion]:
        """See `Model.generate`. A whole chunk comes at once, so that one that was lost is drawn again as a whole."""
        with suppress(Stopped):
            yield from self._call("generate", list(prompts), params, cancelled=cancelled)

    def close(self) -> None:
        self._actors.close()

    def _call(self, method: str, *arguments: Any, cancelled: Cancelled = lambda: False) -> Any:
        found = self._actors.call(method, *arguments, cancelled=cancelled)
        if isinstance(found, BaseException):
            raise found
        return found


class _SandboxWorker:
    """An actor. Failures that have a meaning for the caller are returned, since ray wraps what is raised."""

    def __init__(self, sandbox: str, slots: int) -> None:
        self._sandbox, self._slots = sandbox, slots
        self._lock = threading.Lock()
        self._runner: SandboxRunner | None = None

    def perform(self, task: Task) -> Performed | SandboxError:
        from sandbox.backends import open_sandbox

        try:
            with self._lock:
                if self._runner is None:
                    self._runner = SandboxRunner(open_sandbox(self._sandbox, slots=self._slots))
            return self._runner.perform(task, lambda: False)
        except SandboxError as error:
            return error

    def close(self) -> None:
        with self._lock:
            if self._runner is not None:
                self._runner.close()


class _ModelWorker:
    """An actor that holds the model. It returns what the model's method does, or the ModelError that it raised."""

    def __init__(self, name: str, dtype: Precision, slots: int) -> None:  # noqa: ARG002 (one call at a time)
        self._name, self._dtype = name, dtype
        self._lock = threading.Lock()
        self._model: Model | None = None

    def describe(self) -> Any:
        return self._with(lambda model: (model.name, model.batch_size, str(getattr(model, "dtype", ""))))

    def available(self, problem_id: str) -> Any:
        return self._with(lambda model: model.available(problem_id))

    def load(self) -> Any:
        return self._with(lambda model: model.load())

    def generate(self, prompts: list[Prompt], params: SamplingParams) -> Any:
        return self._with(lambda model: list(model.generate(prompts, params)))

    def close(self) -> None:
        """Not waiting for what the model writes: the process ends next."""

    def _with(self, ask: Callable[[Model], Any]) -> Any:
        from codegen.models.loading import load_model

        try:
            with self._lock:
                if self._model is None:
                    self._model = load_model(self._name, dtype=self._dtype)
                return ask(self._model)
        except ModelError as error:
            return error
