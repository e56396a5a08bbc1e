"""Raters: pseudonymous ids everywhere, and one file that says who they are."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from annotate.studio_files import folder, make_folder, read_private, write_private
from schemas.errors import UsageError, WorkspaceBusyError, WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from annotate.studio import Studio
    from workspace.store import Workspace


FILE = "raters.json"
"""Rater id -> e-mail address and number; in the folder of Label Studio, mode 0600. No export carries it."""


@dataclass(frozen=True)
class Rater:
    """A rater.

    Attributes:
        id: The pseudonym that tables, projects and exports carry.
        email: Where the person signs in; None once removed.
        user: Label Studio's number of the person, by which it signs their answers; None until they have signed up.
    """

    id: str
    email: str | None
    user: int | None = None

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
    """All raters by id, those who have left among them.

    Raises:
        WorkspaceError: The file of raters is damaged.
    """
    path = folder(workspace) / FILE
    try:
        return {name: Rater(name, entry["email"], entry["user"]) for name, entry in sorted(read_private(path).items())}
    except (TypeError, KeyError) as error:
        raise WorkspaceError(f"{path} is not as mien writes it", "correct the file, or restore it") from error


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
    with _alone(workspace):
        known = raters(workspace)
        _check_free(known, rater_id, email)
        rater = known.get(rater_id) or Rater(rater_id, email)
        link = studio.invite_link()
        _save(workspace, {**known, rater_id: rater})
    return Invitation(rater, link)


def _check_free(known: dict[str, Rater], rater_id: str, email: str) -> None:
    if any(name.lower() == rater_id.lower() and name != rater_id for name in known):
        raise UsageError(f"there is a rater {rater_id} in other letters", "take an id that differs by more than case")
    before = known.get(rater_id)
    if before is not None and before.email != email:
        state = "has left, and answers bear the id" if before.removed else "is another person"
        raise UsageError(f"rater {rater_id} {state}", "take a new id")
    if any(rater.email == email and name != rater_id for name, rater in known.items()):
        raise UsageError("another rater has this e-mail address", "one person is one rater; see `annotate raters list`")


def remove(workspace: Workspace, studio: Studio, rater_id: str) -> bool:
    """Takes a rater's access away and forgets the e-mail address; the answers stay.

    For good: Label Studio takes nobody back with the same address. The invitation is renewed, so that the old link
    lets nobody in any more; raters who have not signed up yet need the new one.

    Returns:
        Whether the rater had signed up.

    Raises:
        UsageError: There is no such rater, or it has left already.
    """
    numbers = user_ids(workspace, studio)
    with _alone(workspace):
        known = raters(workspace)
        rater = known.get(rater_id)
        if rater is None or rater.removed:
            what = f"there is no rater {rater_id}" if rater is None else f"rater {rater_id} has left already"
            raise UsageError(what, "see `annotate raters list`")
        studio.renew_invite()
        if any(member.id == numbers.get(rater_id) for member in studio.members()):
            studio.remove_member(numbers[rater_id])
        # An id that no answer can bear is free again.
        left = {} if rater.user is None else {rater_id: Rater(rater_id, None, rater.user)}
        _save(workspace, {name: other for name, other in known.items() if name != rater_id} | left)
    return rater.user is not None


def user_ids(workspace: Workspace, studio: Studio) -> dict[str, int]:
    """Rater id -> Label Studio's number of the person, for all who ever signed up.

    Numbers are remembered in the file of raters, since the server forgets the address of who was removed, and answers
    bear the number alone.
    """
    numbers = {member.email.lower(): member.id for member in studio.members()}
    with _alone(workspace):
        known = raters(workspace)
        seen = {
            name: Rater(name, rater.email, numbers.get(rater.email or "", rater.user)) for name, rater in known.items()
        }
        if seen != known:
            _save(workspace, seen)
    return {name: rater.user for name, rater in seen.items() if rater.user is not None}


def states(workspace: Workspace, studio: Studio) -> dict[str, str]:
    """Rater id -> "invited", "joined", "removed", or "shut out" for those whom someone else removed on the server."""
    user_ids(workspace, studio)
    present = {member.id for member in studio.members()}

    def state(rater: Rater) -> str:
        if rater.removed:
            return "removed"
        if rater.user is None:
            return "invited"
        return "joined" if rater.user in present else "shut out"

    return {name: state(rater) for name, rater in raters(workspace).items()}


def strangers(workspace: Workspace, studio: Studio) -> int:
    """How many people of the organisation are neither raters nor the token's owner.

    One link invites all, so whoever was passed it can sign up.
    """
    expected = {rater.email for rater in raters(workspace).values()} | {studio.user.email.lower()}
    return sum(
        member.email.lower() not in expected and not member.email.endswith("@mien.localhost")
        for member in studio.members()
    )


@contextlib.contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    """Holds the file of raters, so that of two commands at once neither loses what the other writes."""
    import filelock

    path = make_folder(workspace) / ".raters.lock"
    try:
        with filelock.FileLock(path, timeout=10):
            yield
    except filelock.Timeout:
        what = f"another command changes the raters of {workspace.path}"
        raise WorkspaceBusyError(what, "wait until it ends") from None


def _save(workspace: Workspace, known: dict[str, Rater]) -> None:
    content = {name: {"email": rater.email, "user": rater.user} for name, rater in sorted(known.items())}
    write_private(folder(workspace) / FILE, content)
