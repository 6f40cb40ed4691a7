"""The training loop of the NumPy networks: the laws of ``training.loop``, without torch.

Adam on clipped gradients, a running mean of the weights that is validated and kept, early stopping.
The whole state is written as .npz (no pickle) every few minutes and on Ctrl-C, and a resumed run
arrives at the same weights as one that was never interrupted. It knows nothing about texts.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from tqdm import tqdm

from data.errors import InputError
from models.scratch.batches import Batch
from models.scratch.layers import State
from models.scratch.network import CharacterNetwork
from models.scratch.optimizers import Adam, clip_by_norm
from models.scratch.storage import StorageError, load_arrays, save_arrays
from training.run_state import StopRequest

STATE_FILE = "state.npz"
SMOOTHING = 0.99  # of the loss on screen: (2.5) has 0.999 for one name a step, a batch holds many


@dataclass(frozen=True)
class Recipe:
    """How a NumPyTrainer trains; ``patience`` in epochs, ``averaging`` the share of the running
    mean of the weights that stays at each step."""

    epochs: int
    patience: int
    learning_rate: float
    clip_norm: float
    weight_decay: float
    averaging: float
    schedule: Callable[[float], float]  # progress in 0..1 -> factor of the learning rate
    save_minutes: float = 2.0


@dataclass
class Progress:
    """Where a run stands: everything of its state that is no array."""

    shape: dict  # of the network, so that no other one resumes here
    smoothed: float  # nats a character (2.5)
    epoch: int = 1  # the running one, counted from 1
    step_in_epoch: int = 0  # steps done in it
    steps: int = 0  # steps done in all
    loss: float = 0.0  # sums over the running epoch, of nats ...
    count: int = 0  # ... of characters
    norm: float = 0.0  # ... of gradient norms
    clipped: int = 0  # ... and of steps whose gradient was clipped
    seconds: float = 0.0  # of training in the running epoch, over all its sittings
    best_loss: float = math.inf
    best_epoch: int = 0
    history: list[dict[str, float]] = field(default_factory=list)


class NumpyTrainer:
    """Trains ``network`` in place; after ``fit`` it holds the best validated (averaged) weights."""

    def __init__(self, network: CharacterNetwork, run_folder: Path, recipe: Recipe) -> None:
        self.network, self.recipe = network, recipe
        self.path = Path(run_folder) / STATE_FILE
        self.optimizer = Adam(recipe.learning_rate)
        self.mean = {name: value.copy() for name, value in network.parameters.items()}
        self.best: dict[str, np.ndarray] = {}
        self.states: list[State] | None = None  # carried from window to window
        vocab_size = network.config.vocab_size
        self.progress = Progress(asdict(network.config), smoothed=math.log(vocab_size))

    def fit(
        self,
        batches: Callable[[int], Sequence[Batch]],
        validate: Callable[[CharacterNetwork], float],
        show: Callable[[NumpyTrainer], None],
        *,
        carry_states: bool = False,
        resume: bool = False,
    ) -> list[dict[str, float]]:
        """Run the epochs and return the history, one row an epoch.

        ``batches(epoch)`` must be a function of the seed and the epoch alone. ``validate`` gives
        the nats a character of a network with the averaged weights; ``show`` is called after each
        step. With ``carry_states`` a batch goes on where the one before it ended (11.8).
        """
        if resume:
            self._load_state()
        at = self.progress
        with StopRequest() as self.stop_request:
            while at.epoch <= self.recipe.epochs and not self._is_patience_spent():
                self._run_epoch(batches(at.epoch), show, carry_states)
                self._finish_epoch(validate)
        self.network.parameters.update(self.best)
        return at.history

    def averaged(self) -> CharacterNetwork:
        """A network with the running mean of the weights."""
        return CharacterNetwork(self.network.config, self.mean)

    def _is_patience_spent(self) -> bool:
        at = self.progress
        return at.best_epoch > 0 and at.epoch - 1 - at.best_epoch >= self.recipe.patience

    def _run_epoch(
        self,
        batches: Sequence[Batch],
        show: Callable[[NumpyTrainer], None],
        carry_states: bool,
    ) -> None:
        at, recipe = self.progress, self.recipe
        last_save, started = time.monotonic(), time.monotonic() - at.seconds
        title = f"epoch {at.epoch}/{recipe.epochs}"
        with tqdm(total=len(batches), initial=at.step_in_epoch, desc=title, leave=False) as bar:
            for batch in batches[at.step_in_epoch :]:
                done = (at.epoch - 1 + at.step_in_epoch / len(batches)) / recipe.epochs
                self.optimizer.learning_rate = recipe.learning_rate * recipe.schedule(done)
                first = at.step_in_epoch == 0
                self._step(batch, self.states if carry_states and not first else None)
                at.seconds = time.monotonic() - started
                show(self)
                bar.update()
                if self.stop_request.is_set:
                    self._save_state()
                    raise SystemExit(f"\nStopped in epoch {at.epoch}; go on with --resume.")
                if time.monotonic() - last_save > 60 * recipe.save_minutes:
                    self._save_state()
                    last_save = time.monotonic()

    def _step(self, batch: Batch, states: list[State] | None) -> None:
        at, recipe, parameters = self.progress, self.recipe, self.network.parameters
        result = self.network.loss_and_gradients(batch, states)
        gradients, norm = clip_by_norm(result.gradients, recipe.clip_norm)
        if not math.isfinite(norm):
            raise InputError("The gradient is not finite any more; lower --learning_rate.")
        for value in parameters.values():
            if value.shape[1] > 1:  # matrices; a bias pulled to zero would only be in the way
                value *= 1 - self.optimizer.learning_rate * recipe.weight_decay
        self.optimizer.update(parameters, gradients)
        # At first the mean is over the steps so far, so that the start does not linger in it.
        keep = min(recipe.averaging, at.steps / (at.steps + 1))
        for name, value in parameters.items():
            self.mean[name] += (1 - keep) * (value - self.mean[name])
        self.states = result.states
        at.step_in_epoch, at.steps = at.step_in_epoch + 1, at.steps + 1
        at.smoothed = SMOOTHING * at.smoothed + (1 - SMOOTHING) * result.loss
        at.loss, at.count = at.loss + result.loss * result.count, at.count + result.count
        at.norm, at.clipped = at.norm + norm, at.clipped + (norm > recipe.clip_norm)

    def _finish_epoch(self, validate: Callable[[CharacterNetwork], float]) -> None:
        at, loss = self.progress, validate(self.averaged())
        at.history.append({
            "epoch": at.epoch,
            "train_loss": at.loss / at.count,
            "valid_loss": loss,
            "learning_rate": self.optimizer.learning_rate,
            "gradient_norm": at.norm / at.step_in_epoch,
            "clipped_share": at.clipped / at.step_in_epoch,
            "seconds": at.seconds,
            "rate": at.count / at.seconds,
        })  # fmt: skip
        if loss < at.best_loss:
            at.best_loss, at.best_epoch = loss, at.epoch
            self.best = {name: value.copy() for name, value in self.mean.items()}
        mark = "  (best)" if at.best_epoch == at.epoch else ""
        tqdm.write(
            f"epoch {at.epoch}: train {at.loss / at.count:.4f}, valid {loss:.4f} nats a character, "
            f"{at.count / at.seconds:,.0f} characters/s{mark}"
        )
        at.epoch, at.step_in_epoch = at.epoch + 1, 0
        at.loss, at.count, at.norm, at.clipped, at.seconds = 0.0, 0, 0.0, 0, 0.0
        self._save_state()

    def _save_state(self) -> None:
        groups = {
            "parameters": self.network.parameters, "mean": self.mean, "best": self.best,
            "optimizer": self.optimizer.state,
            "states": {f"{layer}.{part}": value for layer, state in enumerate(self.states or [])
                       for part, value in enumerate(state)},
        }  # fmt: skip
        arrays = {f"{g}/{name}": value for g, of in groups.items() for name, value in of.items()}
        text = json.dumps(asdict(self.progress)).encode()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        save_arrays(self.path, arrays | {"progress": np.frombuffer(text, np.uint8)})

    def _load_state(self) -> None:
        if not self.path.is_file():
            raise InputError(f"{self.path} is not there, so there is nothing to resume.")
        try:
            arrays = load_arrays(self.path)
            progress = Progress(**json.loads(arrays.pop("progress").tobytes()))
        except (StorageError, KeyError, TypeError, ValueError) as error:
            raise InputError(f"{self.path} is damaged; train again without --resume.") from error
        wanted, found = asdict(self.network.config), progress.shape
        odd = [name for name in wanted if wanted[name] != found.get(name)]
        if odd:
            raise InputError(
                f"{self.path} is of a network with {odd[0]} {found.get(odd[0])!r}, not "
                f"{wanted[odd[0]]!r}; resume with the flags of the start, or give another --name."
            )
        self._restore(arrays, progress)

    def _restore(self, arrays: dict[str, np.ndarray], progress: Progress) -> None:
        groups: dict[str, dict[str, np.ndarray]] = {}
        for key, value in arrays.items():
            group, _, name = key.partition("/")
            groups.setdefault(group, {})[name] = value
        self.progress = progress
        self.network.parameters.update(groups["parameters"])
        self.mean, self.best = groups["mean"], groups.get("best", {})
        self.optimizer.state = groups.get("optimizer", {})
        parts = groups.get("states", {})
        layers = self.network.config.num_layers
        self.states = [
            tuple(parts[name] for name in sorted(parts) if name.startswith(f"{layer}."))
            for layer in range(layers)
        ] if parts else None  # fmt: skip
