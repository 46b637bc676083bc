"""A stand-in for the Hub's API on this machine: repositories, commits, LFS, tokens and refusals.

It answers what huggingface_hub asks for, as the Hub does; nobody here knows the client's insides.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

LFS = (".safetensors", ".png")
REPO = r"([\w.-]+/[\w.-]+)"


@dataclass
class User:
    """Who a token belongs to."""

    name: str
    writes: bool = True
    pays: bool = True


@dataclass
class Repository:
    """Commits, each the files of a moment."""

    private: bool = False
    gated: bool = False
    about: dict[str, Any] = field(default_factory=dict)
    """what a Space was created with"""
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refs: dict[str, str] = field(default_factory=dict)

    def commit(self, files: dict[str, bytes], branch: str = "main") -> str:
        digest = hashlib.sha1(repr((len(self.commits), sorted(files))).encode()).hexdigest()
        self.commits[digest] = files
        self.refs[branch] = digest
        return digest

    @property
    def head(self) -> dict[str, bytes]:
        return self.commits[self.refs["main"]]


class Refused(Exception):
    """A status, with the headers and words by which the Hub explains it."""

    def __init__(self, status: int, code: str = "", message: str = "") -> None:
        super().__init__(status)
        self.status, self.code, self.message = status, code, message


class HubServer(ThreadingHTTPServer):
    """The Hub: users by token, repositories by kind and name, and a log of what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Requests)
        self.users = {
            "hf_writer": User("ada"),
            "hf_reader": User("ada", writes=False),
            "hf_stranger": User("bob", pays=False),
        }
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.blobs: dict[str, bytes] = {}
        """by SHA-256, what went through LFS"""
        self.asked: list[tuple[str, str]] = []
        """method and path of each request"""
        self.bodies = 0
        """files whose contents were sent"""
        self.busy: Refused | None = None
        """what it says to everything"""
        self.claimed: dict[str, int] = {}
        """sizes that are claimed instead of the real ones"""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def model(self, name: str) -> Repository:
        return self.repositories["model", name]

    def dataset(self, name: str, files: dict[str, bytes]) -> Repository:
        """A data set that somebody has published."""
        repository = self.repositories["dataset", name] = Repository()
        repository.commit(files)
        return repository

    def add(self, name: str, files: dict[str, bytes], **about: Any) -> Repository:
        """A model that somebody else has published."""
        repository = self.repositories["model", name] = Repository(**about)
        repository.commit(files)
        return repository

    @contextmanager
    def running(self) -> Iterator[HubServer]:
        thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            self.server_close()


def oid(name: str, contents: bytes) -> str:
    """By which the Hub tells contents apart: SHA-256 in LFS, else git's SHA-1."""
    if name.endswith(LFS):
        return hashlib.sha256(contents).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(contents) + contents).hexdigest()


