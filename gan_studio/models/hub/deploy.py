"""Deploy a checkout as a Space: only the files that the studio needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gan_studio.core.package_files import FOLDERS
from gan_studio.models.hub.address import Address
from gan_studio.models.hub.client import writer
from gan_studio.models.hub.errors import translate_errors
from gan_studio.models.hub.push import Published, target_address

if TYPE_CHECKING:
    from huggingface_hub import HfApi

ENTRY, PACKAGE = "app.py", "gan_studio/__init__.py"
FILES = (ENTRY, "README.md", "requirements.txt", "LICENSE", "CHANGELOG.md")


def deploy(
    repo: str,
    folder: Path,
    *,
    hardware: str | None = None,
    private: bool | None = None,
    token: str | None = None,
) -> Published:
    """Upload a checkout to the Space `user/name`, which is created if it does not exist.

    A later deployment uploads only changed files and deletes removed ones. ValueError if it fails.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    address = target_address(repo)
    paths = list(upload_paths(folder))
    api = writer(token)
    with translate_errors(address, "Space"):
        there = prepare_space(api, address, check_hardware(hardware), private)
        removed_paths = {path for path in there if path.split("/")[0] in FOLDERS} - set(paths)
        changes = [CommitOperationAdd(path, folder / path) for path in paths]
        changes += [CommitOperationDelete(path) for path in sorted(removed_paths)]
        commit = api.create_commit(
            address.repo, changes, commit_message="GAN Studio", repo_type="space"
        )
    return Published(f"{api.endpoint}/spaces/{address.repo}", commit.oid)


def upload_paths(folder: Path) -> Iterator[str]:
    """The files to upload, relative to the folder; ValueError if it is no checkout."""
    for name in (ENTRY, PACKAGE, "README.md", "requirements.txt"):
        if not (folder / name).is_file():
            raise ValueError(f"{folder} is no checkout of GAN Studio: {name} is missing.")
    yield from (name for name in FILES if (folder / name).is_file())
    for name, endings in FOLDERS.items():
        for path in sorted((folder / name).rglob("*")):
            inside = path.relative_to(folder)
            hidden = any(part.startswith((".", "__pycache__")) for part in inside.parts)
            if path.suffix in endings and path.is_file() and not (hidden or path.is_symlink()):
                yield inside.as_posix()


def check_hardware(hardware: str | None) -> str | None:
    """Return `hardware`; ValueError if the Hub does not have it."""
    from huggingface_hub import SpaceHardware

    kinds = [kind.value for kind in SpaceHardware]
    if hardware is not None and hardware not in kinds:
        raise ValueError(f"There is no hardware {hardware!r}; there is {', '.join(kinds)}.")
    return hardware


def prepare_space(
    api: HfApi, address: Address, hardware: str | None, private: bool | None
) -> list[str]:
    """Create the Space if necessary; its files. ValueError if it contains something else."""
    if not api.repo_exists(address.repo, repo_type="space"):
        api.create_repo(
            address.repo,
            repo_type="space",
            space_sdk="gradio",
            space_hardware=hardware,  # pyright: ignore[reportArgumentType]  # a name does
            private=private,
        )
        return []
    there = api.list_repo_files(address.repo, repo_type="space")
    if ENTRY in there and PACKAGE not in there:
        raise ValueError(f"{address.repo} contains something else already; give another name.")
    if hardware:
        api.request_space_hardware(address.repo, hardware)  # pyright: ignore[reportArgumentType]
    return there
