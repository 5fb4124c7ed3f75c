"""What an image holds is no text: nothing is looked for in it, nor is it counted by the byte."""

import base64
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.datasets import part as parts
from reconciler.datasets.images import LARGEST, LEAST, without_images
from reconciler.datasets.line import BadLineError, parse
from reconciler.datasets.scan import scan
from tests.unit.test_datasets_plain import found

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB"
"""What each image begins with, and what stays of it."""
IMAGE = PNG + base64.b64encode(Random(7).randbytes(LEAST)).decode()
OPENING = '{"url": "data:image/png;base64,'


def row(*parts: dict[str, Any] | str, answer: str = "A cat.", **more: object) -> dict[str, Any]:
    """A question with images and texts, and its answer."""
    said = [{"type": "text", "text": part} if isinstance(part, str) else part for part in parts]
    turns = [{"role": "user", "content": said}, {"role": "assistant", "content": answer}]
    return {"messages": turns, **more}


def image(data: str = IMAGE, kind: str = "image/png", **more: str) -> dict[str, Any]:
    """An image that is written into its row."""
    return {"type": "image_url", "image_url": {"url": f"data:{kind};base64,{data}", **more}}


def scanned(tmp_path: Path, *rows: dict[str, Any]) -> dict[str, str]:
    """What is found in a file of good rows and these, by code: line, column and words."""
    good = [row(image(), f"Which animal is on picture {n}?", answer=f"{n} cats.") for n in range(9)]
    path = tmp_path / "x.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in [*good, *rows]))
    return {
        problem.code: f"{problem.mark.line}:{problem.mark.column} {problem.what}"
        for problem in scan(path, shown="x").problems
        if problem.mark
    }


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" , ", "  :  ")])
@pytest.mark.parametrize("slash", ["/", "\\/"])
def test_the_data_of_images_are_left_out(separators: tuple[str, str], slash: str) -> None:
    """However they are written, as many as there are; all else stays, and how each begins."""
    without, whole = (
        json.dumps(
            row("Which?", image(data, detail="low"), image(data, "image/svg+xml"), "Or?"),
            separators=separators,
        )
        for data in (PNG, IMAGE)
    )
    line = whole.replace("/", slash).encode()
    assert without_images(line) == without.replace("/", slash).encode()


@pytest.mark.parametrize(
    "line",
    [
        json.dumps(
            row("Which?", {"type": "image_url", "image_url": {"url": "https://x.de/a.png"}})
        ),
        json.dumps(row(image(IMAGE[:LEAST]))),
        json.dumps(row(image(f"{IMAGE} sk-1"))),
        json.dumps(row(image(IMAGE, "text/plain"))),
        json.dumps(row(image(IMAGE, "image/" + "x" * 80))),
        json.dumps(row(f"data:image/png;base64,{IMAGE}")),
        json.dumps(row(json.dumps(image()))),
        json.dumps({"text": f"data:image/png;base64,{IMAGE}"}),
        OPENING + IMAGE,
        OPENING + IMAGE + "\\",
        f'{OPENING}{IMAGE}\\n{IMAGE}"}}',
        '{"url": "data:image"data:image"',
        "",
    ],
)
def test_what_is_no_image_for_certain_stays(line: str) -> None:
    """An address, a short one, other characters or forms, a text that quotes one, half a line."""
    data = line.encode()
    assert without_images(data) is data


MARKS = [*'"\\{},:[] -\té', "\\/", "\\n", "\ud800"]
PIECES = st.sampled_from(
    [OPENING, IMAGE, '"}', '"url"', '"data:image', ";base64,", '{"a": 1, ', *MARKS]
)


@given(pieces=st.lists(PIECES, max_size=12), is_whole=st.booleans())
def test_the_rest_is_json_if_the_line_is(pieces: list[str], is_whole: bool) -> None:
    """Whatever stands around an image: a line that a reader refuses is refused without it, too."""
    wrapped = '{"m": [' + OPENING + IMAGE + '"}], "n": ' + "".join(pieces) + "}"
    line = (wrapped if is_whole else "".join(pieces)).encode(errors="surrogatepass")
    assert is_json(without_images(line)) == is_json(line)


def is_json(line: bytes) -> bool:
    """Whether a line is an object that all readers agree on."""
    try:
        parse(line)
    except BadLineError:
        return False
    return True


WORDS = ["Which?", "ann@acme-shop.de", "AKIAIOSFODNN7ABCDEFG", "d\u00e9j\u00e0", "", "\u2028"]
TEXT = st.sampled_from(WORDS)
BLANK = st.sampled_from(
    [PNG + "A" * LEAST, "A" * 2 * LEAST, "/9j/" + "/" * 2 * LEAST + "==", "A" * LEAST + "-"]
)
PART = TEXT | st.builds(image, BLANK) | st.sampled_from([{"type": "audio"}, {}, image("")])


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    """A row with images, written in one of several ways, some of which no reader should take."""
    parts = draw(st.lists(PART, max_size=4))
    text = json.dumps(row(*parts, answer=draw(TEXT)), ensure_ascii=draw(st.booleans()))
    old, new = draw(
        st.sampled_from(
            [("", "")] * 5
            + [("/", "\\/"), ('"role"', '"role": "user", "role"'), ("AA", "A\t"), ("]", "]]")]
            + [("AA", "\\u0041"), ('"type": "text"', '"type": 7'), ("A", "\\ud800"), ("}", "}{")]
        )
    )
    return (text.replace(old, new, draw(st.integers(1, 40))) if old else text).encode()


