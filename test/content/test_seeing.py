"""What a classifier saw besides its answer: promised by the sidecar, held to by the network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ai4mars_nav.content.classifier import Classifier, open_classifier
from ai4mars_nav.content.errors import ContentError
from ai4mars_nav.content.network_sidecar import Answer, FeatureMap
from ai4mars_nav.content.sidecar import from_document, load_content_model, to_document
from ai4mars_nav.perception.errors import ModelError


def test_a_network_that_does_not_tell_what_it_saw_is_asked_in_vain(colour_model):
    with pytest.raises(ContentError, match=r"colours\.onnx: this network tells its answer, not"):
        open_classifier(colour_model).look(np.zeros((30, 30, 3), np.uint8))


def test_a_feature_map_that_the_network_has_not_is_refused(colour_model):
    sidecar, content = load_content_model(colour_model)
    answer = Answer("logits", FeatureMap("seen", 8, 2, 2))
    with pytest.raises(ModelError, match=r"outputs are \['logits'\], .* \['logits', 'seen'\]"):
        Classifier(replace(sidecar, output=answer), content)
    document = to_document(replace(sidecar, output=answer))
    assert from_document(document, "x.json").output == answer
    document["output"]["seen"]["rows"] = 0
    with pytest.raises(ModelError, match=r"x\.json: output.seen.rows is 0"):
        from_document(document, "x.json")
