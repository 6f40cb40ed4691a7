"""Publishing by the commands that the README gives: models with their cards, and the page."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import pytest
import yaml

from inference.generation import TextGenerator
from inference.scratch import NumpyGenerator
from models import hub as client
from models.checkpoint import CheckpointError
from models.hub import HubError
from tests.browser import served
from training import corpora, publish, scratch, space
from training.card import ModelCard, Result, hub_card, write_checkpoint_docs
from training.publish import Publishing, main

ROOT = Path(__file__).parents[2]
NAME = "shakespeare-lstm"
REPO = f"alice/{NAME}"
CARD = ModelCard(
    name=NAME, title="A network: tiny", task_tag="text-generation", description="Writes.",
    data="A text: of ours.", limits="Knows little.",
    usage=f'generator = TextGenerator.from_pretrained("weights/{NAME}")',
    results=[Result("nats", "Nats: a character", 1.5, "My text: part 1", "last 10 %", "4-gram", 2)],
)  # fmt: skip
METRICS = {"parameters": 3000, "training_minutes": 1.5, "training": {"seed": 1, "text": None}}


def with_card(folder: Path, name: str = NAME) -> Path:
    rows = [{"epoch": 1, "valid_loss": 2.0}]
    text = CARD.usage.replace(NAME, name)
    card = ModelCard(**{**vars(CARD), "name": name, "usage": text})
    write_checkpoint_docs(folder, history=rows, metrics=METRICS, card=card)
    return folder


@pytest.fixture
def folder(weights_dir, tmp_path, monkeypatch) -> Path:
    """A checkpoint with its card in a folder of its own, which is also the app's."""
    monkeypatch.setenv("RNN_LAB_WEIGHTS", str(tmp_path / "weights"))
    return with_card(shutil.copytree(weights_dir / NAME, tmp_path / "weights" / NAME))


def sent(hub) -> list[str]:
    """The requests that change something."""
    return [call for call in hub.requests if not call.startswith(("GET", "HEAD"))]


def test_a_published_model_has_its_files_a_tag_and_a_pin(hub, folder, capsys):
    (folder / "notes.txt").write_text("not for others")
    main([str(folder), "--repo", REPO, "--revision", "first"])
    repo = hub.repo(REPO)
    assert set(repo.files) == {
        ".gitattributes", "README.md", "config.json", "history.csv", "metrics.json",
        "model.safetensors", "tokenizer.json",
    }  # fmt: skip
    assert repo.tags == {"first": repo.head}
    told = capsys.readouterr().out
    assert f'from_pretrained("{REPO}", revision="first")' in told
    pin = json.loads((folder.parent / "hub.json").read_text())[NAME]
    assert (pin["repo"], pin["commit"]) == (REPO, repo.head)
    assert client.fetch(REPO, "first").name == pin["commit"]


def test_publishing_again_changes_nothing_and_says_so(hub, folder, capsys):
    main([str(folder), "--repo", REPO])
    pins = (folder.parent / "hub.json").read_text()
    head, asked = hub.repo(REPO).head, len(sent(hub))
    main([str(folder), "--repo", REPO])
    assert "has exactly this already" in capsys.readouterr().out
    assert hub.repo(REPO).head == head
    assert len(sent(hub)) == asked
    assert (folder.parent / "hub.json").read_text() == pins


def test_the_card_loads_the_model_from_where_it_is(hub, folder):
    main([str(folder), "--repo", REPO])
    text = hub.repo(REPO).files["README.md"].decode()
    line = re.search(r"TextGenerator\.from_pretrained\(.*\)", text)[0]
    assert eval(line, {"TextGenerator": TextGenerator}).name == NAME
    assert "git clone https://huggingface.co/spaces/alice/rnn-lab rnn-lab" in text
    matter = yaml.safe_load(text.split("---")[1])
    assert (matter["license"], matter["pipeline_tag"]) == ("mit", "text-generation")
    (result,) = matter["model-index"][0]["results"]
    assert result["dataset"]["name"] == "My text: part 1"
    assert result["metrics"] == [{"type": "nats", "name": "Nats: a character", "value": 1.5}]
    for part in ("4-gram: 2", "A text: of ours.", "Knows little.", "3,000 parameters", "seed 1",
                 "1.5 minutes", "## Licence"):  # fmt: skip
        assert part in text


def test_the_bundled_cards_can_be_published():
    cards = sorted(ROOT.glob("weights/*/README.md"))
    assert cards
    for path in cards:
        name = path.parent.name
        text = hub_card(path.read_text(), name, f"alice/{name}", "https://example.org/code")
        assert f'from_pretrained("alice/{name}")' in text
        assert yaml.safe_load(text.split("---")[1])["model-index"][0]["name"] == name