@given(rows=st.lists(lines(), min_size=1, max_size=6))
def test_the_verdict_is_that_of_the_whole_rows(rows: list[bytes]) -> None:
    """Findings with their columns, format, roles, rows that stand twice, exact tokens."""
    data, exact = b"".join(line + b"\n" for line in rows), ("o200k_base",)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "without_images", lambda line: line)
        whole = found(data, exact)
    assert found(data, exact) == whole


def test_nothing_is_found_in_an_image_by_chance(tmp_path: Path) -> None:
    """What looks like a key or a number there was written by no one."""
    chance = image(f"{IMAGE}/AKIAIOSFODNN7ABCDEFG+49309018203355/{IMAGE}")
    assert scanned(tmp_path, row(chance, "Which?")) == {}


@pytest.mark.parametrize("text", ["AKIAIOSFODNN7ABCDEFG", "caf\u00e9 \n(AKIAIOSFODNN7ABCDEFG"])
def test_a_secret_beside_an_image_is_found(tmp_path: Path, text: str) -> None:
    """At its own line, also where characters are escaped."""
    told = scanned(tmp_path, row(image(), "Which?"), row(image(), text))
    assert told == {
        "secret-in-data": "11:1 the example holds what looks like an AWS access key",
    }


def test_an_image_makes_no_example_long(tmp_path: Path) -> None:
    """A model reads some hundred tokens of it, however many bytes it has."""
    large = image(PNG + "A" * 400_000)
    assert scanned(tmp_path, row(large, "Which?")) == {}
    assert scanned(tmp_path, row(large, "a " * 140_000)).keys() == {"over-long"}
    largest = image(PNG + "A" * LARGEST)
    assert scanned(tmp_path, row(largest, "д" * 50_000)).keys() == {"bad-image"}


@pytest.mark.parametrize(
    ("data", "is_told"),
    [
        (PNG + "A" * (LARGEST - len(PNG)), False),
        (PNG + "A" * (LARGEST - len(PNG) + 4), True),
        ("/9j/" + "/" * 4 * LEAST, False),
        ("R0lGODlh" + "A" * LEAST, True),
    ],
)
@pytest.mark.parametrize("slash", ["/", "\\/"])
def test_an_image_is_known_by_its_start_and_its_size(
    tmp_path: Path, data: str, slash: str, *, is_told: bool
) -> None:
    """Though the rules see only that, and however its slashes are written."""
    path = tmp_path / "x.jsonl"
    path.write_text(json.dumps(row(image(data), "Which?")).replace("/", slash))
    codes = {problem.code for problem in scan(path, shown="x").problems}
    assert codes == {"too-few-examples", *(["bad-image"] if is_told else [])}


@pytest.mark.parametrize(("counts", "is_told"), [((6, 4), False), ((6, 5), True), ((11,), True)])
def test_images_are_counted_in_all_messages_of_an_example(
    tmp_path: Path, counts: tuple[int, ...], *, is_told: bool
) -> None:
    """The vendor's limit is that of an example, over however many messages they are spread."""
    turns = [turn for count in counts for turn in row(*[image()] * count, "Which?")["messages"]]
    told = scanned(tmp_path, {"messages": turns})
    assert told == ({"too-many-images": "10:2 the example has 11 images"} if is_told else {})


@pytest.mark.parametrize("is_same", [False, True])
def test_answers_that_differ_in_an_image_are_not_the_same(tmp_path: Path, *, is_same: bool) -> None:
    """Though it begins as the other does; images of an answer are another mistake."""
    sides = ("preferred_output", "non_preferred_output")
    images = [image(), image(IMAGE if is_same else IMAGE[:-8] + "A" * 8)]
    preference = {
        side: [{"role": "assistant", "content": [one]}]
        for side, one in zip(sides, images, strict=True)
    }
    asked = {"input": {"messages": [{"role": "user", "content": "Which?"}]}}
    told = scanned(tmp_path, asked | preference)
    assert ("same-outputs" in told) is is_same
    assert "image-not-user" in told


def test_a_finding_behind_an_image_stands_at_its_place_in_the_line(tmp_path: Path) -> None:
    """The column is that of the whole line, in which an editor goes there."""
    wrong = row(image(), "Which?", extra=1)
    column = json.dumps(wrong).index('"extra"') + 1
    assert scanned(tmp_path, wrong)["extra-key"].startswith(f"10:{column} ")
    path = tmp_path / "y.jsonl"
    path.write_text(json.dumps(wrong)[:-1] + ", x}\n")
    marks = {problem.code: problem.mark for problem in scan(path, shown="y").problems}
    assert (marks["not-json"] or pytest.fail("no place")).column == len(json.dumps(wrong)) + 2


def test_the_sizes_of_images_do_not_sway_the_estimate(tmp_path: Path) -> None:
    """A tenth of the rows has an image, of some kilobytes up to a megabyte."""
    random, path = Random(3), tmp_path / "x.jsonl"
    with path.open("w") as file:
        for number in range(2_000):
            text = " ".join(random.choices(["where", "is", "my", "order"], k=40))
            data = "A" * int(random.lognormvariate(10, 1))
            images = [image(data)] if random.random() < 1 / 10 else []
            file.write(json.dumps(row(text, *images, answer=f"{number}")) + "\n")
    about, exact = (
        sum(scan(path, shown="x", encodings=encodings).tokens.counts.values())
        for encodings in ((), ("o200k_base",))
    )
    assert about == pytest.approx(exact, rel=0.03)
