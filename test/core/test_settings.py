from dataclasses import dataclass

import pytest

from ai4mars_nav.settings import SettingsError, from_mapping, load, setting, settings_of


@dataclass(frozen=True)
class Kettle:
    litres: float = setting(1.0, "how much it holds", unit="l", lo=0.1, hi=3.0)
    cups: int = setting(4, "cups it fills", lo=1)
    whistles: bool = setting(True, "whether one hears it")
    colour: str = setting("red", "its colour", choices=("red", "blue"))
    marks: tuple[float, ...] = setting((0.5, 1.0), "scale", unit="l", lo=0.0)


def test_values_arrive_typed_and_the_rest_keeps_its_default():
    kettle = from_mapping(Kettle, {"litres": 2, "marks": [1, 2]}, "k.yaml")
    assert kettle == Kettle(litres=2.0, marks=(1.0, 2.0))
    assert isinstance(kettle.litres, float)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"liters": 1.0}, ["k.yaml", "unknown key 'liters'", "litres"]),
        ({"litres": 5.0}, ["k.yaml: litres", "5.0 l", "[0.1, 3.0] l"]),
        ({"litres": True}, ["litres", "finite number"]),
        ({"litres": float("nan")}, ["litres", "finite number"]),
        ({"litres": "1 l"}, ["litres", "finite number"]),
        ({"cups": 0}, ["cups is 0", "[1, inf]"]),
        ({"cups": 2.5}, ["cups", "whole number"]),
        ({"cups": True}, ["cups", "whole number"]),
        ({"whistles": "yes"}, ["whistles must be bool"]),
        ({"colour": "green"}, ["colour is 'green'", "red, blue"]),
        ({"colour": 3}, ["colour must be str"]),
        ({"marks": 1.0}, ["marks must be a list"]),
        ({"marks": [1.0, -2.0]}, ["marks is -2.0 l"]),
    ],
)
def test_a_wrong_value_names_source_and_key(values, words):
    with pytest.raises(SettingsError) as caught:
        from_mapping(Kettle, values, "k.yaml")
    for word in words:
        assert word in str(caught.value)


def test_a_file_is_read_by_section(tmp_path):
    path = tmp_path / "kitchen.yaml"
    path.write_text("kettle: {cups: 6}\n")
    assert load(Kettle, path, "kettle").cups == 6
    with pytest.raises(SettingsError, match=r"kitchen\.yaml: no section 'pan'; there are kettle"):
        load(Kettle, path, "pan")


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"- 1\n", "must hold a mapping"), (b"a: [1\n", "is not YAML"), (b"\xff\xfe\xfa", "not YAML")],
)
def test_a_file_that_is_no_mapping_is_named(tmp_path, content, words):
    path = tmp_path / "broken.yaml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=rf"broken\.yaml.*{words}"):
        load(Kettle, path, "kettle")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"none\.yaml: cannot be read"):
        load(Kettle, tmp_path / "none.yaml", "kettle")


def test_every_key_is_described():
    described = settings_of(Kettle)
    assert [s.name for s in described] == ["litres", "cups", "whistles", "colour", "marks"]
    assert described[0].unit == "l"
    assert all(s.help for s in described)
    with pytest.raises(SettingsError):
        setting(1.0, "")