def test_all_checkpoints_go_under_one_name(hub, folder, weights_dir):
    other = shutil.copytree(weights_dir / "sentiment-lstm", folder.parent / "sentiment-lstm")
    with_card(other, "sentiment-lstm")
    main(["--all", "--namespace", "alice"])
    assert {repo for _, repo in hub.repos} == {REPO, "alice/sentiment-lstm"}
    assert set(json.loads((folder.parent / "hub.json").read_text())) == {NAME, "sentiment-lstm"}


def test_of_all_checkpoints_none_is_sent_when_one_cannot_be_used(hub, folder):
    broken = shutil.copytree(folder, folder.parent / "z-broken")
    break_weights(broken)
    with pytest.raises(CheckpointError, match="z-broken"):
        main(["--all", "--namespace", "alice"])
    assert hub.requests == []


def test_a_dry_run_asks_nobody(hub, folder, capsys):
    main([str(folder), "--repo", REPO, "--dry-run"])
    main(["--space", "alice/rnn-lab", "--dry-run"])
    told = capsys.readouterr().out
    assert "model.safetensors" in told
    assert "nothing was sent" in told
    assert "app.py" in told
    assert hub.requests == []


def break_weights(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-9])


def break_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def break_card(folder: Path) -> None:
    (folder / "README.md").unlink()


def strip_card(folder: Path) -> None:
    (folder / "README.md").write_text("# A network")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (break_weights, "truncated or damaged"),
        (break_tokenizer, r"tokenizer\.json"),
        (break_card, r"README\.md is missing"),
        (strip_card, "does not say how to load it"),
        (shutil.rmtree, r"config\.json is missing"),
    ],
)
def test_a_checkpoint_that_cannot_be_used_is_not_sent(hub, folder, damage, sentence):
    damage(folder)
    with pytest.raises(CheckpointError, match=sentence):
        main([str(folder), "--repo", REPO])
    assert hub.requests == []


@pytest.mark.parametrize(
    "argv", [[], ["x"], ["--all"], ["x", "--all"], ["x", "--space", "a/b"],
             ["x", "--repo", "a/b", "--hardware", "cpu-basic"],
             ["--all", "--namespace", "a", "--repo", "a/b"]],
)  # fmt: skip
def test_flags_that_make_no_sense_are_refused(hub, argv):
    with pytest.raises(SystemExit):
        main(argv)
    assert hub.requests == []


def test_a_training_does_not_begin_when_it_could_not_publish(hub, monkeypatch):
    with pytest.raises(HubError, match="write USER/NAME"):
        Publishing("plain")
    monkeypatch.setenv("HF_TOKEN", "")
    with pytest.raises(HubError, match="no token"):
        Publishing(REPO)
    Publishing()


def test_a_training_whose_publishing_fails_keeps_its_checkpoint_and_says_how_to_go_on(hub, folder):
    hub.failing["POST .*/commit"] = 400
    with pytest.raises(SystemExit, match=f"training.publish {folder} --repo {REPO}"):
        Publishing(REPO).finish(folder)
    hub.failing.clear()
    Publishing(REPO).finish(folder)
    assert NAME in hub.repo(REPO).commits[hub.repo(REPO).head]["README.md"].decode()


LOAD = """
import sys
from inference.scratch import NumpyGenerator
for revision in sys.argv[1:]:
    network = NumpyGenerator.from_pretrained("alice/names", revision=revision)
    print(repr(network.generate("", 30, seed=1).text))
"""


