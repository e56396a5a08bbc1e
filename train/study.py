"""The study of a search: an SQLite file that outlives a kill."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
import sqlalchemy
from optuna.trial import TrialState

from schemas.errors import InputError, UsageError, WorkspaceBusyError
from workspace.files import disk_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from schemas.settings import TuneSettings
    from train.space import Choice, Span

_NAME = "mien"
_DONE = (TrialState.COMPLETE, TrialState.PRUNED)


@contextlib.contextmanager
def opened(
    path: Path, run: Mapping[str, Any], settings: TuneSettings, epochs: int, seed: int
) -> Iterator[optuna.Study]:
    """A study that nobody else writes to meanwhile.

    Trials that a kill cut off are queued again, so that they are gone on with.

    Args:
        path: The SQLite file; made where there is none.
        run: All that decides what a trial's figure means: data, architecture, recipe.
        settings: Sampler and pruner.
        epochs: Most of a trial.
        seed: Of the sampler.

    Raises:
        UsageError: The study is of another search.
        InputError: The file is no study.
        WorkspaceBusyError: Another `train tune` writes to it.
        StorageError: The disk refused it.
    """
    import filelock

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    lock = filelock.FileLock(path.with_suffix(path.suffix + ".lock"))
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            raise WorkspaceBusyError(f"another search writes to {path}", "wait until it ends") from None
    try:
        study = _study(path, settings, epochs, seed)
        digest = hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()
        if study.user_attrs.setdefault("run", digest) != digest:
            what = f"{path} is the study of another search"
            raise UsageError(what, "give the data, architecture and settings it was begun with, or another --out")
        study.set_user_attr("run", digest)
        for trial in study.get_trials(states=(TrialState.RUNNING,)):
            study.tell(trial.number, state=TrialState.FAIL)
            study.enqueue_trial(trial.params)
        yield study
    finally:
        lock.release()


def queue_grid(study: optuna.Study, space: Mapping[str, Span | Choice], seed: int, most: int) -> int:
    """Queues the combinations of a grid that the study has not, in an order by chance.

    Args:
        study: Of the search.
        space: What is searched.
        seed: Of the order.
        most: Trials there shall be.

    Returns:
        How many combinations the grid has.
    """
    combinations = list(itertools.product(*(values.grid for values in space.values())))
    for place in np.random.default_rng(seed).permutation(len(combinations))[:most]:
        study.enqueue_trial(dict(zip(space, combinations[place], strict=True)), skip_if_exists=True)
    return len(combinations)


def done(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    """The trials that came to an end, by their numbers."""
    return study.get_trials(states=_DONE)


def _study(path: Path, settings: TuneSettings, epochs: int, seed: int) -> optuna.Study:
    url = sqlalchemy.URL.create("sqlite", database=str(path)).render_as_string()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries, about each other
            study = optuna.create_study(storage=url, study_name=_NAME, load_if_exists=True, direction="maximize")
            # A sampler that begins anew must not propose what it proposed before the kill.
            drawn = seed + len(study.get_trials(deepcopy=False))
    except (sqlalchemy.exc.DatabaseError, optuna.exceptions.OptunaError, RuntimeError) as error:
        first = str(error).strip().splitlines()[0]
        raise InputError(f"{path} is no study: {first}", "delete it, or give another --out") from error
    study.sampler = (
        optuna.samplers.TPESampler(seed=drawn)
        if settings.sampler == "tpe"
        else optuna.samplers.RandomSampler(seed=drawn)
    )
    study.pruner = (
        optuna.pruners.HyperbandPruner(min_resource=1, max_resource=epochs, reduction_factor=3)
        if settings.pruner == "hyperband"
        else optuna.pruners.NopPruner()
    )
    return study
