"""The networks are those they say they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from keras import layers

from schemas.errors import InputError, UsageError
from train.architectures import ARCHITECTURES, architecture, lenet5, paper
from train.cost import multiply_adds, parameters

if TYPE_CHECKING:
    from pathlib import Path


def test_paper_has_the_shapes_of_table_i() -> None:
    """Each layer's output is that of the paper's Table I."""
    model = paper()
    kinds = (layers.Conv2D, layers.MaxPooling2D, layers.Flatten, layers.Dense)
    shapes = [layer.output.shape[1:] for layer in model.layers if isinstance(layer, kinds)]
    assert shapes == [
        (48, 48, 32),  # conv 32@1×1
        (44, 44, 32),  # conv 32@5×5 valid
        (22, 22, 32),
        (20, 20, 64),  # conv 64@3×3 valid
        (10, 10, 64),
        (10, 10, 128),  # conv 128@3×3 same
        (5, 5, 128),
        (3200,),
        (2048,),
        (1024,),
        (7,),
    ]
    assert [layer.rate for layer in model.layers if isinstance(layer, layers.Dropout)] == [0.6, 0.4]


def test_paper_has_the_published_cost() -> None:
    """8,779,047 parameters and 73,038,848 multiply-adds."""
    assert (parameters(paper()), multiply_adds(paper())) == (8_779_047, 73_038_848)


def test_lenet5_has_168971_parameters() -> None:
    """156 + 2,416 + 155,640 + 10,164 + 595 (48×48 leaves 16 maps of 9×9)."""
    assert parameters(lenet5()) == 156 + 2_416 + (1_296 * 120 + 120) + (120 * 84 + 84) + (84 * 7 + 7) == 168_971


def test_lenet5_multiply_adds_by_hand() -> None:
    """44²·6·25 + 18²·16·25·6 + 1,296·120 + 120·84 + 84·7."""
    assert multiply_adds(lenet5()) == 44**2 * 6 * 25 + 18**2 * 16 * 25 * 6 + 1_296 * 120 + 120 * 84 + 84 * 7


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_takes_faces_and_gives_seven(name: str) -> None:
    """Grey levels go in as they are; any size where it says so."""
    entry = ARCHITECTURES[name]
    model = entry.build((None, None, 1) if entry.any_size else (48, 48, 1))
    assert model.output_shape == (None, 7)
    assert model.input_shape == ((None, None, None, 1) if entry.any_size else (None, 48, 48, 1))


def test_compact_network_is_compact() -> None:
    """One to two million parameters: it ships, in at most 8 MB."""
    assert 1_000_000 <= parameters(ARCHITECTURES["vgg-compact"].build((48, 48, 1))) <= 2_000_000


def test_unknown_name_gets_the_nearest() -> None:
    """A slip of the finger is told what was meant."""
    with pytest.raises(UsageError) as caught:
        architecture("vgg-compat")
    assert "vgg-compact" in caught.value.fix


def test_own_architecture_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`module:function` finds a module that lies where the command is called."""
    (tmp_path / "own_network_7f.py").write_text(
        "import keras\n"
        "def build(shape):\n"
        "    x = inputs = keras.Input(shape)\n"
        "    x = keras.layers.GlobalAveragePooling2D()(x)\n"
        "    return keras.Model(inputs, keras.layers.Dense(7, activation='softmax')(x))\n"
    )
    monkeypatch.chdir(tmp_path)
    assert architecture("own_network_7f:build").build((48, 48, 1)).output_shape == (None, 7)


@pytest.mark.parametrize("name", ["no_such_module_7f:build", "json:no_such_function"])
def test_own_architecture_that_is_not_there(name: str) -> None:
    """A module or a function that is missing is said so."""
    with pytest.raises(InputError, match="cannot be loaded"):
        architecture(name)
