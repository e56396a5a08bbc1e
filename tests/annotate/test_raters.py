"""Raters: pseudonyms outside, one closed file inside."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest
import typer

from annotate.cli import app
from annotate.raters import FILE, Rater, add, raters, remove, states, strangers, user_ids
from annotate.studio_files import folder
from schemas.errors import UsageError, WorkspaceError
from tests.annotate.conftest import signed_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from annotate.studio import Studio
    from tests.annotate.conftest import StudioServer
    from workspace.store import Workspace

pytestmark = pytest.mark.labelstudio


def test_a_rater_from_the_invitation_to_the_end(
    workspace: Workspace, studio: Studio, join: Callable[[str], Studio]
) -> None:
    """Invited, joined, removed: the address is forgotten, the number by which answers are signed is not."""
    link = add(workspace, studio, "R01", "Ada.Rater@Example.org").link
    assert link == studio.invite_link()
    assert states(workspace, studio) == {"R01": "invited"}
    assert user_ids(workspace, studio) == {}

    person = join("ada.rater@example.org").user
    assert states(workspace, studio) == {"R01": "joined"}
    assert user_ids(workspace, studio) == {"R01": person.id}

    assert remove(workspace, studio, "R01") is True
    assert raters(workspace) == {"R01": Rater("R01", None, person.id)}
    assert "ada" not in (folder(workspace) / FILE).read_text()
    assert states(workspace, studio) == {"R01": "removed"}
    assert user_ids(workspace, studio) == {"R01": person.id}
    assert person not in studio.members()
    assert link != studio.invite_link()
    with pytest.raises(UsageError, match="has left already"):
        remove(workspace, studio, "R01")
    with pytest.raises(UsageError, match="answers bear the id"):
        add(workspace, studio, "R01", "other@example.org")


def test_an_invitation_that_is_taken_back(workspace: Workspace, studio: Studio) -> None:
    """The old link lets nobody in, and the id is free again: no answer can bear it."""
    link = add(workspace, studio, "R02", "bea.rater@example.org").link
    assert remove(workspace, studio, "R02") is False
    with pytest.raises(Exception, match="403"):
        signed_up(link, "bea.rater@example.org")
    assert raters(workspace) == {}


def test_adding_again_gives_the_invitation_again(workspace: Workspace, studio: Studio) -> None:
    """A letter that was lost is written again; the rater is the same one."""
    first = add(workspace, studio, "R03", "cleo@example.org")
    assert add(workspace, studio, "R03", " CLEO@example.org") == first
    assert list(raters(workspace)) == ["R03"]


@pytest.mark.parametrize(
    ("rater", "email", "words"),
    [
        ("R03", "dora@example.org", "another person"),
        ("r03", "cleo@example.org", "other letters"),
        ("R04", "cleo@example.org", "another rater has this"),
        ("Ada Lovelace", "ada@example.org", "no rater id"),
        ("../R05", "ada@example.org", "no rater id"),
        ("R05", "ada.example.org", "no e-mail address"),
        ("R05", "", "no e-mail address"),
    ],
)
def test_what_cannot_be_a_rater(workspace: Workspace, studio: Studio, rater: str, email: str, words: str) -> None:
    """Two persons under one id, one person under two, and what is neither id nor address."""
    add(workspace, studio, "R03", "cleo@example.org")
    before = (folder(workspace) / FILE).read_bytes()
    with pytest.raises(UsageError, match=words):
        add(workspace, studio, rater, email)
    assert (folder(workspace) / FILE).read_bytes() == before


def test_the_file_of_raters_is_its_owner_s_alone(workspace: Workspace, studio: Studio) -> None:
    """Mode 0600 in a folder of mode 0700."""
    add(workspace, studio, "R06", "fay@example.org")
    assert stat.S_IMODE((folder(workspace) / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder(workspace).stat().st_mode) == 0o700


def test_a_damaged_file_of_raters_is_told_and_left_alone(workspace: Workspace, studio: Studio) -> None:
    """It is the only one that knows who is who."""
    add(workspace, studio, "R07", "gil@example.org")
    for damage in ('{"R07": "gil@example.org"}', '{"R07": {"email":', "[]"):
        (folder(workspace) / FILE).write_text(damage)
        with pytest.raises(WorkspaceError):
            add(workspace, studio, "R08", "hal@example.org")
        assert (folder(workspace) / FILE).read_text() == damage


def test_members_who_are_no_raters_are_counted(
    workspace: Workspace, studio: Studio, join: Callable[[str], Studio]
) -> None:
    """One link invites all, so that it may be passed on."""
    before = strangers(workspace, studio)
    join("stranger@example.org")
    assert strangers(workspace, studio) == before + 1


def test_the_commands_show_no_address_but_the_one_they_are_given(
    studio_environment: StudioServer, workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """`add` prints the link, `list` ids and states alone, `remove` ends it."""

    def annotate(*words: str) -> dict[str, object]:
        typer.main.get_command(app)(["raters", *words, "--json", "-w", str(workspace.path)], standalone_mode=False)
        said = capsys.readouterr()
        assert studio_environment.token not in said.out + said.err
        assert "ida@example.org" not in said.out + said.err
        shown: dict[str, object] = json.loads(said.out)
        return shown

    assert str(annotate("add", "R09", "--email", "ida@example.org")["link"]).startswith(studio_environment.url)
    assert annotate("list")["raters"] == {"R09": "invited"}
    assert annotate("remove", "R09") == {"rater": "R09", "joined": False}
