"""A model and its sidecar: what is accepted, and each way in which they must be refused."""

import json

import pytest

from ai4mars_nav.perception import sidecar as sc
from ai4mars_nav.perception.errors import ModelError


def edit(model, *path_and_value):
    """Set (or with `...` delete) one key of a model's sidecar."""
    *path, last, value = path_and_value
    file = sc.sidecar_path(model)
    document = json.loads(file.read_text())
    inner = document
    for key in path:
        inner = inner[key]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    file.write_text(json.dumps(document))


def test_good_model_is_loaded_with_its_bytes(probe):
    sidecar, content = sc.load_model(probe)
    assert content == probe.read_bytes()
    assert sidecar.name == "probe"
    assert sidecar.input_shape == (1, 1, 256, 256)
    assert sidecar.output_shape == (1, 4, 64, 64)


def test_sidecar_round_trip(probe):
    sidecar, _ = sc.load_model(probe)
    document = json.loads(json.dumps(sc.to_document(sidecar)))
    assert sc.from_document(document, "memory") == sidecar
    assert sc.load_sidecar(sc.write_sidecar(sidecar, probe)) == sidecar


def test_whole_numbers_stand_for_floats(probe):
    edit(probe, "preprocessing", "offset", -1)
    edit(probe, "calibration", "scale", [1, 1, 1, 1])
    assert sc.load_model(probe)[0].preprocessing.offset == -1.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("format", "ai4mars-model/2"), "format is 'ai4mars-model/2'"),
        (("format", ...), "format is missing"),
        (("name", ""), "name is empty"),
        (("name", 7), "name must be str"),
        (("colour", "grey"), "colour is not a key"),
        (("onnx", "bytes", 0), "onnx.bytes is 0"),
        (("onnx", "bytes", True), "onnx.bytes must be int"),
        (("onnx", "sha256", "AB"), "onnx.sha256 is 'AB'"),
        (("onnx", "file", "../probe.onnx"), "onnx.file"),
        (("onnx", []), "onnx must be dict"),
        (("input", "layout", "NHWC"), "input.layout is 'NHWC'"),
        (("input", "channels", 3), "input.channels is 3"),
        (("input", "dtype", "float16"), "input.dtype"),
        (("input", "height", 257), "input.height 257 is no multiple of output.stride 4"),
        (("input", "width", 256.0), "input.width must be int"),
        (("output", "stride", 0), "output.stride is 0"),
        (("output", "name", ...), "output.name is missing"),
        (("preprocessing", "colour", "rgb"), "preprocessing.colour is 'rgb'"),
        (("preprocessing", "resize", "nearest"), "preprocessing.resize"),
        (("preprocessing", "scale", 0), "preprocessing.scale is 0"),
        (("preprocessing", "offset", float("nan")), "preprocessing.offset is nan"),
        (("preprocessing", "mean", 0.5), "preprocessing.mean is not a key"),
        (("calibration", "method", "none"), "calibration.method"),
        (("calibration", "scale", [1.0, 1.0, 1.0]), "calibration.scale has 3 numbers"),
        (("calibration", "scale", [1.0, 1.0, 1.0, -1.0]), "calibration.scale"),
        (("calibration", "bias", [0, 0, 0, "0"]), "calibration.bias holds '0'"),
        (("calibration", "bias", [0, 0, 0, float("inf")]), "calibration.bias holds inf"),
        (("calibration", "abstain_below", 1.5), "calibration.abstain_below is 1.5"),
        (("calibration", "risk", "low"), "calibration.risk must be float"),
        (("training", None), "training must be dict"),
        (("precision", "fp64"), "precision is 'fp64'"),
    ],
)
def test_wrong_key_is_named_with_its_file(probe, change, words):
    edit(probe, *change)
    with pytest.raises(ModelError) as caught:
        sc.load_model(probe)
    assert words in str(caught.value)
    assert str(sc.sidecar_path(probe)) in str(caught.value)


def test_other_class_order_is_refused(probe):
    classes = json.loads(sc.sidecar_path(probe).read_text())["classes"]
    edit(probe, "classes", classes[::-1])
    with pytest.raises(ModelError, match=r"classes is .* must be exactly"):
        sc.load_model(probe)


def test_other_class_values_are_refused(probe):
    edit(probe, "classes", 0, "value", 1)
    with pytest.raises(ModelError, match="classes"):
        sc.load_model(probe)


def test_file_cut_short(probe):
    probe.write_bytes(probe.read_bytes()[:-10])
    with pytest.raises(ModelError, match="cut short"):
        sc.load_model(probe)


def test_one_flipped_bit(probe):
    content = bytearray(probe.read_bytes())
    content[len(content) // 2] ^= 1
    probe.write_bytes(bytes(content))
    with pytest.raises(ModelError, match="sha256"):
        sc.load_model(probe)


def test_sidecar_of_another_model(probe, tmp_path, probe_maker):
    other = probe_maker.write_probe_model(tmp_path / "models", name="other")
    sc.sidecar_path(probe).write_text(sc.sidecar_path(other).read_text())
    with pytest.raises(ModelError, match="belongs to another model"):
        sc.load_model(probe)


def test_weights_of_another_model_under_this_name(probe, tmp_path, probe_maker):
    """Of the same size, so that nothing but their sha256 tells them apart."""
    other = probe_maker.write_probe_model(tmp_path / "models", name="other")
    assert other.stat().st_size == probe.stat().st_size
    probe.write_bytes(other.read_bytes())
    with pytest.raises(ModelError, match="weights and sidecar do not belong together"):
        sc.load_model(probe)


@pytest.mark.parametrize("kept", [0, 1, -1])
def test_a_renamed_pair_is_checked_by_its_sidecar_of_the_new_name(probe, kept):
    """The name put right by hand: size and sha256 still tell what was copied only in part."""
    renamed = probe.with_name("renamed.onnx")
    renamed.write_bytes(probe.read_bytes()[:kept])
    sc.sidecar_path(probe).rename(sc.sidecar_path(renamed))
    with pytest.raises(ModelError, match="belongs to another model"):
        sc.load_model(renamed)
    edit(renamed, "onnx", "file", renamed.name)
    with pytest.raises(ModelError, match=r"renamed\.onnx: has \d+ bytes, .* says \d+"):
        sc.load_model(renamed)
    renamed.write_bytes(probe.read_bytes())
    assert sc.load_model(renamed)[0].name == "probe"


def test_missing_sidecar(probe):
    sc.sidecar_path(probe).unlink()
    with pytest.raises(ModelError, match="without its sidecar"):
        sc.load_model(probe)


def test_missing_model(probe):
    probe.unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        sc.load_model(probe)


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe{}", b"[]", b"null"])
def test_sidecar_that_is_no_mapping(probe, content):
    sc.sidecar_path(probe).write_bytes(content)
    with pytest.raises(ModelError, match=r"probe\.json"):
        sc.load_model(probe)