def test_the_whole_circle_from_a_training_to_the_process_of_a_stranger(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(corpora, "MIN_CHARACTERS", 100)
    text = tmp_path / "names.txt"
    text.write_text(
        "".join(f"{a}{b}\n" for a in ("ta", "bo", "mi") for b in ("ra", "no", "xu")) * 9
    )
    places = [f"--{name}_dir={tmp_path / name}" for name in ("run", "output", "results")]
    folder = scratch.main(
        [*places, f"--text={text}", "--unit=windows", "--name=names", "--hidden_size=8",
         "--epochs=1", "--bptt_steps=8", "--show_every=0", "--publish=alice/names"]
    )  # fmt: skip
    expected = repr(NumpyGenerator.from_pretrained(folder).generate("", 30, seed=1).text)
    repo, environment = hub.repo("alice/names"), hub.environment(tmp_path / "stranger")
    command = [sys.executable, "-c", LOAD, "v1", repo.tags["v1"]]
    for endpoint in (hub.base, "http://127.0.0.1:9"):  # the second time from the cache
        told = subprocess.check_output(
            command, cwd=ROOT, env=environment | {"HF_ENDPOINT": endpoint}, text=True, timeout=120
        )
        assert told.splitlines() == [expected] * 2


def test_the_hf_command_takes_and_brings_the_same_files(hub, folder, tmp_path):
    main([str(folder), "--repo", REPO])
    hf, environment = Path(sys.executable).with_name("hf"), hub.environment(tmp_path, "hf_alice")

    def run(*arguments: str) -> None:
        subprocess.run([hf, *arguments], env=environment, check=True, capture_output=True)

    run("download", REPO, "--revision", "v1", "--local-dir", str(tmp_path / "taken"))
    brought = {path.name: path.read_bytes() for path in (tmp_path / "taken").glob("[!.]*")
               if path.is_file()}  # fmt: skip
    files = hub.repo(REPO).files
    assert brought == {name: files[name] for name in files if not name.startswith(".")}
    run("upload", "alice/by-hand", str(tmp_path / "taken"), ".", "--exclude", ".cache/*")
    assert TextGenerator.from_pretrained("alice/by-hand").name == "by-hand"


# The page as a Space


FRONT_MATTER = yaml.safe_load((ROOT / "README.md").read_text().split("---")[1])


def test_the_front_matter_is_what_the_hub_accepts():
    assert (ROOT / "README.md").read_bytes().startswith(b"---\n")
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {FRONT_MATTER["colorFrom"], FRONT_MATTER["colorTo"]} <= colours
    assert len(FRONT_MATTER["short_description"]) <= 60
    assert FRONT_MATTER["sdk"] == "gradio"
    assert FRONT_MATTER["app_file"] in space.SINGLE
    assert FRONT_MATTER["python_version"] in ("3.12", "3.12.12")  # on ZeroGPU, and with NumPy 2.4
    assert isinstance(FRONT_MATTER["python_version"], str)
    assert FRONT_MATTER["license"] == "mit"
    assert len(FRONT_MATTER["title"]) < 50
    assert FRONT_MATTER["suggested_hardware"] in ("cpu-basic", "zero-a10g")
    allowed = {"title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version",
               "app_file", "license", "short_description", "suggested_hardware", "models",
               "tags", "pinned"}  # fmt: skip
    assert set(FRONT_MATTER) <= allowed


def test_the_space_runs_the_gradio_that_the_tests_run():
    assert FRONT_MATTER["sdk_version"] == metadata.version("gradio")


def test_the_space_s_own_install_command_resolves(tmp_path):
    """What the builder of Spaces runs, without installing; torch is there before, as on ZeroGPU."""
    command = [
        sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--retries", "0",
        "--timeout", "10", "-r", str(ROOT / "requirements.txt"),
        f"gradio[oauth,mcp]=={FRONT_MATTER['sdk_version']}", "uvicorn>=0.14.0",
        "websockets>=10.4", "spaces",
    ]  # fmt: skip
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=tmp_path)
    except subprocess.TimeoutExpired:
        pytest.skip("the package index is too slow here")
    unreachable = ("Could not find a version", "No matching distribution", "connection", "Network")
    conflict = "ResolutionImpossible" in run.stderr or "conflict" in run.stderr
    if run.returncode and not conflict and any(word in run.stderr for word in unreachable):
        pytest.skip("there is no package index here to resolve against")
    assert run.returncode == 0, run.stderr


def test_the_space_gets_what_the_page_needs_and_nothing_else():
    files = space.files()
    assert {"app.py", "README.md", "requirements.txt", "data/tickers.csv", "tabs/style.css",
            "inference/registry.py", "models/hub.py"} <= files.keys()  # fmt: skip
    assert {"training/generation.py", "training/memory_race.py"} <= files.keys()
    tops = {path.split("/")[0] for path in files}
    assert tops == {*space.SINGLE, *(folder.split("/")[0] for folder in space.FOLDERS)}
    results = {path.split("/")[1] for path in files if path.startswith("results/")}
    assert results <= {"memory", "gradient_flow"}
    assert not any(part in path for path in files for part in ("__pycache__", ".git", ".part"))


