"""Training: epochs over batches, a checkpoint after each, the best weights kept."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from schemas.emotion import NAMES
from schemas.errors import InputError, MienError
from train.batches import Batches, Sample, class_weights, targets
from train.checkpoint import Checkpoint, State
from train.network import build, copied_weights, input_shape, load_weights, loss, reseed, settle
from train.schedule import PLATEAU_FACTOR, plateau, rate, stale
from train.teaching import accuracy
from workspace.backend import stderr_closed
from workspace.saved import probabilities

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from schemas.settings import FitSettings
    from train.architectures import Architecture
    from train.order import Faces
    from train.teaching import Teaching

Tell = Callable[[int, int, "Mapping[str, Any] | None"], None]
"""Steps done, steps of the whole training, and a finished epoch's row."""


def _silent(_done: int, _total: int, _row: Mapping[str, Any] | None) -> None:
    """Tells nobody."""


class DivergedError(MienError):
    """The loss became infinite or not a number before any epoch was finished."""


@dataclass(frozen=True)
class Trained:
    """A finished training.

    Attributes:
        model: The best epoch's network, float32, not compiled.
        history: A row an epoch: epoch, rate, loss, accuracy, validation_loss, validation_accuracy, seconds.
        best_epoch: The epoch the weights are of, from 1.
        ended: Why training ended: "epochs", "early stopping", "stopped" (Ctrl-C) or "diverged".
        seconds: Time spent in all epochs.
    """

    model: keras.Model
    history: list[dict[str, Any]]
    best_epoch: int
    ended: str
    seconds: float


def fit(  # noqa: PLR0913 - what, from what, how, and from where
    architecture: Architecture,
    training: Faces,
    validation: Faces,
    settings: FitSettings,
    *,
    checkpoint: Checkpoint | None = None,
    start: Path | None = None,
    teaching: Teaching | None = None,
    tell: Tell = _silent,
) -> Trained:
    """Trains a network and keeps the weights of the epoch with the highest validation accuracy.

    Every epoch is a function of the state before it, the seed and its number, so a training that is taken up from
    its checkpoint ends as one that was never interrupted.

    Args:
        architecture: Which network.
        training: Faces it learns from.
        validation: Faces it is chosen on; never learnt from.
        settings: The recipe.
        checkpoint: Where the state goes after each epoch; what lies there is taken up.
        start: A `.keras` file of the same architecture whose weights are started from. Nothing but its weights is
            read: what else a stranger's file holds is not looked at.
        teaching: Teachers whose answers are learnt beside the labels.
        tell: Called after each step with the steps done, those of the whole training and None, and after each epoch
            with that epoch's row.

    Returns:
        The best network, and how it came about.

    Raises:
        InputError: A set is empty, the network does not give seven classes, or `start` has other weights.
        DivergedError: The loss became infinite or not a number in the first epoch.
        StorageError: The disk refused a checkpoint.
    """
    for name, faces in (("training", training), ("validation", validation)):
        if not len(faces.pixels):
            raise InputError(f"the {name} set is empty", "give data that has it; `Usage` or the table `splits` says it")
    # TensorFlow is seeded too where it is installed, and so loaded, with its remarks, whatever the backend is.
    with stderr_closed():
        keras.utils.set_random_seed(settings.seed)
    return _Training(architecture, training, validation, settings, start, teaching).run(checkpoint, tell)


