"""No test can leave a secret unseen: each way of leaving one fails it."""

import base64
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.support.canary import AZURE_KEY, DSN, KEY, PASSWORD, leaks, leaks_below

ROOT = Path(__file__).parents[2]

LEAKS = """
import logging, os, subprocess, sys
from pathlib import Path

KEY, PASSWORD = os.environ.get, None

def test_nothing(tmp_path): (tmp_path / "a").write_text("sk-"); print("no key")
def test_stdout(): print(os.environ["OPENAI_API_KEY"])
def test_stderr(): print(os.environ["AZURE_OPENAI_API_KEY"][-8:], file=sys.stderr)
def test_log(): logging.getLogger("a").warning(os.environ["PGPASSWORD"])
def test_debug(): logging.getLogger("a").debug(os.environ["OPENAI_API_KEY"])
def test_child_s_words(): subprocess.run(["sh", "-c", "echo $OPENAI_API_KEY"], capture_output=True)
def test_arguments(): subprocess.run(["true", os.environ["OPENAI_API_KEY"]])
def test_file(tmp_path):
    (tmp_path / "a/b").mkdir(parents=True)
    data = b"\\0" * 9_000_000 + os.environ["OPENAI_API_KEY"].encode()
    (tmp_path / "a/b/state.json").write_bytes(data)
def test_name(tmp_path): (tmp_path / os.environ["OPENAI_API_KEY"][:8]).touch()
def test_link(tmp_path): (tmp_path / "a").symlink_to(os.environ["OPENAI_API_KEY"])
def test_command(tmp_path):
    from tests.support.cli import Project
    Project(tmp_path).attempt(os.environ["OPENAI_API_KEY"])
"""


def test_each_way_of_leaving_a_secret_fails_its_test(tmp_path: Path) -> None:
    """The fixture that all tests have is alive."""
    (tmp_path / "test_leaks.py").write_text(LEAKS)
    base = tmp_path / "base"
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider",
               "-q", "--tb=no", "--show-capture=no", "-rE", "--log-level=DEBUG",
               f"--rootdir={tmp_path}", f"--basetemp={base}", "test_leaks.py"]  # fmt: skip
    env = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    names = set(re.findall(r"^ERROR test_leaks.py::(\w+)", done.stdout, re.MULTILINE))
    assert names == set(re.findall(r"def (test_\w+)", LEAKS)) - {"test_nothing"}, done.stdout
    shutil.rmtree(base)


@pytest.mark.parametrize("secret", [KEY, AZURE_KEY, PASSWORD])
def test_a_secret_is_found_in_any_form(secret: str) -> None:
    """Whole or in part, however a program would write it into something else."""
    forms = [secret, secret[:8], secret[-8:], repr(secret), json.dumps({"a": [secret]}),
             quote(secret), quote(secret, safe=""), quote_plus(secret), secret.encode().hex(),
             secret[::-1], re.escape(secret)]  # fmt: skip
    around = (f"{'x' * before}{secret}{'y' * after}" for before in range(4) for after in range(4))
    forms += [base64.b64encode(text.encode()).decode() for text in around]
    forms += [base64.urlsafe_b64encode(f"user:{secret}".encode()).decode()]
    for form in forms:
        assert leaks(f"before {form} after"), form
    assert leaks(f"a{secret}".encode("utf-16-le"))


def test_the_place_of_a_state_holds_the_password() -> None:
    """A DSN is one of the forms."""
    assert leaks(DSN)


def test_what_is_no_secret_is_not_found(tmp_path: Path) -> None:
    """Other keys, digests and masked ones are none of these."""
    (tmp_path / "a").write_bytes(bytes(range(256)) * 100)
    assert not list(leaks_below(tmp_path))
    assert not leaks("sk-test-0123456789abcdef [key] OPENAI_API_KEY (33 characters) 7d1f9b3a")
