"""Croissant metadata: what machines need to know to find and read the files (mlcommons.org/croissant, 1.0)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from curate.export import listing
from curate.export.card import licence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from curate.export.facts import Facts
    from curate.export.formats import Format
    from schemas.settings import ExportSettings

FILE = "croissant.json"

_TERMS = (
    "citeAs column conformsTo:dct equivalentProperty extract field fileProperty fileObject fileSet format includes "
    "isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace separator source "
    "subField transform samplingRate"
)
"""The terms of Croissant 1.0's context that are plain names in its vocabulary (`:dct`: in Dublin Core's)."""
_TYPES = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".jsonl": "application/jsonlines",
    ".parquet": "application/x-parquet",
    ".md": "text/markdown",
}


def croissant(
    form: Format, facts: Facts, settings: ExportSettings, files: Sequence[tuple[str, str, int]]
) -> dict[str, Any]:
    """The metadata of an export.

    Args:
        form: Its format.
        facts: Its figures.
        settings: Title, licence and the rest that only the publisher knows.
        files: Path, SHA-256 and bytes of each of its files that is no picture.

    Returns:
        A JSON-LD object that `mlcroissant` validates.
    """
    known = {
        "license": licence(facts.licences, settings),
        "url": settings.homepage,
        "datePublished": settings.published,
        "version": settings.release,
        "citeAs": settings.citation,
        "creator": {"@type": "sc:Organization", "name": settings.creator} if settings.creator else None,
    }
    described = {
        "@context": _context(),
        "@type": "sc:Dataset",
        "name": re.sub(r"\W+", "-", settings.title).strip("-") or "faces",
        "description": f"{facts.faces:,} faces with declared expressions. {form.text[:1].upper()}{form.text[1:]}.",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        **{key: value for key, value in known.items() if value},
        "rai:dataLimitations": "Labels are those the sources declared. README.md lists all known limits.",
        "rai:personalSensitiveInformation": "Photographs of people who can be recognised.",
        "distribution": [_file(*one) for one in files] + _pictures(form),
        "recordSet": [_records()],
    }
    if facts.rare:
        described["rai:dataBiases"] = f"Fewer than 100 faces of: {', '.join(facts.rare)}."
    return described


def _file(name: str, sha256: str, size: int) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "contentSize": f"{size} B",
        "encodingFormat": _TYPES[name[name.rindex(".") :]],
        "sha256": sha256,
    }


def _pictures(form: Format) -> list[dict[str, Any]]:
    if form.name in ("fer2013", "parquet"):
        return []  # the pictures are inside the files
    suffix, kind = ("jpg", "image/jpeg") if form.pictures == "photograph" else ("png", "image/png")
    return [
        {
            "@type": "cr:FileSet",
            "@id": "pictures",
            "name": "pictures",
            "encodingFormat": kind,
            "includes": f"**/*.{suffix}",
        }
    ]


def _records() -> dict[str, Any]:
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"faces/{column}",
            "name": column,
            "dataType": "sc:Text",
            "source": {"fileObject": {"@id": listing.FILE}, "extract": {"column": column}},
        }
        for column in listing.COLUMNS
    ]
    return {
        "@type": "cr:RecordSet",
        "@id": "faces",
        "name": "faces",
        "description": "One record a face.",
        "key": {"@id": "faces/name"},
        "field": fields,
    }


def _context() -> dict[str, Any]:
    plain = (term.partition(":") for term in _TERMS.split())
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "dct": "http://purl.org/dc/terms/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "sc": "https://schema.org/",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        **{name: f"{vocabulary or 'cr'}:{name}" for name, _, vocabulary in plain},
    }
