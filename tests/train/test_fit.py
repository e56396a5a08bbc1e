"""Training: what it promises of its result whatever happens on the way."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pytest

from schemas.errors import InputError, UsageError
from schemas.settings import FitSettings
from train.architectures import Architecture
from train.checkpoint import Checkpoint, State
from train.fit import Averaging, DivergedError, Trained, fit
from train.order import Faces
from workspace.faceset import read

if TYPE_CHECKING:
    from pathlib import Path


def small(shape: tuple[int | None, int | None, int]) -> keras.Model:
    """A network that trains in a second, with all that has a state: normalisation, dropout."""
    inputs = keras.Input(shape)
    x = keras.layers.Rescaling(1 / 64, offset=-2)(inputs)
    x = keras.layers.Conv2D(8, 3, strides=2, use_bias=False)(x)
    x = keras.layers.Activation("relu")(keras.layers.BatchNormalization(momentum=0.8)(x))
    x = keras.layers.Conv2D(16, 3, strides=2, activation="relu")(x)
    x = keras.layers.Flatten()(keras.layers.MaxPooling2D(2)(x))
    x = keras.layers.Dropout(0.2)(x)
    return keras.Model(inputs, keras.layers.Dense(7, activation="softmax")(x))


SMALL = Architecture("small", small, "for tests")
RECIPE = FitSettings(epochs=3, batch=16, learning_rate=0.02, crop=48, warmup=0.5, ema=0.9, erasing=0.3, mixup=0.2)


def faces_of(seed: int, count: int) -> Faces:
    """Noise with a stripe whose place is the class."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % 7
    pixels = random.integers(0, 120, (count, 48, 48), dtype=np.uint8)
    for face, label in zip(pixels, labels, strict=True):
        face[6 * label + 3 : 6 * label + 6] = 255
    return Faces(pixels, labels, np.eye(7, dtype=np.float32)[labels])


@pytest.fixture(scope="module")
def training() -> Faces:
    """70 faces."""
    return faces_of(1, 70)


@pytest.fixture(scope="module")
def validation() -> Faces:
    """28 other faces."""
    return faces_of(2, 28)


@pytest.fixture(scope="module")
def whole(training: Faces, validation: Faces) -> Trained:
    """A training that nothing interrupts."""
    return fit(SMALL, training, validation, RECIPE)


def same(one: Trained, other: Trained) -> bool:
    """Whether two trainings ended with the same weights and figures, bit for bit."""
    weights = zip(one.model.get_weights(), other.model.get_weights(), strict=True)
    untimed = [[{**row, "seconds": 0} for row in trained.history] for trained in (one, other)]
    return untimed[0] == untimed[1] and all((a == b).all() for a, b in weights)


def killed_after(steps: int) -> Any:
    """A `tell` that ends the process, as far as the training can see, after so many steps."""

    def tell(done: int, total: int, row: Any) -> None:
        if done == steps and row is None:
            raise SystemExit

    return tell


def test_same_seed_same_network(whole: Trained, training: Faces, validation: Faces) -> None:
    """Weights and figures are equal to the last bit."""
    assert same(whole, fit(SMALL, training, validation, RECIPE))


def test_another_seed_another_network(whole: Trained, training: Faces, validation: Faces) -> None:
    """The twin of the test above: it can fail."""
    assert not same(whole, fit(SMALL, training, validation, dataclasses.replace(RECIPE, seed=1)))


@pytest.mark.parametrize("steps", [1, 4, 6, 12])
def test_resumed_is_as_never_interrupted(
    steps: int, whole: Trained, training: Faces, validation: Faces, tmp_path: Path
) -> None:
    """Killed in the first, second or third epoch (four steps each), or at an epoch's end."""
    checkpoint = Checkpoint(tmp_path / "run", {"settings": "the same"})
    with pytest.raises(SystemExit):
        fit(SMALL, training, validation, RECIPE, checkpoint=checkpoint, tell=killed_after(steps))
    assert same(whole, fit(SMALL, training, validation, RECIPE, checkpoint=checkpoint))


def test_plateau_resumed_is_as_never_interrupted(training: Faces, validation: Faces, tmp_path: Path) -> None:
    """The scale of the rate and what it depends on are part of the state."""
    recipe = dataclasses.replace(RECIPE, schedule="plateau", epochs=9, learning_rate=0.3, ema=0.0, mixup=0.0)
    checkpoint = Checkpoint(tmp_path / "run", {})
    with pytest.raises(SystemExit):
        fit(SMALL, training, validation, recipe, checkpoint=checkpoint, tell=killed_after(33))
    resumed = fit(SMALL, training, validation, recipe, checkpoint=checkpoint)
    assert same(fit(SMALL, training, validation, recipe), resumed)


