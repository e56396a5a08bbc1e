"""Every table of a workspace: its columns, their types, units and meanings.

The one definition: the store checks frames against it and the reference is written from it. Types are
Arrow's names. A table is sorted by its key, so that its files depend on its rows alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.emotion import CONTEMPT, NAMES, UNUSABLE


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: The column's name.
        type: Arrow's name of its type, for example `string`, `uint64`, `float32`, `bool`, `binary`.
        meaning: What it says, with its unit and range.
        nullable: Whether a value may be missing.
    """

    name: str
    type: str
    meaning: str
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        name: The folder it lies in.
        meaning: What one row stands for.
        key: The columns that identify a row; the sort order.
        columns: All columns, in order.
        folder: `tables`, or `cache` for what can be lost without losing a result.
        part_rows: Most rows in one Parquet part.
    """

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    folder: str = "tables"
    part_rows: int = 65_536

    @property
    def names(self) -> list[str]:
        """The names of all columns, in order."""
        return [column.name for column in self.columns]


_IMAGE_ID = Column("image_id", "string", "SHA-256 of the file's bytes, 64 hexadecimal digits")

IMAGES = Table(
    name="images",
    meaning="a picture that can be read, once, however many files hold it; every measure that later steps decide by",
    key=("image_id",),
    part_rows=2_048,
    columns=(
        _IMAGE_ID,
        Column("format", "string", "format by content: jpeg, png, webp, gif, bmp, tiff, avif, heic"),
        Column("mode", "string", "the file's own colour mode, in Pillow's names: L, RGB, P, CMYK, I;16 …"),
        Column("width", "int32", "pixels, after the EXIF turn"),
        Column("height", "int32", "pixels, after the EXIF turn"),
        Column("bytes", "int64", "size of the file"),
        Column("frames", "int32", "pictures in the file, counted up to 1000; the first one is used"),
        Column("orientation", "int8", "EXIF orientation of the file, 1 to 8, already applied to all figures"),
        Column(
            "recipe", "string", "name, version and steps of the way to the thumbnail; hashes of two cannot be compared"
        ),
        Column("phash", "uint64", "`imagehash.phash` of the thumbnail's 2×2 block means, first bit most significant"),
        Column("phash_mirrored", "uint64", "the same of the mirrored thumbnail"),
        Column("thumbnail", "binary", "the picture as 64 × 64 grey bytes, row by row"),
        Column("sharpness", "float32", "mean square of the Laplacian at 192 px, squared grey levels"),
        Column("sharpness_peak", "float32", "the same in the sharpest quarter-by-quarter tile"),
        Column("brightness", "float32", "mean grey level, 0 to 255"),
        Column("contrast", "float32", "standard deviation of the grey levels"),
        Column("entropy", "float32", "Shannon entropy of the grey levels, 0 to 8 bits"),
        Column("level_1", "float32", "grey level that 1 % of the pixels do not exceed, 0 to 255"),
        Column("level_99", "float32", "grey level that 99 % of the pixels do not exceed, 0 to 255"),
        Column("clipped_shadows", "float32", "share of pixels of level 5 or less, 0 to 1"),
        Column("clipped_highlights", "float32", "share of pixels of level 250 or more, 0 to 1"),
        Column("common_greys", "float32", "share of pixels in the 16 commonest of 256 grey levels, 0 to 1"),
        Column("hard_edges", "float32", "of the pixels whose Laplacian is 4 or more, the share at 64 or more, 0 to 1"),
    ),
)

SOURCES = Table(
    name="sources",
    meaning="a file that holds a readable picture; byte-identical copies are several rows with one image_id",
    key=("source", "image_id"),
    columns=(
        Column("source", "string", "path below what was ingested, beginning with the name of that folder or archive"),
        _IMAGE_ID,
        Column("location", "string", "absolute path, when the original is referred to in place", nullable=True),
        Column("kind", "string", "`photograph`, or `face` when the picture is a face crop already, as FER-2013's are"),
        Column("label", "string", "declared expression", nullable=True),
        Column("identity", "string", "declared person", nullable=True),
        Column("licence", "string", "declared licence", nullable=True),
        Column("author", "string", "declared author", nullable=True),
        Column("source_page", "string", "address of the page the picture stood on", nullable=True),
        Column("collected_at", "string", "when it was collected, as declared", nullable=True),
        Column("search_term", "string", "what was searched for", nullable=True),
        Column("url", "string", "address it was fetched from", nullable=True),
        Column("video", "string", "source name of the video it is a frame of", nullable=True),
        Column("time_s", "float32", "seconds into that video", nullable=True),
        Column("usage", "string", "FER-2013's Training, PublicTest or PrivateTest", nullable=True),
        Column("extra", "string", "all other declared metadata, a JSON object", nullable=True),
    ),
)

REJECTED = Table(
    name="rejected",
    meaning="a file that holds no usable picture",
    key=("source",),
    columns=(
        Column("source", "string", "path below what was ingested, beginning with the name of that folder or archive"),
        Column("reason", "string", "reason code; `schemas.errors.IMAGE_FIXES` says what to do about each"),
        Column("detail", "string", "what exactly was wrong"),
        Column("bytes", "int64", "size of the file; -1 where it could not be told"),
    ),
)

SEEN = Table(
    name="seen",
    meaning="a file that was ingested, in its state then, so that the next run need not open it again",
    key=("fingerprint",),
    folder="cache",
    columns=(
        Column("fingerprint", "string", "digest of path, size, modification time and declared metadata"),
        Column("source", "string", "the file's name in `sources` or `rejected`"),
    ),
)

_MATCH = (
    Column("distance", "int16", "bits in which its perceptual hash differs from the keeper's, 0 to 64"),
    Column("mirrored", "bool", "whether it is a mirror image of the keeper"),
    Column("correlation", "float32", "of its detail with the keeper's after alignment, 0 to 1; 1 for the keeper"),
    Column("overlap", "float32", "share of the keeper that it shows, 0 to 1"),
    Column("scale", "float32", "size of things in it over that in the keeper, in square thumbnails; above 1: a crop"),
    Column("rotation", "float32", "degrees by which it is turned against the keeper, counter-clockwise"),
)

DUPLICATES = Table(
    name="duplicates",
    meaning="a picture that stands in a group of verified copies, the one to be kept among them",
    key=("image_id",),
    columns=(
        _IMAGE_ID,
        Column("group_id", "string", "image_id of the group's keeper, which every other was verified against"),
        Column("rank", "int32", "place in the order of keeping: 0 the keeper; the next stands in where it is filtered"),
        *_MATCH,
        Column("keeper_reason", "string", "why the keeper is preferred to this one; for the keeper, why it is kept"),
    ),
)

CONFLICTS = Table(
    name="conflicts",
    meaning="two copies of one picture whose declared labels or identities differ",
    key=("image_id", "other_id", "kind"),
    columns=(
        Column("image_id", "string", "first of the group, in the order of keeping, with such a declaration"),
        Column("other_id", "string", "the copy that says otherwise; the same image_id where byte-identical files do"),
        Column("kind", "string", "what differs: label or identity"),
        Column("value", "string", "what the first is declared to be; several are separated by commas"),
        Column("other_value", "string", "what the other is declared to be"),
    ),
)

COMPARED = Table(
    name="compared",
    meaning="a picture that has been compared with all others, so that the next run need not do it again",
    key=("image_id",),
    folder="cache",
    columns=(
        _IMAGE_ID,
        Column("recipe", "string", "recipe of the hashes, and the settings and rules that decided"),
        Column("place", "int64", "place in the order of keeping"),
        Column("leader", "string", "image_id of the picture whose copy it was found to be; its own where of none"),
        *_MATCH,
    ),
)

DECISIONS = Table(
    name="decisions",
    meaning="whether a picture is kept, and why not",
    key=("image_id",),
    columns=(
        _IMAGE_ID,
        Column("kept", "bool", "whether the picture goes on to face detection"),
        Column("step", "string", "the step that took it out: dedupe or filter; empty when kept"),
        Column("reason", "string", "reason code; empty when kept"),
        Column("value", "float32", "the figure that decided, in the unit of its setting", nullable=True),
        Column("threshold", "float32", "the setting it was held against", nullable=True),
        Column("also", "string", "further reasons that would have taken it out, comma separated"),
    ),
)

_LANDMARKS = tuple(
    Column(f"{point}_{axis}", "float32", f"{axis} of the {meaning}, pixels of the photograph", nullable=True)
    for point, meaning in (
        ("right_eye", "person's right eye"),
        ("left_eye", "person's left eye"),
        ("nose", "tip of the nose"),
        ("mouth_right", "person's right corner of the mouth"),
        ("mouth_left", "person's left corner of the mouth"),
    )
    for axis in ("x", "y")
)

_FACE = (
    Column("rank", "int16", "place among the picture's faces by score, from 0; -1: the picture has no face"),
    Column("score", "float32", "the detector's score, 0 to 1", nullable=True),
    *(
        Column(side, "float32", f"{side} edge of the box, pixels in the full-resolution picture", nullable=True)
        for side in ("left", "top", "right", "bottom")
    ),
    *_LANDMARKS,
    Column("face_size", "float32", "side of the face's 48×48 frame, in pixels of the photograph", nullable=True),
    Column("outside", "float32", "part of that frame that lies outside the photograph, 0 to 1", nullable=True),
    Column("face_sharpness", "float32", "variance of the Laplacian over variance, of the 48×48 face", nullable=True),
)

DETECTIONS = Table(
    name="detections",
    meaning="a face as a detector found it and its measures, before any decision; a picture without a face has one row",
    key=("image_id", "recipe", "rank"),
    # Kept for pictures and detectors that are out at present, so that taking them in again costs nothing.
    folder="cache",
    part_rows=2_048,
    columns=(
        _IMAGE_ID,
        Column("recipe", "string", "the detector with all it depends on, SHA-256 of its weights among it"),
        *_FACE,
        Column("face_phash", "uint64", "perceptual hash of the aligned face; 0 where there is none"),
        Column("face_phash_mirrored", "uint64", "perceptual hash of its mirror image; 0 where there is none"),
        Column("face_thumbnail", "binary", "the aligned 64×64 grey face, row by row; empty where there is none"),
    ),
)

FACES = Table(
    name="faces",
    meaning="a detected face, whether it is kept, and why not; a kept picture without a face has one row too",
    key=("face_id",),
    columns=(
        Column("face_id", "string", "digest of image_id and box, 32 hexadecimal digits"),
        _IMAGE_ID,
        Column("kept", "bool", "whether the face is in the data set"),
        Column(
            "reason",
            "string",
            "no-face, low-score, small-face, cut-face, turned-face, nodding-face, blurred-face or duplicate-face; "
            "empty when kept",
        ),
        Column("value", "float32", "the figure that decided, in the unit of its setting", nullable=True),
        Column("threshold", "float32", "the setting it was held against", nullable=True),
        Column("also", "string", "further reasons that would have taken it out, comma separated"),
        Column("duplicate_of", "string", "face_id of the face that is kept in its place", nullable=True),
        Column("cut", "bool", "whether the face's box or 48×48 frame reaches outside the photograph"),
        Column("yaw", "float32", "turn to the side, degrees; positive towards the picture's right", nullable=True),
        Column("pitch", "float32", "nod, degrees; positive up", nullable=True),
        Column("roll", "float32", "tilt in the picture's plane, degrees; positive clockwise", nullable=True),
        *_FACE,
        Column("detector", "string", "the recipe the face was found by"),
    ),
)

CROPS = Table(
    name="crops",
    meaning="a face whose two crops lie in `faces/` and `grey/`, and the settings they were cut with",
    key=("face_id",),
    folder="cache",
    columns=(
        Column("face_id", "string", "digest of image_id and box, 32 hexadecimal digits"),
        Column("recipe", "string", "size, framing and contrast of the crops"),
    ),
)

MOMENTS = Table(
    name="moments",
    meaning="two pictures that show one moment, or, with its own id twice, a picture that was compared with all others",
    key=("image_id", "other_id"),
    folder="cache",
    columns=(
        _IMAGE_ID,
        Column("other_id", "string", "image_id of the other picture"),
        Column("mirrored", "bool", "whether the one shows the mirror image of the other"),
        Column("correlation", "float32", "of their detail after alignment, 0.97 to 1"),
        Column("recipe", "string", "how pictures are measured and compared"),
    ),
)

SPLITS = Table(
    name="splits",
    meaning="a picture with a kept face, or one that had, and the split that all its faces are in",
    key=("image_id",),
    columns=(
        _IMAGE_ID,
        Column("group_id", "string", "smallest image_id among the pictures it is related to, its own if there is none"),
        Column("split", "string", "train, validation, test, or excluded"),
        Column(
            "reason",
            "string",
            "drawn: its group was dealt here; group: it is related to pictures that were here before; usage: "
            "FER-2013's own; excluded for bridge: it is related to pictures of several splits; for leak: it is related "
            "to a picture of an earlier split; for no-usage: FER-2013's own split says nothing of it",
        ),
        Column(
            "also",
            "string",
            "the other splits it is related to, comma separated; FER-2013's leaks by usage",
            nullable=True,
        ),
        Column(
            "label", "string", "declared label it was counted under; none where its sources disagree", nullable=True
        ),
        Column("faces", "int32", "its kept faces; 0 where it has none at present and is only remembered"),
    ),
)

EXPORTS = Table(
    name="exports",
    meaning="an export that was made, and which pictures it holds; it may have been moved or removed since",
    key=("path", "manifest"),
    columns=(
        Column("path", "string", "absolute path of the folder it was written to"),
        Column("manifest", "string", "file in `exports/` with face_id (or empty) and image_id of each of its faces"),
        Column("format", "string", "its format, as `curate export` calls it"),
        Column("rows", "int64", "its faces"),
        Column("digest", "string", "SHA-256 of the manifest"),
    ),
)

FORGOTTEN = Table(
    name="forgotten",
    meaning="a picture that was forgotten and shall not be taken in again; all that is kept of it",
    key=("tombstone",),
    columns=(
        Column("tombstone", "string", "BLAKE2b under the workspace's own key, 64 hexadecimal digits"),
        Column("made_of", "string", "bytes: of its image_id; look: of its perceptual hash"),
    ),
)

RATERS = Table(
    name="raters",
    meaning="a rater and the project on the server that holds the rater's tasks",
    key=("rater",),
    columns=(
        Column("rater", "string", "pseudonymous id; empty for the project that all raters share"),
        Column("project", "int64", "number of the project on the server"),
    ),
)

TASKS = Table(
    name="tasks",
    meaning="a face that a rater is to label, or labelled, and the task that it is on the server",
    key=("face_id", "rater", "presentation"),
    columns=(
        Column("face_id", "string", "digest of image_id and box, 32 hexadecimal digits"),
        Column("rater", "string", "pseudonymous id; empty in a shared project, where any rater may take it"),
        Column("presentation", "int8", "0 for the first showing, 1 for the hidden repeat"),
        Column("kind", "string", "task, gold (its label is known), repeat, or adjudication (the raters left it open)"),
        Column("uid", "string", "keyed digest that stands for the row on the server, 32 hexadecimal digits"),
        Column("project", "int64", "number of the project on the server; -1 until there is one"),
        Column("task", "int64", "number of the task on the server; -1 until it is imported"),
        Column("order", "int32", "place among the rater's tasks, from 0"),
        Column("gold_label", "string", "the known label, where kind is gold", nullable=True),
        Column("suggested", "string", "the label that was ticked beforehand, where one was", nullable=True),
        Column("push_id", "int32", "number of the push that planned it, from 1"),
    ),
)

ANNOTATIONS = Table(
    name="annotations",
    meaning="what a rater said of a face at one showing; an answer that was changed has a row for each revision",
    key=("face_id", "rater", "presentation", "revision"),
    columns=(
        Column("face_id", "string", "digest of image_id and box, 32 hexadecimal digits"),
        Column("rater", "string", "pseudonymous id"),
        Column("presentation", "int8", "0 for the first showing, 1 for the hidden repeat"),
        Column("revision", "int32", "0 as first submitted, then one more for each change; the greatest counts"),
        Column("kind", "string", "task, gold, repeat, import, or adjudication"),
        Column("label", "string", "one of the seven, or contempt; none where unusable or skipped", nullable=True),
        Column("second", "string", "second expression, as label", nullable=True),
        Column("intensity", "int8", "1 weak to 5 strong", nullable=True),
        Column("confidence", "int8", "1 guessed to 5 certain", nullable=True),
        Column("unusable", "string", "why the face cannot be used; none where it can", nullable=True),
        Column("note", "string", "the rater's remark", nullable=True),
        Column("skipped", "bool", "whether the rater passed over the face"),
        Column("lead_time_s", "float32", "seconds the page was open before it was submitted", nullable=True),
        Column("created_at", "string", "when it was first submitted, ISO 8601, UTC", nullable=True),
        Column("updated_at", "string", "when it was last changed, ISO 8601, UTC", nullable=True),
        Column("project", "int64", "number of the project on the server; -1 for an import"),
        Column("task", "int64", "number of the task on the server; -1 for an import"),
        Column("annotation", "int64", "number of the annotation on the server; -1 for an import"),
        Column("suggested", "string", "the label that was ticked beforehand, where one was", nullable=True),
        Column("source", "string", "`label-studio`, or the name of the imported file"),
        Column(
            "gone",
            "string",
            "annotation: it was deleted on the server, and counts no longer; task: its task was deleted there, and it "
            "still counts; none where it is there, or was imported",
            nullable=True,
        ),
    ),
)

REJECTED_ANNOTATIONS = Table(
    name="rejected_annotations",
    meaning="an answer that was not taken, and why",
    key=("source", "place", "revision"),
    columns=(
        Column("source", "string", "`label-studio`, or the name of the imported file"),
        Column("place", "string", "project/task/annotation on the server, or the line or file it came from"),
        Column("revision", "int32", "0, then one more for each change that was not taken either"),
        Column("reason", "string", "reason code; `schemas.errors.ANSWER_FIXES` says what to do about each"),
        Column("detail", "string", "what exactly was wrong"),
        Column("rater", "string", "pseudonymous id, where the rater is known", nullable=True),
        Column("face_id", "string", "the face, where it is known", nullable=True),
        Column("updated_at", "string", "when it was last changed, ISO 8601, UTC", nullable=True),
        Column("answer", "string", "the answer as it came, JSON"),
    ),
)

PREDICTIONS = Table(
    name="predictions",
    meaning="a kept face as a network sees it",
    key=("model", "face_id"),
    columns=(
        Column("model", "string", "the network's name, `@`, the first 12 digits of its file's SHA-256"),
        Column("face_id", "string", "digest of image_id and box, 32 hexadecimal digits"),
        *(Column(f"p_{name}", "float32", f"probability of {name}, 0 to 1") for name in NAMES),
        Column("label", "string", "the likeliest expression; of equal ones the first in FER-2013's order"),
    ),
)

TAGS = Table(
    name="tags",
    meaning="a word that somebody put on a face in the App",
    key=("face_id", "tag"),
    columns=(
        Column("face_id", "string", "digest of image_id and box, 32 hexadecimal digits"),
        Column("tag", "string", "the word"),
    ),
)

LABELS = Table(
    name="labels",
    meaning="a face that raters answered for: the label, how sure it is, and how the votes fell",
    key=("face_id",),
    columns=(
        Column("face_id", "string", "digest of image_id and box, 32 hexadecimal digits"),
        Column("label", "string", "one of the seven, or contempt; none where undecided or unusable", nullable=True),
        Column(
            "confidence",
            "float32",
            "of the label, or of unusable, 0 to 1: by method, its share of the votes or weights, or its probability; "
            "of an adjudicator's answer, its share of the adjudicators' votes",
        ),
        Column(
            "status",
            "string",
            "agreed: all said so; majority; adjudicated; unusable; undecided are tie and doubtful (too few raters, or "
            "too little confidence)",
        ),
        Column("raters", "int16", "who answered, adjudicators among them"),
        *(Column(f"votes_{name}", "int16", f"votes for {name}") for name in (*NAMES, CONTEMPT, UNUSABLE)),
        *(
            Column(
                f"p_{name}",
                "float32",
                f"soft label: share of {name} in the votes for the seven, weighted by method; none without such a vote",
                nullable=True,
            )
            for name in NAMES
        ),
        Column("method", "string", "majority, weighted or dawid-skene"),
    ),
)

AUGMENTED = Table(
    name="augmented",
    meaning="a face of the training split, or a sample made of one, and whether it is in the balanced training set",
    key=("face_id", "copy"),
    columns=(
        Column("face_id", "string", "the face, or the parent of the sample, 32 hexadecimal digits"),
        Column("copy", "int32", "0 for the face itself, 1, 2 … for samples made of it"),
        Column("kept", "bool", "whether it is shown in training; a face is not where `undersample` left it out"),
        Column("label", "string", "the face's label when the set was balanced; samples are labelled as their parent"),
        Column(
            "recipe",
            "string",
            "transformations with the numbers drawn for them, a JSON object in the order of application; none for the "
            "face itself",
            nullable=True,
        ),
        Column("policy", "string", "name of the policy, `@`, the first 12 digits of its SHA-256", nullable=True),
        Column("made_with", "string", "versions of the libraries whose pixels the recipe stands for", nullable=True),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        IMAGES,
        SOURCES,
        REJECTED,
        SEEN,
        DUPLICATES,
        CONFLICTS,
        COMPARED,
        DECISIONS,
        DETECTIONS,
        FACES,
        CROPS,
        MOMENTS,
        SPLITS,
        EXPORTS,
        FORGOTTEN,
        RATERS,
        TASKS,
        ANNOTATIONS,
        REJECTED_ANNOTATIONS,
        LABELS,
        PREDICTIONS,
        TAGS,
        AUGMENTED,
    )
}
"""Name -> table."""
