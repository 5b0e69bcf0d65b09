"""PDS3 labels: values of every kind, blocks by name, and errors that name line and keyword."""

from pathlib import Path

import pytest

from ai4mars_nav.pds import odl
from ai4mars_nav.pds.errors import PdsError
from ai4mars_nav.pds.label import Label, Quantity

PATH = Path("x.IMG")


def values(text):
    return odl.parse(PATH, f"{text}\nEND\n").values


def label(text):
    return Label(PATH, "PDS3", odl.parse(PATH, f"{text}\nEND\n"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1024", 1024),
        ("-7", -7),
        ("1.35787e-05", 1.35787e-05),
        ("1e+30", 1e30),
        (".5", 0.5),
        ("5.", 5.0),
        ("2#0000111111111111#", 4095),
        ("16#FF#", 255),
        ('"a b"', "a b"),
        ("'sym'", "sym"),
        ("FULL_FRAME", "FULL_FRAME"),
        ("2022-03-24T09:42:32.180", "2022-03-24T09:42:32.180"),
        ("12:25:27", "12:25:27"),
        ("45.5161 <deg>", Quantity(45.5161, "deg")),
        ("1.5e-05 <WATT*M**-2*SR**-1*NM**-1>", Quantity(1.5e-05, "WATT*M**-2*SR**-1*NM**-1")),
        ("(1,2,3)", (1, 2, 3)),
        ('(1.5 <m>,\n   N/A\n ,"x")', (Quantity(1.5, "m"), "N/A", "x")),
        ("{A, B}", ("A", "B")),
        ("((1,2),(3))", ((1, 2), (3,))),
        ("()", ()),
        ('("A.IMG", 16)', ("A.IMG", 16)),
        ("1025 <BYTES>", Quantity(1025, "BYTES")),
        ('"first line\n      second"', "first line second"),
        ('"a hyphen-\n      ated word"', "a hyphenated word"),
        ("/* a comment */ 3 /* and = another */", 3),
    ],
)
def test_values(text, value):
    assert values(f"KEY = {text}\nNEXT = 1") == {"KEY": value, "NEXT": 1}


def test_blocks_are_found_by_name():
    tree = label(
        "LINES = 1\nGROUP = THUMBNAIL\nLINES = 64\nEND_GROUP = THUMBNAIL\n"
        "OBJECT = IMAGE\n LINES = 1024\n OBJECT = INNER\n X = 2\n END_OBJECT\nEND_OBJECT = IMAGE"
    )
    assert tree.required("IMAGE").integer("LINES") == 1024
    assert tree.required("THUMBNAIL").integer("LINES") == 64
    assert tree.required("INNER").integer("X") == 2
    assert tree.section("NOWHERE") is None


def test_mission_prefix_is_dropped():
    assert values('MSL:CAMERA = "x"') == {"CAMERA": "x"}


def test_a_value_stated_twice_differently_is_refused_when_it_is_asked_for():
    tree = label("A = 1\nA = 2\nB = 3\nB = 3")
    assert tree.required("").integer("B") == 3
    with pytest.raises(PdsError, match=r"x.IMG: A: stated twice"):
        tree.required("").integer("A")


@pytest.mark.parametrize("absent", ['"N/A"', "UNK", '"NULL"', '""'])
def test_absent_values(absent):
    section = label(f"KEY = {absent}").required("")
    assert not section.has("KEY")
    assert section.number("KEY", 7.0) == 7.0
    with pytest.raises(PdsError, match="KEY: missing"):
        section.number("KEY")


def test_sequences_that_say_nothing_or_only_the_beginning():
    section = label('NONE = ("N/A",UNK)\nSOME = (93,3408,"UNK",5)\nALL = (1,2)').required("")
    assert not section.has("NONE")
    assert section.counters("NONE") == section.counters("NOWHERE") == ()
    assert section.counters("SOME") == (93, 3408)
    assert section.counters("ALL") == (1, 2)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("A = 1", r"END \(line 1\): the label ends without an END"),
        ("A 1\nEND", r"A \(line 1\): is followed by '1', not by '='"),
        ("A =", r"A \(line 1\): has no value"),
        ("A = (1 2)\nEND", r"A \(line 1\): is followed by '2', not by ','"),
        ("A = (1,2\nEND", r"A \(line 2\): is followed by 'END', not by ','"),
        ('A = "open\nB = 2\nEND', r"A \(line 1\): has '\"', which nothing closes"),
        ("A = 40#12#\nEND", r"A \(line 1\): 40#12# is not a number"),
        ("GROUP = G\nEND", r"G \(line 2\): is still open at END"),
        ("END_GROUP = G\nEND", r"END_GROUP \(line 1\): closes nothing"),
        ("GROUP = G\nEND_GROUP = H\nEND", r"H \(line 2\): is closed while G is open"),
        ("1A = 2\nEND", r"1A \(line 1\): is not a keyword"),
        ("A = " + "(" * 50 + "\nEND", r"A \(line 1\): is nested deeper than 16 sequences"),
        ("GROUP = G\n" * 30 + "END", r"G \(line 17\): is nested deeper than 16 blocks"),
        ("A = )\nEND", r"A \(line 1\): has '\)' where its value should be"),
    ],
)
def test_errors_name_line_and_keyword(text, told):
    with pytest.raises(PdsError, match=rf"^x.IMG: {told}"):
        odl.parse(PATH, text)


@pytest.mark.parametrize(
    ("text", "ask", "told"),
    [
        ("V = (1,2)", lambda s: s.numbers("V", 3), r"G.V: has 2 numbers, must have 3"),
        ("V = word", lambda s: s.number("V"), "G.V: 'word' is not a number"),
        ("V = 1e999", lambda s: s.number("V"), "G.V: inf is not finite"),
        ("V = 1.5", lambda s: s.integer("V"), "G.V: 1.5 is not a whole number"),
        ("V = (1,2)", lambda s: s.text("V"), "G.V: .* is not one word"),
        ("V = ((1,2),3)", lambda s: s.numbers("V", 2), "G.V: .* is not one number"),
    ],
)
def test_answers_are_typed(text, ask, told):
    section = label(f"GROUP = G\n{text}\nEND_GROUP = G").required("G")
    with pytest.raises(PdsError, match=told):
        ask(section)