def test_loss_scale_resumed_is_as_never_interrupted(training: Faces, validation: Faces, tmp_path: Path) -> None:
    """In 16 bits the first gradients overflow, which halves what the loss is multiplied by: part of the state too."""
    recipe = dataclasses.replace(RECIPE, precision="mixed_float16")
    checkpoint = Checkpoint(tmp_path / "run", {})
    with pytest.raises(SystemExit):
        fit(SMALL, training, validation, recipe, checkpoint=checkpoint, tell=killed_after(6))
    resumed = fit(SMALL, training, validation, recipe, checkpoint=checkpoint)
    assert same(fit(SMALL, training, validation, recipe), resumed)


def test_ctrl_c_keeps_the_best_so_far(whole: Trained, training: Faces, validation: Faces) -> None:
    """Stopped in the third epoch, the best of the first two is there."""

    def tell(done: int, total: int, row: Any) -> None:
        if done == 10:
            raise KeyboardInterrupt

    stopped = fit(SMALL, training, validation, RECIPE, tell=tell)
    assert stopped.ended == "stopped"
    assert [row["epoch"] for row in stopped.history] == [1, 2]
    accuracies = [row["validation_accuracy"] for row in whole.history[:2]]
    assert stopped.best_epoch == int(np.argmax(accuracies)) + 1


