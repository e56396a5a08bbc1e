"""The report as a file."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from curate.report.step import report
from workspace.pixels import decode

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from workspace.store import Workspace


class Elements(HTMLParser):
    """Collects the elements of a page and its text."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps an element and its attributes."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keeps text."""
        self.text += data


def test_page_names_no_address(finished: Workspace) -> None:
    """Every source and every link stays inside the page."""
    for tag, attributes in Elements(report(finished)).tags:
        assert tag not in ("script", "link", "iframe", "object", "base")
        for name in ("src", "href", "srcset", "action"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/")), (tag, attributes)


def test_policy_forbids_all_but_inline_style_and_pictures(finished: Workspace) -> None:
    """The page's own policy, for the day when something slips through."""
    policies = [values.get("content") for tag, values in Elements(report(finished)).tags if "http-equiv" in values]
    assert policies == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_pictures_bear_no_metadata(finished: Workspace) -> None:
    """An original that says where it was taken loses that on its way into the page."""
    uris = re.findall(r"data:image/\w+;base64,([\w+/=]+)", report(finished).read_text(encoding="utf-8"))
    assert len(uris) > 10
    for uri in uris:
        image = Image.open(io.BytesIO(base64.b64decode(uri)))
        assert len(image.getexif()) == 0
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_every_count_is_told(finished: Workspace) -> None:
    """Ten files, eight images, seven after copies, five after the filter, two with a face, three faces, two kept."""
    text = re.sub(r"\s+", " ", Elements(report(finished)).text)
    for said in (
        "files 10",
        "images 8",
        "after copies 7",
        "after filter 5",
        "with a face 2",
        "faces found 3",
        "faces kept 2",
    ):
        assert said in text
    assert "1 byte-identical copies, 1 rejected" in text


def test_steps_that_have_not_run_are_named(fresh: Workspace) -> None:
    """A workspace that was only ingested into has a page that says what to do next."""
    text = Elements(report(fresh)).text
    for step in ("dedupe", "filter", "faces"):
        assert f"This step has not run yet: curate {step} --workspace set" in text


def test_original_that_is_gone_is_told(finished: Workspace) -> None:
    """The page is made all the same."""
    for path in finished.path.glob("originals/*/*"):
        path.unlink()
    assert "the original cannot be shown" in Elements(report(finished)).text


def test_equal_workspaces_have_equal_pages(finished: Workspace, tmp_path: Path) -> None:
    """Nothing in it depends on when or where it is made."""
    assert report(finished).read_bytes() == report(finished, tmp_path / "other.html").read_bytes()


def test_page_goes_where_it_is_told(finished: Workspace, tmp_path: Path) -> None:
    """The path that was given is the one that is returned."""
    out = tmp_path / "new" / "page.html"
    assert report(finished, out) == out
    assert out.is_file()


def test_page_stays_small(finished: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 500 rejected files a few are named, and the rest are counted."""
    rejected = finished.read("rejected")
    many = rejected.loc[np.zeros(500, int)].assign(source=[f"raw/{at:03}.jpg" for at in range(500)])
    finished.replace("rejected", many)
    text = Elements(report(finished)).text
    assert "and 492 more in the table rejected" in text
    assert text.count("raw/0") == 8


def test_grey_crops_are_shown_pixel_for_pixel(finished: Workspace) -> None:
    """The 48×48 grey comes back from the page as it is in the workspace."""
    kept = decode(finished.picture_path("grey", "a" * 32 + ".png").read_bytes()).pixels
    page = report(finished).read_text(encoding="utf-8")
    shown = base64.b64decode(re.findall(r"data:image/png;base64,([\w+/=]+)", page)[0])
    assert np.array_equal(decode(shown).pixels, kept)


def test_tables_that_are_out_of_date_are_shown_all_the_same(finished: Workspace) -> None:
    """Pictures that were taken out of the workspace since are named as gone, and the step as out of date."""
    images = finished.read("images")
    finished.replace("images", images[images["image_id"] < "4"])
    finished.replace("sources", finished.read("sources").query("image_id < '4'"))
    text = Elements(report(finished)).text
    assert "gone since" in text
    assert "Out of date: images and sources changed since. Run curate dedupe --workspace set" in text


def test_page_is_left_alone_where_nothing_has_changed(finished: Workspace) -> None:
    """A second report of the same workspace writes nothing; a third, after a decision, does."""
    first = report(finished).stat()
    assert report(finished).stat().st_mtime_ns == first.st_mtime_ns
    decisions = finished.read("decisions")
    finished.replace("decisions", decisions.assign(also="dark"))
    assert report(finished).stat().st_ino != first.st_ino


def test_file_that_is_no_such_page_is_replaced(finished: Workspace, tmp_path: Path) -> None:
    """What lies where the page goes is looked at, whatever it is."""
    out = tmp_path / "page.html"
    out.write_text("something else", encoding="utf-8")
    report(finished, out)
    assert "Kept faces" in out.read_text(encoding="utf-8")


def test_unchanged_page_costs_no_heavy_import(finished: Workspace) -> None:
    """A run with nothing to do ends with the report, and shall take no seconds for it."""
    report(finished)
    code = (
        "import sys; from pathlib import Path; from workspace.store import Workspace;"
        "from curate.report.step import report;"
        f"report(Workspace.open(Path({str(finished.path)!r})));"
        "print(sorted({'pandas', 'cv2', 'PIL', 'numba', 'scipy', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
