"""Checkpoints from the Hub and to it, by the real client against a Hub on loopback."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from huggingface_hub import constants

from inference.forecasting import Forecaster
from inference.generation import TextGenerator
from inference.registry import Registry
from inference.sentiment import SentimentClassifier
from models import hub as client
from models.checkpoint import CheckpointError
from models.hub import HubError, HubUnreachableError, fetch, push
from models.places import Pin, is_repo, locate, read_pins, write_pins

REPO = "alice/shakespeare-lstm"
AT_ONCE = 2.0  # seconds: no retries


def files_of(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in folder.iterdir()}


def put(folder: Path, repo: str = REPO, **options) -> client.Pushed:
    return push(repo, files_of(folder), message="test", is_own=lambda names: True, **options)


@pytest.fixture
def folder(weights_dir, tmp_path) -> Path:
    """A checkpoint that may be changed."""
    return shutil.copytree(weights_dir / "shakespeare-lstm", tmp_path / "w" / "shakespeare-lstm")


@pytest.fixture
def down(monkeypatch):
    """Call it, and nobody answers where the Hub was; waiting for retries is not waited for."""

    def pull_the_plug() -> None:
        monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
        template = "http://127.0.0.1:9/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)

    return pull_the_plug


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("shakespeare-lstm", TextGenerator),
        ("sentiment-lstm", SentimentClassifier),
        ("forecast-lstm", Forecaster),
    ],
)
def test_each_task_loads_from_the_hub_under_its_own_name(hub, weights_dir, name, kind):
    put(weights_dir / name, f"alice/{name}")
    assert kind.from_pretrained(f"alice/{name}", revision="v1").name == name


def test_tag_commit_and_newest_give_what_was_published(hub, folder):
    first = put(folder)
    text = TextGenerator.from_pretrained(folder).generate("ROMEO:", 20).text
    (folder / "metrics.json").write_text('{"second": true}')
    second = put(folder)
    assert (first.tag, second.tag) == ("v1", "v2")
    for revision in ("v1", first.commit, "v2", second.commit, None):
        place = fetch(REPO, revision)
        expected = second.commit if revision in ("v2", second.commit, None) else first.commit
        assert place.name == expected
        assert TextGenerator.from_pretrained(REPO, revision).generate("ROMEO:", 20).text == text


def test_the_same_again_makes_no_commit_and_no_tag(hub, folder):
    first = put(folder)
    again = put(folder)
    assert (again.commit, again.tag, again.changed) == (first.commit, "v1", False)
    assert len(hub.repo(REPO).commits) == 2  # the empty one that the Hub makes, and ours
    assert hub.repo(REPO).tags == {"v1": first.commit}


def test_what_is_gone_here_is_gone_there(hub, folder):
    put(folder)
    (folder / "metrics.json").unlink()
    put(folder)
    assert "metrics.json" not in hub.repo(REPO).files
    assert ".gitattributes" in hub.repo(REPO).files


def test_a_tag_is_never_moved(hub, folder):
    first = put(folder, tag="final")
    (folder / "metrics.json").write_text("{}")
    with pytest.raises(HubError, match="tag final at another commit; choose a new one"):
        put(folder, tag="final")
    assert hub.repo(REPO).head == first.commit


@pytest.mark.parametrize("step", ["PUT /large", "POST .*/commit", "POST .*/preupload"])
def test_a_break_in_the_middle_leaves_no_new_repository_behind(hub, folder, step):
    hub.failing[step] = 400
    with pytest.raises(HubError):
        put(folder)
    assert hub.repos == {}


@pytest.mark.parametrize("step", ["PUT /large", "POST .*/commit"])
def test_a_break_in_the_middle_leaves_an_old_repository_as_it_was(hub, folder, weights_dir, step):
    first = put(folder)
    shutil.copy(weights_dir / "forecast-lstm" / "model.safetensors", folder)
    hub.failing[step] = 400
    with pytest.raises(HubError):
        put(folder)
    assert hub.repo(REPO).head == first.commit
    hub.failing.clear()
    assert put(folder).changed


def test_a_commit_whose_tag_failed_gets_it_when_published_again(hub, folder):
    hub.failing["POST .*/tag/"] = 400
    with pytest.raises(HubError):
        put(folder)
    hub.failing.clear()
    again = put(folder)
    assert (again.changed, again.tag) == (False, "v1")
    assert hub.repo(REPO).tags == {"v1": again.commit}


@pytest.mark.parametrize(
    ("token", "repo", "sentence"),
    [
        ("", REPO, "no token for the Hub.*hf auth login"),
        ("hf_nobody_knows", REPO, "does not accept this token.*hf auth login"),
        ("hf_reader", REPO, "does not let this token write to alice/shakespeare-lstm"),
        ("hf_alice", "bob/shakespeare-lstm", "does not let this token write to bob/"),
        ("hf_alice", "no such name", "does not accept no such name"),
    ],
)
def test_who_may_not_publish_is_told_so_without_the_token(
    hub, folder, monkeypatch, token, repo, sentence
):
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(HubError, match=sentence) as caught:
        put(folder, repo)
    assert "\n" not in str(caught.value)
    assert not token or token not in str(caught.value)
    assert hub.repos == {}


def test_another_kind_of_repository_is_not_overwritten(hub, folder):
    put(folder)
    with pytest.raises(HubError, match="holds something else; choose another name"):
        push(REPO, {"a.txt": b"a"}, message="m", is_own=lambda names: "config.json" not in names)
    assert "a.txt" not in hub.repo(REPO).files


def test_private_is_private(hub, folder, monkeypatch):
    put(folder, private=True)
    assert fetch(REPO).is_dir()
    monkeypatch.setenv("HF_TOKEN", "hf_bob")
    with pytest.raises(HubError, match="private and closed to you"):
        fetch(REPO)


def test_a_public_repository_does_not_turn_private_unseen(hub, folder):
    put(folder)
    with pytest.raises(HubError, match="there and public"):
        put(folder, private=True)


@pytest.mark.parametrize(
    ("repo", "revision", "sentence"),
    [
        ("alice/nothing", None, "There is no alice/nothing on the Hub"),
        (REPO, "v9", "has no revision 'v9'"),
        ("alice/empty", None, "has no config.json, so it is no checkpoint"),
        ("alice/pickle", None, r"has no model\.safetensors, so it is no checkpoint"),
    ],
)
def test_what_is_not_there_is_one_sentence(hub, folder, repo, revision, sentence):
    put(folder)
    push("alice/empty", {"a.txt": b"a"}, message="m", is_own=lambda names: True)
    pickled = {"config.json": b"{}", "pytorch_model.bin": b"never read"}
    push("alice/pickle", pickled, message="m", is_own=lambda names: True)
    with pytest.raises(CheckpointError, match=sentence):
        TextGenerator.from_pretrained(repo, revision=revision)
    assert not any("pytorch_model" in call and "resolve" in call for call in hub.requests)


def test_a_damaged_file_is_refused_and_fetched_anew(hub, folder):
    put(folder)
    hub.corrupt.add("model.safetensors")
    with pytest.raises(HubError, match=r"model\.safetensors came damaged"):
        fetch(REPO, "v1")
    hub.corrupt.clear()
    weights = fetch(REPO, "v1") / "model.safetensors"
    weights.resolve().write_bytes(b"rotten")
    assert (fetch(REPO, "v1") / "model.safetensors").read_bytes() != b"rotten"


@pytest.mark.parametrize("revision", ["v1", "commit", None])
def test_without_the_hub_the_cache_serves_at_once(hub, folder, down, revision):
    pushed = put(folder)
    revision = pushed.commit if revision == "commit" else revision
    fetch(REPO, revision)
    down()
    started, asked = time.monotonic(), len(hub.requests)
    assert fetch(REPO, revision).name == pushed.commit
    assert time.monotonic() - started < AT_ONCE
    assert len(hub.requests) == asked


def test_a_tag_in_the_cache_is_not_asked_for_again(hub, folder):
    put(folder)
    fetch(REPO, "v1")
    asked = len(hub.requests)
    fetch(REPO, "v1")
    assert len(hub.requests) == asked


def test_without_the_hub_and_the_cache_the_answer_comes_at_once(hub, folder, down):
    put(folder)
    down()
    started = time.monotonic()
    with pytest.raises(HubUnreachableError, match=r"cannot be reached.*no copy in the cache"):
        TextGenerator.from_pretrained(REPO, revision="v1")
    assert time.monotonic() - started < AT_ONCE


def test_a_hub_that_breaks_down_lets_the_cache_serve(hub, folder):
    put(folder)
    fetch(REPO)
    hub.failing["GET"] = 503
    assert fetch(REPO).is_dir()
    with pytest.raises(HubUnreachableError, match="error 503"):
        fetch("alice/other")


def test_a_folder_here_is_never_looked_for_on_the_hub(hub, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights").mkdir()
    for place in ("weights/not-there", Path("alice/model"), "plain", "/a/b/c", "../x"):
        assert locate(place) == (Path(place), Path(place).name)
    assert hub.requests == []
    with pytest.raises(CheckpointError, match="is a folder, which has no revision 'v1'"):
        locate("weights/not-there", "v1")


@pytest.mark.parametrize("name", ["alice", "a/b/c", "../b", "a/..", "a b/c", "a/", "/a", "-a/b"])
def test_only_user_and_name_make_a_repository(name):
    assert not is_repo(name)
    assert is_repo("alice-2/my_model.v1")


def pinned(folder: Path, *repos: str) -> dict[str, Pin]:
    """Publish ``folder`` under these names, pinned beside it."""
    pins = {}
    for repo in repos:
        commit = put(folder, repo).commit
        weights = client._sha256((folder / "model.safetensors").read_bytes())
        pins[repo.split("/")[1]] = Pin(repo, commit, weights)
    write_pins(folder.parent, pins)
    return pins


def test_the_registry_takes_pinned_models_from_the_hub(hub, folder):
    pins = pinned(folder, REPO, "alice/only-there")
    shutil.rmtree(folder)
    registry = Registry(folder.parent, "alice")
    assert registry.missed == {}
    assert registry.names("generation") == ["shakespeare-lstm", "only-there"]
    assert registry.folder("shakespeare-lstm").name == pins["shakespeare-lstm"].commit
    assert registry.load("generation", "only-there").name == "only-there"


def test_a_pin_holds_when_the_repository_moves_on(hub, folder):
    commit = pinned(folder, REPO)["shakespeare-lstm"].commit
    (folder / "config.json").write_text("{}")
    assert put(folder).commit != commit
    registry = Registry(folder.parent, "alice")
    assert registry.folder("shakespeare-lstm").name == commit
    registry.load("generation", "shakespeare-lstm")


def test_without_a_namespace_the_hub_is_not_asked(hub, folder):
    pinned(folder, REPO)
    asked = len(hub.requests)
    registry = Registry(folder.parent)
    assert registry.load("generation").name == "shakespeare-lstm"
    assert registry.folder("shakespeare-lstm") == folder
    assert len(hub.requests) == asked


def test_the_bundled_folder_serves_when_the_hub_does_not(hub, folder, down):
    pinned(folder, REPO, "alice/only-there")
    down()
    started = time.monotonic()
    registry = Registry(folder.parent, "alice")
    assert time.monotonic() - started < AT_ONCE
    assert set(registry.missed) == {"shakespeare-lstm", "only-there"}
    assert "cannot be reached" in registry.missed["shakespeare-lstm"]
    assert len(set(registry.missed.values())) == 1  # one note on the page
    assert registry.load("generation", "shakespeare-lstm").name == "shakespeare-lstm"
    assert not registry.is_here("only-there")


def test_a_hub_that_does_not_answer_is_asked_once_for_all_models(hub, folder, monkeypatch):
    pinned(folder, REPO, "alice/one", "alice/two")
    asked = []

    def wait_in_vain(*args: object, **options: object) -> None:
        asked.append(options["timeout"])
        raise client.httpx.ConnectTimeout("nobody there")

    monkeypatch.setattr(client.HfApi, "model_info", wait_in_vain)
    assert len(Registry(folder.parent, "alice").missed) == 3
    assert asked == [client.PATIENCE]


def test_other_weights_than_the_pinned_ones_are_not_used(hub, folder):
    pins = pinned(folder, REPO)
    wrong = Pin(REPO, pins["shakespeare-lstm"].commit, "0" * 64)
    write_pins(folder.parent, {"shakespeare-lstm": wrong})
    registry = Registry(folder.parent, "alice")
    assert "other weights than its pin says" in registry.missed["shakespeare-lstm"]
    assert registry.folder("shakespeare-lstm") == folder


def test_pins_of_others_are_left_alone(hub, folder):
    pinned(folder, REPO)
    assert read_pins(folder.parent, "bob") == {}
    assert Registry(folder.parent, "bob").missed == {"hub.json": "hub.json pins no model of bob."}


@pytest.mark.parametrize(
    "content",
    ["[", "[]", '{"a": 1}', '{"a": {"repo": "alice/a"}}',
     '{"a": {"repo": "alice/b", "commit": "' + "0" * 40 + '", "sha256": "' + "0" * 64 + '"}}',
     '{"a": {"repo": "alice/a", "commit": "main", "sha256": "' + "0" * 64 + '"}}'],
)  # fmt: skip
def test_damaged_pins_are_one_sentence_and_the_page_starts(folder, content):
    (folder.parent / "hub.json").write_text(content)
    with pytest.raises(CheckpointError, match=r"hub\.json"):
        read_pins(folder.parent, "alice")
    assert list(Registry(folder.parent, "alice").missed) == ["hub.json"]
