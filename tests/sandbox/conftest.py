"""Sandboxes for the tests of this folder: launched once, shared by all."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from sandbox.backends import docker_obstacle, obstacle
from sandbox.container import DockerSandbox
from sandbox.namespaces import BubblewrapSandbox


@pytest.fixture(scope="session")
def docker_image() -> str | None:
    """CODESIEVE_TEST_IMAGE: an image to use instead of the one that is built on first use."""
    if problem := docker_obstacle():
        pytest.skip(problem)
    return os.environ.get("CODESIEVE_TEST_IMAGE")


@pytest.fixture(scope="session")
def docker_sandbox(docker_image: str | None) -> Iterator[DockerSandbox]:
    with DockerSandbox(image=docker_image) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def bubblewrap_sandbox() -> Iterator[BubblewrapSandbox]:
    if problem := obstacle("bubblewrap"):
        pytest.skip(problem)
    with BubblewrapSandbox() as sandbox:
        yield sandbox
