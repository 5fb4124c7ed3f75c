"""The committed JSON Schema in a real editor's back end: the YAML language server."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

PACKAGE = "yaml-language-server@1.25.0"
SCHEMA = Path(__file__).parents[2] / "schema"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reconciler-tests"
PATIENCE = 15
"""Seconds after which a server that does not answer is ended."""

SETTINGS = {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}
"""Of the section `yaml`; the schema store would be a download."""

MANIFEST = """\
# yaml-language-server: $schema=./schema/v1.json
version: 1
project: bots
files:
  train: {path: data/train.jsonl, purpos: batch}
jobs:
  bot:
    training_file: train
    seed: 7
    method: {type: supervised, supervised: {hyperparameters: {n_epochs: 99}}}
    
  sweep:
    training_file: train
    matrix: {n_epochs: [2, 4]}
environments:
  prod: {jobs: {bot: {method: {supervised: {hyperparameters: {n_epochs: 3}}}, seed: null}}}
  test:
    defaults: {jobs: {model: null, seed: -1}}
    jobs:
      bot:
        method: {supervised: {hyperparameters: {n_epochs: 51}}}
        suffix: test
        
"""  # noqa: W293  # the blank line is where the next key is typed


class LanguageServer:
    """One run of the server over stdio, with one document open."""

    def __init__(self, program: Path, folder: Path) -> None:
        command = ["node", str(program), "--stdio"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._watchdog = Timer(PATIENCE, self._process.kill)
        self._watchdog.start()
        self._folder = folder
        self._asked = 0
        self._diagnostics: dict[str, list[dict[str, Any]]] = {}

    def start(self) -> None:
        """Introduce the client, and wait until the server is there."""
        hover = {"hover": {"contentFormat": ["markdown"]}}
        able = {"textDocument": hover, "workspace": {"configuration": True}}
        root = self._folder.as_uri()
        self.ask("initialize", {"processId": None, "rootUri": root, "capabilities": able})
        self._tell("initialized", {})

    def open(self, name: str, text: str) -> str:
        """Open a document; its address."""
        uri = (self._folder / name).as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._tell("textDocument/didOpen", {"textDocument": document})
        return uri

    def diagnostics(self, uri: str) -> set[tuple[int, str]]:
        """What is wrong with a document, something at least: line from 1, the server's words."""
        while not self._diagnostics.get(uri):
            self._answer(self._read())
        found = self._diagnostics[uri]
        return {(one["range"]["start"]["line"] + 1, one["message"]) for one in found}

    def at(self, what: str, uri: str, line: int, column: int) -> Any:
        """The server's answer about a place; both count from 1."""
        place = {"line": line - 1, "character": column - 1}
        return self.ask(f"textDocument/{what}", {"textDocument": {"uri": uri}, "position": place})

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        """One request; whatever comes before its answer is attended to."""
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params})
        while (message := self._read()).get("id") != self._asked or "method" in message:
            self._answer(message)
        return message["result"]

    def stop(self) -> None:
        """End the program."""
        self._watchdog.cancel()
        self._process.kill()
        self._process.communicate()

    def _tell(self, method: str, params: dict[str, Any]) -> None:
        self._send({"method": method, "params": params})

    def _answer(self, message: dict[str, Any]) -> None:
        match message:
            case {"method": "textDocument/publishDiagnostics", "params": params}:
                self._diagnostics[params["uri"]] = params["diagnostics"]
            case {"method": "workspace/configuration", "id": id_, "params": {"items": items}}:
                known = [SETTINGS if item.get("section") == "yaml" else None for item in items]
                self._send({"id": id_, "result": known})
            case {"method": _, "id": id_}:
                self._send({"id": id_, "result": None})
            case _:
                pass  # a notification that shows nothing

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        headers: dict[bytes, bytes] = {}
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b": ")
            headers[name] = value
        body = self._process.stdout.read(int(headers[b"Content-Length"]))
        message: dict[str, Any] = json.loads(body)
        return message


@pytest.fixture(scope="module")
def program() -> Path:
    """The server; installed once for a machine, outside the repository."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed")
    home = CACHE / PACKAGE
    if not home.exists():
        _install(home)
    return home / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server"


def _install(home: Path) -> None:
    """Install the package beside its place, then move it there whole."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        made = Path(scratch) / "packages"
        made.mkdir()
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts"]
        try:
            subprocess.run(
                [*command, "--prefix", str(made), PACKAGE],
                check=True,
                capture_output=True,
                timeout=60,
            )
        except (subprocess.SubprocessError, OSError) as error:
            pytest.skip(f"npm cannot install {PACKAGE}: {error}")
        if not home.exists():  # someone else may have been faster
            made.rename(home)


@pytest.fixture
def server(program: Path, tmp_path: Path) -> Iterator[LanguageServer]:
    """A server in a folder that has the schema where `init` says it is."""
    shutil.copytree(SCHEMA, tmp_path / "schema")
    server = LanguageServer(program, tmp_path)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def test_an_editor_knows_the_manifest(server: LanguageServer) -> None:
    """It shows mistakes, says what a key is for, and offers the keys that are left."""
    uri = server.open("reconciler.yaml", MANIFEST)
    assert server.diagnostics(uri) == {
        (5, "Property purpos is not allowed."),
        (10, "Value is above the maximum of 50."),
        (18, "Value is below the minimum of 0."),
        (21, "Value is above the maximum of 50."),
    }
    assert "nearly the same model" in str(server.at("hover", uri, 9, 6))
    offered = {item["label"] for item in server.at("completion", uri, 11, 5)["items"]}
    assert {"model", "suffix", "matrix"} <= offered
    assert not {"seed", "training_file", "path"} & offered
    assert "Stands in the model's name" in str(server.at("hover", uri, 22, 10))
    offered = {item["label"] for item in server.at("completion", uri, 23, 9)["items"]}
    assert {"model", "seed", "training_file", "matrix"} <= offered
    assert "suffix" not in offered


def test_an_editor_knows_included_files(server: LanguageServer) -> None:
    """Their modeline names the definition `Included`."""
    modeline = "# yaml-language-server: $schema=./schema/v1.json#/$defs/Included\n"
    uri = server.open("team.yaml", modeline + "jobs:\n  bot: {sede: 1}\nproject: x\n")
    assert server.diagnostics(uri) == {
        (3, "Property sede is not allowed."),
        (4, "Property project is not allowed."),
    }
