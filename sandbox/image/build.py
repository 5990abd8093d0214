"""Building, finding and removing the image.

From the Dockerfile where the base image can be had, else from Debian packages with debootstrap. Either way the tag is
that of the recipe, so an image is built once and used until the recipe changes.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.daemon import daemon_errors
from sandbox.errors import SandboxError, SandboxUnavailableError
from sandbox.image.bootstrap import Say, root_file_system
from sandbox.image.recipe import BASE_IMAGE, DOCKERFILE, FOLDER, REPOSITORY, base_tag, packages, preparations, tag

if TYPE_CHECKING:
    from docker import DockerClient

_CHUNK = 1 << 20


def to_stderr(line: str) -> None:
    print(f"sandbox image: {line}", file=sys.stderr, flush=True)


def ensure_image(client: DockerClient, profile: str = "plain", *, say: Say = to_stderr) -> str:
    """Tag of the image, which is built first if the daemon does not have it.

    Raises SandboxUnavailableError when it cannot be built here; the message names the remedies.
    """
    name = tag(profile)
    if _present(client, name):
        return name
    with _only_one_builds():
        if not _present(client, name):
            if _present(client, base_tag(profile)):
                _prepare(client, profile, say)
            else:
                build_image(client, profile, say=say)
    return name


def build_image(client: DockerClient, profile: str = "plain", *, say: Say = to_stderr) -> str:
    """Build anew, whatever is there already; the tag. Raises as `ensure_image`."""
    name = tag(profile)
    began = time.monotonic()
    say(f"building {name}, which is done once and takes a minute or two")
    refused = _from_dockerfile(client, profile, say)
    if refused is not None:
        say(f"no base image ({refused}); using Debian packages instead")
        try:
            _from_debootstrap(client, profile, say)
        except SandboxUnavailableError as error:
            raise SandboxUnavailableError(
                f"the image {name} can be built neither from {BASE_IMAGE} ({refused}) nor with debootstrap: {error}. "
                f"Remedies: let the daemon reach a registry, `docker load` the image {BASE_IMAGE}, or build as root "
                "with debootstrap installed"
            ) from error
    _prepare(client, profile, say)
    with daemon_errors("looking at the new image"):
        megabytes = client.images.get(name).attrs["Size"] / 1e6
    say(f"built {name}: {megabytes:.0f} MB in {time.monotonic() - began:.0f} s")
    return name


def remove_image(client: DockerClient) -> tuple[str, ...]:
    """Remove the images of every profile and of earlier recipes; their tags. Containers go first, elsewhere."""
    with daemon_errors("removing images"):
        names = tuple(name for image in client.images.list(REPOSITORY) for name in image.tags)
        for name in names:
            client.images.remove(name, force=True)
    return names


def _present(client: DockerClient, name: str) -> bool:
    with daemon_errors("listing images"):
        return bool(client.images.list(name))


def _from_dockerfile(client: DockerClient, profile: str, say: Say) -> str | None:
    """None when built; else why the base image cannot be had. Raises SandboxError when building itself fails."""
    try:
        with daemon_errors(f"pulling {BASE_IMAGE}"):
            if not client.images.list(BASE_IMAGE):
                say(f"pulling {BASE_IMAGE}")
                client.images.pull(BASE_IMAGE)
    except SandboxError as error:
        return str(getattr(error.__cause__, "explanation", None) or error).strip()
    say(f"installing {', '.join(packages(profile))} on {BASE_IMAGE}")
    with daemon_errors(f"building from {DOCKERFILE.name}"):
        client.images.build(
            path=str(FOLDER),
            tag=base_tag(profile),
            buildargs={"BASE": BASE_IMAGE, "PACKAGES": " ".join(packages(profile))},
            # The host's network: it is there even where the daemon runs without a bridge.
            network_mode="host",
            rm=True,
            forcerm=True,
        )
    return None


def _from_debootstrap(client: DockerClient, profile: str, say: Say) -> None:
    name, _, version = base_tag(profile).partition(":")
    with root_file_system(packages(profile), say) as root:
        say("handing it to the daemon")
        archive = ["tar", "--create", "--numeric-owner", "--one-file-system", "--directory", str(root), "."]
        with subprocess.Popen(archive, stdout=subprocess.PIPE) as tar, daemon_errors("importing the image"):
            assert tar.stdout is not None
            try:
                chunks = iter(lambda: tar.stdout.read(_CHUNK), b"")  # type: ignore[union-attr]
                client.api.import_image_from_stream(chunks, repository=name, tag=version)
            except BaseException:
                tar.kill()
                raise
        if tar.returncode:
            client.images.remove(base_tag(profile), force=True)
            raise SandboxError(f"packing the image failed: tar ended with exit code {tar.returncode}")


def _prepare(client: DockerClient, profile: str, say: Say) -> None:
    """From the image with the packages to the one that is used: one more layer for each preparation."""
    commands = preparations(profile)
    image = base_tag(profile)
    for number, command in enumerate(commands, start=1):
        say(f"preparing it for faster builds ({number} of {len(commands)})")
        image = _after(client, image, command, tag(profile))


def _after(client: DockerClient, image: str, command: Sequence[str], name: str) -> str:
    """Run a command in an image and call what comes of it `name`. Raises SandboxError when the command fails."""
    repository, _, version = name.partition(":")
    own = f"{repository}-{version}"
    with daemon_errors("preparing the image"):
        for left in client.containers.list(all=True, filters={"name": own}, ignore_removed=True):
            left.remove(force=True)  # of somebody who was killed at it
        container = client.containers.create(image, list(command), name=own, network_mode="none")
        try:
            container.start()
            if container.wait()["StatusCode"]:
                said = container.logs().decode("utf-8", "replace").strip()
                raise SandboxError(f"preparing the image failed: {said[-500:]}")
            container.commit(repository=repository, tag=version, changes='CMD ["/bin/sh"]')
        finally:
            container.remove(force=True)
    return name


@contextmanager
def _only_one_builds() -> Iterator[None]:
    """Processes of one user that find no image at the same time wait for the first one's."""
    path = Path(tempfile.gettempdir(), f"codesieve-image-{os.getuid()}.lock")
    with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