class _Training:
    """The parts of one training: model, optimizer, data."""

    def __init__(  # noqa: PLR0913, PLR0917 - as `fit`
        self,
        architecture: Architecture,
        training: Faces,
        validation: Faces,
        settings: FitSettings,
        start: Path | None,
        teaching: Teaching | None,
    ) -> None:
        self._settings = settings
        self._teaching = teaching
        self._validation = validation
        # What is learnt is what the epoch is chosen by: the label, or the votes' likeliest where they weigh more.
        self._expected = targets(validation.labels, validation.shares, settings).argmax(axis=1)
        self._wanted = np.eye(len(NAMES), dtype=np.float32)[self._expected]
        weights = np.ones(len(training.labels), dtype=np.float32)
        if settings.class_weights == "balanced":
            weights = class_weights(training.labels)[training.labels]
        self._sample = Sample(training.pixels, targets(training.labels, training.shares, settings), weights)
        self._architecture = architecture
        self._model = build(architecture, settings)
        if start is not None:
            load_weights(self._model, start, architecture)
        self._averaging = Averaging(
            settings.learning_rate,
            momentum=settings.momentum,
            nesterov=settings.momentum > 0,
            weight_decay=settings.weight_decay or None,
            use_ema=settings.ema > 0,
            ema_momentum=settings.ema or 0.99,
            name="sgd",
        )
        self._model.compile(
            optimizer=self._averaging,
            loss=teaching.loss if teaching else loss(training.labels, settings.logit_adjustment),
            weighted_metrics=[accuracy if teaching else "accuracy"],
            jit_compile=False if keras.backend.backend() == "tensorflow" else "auto",
        )
        # In float16 Keras wraps what it is given into one that also scales the loss.
        self._optimizer = self._model.optimizer
        self._optimizer.build(self._model.trainable_variables)

    def run(self, checkpoint: Checkpoint | None, tell: Tell) -> Trained:
        state = State()
        if checkpoint and checkpoint.exists:
            state = checkpoint.load()
            self._restore(state)
        if keras.backend.backend() != "tensorflow":
            # With JAX and PyTorch a process' first `fit` takes a batch to build metrics and loss, and goes on with the
            # second (Keras 3.15). So they are built before.
            self._model.test_on_batch(*self._batches(state.epoch)[0])
        ended = "epochs"
        while state.epoch < self._settings.epochs:
            if self._settings.early_stopping and stale(state.history):
                ended = "early stopping"
                break
            try:
                reason = self._epoch(state, tell)
            except KeyboardInterrupt:
                reason = "stopped"
            if reason:
                if not state.best:
                    raise _no_epoch(reason)
                ended = reason
                break
            if checkpoint:
                checkpoint.save(state)
        return self._trained(state, ended)

    def _epoch(self, state: State, tell: Tell) -> str:
        """One epoch; writes what came of it into the state. Returns why training must end, or nothing."""
        started = time.monotonic()
        reseed(self._model, self._settings.seed, state.epoch)
        batches = self._batches(state.epoch)
        steps = len(batches)
        watch = _Watch(
            lambda step: rate(self._settings, state.epoch + step / steps) * state.rate_scale,
            lambda step: tell(state.epoch * steps + step, self._settings.epochs * steps, None),
        )
        said = self._model.fit(batches, epochs=1, verbose=0, callbacks=[watch], shuffle=False).history
        # A variance that has left the range of float32 leaves the loss a number.
        if watch.diverged or not all(np.isfinite(weight).all() for weight in self._model.get_weights()):
            return "diverged"
        kept = self._averaged()
        validation_loss, accuracy = self._score(kept)
        row = {
            "epoch": state.epoch + 1,
            "rate": watch.rate,
            "loss": float(said["loss"][-1]),
            "accuracy": float(said["accuracy"][-1]),
            "validation_loss": validation_loss,
            "validation_accuracy": accuracy,
            "seconds": round(time.monotonic() - started, 3),
        }
        if accuracy > max((before["validation_accuracy"] for before in state.history), default=-1):
            state.best = kept
        state.history.append(row)
        state.epoch += 1
        state.weights = copied_weights(self._model)
        state.optimizer = [np.array(variable) for variable in self._optimizer.variables]
        tell(state.epoch * steps, self._settings.epochs * steps, row)
        if self._settings.schedule == "plateau" and plateau(state):
            state.rate_scale *= PLATEAU_FACTOR
        return ""

    def _batches(self, epoch: int) -> keras.utils.PyDataset:
        plain = Batches(self._sample, self._settings, epoch)
        return self._teaching.batches(plain) if self._teaching else plain

    def _averaged(self) -> list[NDArray[Any]]:
        """The weights to keep: running means of what is trained, where they are used, and all else as it is."""
        trained = copied_weights(self._model)
        if not self._settings.ema:
            return trained
        for variable, mean in zip(self._model.trainable_variables, self._averaging.means, strict=True):
            variable.assign(mean)
        settle(self._model, self._sample.pixels)
        kept = copied_weights(self._model)
        self._model.set_weights(trained)
        return kept

    def _score(self, weights: list[NDArray[Any]]) -> tuple[float, float]:
        """Cross-entropy and accuracy of these weights on the validation set."""
        trained = copied_weights(self._model)
        self._model.set_weights(weights)
        said = probabilities(self._model, self._validation.pixels)
        self._model.set_weights(trained)
        chosen = np.maximum((said * self._wanted).sum(axis=1), keras.config.epsilon())
        return float(-np.log(chosen).mean()), float((said.argmax(axis=1) == self._expected).mean())

    def _restore(self, state: State) -> None:
        self._model.set_weights(state.weights)
        for variable, value in zip(self._optimizer.variables, state.optimizer, strict=True):
            variable.assign(value)

    def _trained(self, state: State, ended: str) -> Trained:
        precision = keras.config.dtype_policy()
        keras.config.set_dtype_policy("float32")
        model = self._architecture.build(input_shape(self._architecture))
        keras.config.set_dtype_policy(precision)
        model.set_weights(state.best)
        accuracies = [row["validation_accuracy"] for row in state.history]
        seconds = sum(row["seconds"] for row in state.history)
        return Trained(model, state.history, int(np.argmax(accuracies)) + 1, ended, seconds)


