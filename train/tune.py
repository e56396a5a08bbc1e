"""`train tune`: recipes are tried, poor ones given up early, the best one written as a settings file."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import json
from typing import TYPE_CHECKING, Any

from schemas.errors import MissingPartError, UsageError
from schemas.settings import FitSettings, make
from train.checkpoint import Checkpoint
from train.order import gather
from train.space import WIDTH, space
from workspace.backend import load_keras
from workspace.console import note

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import optuna

    from schemas.settings import TuneSettings
    from train.order import Data, Order
    from train.space import Choice, Span


@dataclasses.dataclass(frozen=True)
class _Search:
    """What all trials share."""

    order: Order
    recipe: FitSettings
    data: Data
    space: Mapping[str, Span | Choice]


def tune(order: Order, recipe: FitSettings, settings: TuneSettings) -> dict[str, Any]:
    """Searches for a recipe.

    Each trial trains a network by the recipe with some values drawn; what counts is the highest validation accuracy of
    its epochs. Run again after a kill, the search goes on with the epoch that was under way; run again with more
    trials, it goes on from those there are.

    Args:
        order: `out` is the settings file of the best recipe, `.toml`; the study and its pages lie beside it.
        recipe: What is not searched.
        settings: How is searched, and what.

    Returns:
        The best trial, all trials, and the files written.

    Raises:
        UsageError: A quantity is unknown, or the study beside `out` is of another search.
        InputError: The data cannot be used.
        MissingPartError: optuna is not installed.
    """
    if order.out.suffix != ".toml":
        raise UsageError(f"`{order.out.name}` is no name of a settings file", "let --out end with .toml")
    if importlib.util.find_spec("optuna") is None:
        raise MissingPartError("a search needs optuna, which is not installed", "pip install 'mien[train]'")
    load_keras()
    from train.architectures import architecture
    from train.study import done, opened, queue_grid
    from train.trials import write

    network = architecture(order.architecture)
    wanted = space(settings.searched, scalable=network.scalable, any_size=network.any_size)
    data = gather(order)
    search = _Search(order, recipe, data, wanted)
    run = {**_identity(search, recipe, order.architecture), "searched": list(wanted)}
    with opened(order.out.with_suffix(".study.db"), run, settings, recipe.epochs, recipe.seed) as study:
        most = settings.trials
        if settings.sampler == "grid":
            size = queue_grid(study, wanted, recipe.seed, most)
            note(f"the grid has {size:,} recipes, of which {min(size, most):,} are tried")
            most = min(size, most)
        while len(done(study)) < most:
            _try(study.ask(), study, search)
        return write(study, order, recipe)


def _try(trial: optuna.Trial, study: optuna.Study, search: _Search) -> None:
    """One trial, from its recipe to its figure in the study."""
    import keras
    import optuna

    from train.architectures import architecture
    from train.cost import parameters
    from train.fit import DivergedError
    from train.run import watched

    drawn = {name: values.suggest(trial, name) for name, values in search.space.items()}
    name = scaled(search.order.architecture, drawn.pop(WIDTH, 1.0))
    recipe = make(FitSettings, {**dataclasses.asdict(search.recipe), **drawn})
    identity = _identity(search, recipe, name)
    checkpoint = Checkpoint(_folder(search.order.out) / _digest(identity), identity)
    note(f"trial {trial.number}: {', '.join(f'{key} {value:.4g}' for key, value in trial.params.items())}")
    for row in checkpoint.load().history if checkpoint.exists else ():
        trial.report(row["validation_accuracy"], row["epoch"])

    def watch(row: Mapping[str, Any]) -> None:
        trial.report(row["validation_accuracy"], row["epoch"])
        if trial.should_prune():
            raise optuna.TrialPruned

    keras.utils.clear_session()
    try:
        trained = watched(
            architecture(name),
            search.data.training,
            search.data.validation,
            recipe,
            checkpoint=checkpoint,
            watch=watch,
        )
    except optuna.TrialPruned:
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    except DivergedError:
        # No epoch came to an end: as bad as a recipe can be, and the sampler shall know.
        study.tell(trial, 0.0)
    else:
        if trained.ended == "stopped":
            raise KeyboardInterrupt
        trial.set_user_attr("best_epoch", trained.best_epoch)
        trial.set_user_attr("parameters", parameters(trained.model))
        trial.set_user_attr("seconds", round(trained.seconds, 1))
        study.tell(trial, trained.history[trained.best_epoch - 1]["validation_accuracy"])
    checkpoint.clear()


def scaled(name: str, width: float) -> str:
    """An architecture's name with its widths multiplied.

    >>> scaled("vgg-compact", 0.5), scaled("vgg-compact", 1.0)
    ('vgg-compact@0.5', 'vgg-compact')
    """
    return name if width == 1 else f"{name}@{width:g}"


def _identity(search: _Search, recipe: FitSettings, architecture: str) -> dict[str, Any]:
    return {
        "architecture": architecture,
        "settings": dataclasses.asdict(recipe),
        "data": [faces.sha256 for faces in search.data.sets],
        "keep_copies": search.order.keep_copies,
        "samples": search.order.samples,
    }


def _digest(identity: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]


def _folder(out: Path) -> Path:
    return out.with_suffix(".checkpoints")
