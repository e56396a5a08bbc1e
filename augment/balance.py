"""`augment balance`: brings the training split to a balance, by recipes and not by files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from augment.files import clear, materialise
from augment.plan import Plan, plan
from augment.policy import Policy, policy as read_policy
from augment.recipe import recipe
from schemas.emotion import NAMES
from workspace import lineage
from workspace.augmented.samples import made_with

if TYPE_CHECKING:
    from schemas.settings import BalanceSettings
    from workspace.store import Workspace


def balance(
    workspace: Workspace, settings: BalanceSettings, split: str = "train", *, files: bool = False, workers: int = 0
) -> dict[str, Any]:
    """Writes the table `augmented`: each face of the training split, and the samples made of it.

    Takes seconds: no picture is opened. What the samples look like is known all the same, since each recipe is whole.

    Args:
        workspace: With kept faces, labels and splits; its lock is taken.
        settings: Strategy, policy and seed.
        split: As for `plan`.
        files: Whether the samples are written as pictures too.
        workers: Threads that render those; 0 means one per CPU core.

    Returns:
        `classes` as in `Plan`; `originals` shown, `left_out`, `samples`, `files` written, the `policy` and `made_with`.

    Raises:
        UsageError, InputError, WorkspaceError: As `plan` and `policy`.
        MissingPartError: albumentations is not installed.
    """
    policy = read_policy(settings.policy)
    versions = made_with()
    with workspace.lock():
        run = lineage.Run(
            workspace,
            "balance",
            lineage.plain(settings),
            [name for name in ("faces", "splits", "labels", "sources") if workspace.has(name)],
            ("augmented",),
            {"policy": policy.name},
            dict(part.split(" ") for part in versions.split(", ")[1:]),
        )
        planned = plan(workspace, settings, split)
        workspace.replace("augmented", rows(planned, policy, settings.balance_seed, versions))
        clear(workspace)
        counts = {
            "originals": int((~planned.out).sum()),
            "left_out": int(planned.out.sum()),
            "samples": int(planned.samples.sum()),
            "files": materialise(workspace, workers) if files else 0,
        }
        run.finish(counts)
    return {**counts, "policy": policy.name, "made_with": versions, "classes": planned.classes}


def rows(planned: Plan, policy: Policy, seed: int, versions: str) -> pd.DataFrame:
    """Rows of the table `augmented`.

    Args:
        planned: How many samples are made of each face.
        policy: What may be done to them.
        seed: Of the run.
        versions: What goes into `made_with`.
    """
    faces = zip(planned.training.face_ids, planned.labels, planned.out, planned.samples, strict=True)
    found: list[tuple[Any, ...]] = []
    for face_id, label, out, count in faces:
        name = NAMES[label]
        found.append((face_id, 0, not out, name, None, None, None))
        for copy in range(1, count + 1):
            drawn = json.dumps(recipe(policy, seed, face_id, copy), separators=(",", ":"))
            found.append((face_id, copy, True, name, drawn, policy.name, versions))
    columns = ["face_id", "copy", "kept", "label", "recipe", "policy", "made_with"]
    return pd.DataFrame(found, columns=columns).astype({"copy": "int32"})