@contextmanager
def running(folder: Path, environment: dict[str, str]) -> Iterator[str]:
    """``python app.py`` in ``folder`` as on a Space; its address."""
    port = str(socket.create_server(("127.0.0.1", 0)).getsockname()[1])
    told = {"SYSTEM": "spaces", "SPACE_ID": "alice/rnn-lab", "GRADIO_SSR_MODE": "False",
            "GRADIO_SERVER_NAME": "127.0.0.1", "GRADIO_SERVER_PORT": port}  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "app.py"], cwd=folder, env=environment | told,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    url, started = f"http://127.0.0.1:{port}/", time.monotonic()
    try:
        while True:
            try:
                urllib.request.urlopen(url, timeout=5).read()
                break
            except OSError:
                assert process.poll() is None, process.stderr.read()
                assert time.monotonic() - started < 120
                time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=20)


def page(url: str) -> str:
    """What the page is built of, as JSON."""
    return urllib.request.urlopen(f"{url}config", timeout=30).read().decode()


TABS = ("Text", "Sentiment", "Stocks", "Dates", "Inside", "Memory")


def test_the_files_of_the_space_serve_the_page_and_it_is_called_once(
    hub, weights_dir, tmp_path, capsys, monkeypatch
):
    small = {p: f for p, f in space.files().items() if not p.startswith("weights/")}
    small |= {f"weights/{path.relative_to(weights_dir).as_posix()}": path
              for path in weights_dir.rglob("*") if path.is_file()}  # fmt: skip
    monkeypatch.setattr(space, "files", lambda: small)
    monkeypatch.setattr(client.HfApi, "wait_for_space", quick(client.HfApi.wait_for_space))
    built = tmp_path / "built"
    for path, file in small.items():
        (built / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, built / path)
    with running(built, hub.environment(tmp_path / "hf")) as url:
        hub.space_url = url.rstrip("/")
        main(["--space", "alice/rnn-lab", "--hardware", "zero-a10g"])
        told = page(url)
    assert all(f'"label":"{tab}"' in told for tab in TABS)
    uploaded = hub.repo("alice/rnn-lab", "spaces")
    assert set(uploaded.files) == {".gitattributes", *small}
    assert uploaded.hardware == "zero-a10g"
    assert "judges 'A wonderful little film.'" in capsys.readouterr().out


def quick(wait):
    return lambda *args, **options: wait(*args, **(options | {"poll_interval": 0.01}))


@pytest.mark.parametrize(
    ("stages", "sentence"),
    [
        (["BUILDING", "BUILD_ERROR"], "has come to BUILD_ERROR; see: hf spaces logs"),
        (["BUILDING"], "does not run after"),
        (["RUNNING"], "runs but does not answer"),
    ],
)
def test_a_space_that_does_not_come_up_is_one_sentence(hub, monkeypatch, stages, sentence):
    monkeypatch.setattr(space, "files", lambda: {"app.py": ROOT / "app.py"})
    monkeypatch.setattr(space, "BUILD_SECONDS", 0.2)
    monkeypatch.setattr(client.HfApi, "wait_for_space", quick(client.HfApi.wait_for_space))
    hub.stages, hub.space_url = stages, "http://127.0.0.1:9"
    with pytest.raises(HubError, match=sentence):
        main(["--space", "alice/rnn-lab"])


def test_a_plan_that_must_be_paid_is_said(hub, monkeypatch):
    monkeypatch.setattr(space, "files", lambda: {"app.py": ROOT / "app.py"})
    hub.failing["POST /api/repos/create"] = 402
    with pytest.raises(HubError, match=r"asks for a paid plan.*zero-a10g"):
        main(["--space", "alice/rnn-lab"])


def test_a_space_with_another_app_is_not_overwritten(hub, monkeypatch):
    others = {"app.py": b"print()", "model.py": b""}
    client.push("alice/rnn-lab", others, message="m", is_own=lambda n: True, kind="space")
    with pytest.raises(HubError, match="holds something else"):
        main(["--space", "alice/rnn-lab"])


@pytest.mark.parametrize("is_up", [True, False])
def test_with_a_namespace_the_page_serves_all_tabs_with_the_hub_up_or_down(
    hub, folder, weights_dir, monkeypatch, is_up
):
    publish.publish(folder, REPO)
    for name in ("sentiment-lstm", "forecast-lstm"):
        shutil.copytree(weights_dir / name, folder.parent / name)
    monkeypatch.setenv("RNN_HUB_NAMESPACE", "alice")
    if not is_up:
        monkeypatch.setattr(client.constants, "ENDPOINT", "http://127.0.0.1:9")
    asked = len(hub.requests)
    with served(folder.parent) as url:
        told = page(url)
    assert all(f'"label":"{tab}"' in told for tab in TABS)
    assert NAME in told
    assert ("Not from the Hub as planned" in told) is not is_up
    weights = f"GET /{REPO}/resolve/{hub.repo(REPO).head}/model.safetensors"
    assert (weights in hub.requests[asked:]) is is_up