class Requests(BaseHTTPRequestHandler):
    server: HubServer  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer()

    do_HEAD = do_POST = do_PUT = do_GET  # names that the library prescribes

    def answer(self) -> None:
        address = urlsplit(self.path)
        path = unquote(address.path)
        self.server.asked.append((self.command, path))
        self.query = parse_qs(address.query)
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            if self.server.busy:
                raise self.server.busy
            for method, pattern, handler in ROUTES:
                if method == self.command and (found := re.fullmatch(pattern, path)):
                    handler(self, *found.groups())
                    return
            raise Refused(404)
        except Refused as error:
            headers = {"X-Error-Code": error.code, "X-Error-Message": error.message}
            given = {k: v for k, v in headers.items() if v}
            self.send({"error": error.message}, error.status, **given)

    def send(self, body: Any, status: int = 200, **headers: str) -> None:
        contents = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(contents)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(contents)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    @property
    def user(self) -> User | None:
        """Whose token came along; refuses one that nobody has."""
        said = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if said and said not in self.server.users:
            raise Refused(401, message="Invalid credentials in Authorization header")
        return self.server.users.get(said)

    def repository(self, kind: str, name: str) -> Repository:
        """One that the user may see."""
        user, found = self.user, self.server.repositories.get((kind, name))
        mine = user is not None and name.startswith(f"{user.name}/")
        if found is None or (found.private and not mine):
            raise Refused(404 if user else 401, "RepoNotFound", "Repository not found")
        if found.gated:
            raise Refused(403, "GatedRepo", "Access to this model is restricted")
        return found

    def writable(self, kind: str, name: str) -> Repository:
        found = self.repository(kind, name)
        if self.user is None:
            raise Refused(401, message="Unauthorized")
        if not (self.user.writes and name.startswith(f"{self.user.name}/")):
            raise Refused(403, message="You need write access to this repository")
        return found

    def files(self, found: Repository, revision: str) -> tuple[str, dict[str, bytes]]:
        commit = found.refs.get(revision, revision)
        if commit not in found.commits:
            raise Refused(404, "RevisionNotFound", "Invalid rev id")
        return commit, found.commits[commit]

    def size(self, name: str, contents: bytes) -> int:
        return self.server.claimed.get(name, len(contents))

    def create(self) -> None:
        asked, user = json.loads(self.body), self.user
        if user is None:
            raise Refused(401, message="Unauthorized")
        name, kind = asked["name"], asked.get("type", "model")
        name = f"{asked['organization'] or user.name}/{name}"
        url = f"{self.server.address}/{'' if kind == 'model' else kind + 's/'}{name}"
        if not (user.writes and name.startswith(f"{user.name}/")):
            raise Refused(403, message="You don't have the rights to create a model there")
        if kind == "space" and not user.pays:
            raise Refused(402, message="Gradio Spaces need a PRO subscription.")
        if (kind, name) in self.server.repositories:
            self.send({"error": "You already created this repo", "url": url}, status=409)
            return
        private = asked.get("visibility") == "private" or bool(asked.get("private"))
        created = self.server.repositories[kind, name] = Repository(private=private, about=asked)
        created.commit({".gitattributes": b"*.safetensors filter=lfs\n"})
        self.send({"url": url, "name": name})

    def validate(self) -> None:
        text = json.loads(self.body)["content"]
        said = yaml.safe_load(text.split("---\n")[1])
        errors = [] if isinstance(said, dict) else [{"message": "no metadata"}]
        self.send({"errors": errors, "warnings": []}, status=400 if errors else 200)

    def preupload(self, kind: str, name: str, revision: str) -> None:
        _, there = self.files(self.writable(kind, name), revision)
        modes = [
            {
                "path": (path := file["path"]),
                "uploadMode": "lfs" if path.endswith(LFS) else "regular",
                "shouldIgnore": False,
                "oid": oid(path, there[path]) if path in there else None,
            }
            for file in json.loads(self.body)["files"]
        ]
        self.send({"files": modes})

    def batch(self, space: str | None, name: str) -> None:
        self.writable("space" if space else "model", name)
        objects: list[dict[str, Any]] = []
        for one in json.loads(self.body)["objects"]:
            action = {"upload": {"href": f"{self.server.address}/lfs/{one['oid']}"}}
            known = one["oid"] in self.server.blobs
            objects.append({**one, **({} if known else {"actions": action})})
        self.send({"transfer": "basic", "objects": objects})

    def upload(self, digest: str) -> None:
        assert hashlib.sha256(self.body).hexdigest() == digest
        self.server.blobs[digest] = self.body
        self.send({})

    def commit(self, kind: str, name: str, revision: str) -> None:
        found = self.writable(kind, name)
        files = dict(self.files(found, revision)[1])
        for line in map(json.loads, self.body.splitlines()):
            told = line["value"]
            match line["key"]:
                case "file":
                    files[told["path"]] = base64.b64decode(told["content"])
                case "lfsFile":
                    files[told["path"]] = self.server.blobs[told["oid"]]
                case "deletedFile":
                    del files[told["path"]]
        digest = found.commit(files, revision)
        url = f"{self.server.address}/{name}/commit/{digest}"
        self.send({"commitUrl": url, "commitOid": digest, "success": True})

    def info(self, kind: str, name: str, revision: str | None) -> None:
        commit, files = self.files(self.repository(kind, name), revision or "main")
        card = files.get("README.md", b"").decode().split("---\n")
        about = yaml.safe_load(card[1]) if len(card) > 2 else {}
        siblings: list[dict[str, Any]] = [{"rfilename": path} for path in files]
        if "blobs" in self.query:
            siblings = [{"rfilename": path, "size": self.size(path, files[path])} for path in files]
        told = {"id": name, "sha": commit, "siblings": siblings, "tags": []}
        self.send({**told, "library_name": about.get("library_name"), "cardData": about})

    def tree(self, kind: str, name: str, revision: str) -> None:
        _, files = self.files(self.repository(kind, name), revision)
        told = []
        for path, contents in files.items():
            one = {"type": "file", "path": path, "size": len(contents), "oid": oid(path, contents)}
            if path.endswith(LFS):
                one["lfs"] = {"oid": oid(path, contents), "size": len(contents), "pointerSize": 9}
            told.append(one)
        self.send(told)

    def resolve(self, kind: str | None, name: str, revision: str, path: str) -> None:
        kind = "dataset" if kind else "model"
        commit, files = self.files(self.repository(kind, name), revision)
        if path not in files:
            raise Refused(404, "EntryNotFound", "Entry not found")
        digest = oid(path, files[path])
        headers = {"X-Repo-Commit": commit, "ETag": f'"{digest}"'}
        self.server.bodies += self.command == "GET"
        self.send(files[path], 200, **headers)

    def hardware(self, name: str) -> None:
        found = self.writable("space", name)
        found.about["hardware"] = json.loads(self.body)["flavor"]
        self.send({"stage": "BUILDING", "hardware": {"requested": found.about["hardware"]}})


ROUTES: list[tuple[str, str, Any]] = [
    ("POST", "/api/repos/create", Requests.create),
    ("POST", "/api/validate-yaml", Requests.validate),
    ("POST", f"/api/(model|space)s/{REPO}/preupload/(.+)", Requests.preupload),
    ("POST", f"/(spaces/)?{REPO}.git/info/lfs/objects/batch", Requests.batch),
    ("PUT", "/lfs/([0-9a-f]{64})", Requests.upload),
    ("POST", f"/api/(model|space)s/{REPO}/commit/(.+)", Requests.commit),
    ("GET", f"/api/(model|space|dataset)s/{REPO}/tree/(.+)", Requests.tree),
    ("GET", f"/api/(model|space|dataset)s/{REPO}(?:/revision/(.+))?", Requests.info),
    ("HEAD", f"/(datasets/)?{REPO}/resolve/([^/]+)/(.+)", Requests.resolve),
    ("GET", f"/(datasets/)?{REPO}/resolve/([^/]+)/(.+)", Requests.resolve),
    ("POST", f"/api/spaces/{REPO}/hardware", Requests.hardware),
]
