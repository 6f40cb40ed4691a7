"""A Hugging Face Hub on a loopback port, for the real client and the ``hf`` command.

It keeps repositories as commits of files in memory, knows who may write where, and can be told to
fail. What it does not know (Xet storage, branches, pull requests) answers 404.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from huggingface_hub import constants

LARGE = (".safetensors", ".png", ".gif")  # what the Hub keeps apart from git
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
Answer = tuple[int, object]  # status, and what becomes JSON


@dataclass
class Repo:
    """A repository: its commits (files by path), the newest last, and its tags."""

    private: bool = False
    hardware: str | None = None
    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def head(self) -> str:
        return list(self.commits)[-1]

    @property
    def files(self) -> dict[str, bytes]:
        """The newest files."""
        return self.commits[self.head]

    def commit(self, files: dict[str, bytes]) -> str:
        seed = f"{len(self.commits)} {sorted(files)}".encode() + b"".join(files.values())
        sha = hashlib.sha1(seed).hexdigest()
        self.commits[sha] = files
        return sha

    def find(self, revision: str) -> str | None:
        """The commit of a revision."""
        name = self.head if revision == "main" else self.tags.get(revision, revision)
        return name if name in self.commits else None


@dataclass
class FakeHub:
    """What there is, who is who, and how it fails."""

    base: str = ""
    repos: dict[tuple[str, str], Repo] = field(default_factory=dict)  # by kind and USER/NAME
    users: dict[str, str] = field(default_factory=dict)  # by token; a token "read" writes nowhere
    stored: dict[str, bytes] = field(default_factory=dict)  # large files by SHA-256
    failing: dict[str, int] = field(default_factory=dict)  # status by a pattern of METHOD /path
    corrupt: set[str] = field(default_factory=set)  # files whose bytes come wrong
    stages: list[str] = field(default_factory=lambda: ["BUILDING", "RUNNING"])  # of a Space
    space_url: str = ""  # where the app of every Space answers
    requests: list[str] = field(default_factory=list)  # METHOD /path, as they came

    def repo(self, repo: str, kind: str = "models") -> Repo:
        return self.repos[kind, repo]

    def environment(self, folder: Path, token: str | None = None) -> dict[str, str]:
        """What a process needs so that it talks to this Hub, with its cache in ``folder``."""
        told = {
            "HF_ENDPOINT": self.base, "HF_HOME": str(folder), "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        }  # fmt: skip
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING"))}
        return kept | told | ({"HF_TOKEN": token} if token else {})


def git_sum(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def described(path: str, content: bytes) -> dict:
    """A file as listings show it."""
    entry = {"size": len(content), "oid": git_sum(content)}
    if path.endswith(LARGE):
        entry["lfs"] = {"sha256": sha256(content), "size": len(content), "pointerSize": 134}
    return entry


class Handler(BaseHTTPRequestHandler):
    """One request; ``hub`` is the FakeHub."""

    hub: FakeHub
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms

    def answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        hub, call = self.hub, f"{self.command} {path}"
        hub.requests.append(call)
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        self.user = hub.users.get(token, "")
        for pattern, status in hub.failing.items():
            if re.search(pattern, call):
                return self.reply(status, {"error": "as told"})
        if token and not self.user:
            message = "Invalid credentials in Authorization header"
            return self.reply(401, {"error": message}, {"X-Error-Message": message})
        for pattern, function in ROUTES:
            if found := re.fullmatch(pattern, call):
                return function(self, *found.groups())
        return self.reply(404, {"error": f"no such thing here: {call}"})

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815

    def reply(
        self, status: int, value: object, headers: dict[str, str] | None = None
    ) -> None:  # fmt: skip
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in ({"Content-Length": str(len(content))} | (headers or {})).items():
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def missing(self, code: str) -> None:
        self.reply(404, {"error": code}, {"X-Error-Code": code})

    def open(self, kind: str, name: str, *, write: bool = False) -> Repo | None:
        """A repository that this user may read, or write; otherwise the answer is sent."""
        repo = self.hub.repos.get((kind, name))
        if repo is None or (repo.private and self.user != name.split("/")[0]):
            self.missing("RepoNotFound")
            return None
        if write and self.user != name.split("/")[0]:
            self.reply(403, {"error": "Forbidden"}, {"X-Error-Message": "no right to write"})
            return None
        return repo

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def who(at: Handler) -> None:
    if not at.user:
        return at.reply(401, {"error": "Unauthorized"})
    return at.reply(200, {"type": "user", "name": at.user, "orgs": [], "auth": {}})


def create(at: Handler) -> None:
    wish = json.loads(at.body)
    owner = wish.get("organization") or at.user
    name, kind = f"{owner}/{wish['name']}", f"{wish.get('type', 'model')}s"
    if not at.user or at.user != owner:
        return at.reply(403 if at.user else 401, {"error": "no right to write here"})
    if (kind, name) in at.hub.repos:
        return at.reply(409, {"error": "You already created this repo"})
    private = wish.get("visibility") == "private" or bool(wish.get("private"))
    repo = at.hub.repos[kind, name] = Repo(private, wish.get("hardware"))
    repo.commit({".gitattributes": b"*.safetensors filter=lfs\n"})
    return at.reply(200, {"url": f"{at.hub.base}/{name}", "name": name, "id": name})


def delete(at: Handler) -> None:
    wish = json.loads(at.body)
    name = f"{wish.get('organization') or at.user}/{wish['name']}"
    if at.open(f"{wish.get('type', 'model')}s", name, write=True):
        del at.hub.repos[f"{wish.get('type', 'model')}s", name]
        at.reply(200, {})


def check_readme(at: Handler) -> None:
    """The rules that the Hub is known to hold the front matter to."""
    wish = json.loads(at.body)
    found = re.match(r"---\n(.*?)\n---\n", wish["content"], re.DOTALL)
    errors = []
    try:
        matter = yaml.safe_load(found[1]) if found else {}
        if wish["repoType"] == "space":
            if len(matter.get("short_description", "")) > 60:
                errors.append("short_description is too long")
            if {matter.get("colorFrom"), matter.get("colorTo")} - COLOURS:
                errors.append("a colour is not allowed")
        for model in matter.get("model-index", []):
            for result in model["results"]:
                _ = result["task"]["type"], result["dataset"]["type"], result["dataset"]["name"]
                _ = [metric["type"] for metric in result["metrics"]]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        errors.append(type(error).__name__)
    listed = [{"message": error} for error in errors]
    at.reply(400 if errors else 200, {"errors": listed, "warnings": []})


def info(at: Handler, kind: str, name: str, revision: str | None = None) -> None:
    if not (repo := at.open(kind, name)):
        return None
    if (sha := repo.find(revision or "main")) is None:
        return at.missing("RevisionNotFound")
    siblings = []
    for path, content in repo.commits[sha].items():
        entry = described(path, content)
        siblings.append({"rfilename": path, "blobId": entry.pop("oid"), **entry})
    facts = {"id": name, "sha": sha, "private": repo.private, "siblings": siblings, "tags": []}
    return at.reply(200, facts | {"host": at.hub.space_url, "subdomain": name.replace("/", "-")})


def tree(at: Handler, kind: str, name: str, revision: str) -> None:
    if not (repo := at.open(kind, name)):
        return None
    if (sha := repo.find(revision)) is None:
        return at.missing("RevisionNotFound")
    files = repo.commits[sha].items()
    listed = [{"type": "file", "path": p, **described(p, c)} for p, c in files]
    for entry in listed:
        if "lfs" in entry:
            entry["lfs"]["oid"] = entry["lfs"].pop("sha256")
    return at.reply(200, listed)


def refs(at: Handler, kind: str, name: str) -> None:
    if repo := at.open(kind, name):
        tags = [{"name": tag, "ref": f"refs/tags/{tag}", "targetCommit": commit}
                for tag, commit in repo.tags.items()]  # fmt: skip
        main = {"name": "main", "ref": "refs/heads/main", "targetCommit": repo.head}
        at.reply(200, {"branches": [main], "converts": [], "tags": tags})


def preupload(at: Handler, kind: str, name: str) -> None:
    if repo := at.open(kind, name, write=True):
        files = []
        for file in json.loads(at.body)["files"]:
            large, old = file["path"].endswith(LARGE), repo.files.get(file["path"])
            entry = {"path": file["path"], "shouldIgnore": False,
                     "uploadMode": "lfs" if large else "regular"}  # fmt: skip
            if old is not None:
                entry["oid"] = sha256(old) if large else git_sum(old)
            files.append(entry)
        at.reply(200, {"files": files})


def batch(at: Handler, kind: str | None, name: str) -> None:
    if at.open((kind or "models/").rstrip("/"), name, write=True):
        objects = []
        for wanted in json.loads(at.body)["objects"]:
            upload = {"href": f"{at.hub.base}/large/{wanted['oid']}", "header": {}}
            known = wanted["oid"] in at.hub.stored
            objects.append(wanted | ({} if known else {"actions": {"upload": upload}}))
        at.reply(200, {"transfer": "basic", "objects": objects})


def store(at: Handler, oid: str) -> None:
    if sha256(at.body) != oid:
        return at.reply(400, {"error": "the bytes do not have this sum"})
    at.hub.stored[oid] = at.body
    return at.reply(200, {})


def commit(at: Handler, kind: str, name: str) -> None:
    if not (repo := at.open(kind, name, write=True)):
        return None
    files, lines = dict(repo.files), [json.loads(line) for line in at.body.splitlines()]
    parent = lines[0]["value"].get("parentCommit")
    if parent and parent != repo.head:
        return at.reply(412, {"error": "A commit has happened since."})
    for line in lines[1:]:
        value = line["value"]
        if line["key"] == "file":
            files[value["path"]] = base64.b64decode(value["content"])
        elif line["key"] == "lfsFile":
            files[value["path"]] = at.hub.stored[value["oid"]]
        else:
            del files[value["path"]]
    sha = repo.commit(files)
    return at.reply(200, {"commitUrl": f"{at.hub.base}/{name}/commit/{sha}", "commitOid": sha,
                          "success": True})  # fmt: skip


def tag(at: Handler, kind: str, name: str, revision: str) -> None:
    if repo := at.open(kind, name, write=True):
        wish = json.loads(at.body)["tag"]
        if wish in repo.tags:
            return at.reply(409, {"error": "Tag reference exists already"})
        repo.tags[wish] = repo.find(revision)
        return at.reply(200, {})
    return None


def resolve(at: Handler, kind: str | None, name: str, revision: str, path: str) -> None:
    if not (repo := at.open((kind or "models/").rstrip("/"), name)):
        return None
    if (sha := repo.find(revision)) is None:
        return at.missing("RevisionNotFound")
    if (content := repo.commits[sha].get(path)) is None:
        code = {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": sha}
        return at.reply(404, {"error": "no such file"}, code)
    etag = sha256(content) if path.endswith(LARGE) else git_sum(content)
    if path in at.hub.corrupt:
        content = bytes(byte ^ 1 for byte in content)
    return at.reply(200, content, {"ETag": f'"{etag}"', "X-Repo-Commit": sha})


def runtime(at: Handler, name: str) -> None:
    if repo := at.open("spaces", name):
        stages = at.hub.stages
        stage = stages.pop(0) if len(stages) > 1 else stages[0]
        hardware = {"current": repo.hardware, "requested": repo.hardware}
        at.reply(200, {"stage": stage, "hardware": hardware, "resources": None})


def hardware(at: Handler, name: str) -> None:
    if repo := at.open("spaces", name, write=True):
        repo.hardware = json.loads(at.body)["flavor"]
        runtime(at, name)


KIND, NAME = r"(models|spaces|datasets)", r"([^/]+/[^/]+)"
ROUTES = [
    (r"GET /api/whoami-v2", who),
    (r"POST /api/repos/create", create),
    (r"DELETE /api/repos/delete", delete),
    (r"POST /api/validate-yaml", check_readme),
    (rf"GET /api/{KIND}/{NAME}", info),
    (rf"GET /api/{KIND}/{NAME}/revision/(.+)", info),
    (rf"GET /api/{KIND}/{NAME}/tree/([^/]+)", tree),
    (rf"GET /api/{KIND}/{NAME}/refs", refs),
    (rf"POST /api/{KIND}/{NAME}/preupload/main", preupload),
    (rf"POST /(?:(models|spaces|datasets)/)?{NAME}\.git/info/lfs/objects/batch", batch),
    (r"PUT /large/(\w+)", store),
    (rf"POST /api/{KIND}/{NAME}/commit/main", commit),
    (rf"POST /api/{KIND}/{NAME}/tag/(.+)", tag),
    (r"GET /api/spaces/([^/]+/[^/]+)/runtime", runtime),
    (r"POST /api/spaces/([^/]+/[^/]+)/hardware", hardware),
    (rf"(?:GET|HEAD) /(?:(models|spaces|datasets)/)?{NAME}/resolve/([^/]+)/(.+)", resolve),
]


@contextmanager
def serve() -> Iterator[FakeHub]:
    """A Hub with the users alice and bob, whose tokens are theirs."""
    hub = FakeHub(users={"hf_alice": "alice", "hf_bob": "bob", "hf_reader": "nobody"})
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.base = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def lead_client_to(hub: FakeHub, folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Let the client in this process talk to ``hub``, as alice, with its cache in ``folder``. (It
    reads its environment when it is imported, so that is too late here.)"""
    patch.setattr(constants, "ENDPOINT", hub.base)
    template = hub.base + "/{repo_id}/resolve/{revision}/{filename}"
    patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    patch.setattr(constants, "HF_HUB_CACHE", str(folder / "hub"))
    patch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    patch.setattr(constants, "HF_TOKEN_PATH", str(folder / "token"))
    patch.setattr(constants, "HF_HUB_DISABLE_PROGRESS_BARS", True)
    patch.setenv("HF_TOKEN", "hf_alice")
    patch.delenv("RNN_HUB_NAMESPACE", raising=False)
