"""The file that applications read: written whole, told from any other, and never over another."""

import stat
from pathlib import Path

import pytest
import yaml

from reconciler.core.address import Address
from reconciler.core.alias import Alias, Promote, Release
from reconciler.core.state import State, replay
from reconciler.errors import ReconcilerError, Refusal
from reconciler.outputs import FORMATS, Outputs

PROD, FAQ = Address("models", "support-prod"), Address("models", "faq")
EMPTY = State("lineage", "bots")
BOTH = replay(EMPTY, [Promote(PROD, Alias("ft:a:b")), Promote(FAQ, Alias("Qwen/Q2@v1"))])
TEXTS = {
    "json": '{\n  "faq": "Qwen/Q2@v1",\n  "support-prod": "ft:a:b"\n}\n',
    "dotenv": 'FAQ="Qwen/Q2@v1"\nSUPPORT_PROD="ft:a:b"\n',
    "github": "faq=Qwen/Q2@v1\nsupport-prod=ft:a:b\n",
    "configmap": '  name: bots\ndata:\n  faq: "Qwen/Q2@v1"\n  support-prod: "ft:a:b"\n',
}


def outputs(folder: Path, format_: str = "json") -> Outputs:
    """The file of a manifest that declares two aliases."""
    return Outputs(folder / "models", "models", FORMATS[format_], "bots", ("support-prod", "faq"))


@pytest.mark.parametrize("format_", FORMATS)
def test_each_format_is_read_as_it_was_written(format_: str, tmp_path: Path) -> None:
    """Every alias, sorted; readable by others; and written no second time."""
    one = outputs(tmp_path, format_)
    assert one.read(EMPTY).models is None
    one.publish(BOTH)
    assert one.path.read_text().endswith(TEXTS[format_])
    assert stat.S_IMODE(one.path.stat().st_mode) == 0o644
    assert one.read(EMPTY) == ("models", {"faq": "Qwen/Q2@v1", "support-prod": "ft:a:b"}, "")
    before = one.path.stat().st_ino
    one.publish(BOTH)
    assert one.path.stat().st_ino == before
    assert [*tmp_path.iterdir()] == [one.path]


def test_a_config_map_is_one(tmp_path: Path) -> None:
    """As a cluster reads it, and with nothing in it, too."""
    one = outputs(tmp_path, "configmap")
    one.publish(BOTH)
    found = yaml.safe_load(one.path.read_text())
    assert (found["kind"], found["data"]["faq"]) == ("ConfigMap", "Qwen/Q2@v1")
    one.publish(replay(BOTH, [Release(PROD), Release(FAQ)]), is_end=True)
    assert yaml.safe_load(one.path.read_text())["data"] == {}


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize(
    "text",
    ["", "x", "{}", '{"faq": "ft:x"}\n', '{\n  "else": "ft:x"\n}\n', "else=ft:x\n", "\x00\u2028"],
)
def test_what_was_not_written_here_is_never_overwritten(
    format_: str, text: str, tmp_path: Path
) -> None:
    """Another spelling, another key, no text at all: it stays, to the byte."""
    one = outputs(tmp_path, format_)
    one.path.write_text(text)
    if format_ != "github" or text:  # an empty file is what it says of nothing
        assert one.read(EMPTY).foreign
        with pytest.raises(Refusal, match="was not written by reconciler"):
            one.publish(BOTH)
        assert one.path.read_text() == text


def test_what_is_not_known_is_not_taken_away(tmp_path: Path) -> None:
    """A declared alias keeps what applications were told; what is given up goes."""
    one = outputs(tmp_path)
    one.publish(BOTH)
    one.publish(replay(EMPTY, [Promote(PROD, Alias())]))
    assert one.read(EMPTY).models == {"faq": "Qwen/Q2@v1", "support-prod": "ft:a:b"}
    one.publish(EMPTY, is_end=True)
    assert one.read(EMPTY).models == {}
    one.publish(BOTH)
    gone = replay(BOTH, [Release(PROD)])
    one._replace(declared=("faq",)).publish(gone)
    assert one.read(EMPTY).models == {"faq": "Qwen/Q2@v1"}


def test_nothing_to_tell_makes_no_file(tmp_path: Path) -> None:
    """Before the first promotion."""
    outputs(tmp_path).publish(EMPTY)
    assert [*tmp_path.iterdir()] == []


def test_a_link_or_a_folder_in_its_place_is_left_alone(tmp_path: Path) -> None:
    """A link may lead anywhere."""
    one = outputs(tmp_path)
    target = tmp_path / "target"
    target.write_text("x")
    one.path.symlink_to(target)
    with pytest.raises(ReconcilerError, match="cannot read the outputs"):
        one.publish(BOTH)
    assert target.read_text() == "x"
    one.path.unlink()
    one.path.mkdir()
    with pytest.raises(ReconcilerError, match="cannot read the outputs"):
        one.publish(BOTH)
