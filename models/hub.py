"""The door to the Hugging Face Hub: checkpoints from there, checkpoints and Spaces to there.

What comes is a folder of the local cache, the usual one of huggingface_hub, and only the files of a
checkpoint are fetched, never a pickle. What is there under the tag or commit that is asked for is
not asked for again. What goes up is one commit, or nothing. Each failure is a HubError of one
sentence, which never holds a token. It does NOT know what a network is, or what an app needs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import (
    CommitOperationAdd,
    CommitOperationDelete,
    HfApi,
    constants,
    get_token,
    hf_hub_download,
    try_to_load_from_cache,
)
from huggingface_hub.errors import (
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import httpx

from models.checkpoint import CONFIG_FILE, WEIGHTS_FILE, CheckpointError
from models.places import Pin

PATIENCE = 5  # seconds until the Hub counts as out of reach
NEWEST = "main"
# Of a checkpoint, in the order in which they are fetched. The weights come last, so a folder of the
# cache that has them is whole.
CHECKPOINT_FILES = (
    CONFIG_FILE, "tokenizer.json", "copies.safetensors", "stages.json", "history.csv",
    "metrics.json", "samples.txt", "README.md", WEIGHTS_FILE,
)  # fmt: skip
_OF_THE_HUB = {".gitattributes"}  # files that it makes itself
_NO_COPY = "There is no copy in the cache of this machine."
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHORT_OF = {
    401: "does not accept this token; log in with: hf auth login",
    402: "asks for a paid plan for this hardware; --hardware zero-a10g may be free for you",
    403: "does not let this token write to {repo}; use a token with the right to write, and your "
    "own name or organization",
    409: "says that {repo} was changed by somebody else meanwhile; try again",
    412: "says that {repo} was changed by somebody else meanwhile; try again",
    429: "asks to wait, since there were too many requests; try again later",
}  # fmt: skip


class HubError(CheckpointError):
    """The Hub cannot give or take what it should. ``str(error)`` is one sentence."""


class HubUnreachableError(HubError):
    """There is no way to the Hub now."""


@dataclass(frozen=True)
class Pushed:
    """Where something is on the Hub; ``changed`` is whether a commit was made for it."""

    commit: str
    tag: str | None
    changed: bool


def fetch(repo: str, revision: str | None = None, *, online: bool = True) -> Path:
    """The checkpoint folder USER/NAME of the Hub, in the local cache.

    A tag or commit that is in the cache is taken from there at once; for the newest one (None) the
    Hub is asked, and the cache serves when it cannot be reached within PATIENCE. ``online`` False
    asks nobody. Raises HubError.
    """
    revision = revision or NEWEST
    cached = _cached(repo, revision)
    if cached is not None and (revision != NEWEST or not online):
        return cached
    if not online:
        raise HubUnreachableError(_NO_COPY)
    try:
        return _download(repo, revision)
    except HubUnreachableError as error:
        if cached is not None:
            return cached
        raise HubUnreachableError(f"{error} {_NO_COPY}") from error


def fetch_pinned(pins: Mapping[str, Pin]) -> tuple[dict[str, Path], dict[str, str]]:
    """The folders of pinned models by name, and for each that cannot be had a sentence why. Once
    the Hub was out of reach, only the cache is asked for the others."""
    folders, failures, outage = {}, {}, None
    for name, pin in pins.items():
        try:
            folder = fetch(pin.repo, pin.commit, online=outage is None)
            if _sha256((folder / WEIGHTS_FILE).read_bytes()) != pin.sha256:
                raise HubError(f"{pin.repo} has other weights than its pin says.")
            folders[name] = folder
        except HubUnreachableError as error:
            outage = outage or error
            failures[name] = str(outage)
        except HubError as error:
            failures[name] = str(error)
    return folders, failures


def push(
    repo: str,
    files: Mapping[str, Path | bytes],
    *,
    message: str,
    is_own: Callable[[Set[str]], bool],
    kind: str = "model",
    private: bool = False,
    tag: str | None = None,
    hardware: str | None = None,
) -> Pushed:
    """Make the repository ``repo`` (USER/NAME; ``kind`` model or space) hold exactly ``files``, by
    path, in one commit; without a difference no commit is made.

    A model's commit gets ``tag``, or the next of v1, v2, ... without one. ``is_own`` tells from the
    names of the files that are there whether they may be replaced. A repository that is made for
    this is taken away again when the commit fails. Raises HubError.
    """
    api = HfApi()
    require_token()
    with _sentences(repo):
        created = not api.repo_exists(repo, repo_type=kind)
        if created:
            space = {"space_sdk": "gradio", "space_hardware": hardware} if kind == "space" else {}
            api.create_repo(repo, repo_type=kind, private=private, **space)
        try:
            head, changes = _changes(api, repo, kind, private, files, is_own)
            refs = api.list_repo_refs(repo, repo_type=kind).tags
            tags = {ref.name: ref.target_commit for ref in refs}
            if tag in tags and (changes or tags[tag] != head):
                raise HubError(f"{repo} has the tag {tag} at another commit; choose a new one.")
            if changes:
                head = api.create_commit(
                    repo, changes, commit_message=message, repo_type=kind, parent_commit=head
                ).oid
        except BaseException:
            if created:
                with suppress(Exception):
                    api.delete_repo(repo, repo_type=kind)
            raise
        if kind == "model":
            tag = tag or next((t for t, commit in tags.items() if commit == head), _next(tags))
            if tag not in tags:
                api.create_tag(repo, tag=tag, revision=head)
        return Pushed(head, tag, bool(changes))


def require_token() -> None:
    """HubError when there is no token for the Hub, neither in HF_TOKEN nor by a login."""
    if get_token() is None:
        raise HubError(
            "There is no token for the Hub; make one with the right to write at "
            f"{constants.ENDPOINT}/settings/tokens and log in with: hf auth login"
        )


def start_space(repo: str, hardware: str | None, seconds: float) -> tuple[str, str | None]:
    """Wait until the Space runs, at most ``seconds``; returns its address, and the token that
    opens it when it is private. ``hardware`` other than what it has is asked for first. HubError
    when it does not come up."""
    api = HfApi()
    with _sentences(repo):
        runtime = api.get_space_runtime(repo)
        if hardware and hardware not in (runtime.hardware, runtime.requested_hardware):
            api.request_space_hardware(repo, hardware)
        try:
            runtime = api.wait_for_space(repo, timeout=seconds, poll_interval=2)
        except TimeoutError:
            raise HubError(
                f"{repo} does not run after {seconds / 60:.0f} minutes; see: hf spaces logs {repo}"
            ) from None
        if runtime.stage != "RUNNING":
            raise HubError(f"{repo} has come to {runtime.stage}; see: hf spaces logs {repo}")
        info = api.space_info(repo)
        return info.host, get_token() if info.private else None


def _cached(repo: str, revision: str) -> Path | None:
    """The whole and undamaged folder of the cache; a damaged file is taken out of it."""
    weights = try_to_load_from_cache(repo, WEIGHTS_FILE, revision=revision)
    if not isinstance(weights, str):
        return None
    folder = Path(weights).parent
    damaged = _damaged(folder)
    for path in damaged:
        path.resolve().unlink()
    return None if damaged or not (folder / CONFIG_FILE).is_file() else folder


def _damaged(folder: Path) -> list[Path]:
    """The files that differ from their sums: the cache keeps what is large under its SHA-256."""
    return [
        path for path in folder.iterdir()
        if _SHA256.fullmatch(path.resolve().name)
        and _sha256(path.read_bytes()) != path.resolve().name
    ]  # fmt: skip


def _download(repo: str, revision: str) -> Path:
    """Bring the cache to what the Hub has. The first request is one that fails at once when there
    is no network; those for files would try for half a minute."""
    with _sentences(repo, revision):
        info = HfApi().model_info(repo, revision=revision, timeout=PATIENCE)
        there = {file.rfilename for file in info.siblings}
        for name in (CONFIG_FILE, WEIGHTS_FILE):
            if name not in there:
                raise HubError(f"{repo} has no {name}, so it is no checkpoint of RNN Lab.")
        # By its name first, which the cache remembers; the others from that very commit.
        folder = Path(hf_hub_download(repo, CONFIG_FILE, revision=revision)).parent
        for name in CHECKPOINT_FILES:
            if name in there:
                hf_hub_download(repo, name, revision=folder.name)
    damaged = _damaged(folder)
    for path in damaged:
        path.resolve().unlink()
    if damaged:
        raise HubError(f"{repo}: {damaged[0].name} came damaged from the Hub; try again.")
    return folder


def _changes(
    api: HfApi, repo: str, kind: str, private: bool, files: Mapping[str, Path | bytes],
    is_own: Callable[[Set[str]], bool],
) -> tuple[str, list[CommitOperationAdd | CommitOperationDelete]]:  # fmt: skip
    """The newest commit of a repository, and what must change for it to hold ``files``."""
    info = api.repo_info(repo, repo_type=kind, files_metadata=True)
    if private and not info.private:
        raise HubError(f"{repo} is there and public; make it private in its settings first.")
    there = {f.rfilename: f for f in info.siblings if f.rfilename not in _OF_THE_HUB}
    if not is_own(there.keys()):
        raise HubError(f"{repo} is there and holds something else; choose another name.")
    changes: list[CommitOperationAdd | CommitOperationDelete] = [
        CommitOperationDelete(name) for name in sorted(there.keys() - files.keys())
    ]
    for name, file in files.items():
        content = file if isinstance(file, bytes) else file.read_bytes()
        if (old := there.get(name)) is not None:
            is_large = old.lfs is not None
            if (_sha256(content) if is_large else _git_sum(content)) == (
                old.lfs.sha256 if is_large else old.blob_id
            ):
                continue
        changes.append(CommitOperationAdd(name, content))
    return info.sha, changes


def _next(tags: Set[str]) -> str:
    """v1, or one more than the highest there is."""
    numbers = [int(tag[1:]) for tag in tags if re.fullmatch(r"v\d+", tag)]
    return f"v{max(numbers, default=0) + 1}"


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _git_sum(content: bytes) -> str:
    """Git's name of a file with this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


