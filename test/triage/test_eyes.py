"""Any classifier of whole images may be the eyes of triage, and says the same as by itself."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ai4mars_nav.content.chain import Platt
from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.kinds import open_any
from ai4mars_nav.content.multi_label_sidecar import MultiLabelSidecar, write_multi_label_sidecar
from ai4mars_nav.content.network_sidecar import Answer
from ai4mars_nav.content.sidecar import load_content_model, write_content_sidecar
from ai4mars_nav.content.triage.eyes import ClassifierEyes
from ai4mars_nav.share import content_model_file

from .conftest import picture


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """The network of mslnet, its classes in a chain in which the second lifts the third."""
    sidecar, content = load_content_model(content_model_file("mslnet"))
    path = tmp_path / sidecar.model.file
    path.write_bytes(content)
    count = len(sidecar.classes)
    links = [[0.0] * k for k in range(count)]
    links[2][1] = 3.0
    chained = MultiLabelSidecar(
        sidecar.name,
        sidecar.model,
        sidecar.input,
        sidecar.output,
        sidecar.classes,
        sidecar.mirrored,
        tuple(tuple(row) for row in links),
        Platt((0.5,) * count, (0.1,) * count, "nothing"),
        (0.5,) * count,
        "fp16",
        training={"support": [1] * count},
    )
    write_multi_label_sidecar(chained, path)
    return path


@pytest.mark.parametrize("name", ["mslnet", "hirisenet", "rover-or-surface"])
def test_they_say_what_the_classifier_says(name: str) -> None:
    model = content_model_file(name)
    eyes, alone = ClassifierEyes(model), open_any(model)
    probabilities, seen = eyes.look(picture(0), "mahli")
    assert eyes.classes == alone.sidecar.classes
    assert probabilities == pytest.approx(alone.probabilities(picture(0), "mahli"))
    assert seen.ndim == 3 and np.isfinite(seen).all()


def test_several_classes_of_one_image_go_through_their_chain(several: Path) -> None:
    probabilities, _ = ClassifierEyes(several).look(picture(1), "mahli")
    assert probabilities == pytest.approx(open_any(several).probabilities(picture(1), "mahli"))
    assert not np.isclose(probabilities.sum(), 1.0)


def test_a_network_that_keeps_to_itself_what_it_saw_is_refused(tmp_path: Path) -> None:
    shipped = content_model_file("mslnet")
    path = Path(shutil.copy(shipped, tmp_path / shipped.name))
    sidecar, _ = load_content_model(shipped)
    write_content_sidecar(replace(sidecar, output=Answer(sidecar.output.name)), path)
    with pytest.raises(ContentError, match=r"mslnet.onnx: this network tells its answer, not what"):
        ClassifierEyes(path)
