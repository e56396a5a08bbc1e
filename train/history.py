"""`history.csv`: a row for each epoch of a training."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from schemas.errors import InputError

COLUMNS = ("epoch", "rate", "loss", "accuracy", "validation_loss", "validation_accuracy", "seconds")
"""Epoch from 1; learning rate at its end; cross-entropy in nats; accuracies from 0 to 1."""

Epoch = Mapping[str, Any]
"""One row: column -> number, None where it was not measured."""


def to_csv(history: list[dict[str, Any]]) -> bytes:
    r"""The history as a file's bytes.

    Args:
        history: A row an epoch; of other keys than `COLUMNS` nothing is written.

    >>> to_csv([{"epoch": 1, "rate": 0.01, "loss": 1.8, "accuracy": 0.25, "validation_accuracy": 0.3}])
    b'epoch,rate,loss,accuracy,validation_loss,validation_accuracy,seconds\n1,0.01,1.8,0.25,,0.3,\n'
    """
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(history)
    return file.getvalue().encode()


def read(data: bytes, what: str) -> list[dict[str, Any]]:
    """The history that a file holds.

    Args:
        data: The file's bytes.
        what: Its path, for messages.

    Raises:
        InputError: It is no history; the message names the line.
    """
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{what} is no CSV: {error}", "give the history.csv that a training wrote") from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise InputError(f"{what} is no history of a training", f"its first line must be {','.join(COLUMNS)}")
    return [_epoch(row, f"{what}, line {line}") for line, row in enumerate(rows[1:], start=2)]


def _epoch(row: list[str], place: str) -> dict[str, Any]:
    try:
        values = [float(text) if text else None for text in row]
        epoch = dict(zip(COLUMNS, values, strict=True))
        return {**epoch, "epoch": int(row[0])}
    except ValueError as error:
        fix = "it must have a number or nothing for each column; the epoch is a whole one"
        raise InputError(f"{place} is no epoch: {error}", fix) from error
