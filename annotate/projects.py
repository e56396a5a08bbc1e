"""A rater's project on the server: made once, found again, and its page never changed under answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annotate.config import instruction, labelling_config, same_config
from annotate.uid import opaque
from schemas.errors import StudioError

if TYPE_CHECKING:
    from annotate.studio import Project, Studio
    from schemas.settings import PushSettings


class Projects:
    """Finds and makes the projects of raters.

    Args:
        studio: The server.
        settings: What the page offers, and whether all raters share a project.
        key: The workspace's, for titles that tell nothing.
        recorded: Rater -> number of the project, as earlier pushes recorded it.
    """

    def __init__(self, studio: Studio, settings: PushSettings, key: bytes, recorded: dict[str, int]) -> None:
        self._studio, self._settings, self._key, self._recorded = studio, settings, key, recorded
        self._there = {project.title: project for project in studio.projects()}
        self._config = labelling_config(contempt=settings.contempt, context=settings.context)

    def find(self, rater: str) -> Project | None:
        """The rater's project, checked; None where there was never one.

        Also one that a killed push made and did not record: its title is a keyed digest of the rater.

        Raises:
            StudioError: It was deleted, is another's, or has answers on another page than this push would set.
        """
        title, number = self._title(rater), self._recorded.get(rater)
        found = self._there.get(title)
        who = f"of rater {rater}" if rater else "that the raters share"
        if number is not None and (found is None or found.id != number):
            what = f"project {number} {who} is not on the server at {self._studio.url}"
            fix = "connect to the server it was pushed to, or restore that; `annotate push --renew` makes a new one"
            raise StudioError("missing", what, fix)
        if found and not same_config(found.label_config, self._config) and found.annotations:
            what = (
                f"project {found.id} {who} has {found.annotations:,} answers given on another page than this push "
                "would set"
            )
            fix = "push with the options of the first time (--contempt, --context), or set the page back by hand"
            raise StudioError("refused", what, fix)
        return found

    def make(self, rater: str) -> Project:
        """The rater's project as this push wants it, made where there is none."""
        found = self.find(rater)
        if found is None:
            return self._studio.create_project(self._title(rater), label_config=self._config, **self._fields())
        if not same_config(found.label_config, self._config) or self._settings.suggest:
            self._studio.update_project(found.id, label_config=self._config, **self._fields())
        return found

    def _title(self, rater: str) -> str:
        return f"Faces {opaque(self._key, 'project', rater)[:8]}"

    def _fields(self) -> dict[str, Any]:
        shared = self._settings.shared_project
        return {
            "description": "",
            "expert_instruction": instruction(contempt=self._settings.contempt),
            "show_instruction": True,
            "show_skip_button": True,
            "enable_empty_annotation": False,
            # Own projects keep the rater's own order; in a shared one chance has to do.
            "sampling": "Uniform sampling" if shared else "Sequential sampling",
            "maximum_annotations": self._settings.raters_per_face if shared else 1,
            "show_annotation_history": False,
            "show_collab_predictions": bool(self._settings.suggest),
            "evaluate_predictions_automatically": False,
            "reveal_preannotations_interactively": False,
        }