def test_ctrl_c_in_the_first_epoch_keeps_nothing(training: Faces, validation: Faces) -> None:
    """There is no network worth writing yet."""

    def tell(done: int, total: int, row: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(SMALL, training, validation, RECIPE, tell=tell)


def test_divergence_keeps_the_last_good_weights(training: Faces, validation: Faces) -> None:
    """A decay of 1 at a rate of 10 makes each weight nine times larger a step: after some epochs it is no number."""
    recipe = dataclasses.replace(RECIPE, learning_rate=10.0, weight_decay=1.0, warmup=0.0, epochs=60, ema=0.0)
    trained = fit(SMALL, training, validation, dataclasses.replace(recipe, schedule="plateau"))
    assert trained.ended == "diverged"
    assert 1 <= len(trained.history) < 60
    assert all(np.isfinite(weight).all() for weight in trained.model.get_weights())


def test_divergence_in_the_first_epoch_says_what_to_do(training: Faces, validation: Faces) -> None:
    """No weights are good then."""

    def broken(shape: tuple[int | None, int | None, int]) -> keras.Model:
        inputs = keras.Input(shape)
        x = keras.layers.Flatten()(keras.layers.Rescaling(float("inf"))(inputs))
        return keras.Model(inputs, keras.layers.Dense(7, activation="softmax")(x))

    with pytest.raises(DivergedError) as caught:
        fit(Architecture("broken", broken, ""), training, validation, RECIPE)
    assert "--learning-rate" in caught.value.fix


def test_overfits_64_real_faces(shared_data: Path) -> None:
    """What a network cannot learn by heart it cannot learn: 64 faces of FER-2013 go to 100 %."""
    few = read(shared_data / "fer2013_train_public.npz").of("train").where(np.arange(28_709) < 64)
    labels = few.labels.astype(np.int64)
    faces = Faces(few.pixels, labels, np.eye(7, dtype=np.float32)[labels])
    recipe = FitSettings(
        epochs=60, batch=16, learning_rate=0.02, crop=48, rotation=0.0, zoom=0.0, shift=0.0, mirror=False,
        brightness_change=0.0, contrast_change=0.0, weight_decay=0.0, ema=0.0, vote_share=0.0,
    )  # fmt: skip
    trained = fit(SMALL, faces, faces, recipe)
    assert trained.history[trained.best_epoch - 1]["validation_accuracy"] == 1.0


def test_best_epoch_is_the_one_that_is_kept(whole: Trained, validation: Faces) -> None:
    """The model that comes back scores what its epoch's row says."""
    said = whole.model.predict(validation.pixels[..., None].astype(np.float32), verbose=0)
    row = whole.history[whole.best_epoch - 1]
    assert (said.argmax(axis=1) == validation.labels).mean() == pytest.approx(row["validation_accuracy"])
    chosen = said[np.arange(len(said)), validation.labels]
    assert -np.log(chosen).mean() == pytest.approx(row["validation_loss"], rel=1e-4)
    assert row["validation_accuracy"] == max(each["validation_accuracy"] for each in whole.history)


def test_running_means_do_not_touch_what_is_trained(whole: Trained, training: Faces, validation: Faces) -> None:
    """Losses of every epoch are those of a training that keeps no means; the weights that are kept are others."""
    plain = fit(SMALL, training, validation, dataclasses.replace(RECIPE, ema=0.0))
    assert [row["loss"] for row in whole.history] == [row["loss"] for row in plain.history]
    assert [row["validation_loss"] for row in whole.history] != [row["validation_loss"] for row in plain.history]


def test_running_mean_forgets_the_first_weights() -> None:
    """After n steps it keeps n / (n + 9) of itself, at most `ema`: by hand for a weight that grows by 1 a step."""
    weight = keras.Variable(0.0)
    optimizer = Averaging(1.0, use_ema=True, ema_momentum=0.5)
    optimizer.build([weight])
    expected = 1.0
    for step in range(20):
        optimizer.apply([np.float32(-1)], [weight])
        decay = min(0.5, step / (step + 9))
        expected = decay * expected + (1 - decay) * (step + 1)
        assert float(optimizer.means[0]) == pytest.approx(expected, rel=1e-6)


def test_epoch_is_chosen_by_what_is_learnt(training: Faces, validation: Faces) -> None:
    """Where votes weigh more than labels, the votes' likeliest class is what counts as right."""
    voted = [
        Faces(faces.pixels, faces.labels, np.eye(7, dtype=np.float32)[(faces.labels + 1) % 7])
        for faces in (training, validation)
    ]
    trained = fit(SMALL, *voted, dataclasses.replace(RECIPE, epochs=8, vote_share=0.8, mixup=0.0, erasing=0.0))
    said = np.asarray(trained.model.predict_on_batch(validation.pixels[..., None].astype(np.float32))).argmax(axis=1)
    right = (said == (validation.labels + 1) % 7).mean()
    assert right != (said == validation.labels).mean()
    assert trained.history[trained.best_epoch - 1]["validation_accuracy"] == right


def test_early_stopping_waits_for_both(training: Faces, validation: Faces) -> None:
    """With a rate of nothing neither figure moves: 12 epochs after the first it ends."""
    recipe = dataclasses.replace(RECIPE, learning_rate=0.0, early_stopping=True, epochs=50, ema=0.0)
    trained = fit(SMALL, training, validation, dataclasses.replace(recipe, weight_decay=0.0))
    assert trained.ended == "early stopping"
    assert len(trained.history) < 50


def test_soft_targets_class_weights_and_logit_adjustment_train(training: Faces, validation: Faces) -> None:
    """Each part of the recipe changes the result: none is dropped on the way."""
    base = dataclasses.replace(RECIPE, epochs=1)
    uneven = Faces(training.pixels[:40], training.labels[:40], np.full((40, 7), 1 / 7, np.float32))
    plain = fit(SMALL, uneven, validation, dataclasses.replace(base, vote_share=0.0))
    for changed in (
        {"vote_share": 0.5},
        {"class_weights": "balanced"},
        {"logit_adjustment": 1.0},
        {"label_smoothing": 0.1},
        {"weight_decay": 0.5},
    ):
        other = fit(SMALL, uneven, validation, dataclasses.replace(base, **{"vote_share": 0.0, **changed}))
        assert not same(plain, other), changed


def test_mixed_precision_gives_a_float32_model(training: Faces, validation: Faces) -> None:
    """Who loads the model need not know how it was trained."""
    trained = fit(SMALL, training, validation, dataclasses.replace(RECIPE, epochs=1, precision="mixed_bfloat16"))
    assert {layer.compute_dtype for layer in trained.model.layers} == {"float32"}


@pytest.mark.parametrize("name", ["training", "validation"])
def test_an_empty_set_is_named(name: str, training: Faces, validation: Faces) -> None:
    """Without faces nothing is trained."""
    empty = Faces(training.pixels[:0], training.labels[:0], training.shares[:0])
    sets = {"training": training, "validation": validation, name: empty}
    with pytest.raises(InputError, match=f"the {name} set is empty"):
        fit(SMALL, sets["training"], sets["validation"], RECIPE)


def test_network_of_eight_classes_is_refused(training: Faces, validation: Faces) -> None:
    """The user's own network must know the seven."""

    def eight(shape: tuple[int | None, int | None, int]) -> keras.Model:
        inputs = keras.Input(shape)
        return keras.Model(inputs, keras.layers.Dense(8, activation="softmax")(keras.layers.Flatten()(inputs)))

    with pytest.raises(InputError) as caught:
        fit(Architecture("eight", eight, ""), training, validation, RECIPE)
    assert "Dense(7" in caught.value.fix


def test_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    """Other settings would go on with weights they did not make."""
    Checkpoint(tmp_path, {"seed": 1}).save(State(epoch=1))
    with pytest.raises(UsageError, match="another"):
        Checkpoint(tmp_path, {"seed": 2}).load()


def test_damaged_checkpoint_says_so(tmp_path: Path) -> None:
    """Half a file is no state, and what to do is said."""
    checkpoint = Checkpoint(tmp_path, {})
    checkpoint.save(State(epoch=1, weights=[np.zeros(3, np.float32)]))
    file = tmp_path / "state.npz"
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(InputError, match="cannot be read"):
        checkpoint.load()
