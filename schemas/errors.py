"""Every error that mien raises on purpose.

Each carries what went wrong (its message) and `fix`, what the person can do about it. A command prints
both and exits with `exit_status`; any other exception is a bug and keeps its traceback.

    MienError
    ├── UsageError               the call itself is wrong: an unknown setting, an impossible value (exit 2)
    ├── InputError               a folder, archive or list that cannot be read at all
    ├── ImageError               one picture that cannot be used; ingest makes a `rejected` row of it
    ├── MissingPartError         an optional package or a file of weights is not there
    ├── WorkspaceError           the workspace is missing, damaged or not what the step needs
    │   ├── WorkspaceVersionError    made by a newer mien
    │   └── WorkspaceBusyError       another command is writing to it
    ├── StudioError              Label Studio is down, refuses, or does not have what is asked for
    └── StorageError             the disk refused a write: full, read-only, no permission
"""

from __future__ import annotations


class MienError(Exception):
    """Base of all errors mien raises on purpose.

    Attributes:
        what: What went wrong and where, one line.
        fix: What the person can do about it, one line.
    """

    exit_status = 1

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


class UsageError(MienError):
    """The call is wrong: an unknown setting, a value out of range, two options that exclude each other."""

    exit_status = 2


class InputError(MienError):
    """A folder, archive or list that cannot be read at all."""


class MissingPartError(MienError):
    """An optional package or a file of weights is not there."""


class WorkspaceError(MienError):
    """The workspace is missing, damaged, or lacks the table a step needs."""


class WorkspaceVersionError(WorkspaceError):
    """The workspace was written by a newer mien than this one."""


class WorkspaceBusyError(WorkspaceError):
    """Another command is writing to the workspace."""


STUDIO_REASONS = ("down", "token", "expired", "permission", "missing", "version", "refused", "broken")
"""Why Label Studio did not do what it was asked for: it cannot be reached; the token is none of its own; the token is
too old; the token's owner may not; the project, task or person is gone; mien does not know its version; it found fault
with what was sent; it failed, or is no Label Studio."""


class StudioError(MienError):
    """Label Studio is down, refuses, or does not have what is asked for.

    Attributes:
        reason: One of `STUDIO_REASONS`.
    """

    def __init__(self, reason: str, what: str, fix: str) -> None:
        super().__init__(what, fix)
        self.reason = reason


class StorageError(MienError):
    """The disk refused a write: it is full, read-only, or permission is missing."""


IMAGE_FIXES = {
    "empty-file": "fetch the picture again; the file has 0 bytes",
    "not-an-image": "leave it out, or convert it to JPEG or PNG; its content is no picture, whatever its name says",
    "unsupported-format": "convert it to JPEG or PNG",
    "truncated": "fetch the picture again; the file ends before the picture does",
    "damaged": "fetch the picture again; its data cannot be decoded",
    "too-many-pixels": "shrink the picture, or raise --max-pixels if you trust its source",
    "too-large-side": "shrink the picture, or raise --max-side if you trust its source",
    "too-large-file": "shrink the picture, or raise --max-file-mb if you trust its source",
    "unreadable": "check the file's permissions and the disk it lies on",
    "linked-folder": "ingest the folder that the link leads to by its own name; links to folders are not followed",
    "unsafe-path": "unpack the archive by hand and look at it; the entry points outside the archive",
    "archive-limit": "unpack the archive by hand if you trust it; it unpacks to more than the limits allow",
    "encrypted": "unpack the archive with its password and ingest the folder",
    "damaged-archive": "fetch the archive again",
    "nested-archive": "unpack the inner archive and ingest it on its own",
    "bad-row": "correct the row at the line named; a face is 48 × 48 = 2,304 numbers from 0 to 255",
    "missing-file": "correct the path in the list; there is no such file",
    "invalid-url": "correct the address in the list; it must be a whole one, http or https",
    "private-address": "leave it out, or --allow-private-network if the list is your own",
    "unknown-host": "check the host's name in the list and your connection, then --retry-failed",
    "untrusted-host": "check its certificate in a browser; pictures from whoever answers in its name are not taken",
    "connection-failed": "run it again with --retry-failed; the host did not answer",
    "incomplete-download": "run it again with --retry-failed; the connection ended too early",
    "timeout": "run it again with --retry-failed, or raise --silence-timeout or --fetch-timeout",
    "refused-by-server": "open the address in a browser; the picture may be gone, or not be public",
    "too-many-requests": "run it again with --retry-failed later, with a longer --host-delay",
    "too-many-redirects": "open the address in a browser and put the one it ends at into the list",
    "disallowed": "ask the site's owner; its robots.txt does not let programs fetch this",
    "noai": "ask the owner; the picture may not be used for machine learning",
    "unknown-encoding": "leave it out, or save it by hand; its server sends what nobody asked for",
    "damaged-video": "fetch the video again, or convert it to MP4 (`ffmpeg -i film.xyz film.mp4`)",
    "truncated-video": "fetch the video again; it ends before its header says",
    "stalled-video": "convert it to MP4 anew; raise --video-timeout if the disk it lies on is slow",
    "video-limit": "cut or shrink the video, or raise --max-video-hours, --max-video-gb or --max-pixels",
    "nested-video": "unpack the archive and ingest the folder; videos inside archives are not read",
    "forgotten": "nothing; it was taken out with `curate forget`, so that it stays out",
}
"""Reason codes of the `rejected` table, each with what to do about it."""


ANSWER_FIXES = {
    "unknown-rater": "`annotate raters add` the person and pull again; answers of the owner of the server stay out",
    "other-rater": "ask who it was: the task is another rater's; nothing else need be done",
    "changed-by-other": "ask the rater to submit the face again; an answer is taken as its rater gave it",
    "unknown-task": "nothing, if somebody else made the task; mien takes answers to tasks that `annotate push` made",
    "no-answer": "ask the rater to submit the face again; neither an expression nor `unusable` was chosen",
    "unknown-field": "put the labelling page back as it was pushed, and ask the rater to submit the face again",
    "unknown-value": "correct the value where it came from; docs/labelling-pull.md lists those that are taken",
    "several-values": "correct it where it came from; one value at a time is taken",
    "unknown-face": "name the face by its face_id, or by the source of a picture with exactly one kept face",
    "several-faces": "name the face by its face_id; the picture has several that are kept",
    "bad-row": "correct the row at the line named",
    "twice": "leave one of the rows out; a rater has one answer to a face",
}
"""Reason codes of the `rejected_annotations` table, each with what to do about it."""


class ImageError(MienError):
    """One picture that cannot be used.

    Attributes:
        reason: A key of `IMAGE_FIXES`; the `reason` column of the `rejected` table.
    """

    def __init__(self, reason: str, what: str) -> None:
        super().__init__(what, IMAGE_FIXES[reason])
        self.reason = reason

    def __reduce__(self) -> tuple[type[ImageError], tuple[str, str]]:
        """Pickles reason and message: an error crosses process borders, and the default would drop the reason."""
        return ImageError, (self.reason, self.what)
