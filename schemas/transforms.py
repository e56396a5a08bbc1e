"""The transformations that make a new face of an old one: their parameters, units and limits.

Policies (what may be drawn) and recipes (what was drawn) both speak of these. They are applied in the order below,
that of taking a photograph: how the face stands, its light, what lies before it, the lens, the sensor, the file.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    """One number of a transformation.

    Attributes:
        name: As policies and recipes have it.
        low: Smallest value a policy may name.
        high: Largest.
        neutral: What changes nothing; what is taken where a policy does not name the parameter.
        meaning: What it says, with its unit.
        whole: Whether it is a whole number.
    """

    name: str
    low: float
    high: float
    neutral: float
    meaning: str
    whole: bool = False


@dataclass(frozen=True)
class Transform:
    """One transformation.

    Attributes:
        name: As policies and recipes have it.
        meaning: What it does.
        parameters: What a policy gives a range for.
        drawn: Further numbers, drawn evenly from 0 to 1, that no policy names.
    """

    name: str
    meaning: str
    parameters: tuple[Parameter, ...] = ()
    drawn: tuple[str, ...] = ()


TRANSFORMS: dict[str, Transform] = {
    transform.name: transform
    for transform in (
        Transform("flip", "mirror image"),
        Transform(
            "rotation",
            "turn about the middle of the 48×48 frame",
            (Parameter("degrees", -180, 180, 0, "degrees, clockwise"),),
        ),
        Transform("scale", "change of size", (Parameter("factor", 0.5, 2, 1, "factor; above 1 the face is larger"),)),
        Transform(
            "shift",
            "move in the frame",
            (
                Parameter("right", -0.5, 0.5, 0, "part of the frame's side"),
                Parameter("down", -0.5, 0.5, 0, "part of the frame's side"),
            ),
        ),
        Transform(
            "lighting",
            "brightness, contrast and gamma of all channels alike",
            (
                Parameter("brightness", -0.5, 0.5, 0, "added, part of the range from black to white"),
                Parameter("contrast", 0.2, 3, 1, "factor about middle grey"),
                Parameter("gamma", 0.3, 3, 1, "exponent; above 1 darkens"),
            ),
        ),
        Transform(
            "colour",
            "saturation and hue, before the picture is made grey; a grey photograph stays as it is",
            (
                Parameter("saturation", 0, 3, 1, "factor; 0 is grey"),
                Parameter("hue", -0.5, 0.5, 0, "turns of the colour circle"),
            ),
        ),
        Transform(
            "occlusion",
            "a rectangle of one grey lies over the face, anywhere in the frame",
            (
                Parameter("width", 0, 0.6, 0, "part of the frame's side"),
                Parameter("height", 0, 0.6, 0, "part of the frame's side"),
                Parameter("level", 0, 255, 128, "grey level", whole=True),
            ),
            ("across", "along"),
        ),
        Transform("blur", "Gaussian blur", (Parameter("sigma", 0, 4, 0, "pixels of the 48×48 picture"),)),
        Transform(
            "noise",
            "Gaussian noise, each pixel of the crop on its own",
            (Parameter("deviation", 0, 64, 0, "grey levels of the 48×48 picture"),),
            ("stream",),
        ),
        Transform(
            "jpeg",
            "JPEG compression of the frame at the crop's resolution",
            (Parameter("quality", 5, 100, 100, "libjpeg's quality", whole=True),),
        ),
        Transform(
            "clahe",
            "contrast evened out by parts (CLAHE, 4 × 4 tiles)",
            (Parameter("clip", 1, 8, 1, "limit of the contrast"),),
        ),
    )
}
"""Name -> transformation, in the order of application."""