@contextmanager
def _sentences(repo: str, revision: str = NEWEST) -> Iterator[None]:
    """Turn what the client raises into one sentence and what to do."""
    try:
        yield
    except HubError:
        raise
    except RevisionNotFoundError as error:
        raise HubError(f"{repo} has no revision {revision!r}; see its tags on the Hub.") from error
    except RepositoryNotFoundError as error:
        raise HubError(
            f"There is no {repo} on the Hub, or it is private and closed to you; check the name, "
            "or log in with: hf auth login"
        ) from error
    except HfHubHTTPError as error:
        status = error.response.status_code
        if status >= 500:
            raise HubUnreachableError(f"The Hub answers with error {status}; try later.") from error
        reason = _SHORT_OF.get(status, f"refuses {{repo}} (HTTP status {status})")
        raise HubError(f"The Hub {reason.format(repo=repo)}.") from error
    except OfflineModeIsEnabled as error:
        raise HubUnreachableError("HF_HUB_OFFLINE is set, so the Hub is not asked.") from error
    except (httpx.HTTPError, LocalEntryNotFoundError, OSError, RuntimeError) as error:
        raise HubUnreachableError(
            f"The Hub cannot be reached ({type(error).__name__}); check the network and try again."
        ) from error
    except ValueError as error:
        reason = " ".join(str(error).split())[:200]
        raise HubError(f"The Hub does not accept {repo}: {reason}") from error
