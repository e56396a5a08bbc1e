"""Raters: pseudonymous ids everywhere, and one file that says who they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from annotate.studio_files import folder, make_folder, read_private, write_private
from schemas.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from annotate.studio import Studio
    from workspace.store import Workspace


@dataclass(frozen=True)
class Rater:
    """A rater.

    Attributes:
        id: The pseudonym that tables, projects and exports carry.
        email: Where the person signs in; None once removed.
    """

    id: str
    email: str | None

    @property
    def removed(self) -> bool:
        """Whether the rater has left; the id stays taken, since answers bear it."""
        return self.email is None


@dataclass(frozen=True)
class Invitation:
    """What a new rater is sent.

    Attributes:
        rater: The rater.
        link: Where they sign up, with their own e-mail address.
    """

    rater: Rater
    link: str


def raters(workspace: Workspace) -> dict[str, Rater]:
    """All raters by id, those who have left among them."""
    content = read_private(_path(workspace))
    return {name: Rater(name, email) for name, email in sorted(content.items())}


def add(workspace: Workspace, studio: Studio, rater_id: str, email: str) -> Invitation:
    """Records a rater and gives the invitation.

    Adding the same rater with the same address again gives the invitation once more.

    Args:
        workspace: Where the rater is recorded.
        studio: The server they are invited to.
        rater_id: Letters, digits, `-` and `_`, up to 32 of them.
        email: The address they will sign up with; only the file of raters and the server learn it.

    Raises:
        UsageError: The id or the address is malformed, or belongs to another rater, or to one who has left.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", rater_id):
        raise UsageError(f"{rater_id!r} is no rater id", "take letters, digits, - and _, for example R01")
    email = email.strip().lower()  # Label Studio lowers it when a person signs up
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", email):
        raise UsageError(f"{email!r} is no e-mail address", "give the whole address the person will sign up with")
    known = raters(workspace)
    if any(name.lower() == rater_id.lower() and name != rater_id for name in known):
        raise UsageError(f"there is a rater {rater_id} in other letters", "take an id that differs by more than case")
    before = known.get(rater_id)
    if before is not None and before.email != email:
        state = "has left, and answers bear the id" if before.removed else "is another person"
        raise UsageError(f"rater {rater_id} {state}", "take a new id")
    if any(rater.email == email and name != rater_id for name, rater in known.items()):
        raise UsageError("another rater has this e-mail address", "one person is one rater; see `annotate raters list`")
    link = studio.invite_link()
    rater = Rater(rater_id, email)
    _save(workspace, {**known, rater_id: rater})
    return Invitation(rater, link)


def remove(workspace: Workspace, studio: Studio, rater_id: str) -> bool:
    """Takes a rater's access away and forgets the e-mail address; the answers stay.

    For good: Label Studio takes nobody back with the same address. The invitation is renewed, so that the old link
    lets nobody in any more; raters who have not signed up yet need the new one.

    Returns:
        Whether the rater had signed up.

    Raises:
        UsageError: There is no such rater, or it has left already.
    """
    known = raters(workspace)
    rater = known.get(rater_id)
    if rater is None or rater.removed:
        what = f"there is no rater {rater_id}" if rater is None else f"rater {rater_id} has left already"
        raise UsageError(what, "see `annotate raters list`")
    user = user_ids(workspace, studio).get(rater_id)
    studio.renew_invite()
    if user is not None:
        studio.remove_member(user)
    _save(workspace, {**known, rater_id: Rater(rater_id, None)})
    return user is not None


def user_ids(workspace: Workspace, studio: Studio) -> dict[str, int]:
    """Rater id -> Label Studio's number of the person, for those who have signed up and have not left."""
    numbers = {member.email.lower(): member.id for member in studio.members()}
    known = raters(workspace).values()
    return {rater.id: numbers[rater.email] for rater in known if rater.email in numbers}


def strangers(workspace: Workspace, studio: Studio) -> int:
    """How many people of the organisation are neither raters nor the token's owner.

    One link invites all, so whoever was passed it can sign up.
    """
    expected = {rater.email for rater in raters(workspace).values()} | {studio.user.email.lower()}
    return sum(
        member.email.lower() not in expected and not member.email.endswith("@mien.localhost")
        for member in studio.members()
    )


def _save(workspace: Workspace, known: dict[str, Rater]) -> None:
    make_folder(workspace)
    write_private(_path(workspace), {name: rater.email for name, rater in sorted(known.items())})


def _path(workspace: Workspace) -> Path:
    return folder(workspace) / "raters.json"