class Averaging(keras.optimizers.SGD):  # type: ignore[misc]  # Keras has no types
    """SGD that keeps the running means of the weights apart, and lets go of the first weights soon.

    Keras' own puts them in the place of the weights at the end of each `Model.fit`. An epoch is a `fit` of its own
    here, so training would go back to the mean of the last epochs each time, and learn at a fraction of its rate.
    """

    def _update_model_variables_moving_average(self, trainable_variables: Any) -> None:
        """Keras' decay is the same from the first step on, so that after few steps the mean is still random weights.

        Here it is at most n / (n + 9) after n steps: a mean of the last tenth of them, until `ema` is longer. As the
        `num_updates` of `tf.train.ExponentialMovingAverage`.
        """
        steps = keras.ops.cast(self.iterations, "float32")
        decay = keras.ops.minimum(self.ema_momentum, steps / (steps + 9.0))
        for variable, mean in zip(trainable_variables, self._model_variables_moving_average, strict=True):
            mean.assign(variable + keras.ops.cast(decay, mean.dtype) * (mean - variable))

    def finalize_variable_values(self, var_list: Any) -> None:
        """Leaves the weights as they are."""

    @property
    def means(self) -> list[Any]:
        """The running means, in the order of the trained variables."""
        return list(self._model_variables_moving_average)


class _Watch(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Sets the rate of each step, tells how far it is, and stops at a loss that is no number."""

    def __init__(self, rate_at: Callable[[int], float], tell: Callable[[int], None]) -> None:
        super().__init__()
        self._rate_at = rate_at
        self._tell = tell
        self.rate = 0.0
        self.diverged = False

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002 - Keras names it
        self.rate = self._rate_at(batch)
        self.model.optimizer.learning_rate = self.rate

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if not math.isfinite(float((logs or {}).get("loss", 0.0))):
            self.diverged = True
            self.model.stop_training = True
        self._tell(batch + 1)


def _no_epoch(reason: str) -> BaseException:
    if reason == "stopped":
        return KeyboardInterrupt()
    return DivergedError(
        "the loss became infinite or not a number in the first epoch", "lower --learning-rate, or lengthen --warmup"
    )
