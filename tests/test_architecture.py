"""What keeps the project readable: imports that point one way, small functions, no print."""

import ast
import io
import re
import statistics
import tokenize
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "reconciler"
FILES = sorted(PACKAGE.rglob("*.py"))

Wrong = dict[str, Sequence[object]]
"""File → what should not be there."""

CORE = {"core", "errors"}
ENGINE = CORE | {
    "kinds",
    "rig",
    "effects",
    "apply",
    "round",
    "observe",
    "measure",
    "together",
    "events",
    "backends",
}
SENDS = {"api.address", "api.causes", "api.outcome", "api.route"}
MAY_IMPORT = {
    "errors": set(),
    "text": set(),
    "regular": set(),
    "kept": set(),
    "no_json": set(),
    "gitdir": set(),
    "hosts": set(),
    "extras": {"errors"},
    "core": CORE,
    "rules": set(),
    "sources": {"errors", "regular", "hosts", "extras"} | SENDS,
    "datasets": {"errors", "text", "regular", "kept", "rules", "sources", "no_json"},
    "api": {"errors", "text", "hosts", "no_json"},
    "forge": {"errors", "api", "no_json"},
    "backends": {"errors", "text", "regular", "gitdir", "hosts", "extras", "core.codec"} | SENDS,
    "kinds": CORE | {"text", "sources", "api.multipart"},
    "events": CORE,
    "observe": CORE | {"kinds"},
    "schedule": CORE,
    "entries": CORE,
    "turns": CORE | {"schedule"},
    "together": set(),
    "measure": CORE | {"rig"},
    "meter": CORE | {"events"},
    "checks": CORE | {"kinds", "regular", "no_json"},
    "rig": CORE | {"kinds", "schedule"},
    "intents": CORE | {"kinds", "rig"},
    "effects": CORE | {"kinds", "events", "rig", "meter", "entries", "turns", "intents"},
    "apply": CORE | {"effects", "events", "rig", "schedule"},
    "belonging": CORE,
    "outputs": CORE | {"backends.durable"},
    "results": CORE | {"api.result_csv"},
    "round": ENGINE | {"belonging"},
    "manifest": CORE | {"text", "kinds", "kept", "gitdir", "rules", "sources", "hosts"},
    "render": ENGINE - {"backends"} | {"text", "datasets", "rules"},
    "sandbox": set(),
}
"""Part of the package → what it may import of the others; the command line may import them all."""

MOST_LINES = 320
MEDIAN, P90, LONGEST = 8, 24, 40
"""Lines of a function without its docstring."""

SPEAKS = {"print", "click.echo", "sys.exit", "exit", "quit", "os._exit"}


@cache
def tree(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(), str(path))


def shown(path: Path) -> str:
    """The file as people name it."""
    return str(path.relative_to(ROOT))


def part(module: str) -> str:
    """`core.plan` → `core`; the root's own files are parts by themselves."""
    return module.split(".", 1)[0]


def imports(path: Path, *, late: bool = True) -> Iterator[str]:
    """Modules of this package that a file imports, without the package's name.

    Args:
        late: those imported in functions, too.
    """
    for node in ast.walk(tree(path)) if late else tree(path).body:
        match node:
            case ast.Import(names):
                found = [name.name for name in names]
            case ast.ImportFrom(module=str(module), level=0):
                found = [module]
            case ast.ImportFrom():
                found = ["reconciler.relative"]
            case _:
                continue
        yield from (name.removeprefix("reconciler.") for name in found if _is_ours(name))


def _is_ours(module: str) -> bool:
    return module.split(".", maxsplit=1)[0] == "reconciler"


def test_imports_point_one_way() -> None:
    """Towards the core; only the command line knows everything."""
    assert wrong(forbidden) == {}


def wrong(found_in: Callable[[Path], Sequence[object]], paths: Iterable[Path] = FILES) -> Wrong:
    """What is found in each file, by its name, for those that have something."""
    return {shown(path): found for path in paths if (found := found_in(path))}


def forbidden(path: Path) -> list[str]:
    """What a file may not import, and does."""
    here = path.relative_to(PACKAGE).with_suffix("").parts[0]
    if here in {"cli", "__main__", "__init__"}:
        return []
    allowed = MAY_IMPORT[here] | {here}
    return [m for m in imports(path) if not {m, part(m)} & allowed and m != "reconciler"]


def test_every_part_has_its_rule() -> None:
    """A new folder says where it stands."""
    parts = {path.relative_to(PACKAGE).with_suffix("").parts[0] for path in FILES}
    assert parts - {"cli", "__main__", "__init__"} == MAY_IMPORT.keys()


def test_what_is_typed_is_apart_from_what_it_does() -> None:
    """Declaring a command imports no verb, and no verb knows how it is typed."""
    for path in (PACKAGE / "cli").rglob("*.py"):
        if path.parent.name == "verbs":
            wrong = {"cli.root", "cli.commands", "cli.main"}
            found = imports(path)
        else:
            wrong = {"cli.verbs"}
            found = imports(path, late=False)
        assert not [name for name in found if ".".join(name.split(".")[:2]) in wrong], shown(path)


def test_only_the_command_line_speaks() -> None:
    """Nothing else prints or ends the process."""
    silent = [f for f in FILES if f.relative_to(PACKAGE).parts[0] not in ("cli", "__main__.py")]
    assert wrong(spoken, silent) == {}


def spoken(path: Path) -> list[str]:
    """The calls of a file that print or end the process."""
    calls = [ast.unparse(n.func) for n in ast.walk(tree(path)) if isinstance(n, ast.Call)]
    return [name for name in calls if name in SPEAKS]


def test_a_file_is_one_idea() -> None:
    """And short enough to be read at once."""
    assert wrong(lambda path: path.read_text().splitlines()[MOST_LINES:]) == {}


def sizes() -> dict[str, int]:
    """`file:function` → its lines without the docstring."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {
        f"{shown(path)}:{node.name}:{node.lineno}": _lines(node)
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, kinds)
    }


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    start, end = node.lineno, node.end_lineno or node.lineno
    first = node.body[0]
    if ast.get_docstring(node) is not None:
        end -= (first.end_lineno or first.lineno) - first.lineno + 1
    return end - start + 1


def test_functions_are_small() -> None:
    """The median, nine of ten, and every single one."""
    found = sizes()
    lines = sorted(found.values())
    assert statistics.median(lines) <= MEDIAN
    assert lines[len(lines) * 9 // 10] <= P90
    assert {name: size for name, size in found.items() if size > LONGEST} == {}


EXEMPTION = re.compile(r"#\s*(noqa|type:\s*ignore|pragma)")
RULE = r"(noqa:\s*[A-Z]+[0-9]+(?:, [A-Z]+[0-9]+)*|type:\s*ignore\[[a-z-]+(?:, ?[a-z-]+)*\])"
REASONED = re.compile(rf"#\s*{RULE}\s*(#|-)\s*\S+")


def test_every_exemption_has_its_reason() -> None:
    """A `noqa` or `type: ignore` names its rule and says why, there or earlier in its file."""
    assert wrong(bare, [*FILES, *sorted((ROOT / "tests").rglob("*.py"))]) == {}


def bare(path: Path) -> list[int]:
    """The lines of a file whose exemption has no reason."""
    text = path.read_text()
    if not EXEMPTION.search(text):
        return []
    comments = {line: comment for line, comment in _comments(text) if EXEMPTION.search(comment)}
    reasons = {line: _rule(text) for line, text in comments.items() if REASONED.search(text)}
    return [
        line
        for line, comment in comments.items()
        if _rule(comment) not in [rule for earlier, rule in reasons.items() if earlier <= line]
    ]


def _comments(text: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def _rule(comment: str) -> str:
    found = re.search(RULE, comment)
    return found[0].strip() if found else ""


REPEATS = {"PoolManager", "ProxyManager", "HTTPConnectionPool", "HTTPSConnectionPool", "request"}
"""What repeats a request by itself, or follows a redirect with it."""


def test_requests_are_never_repeated_by_the_library() -> None:
    """A paid create is sent at most once: bare connections alone, no pool of urllib3.

    Where something of a pool is called after all, it says `retries=False`.
    """
    users = [path for path in FILES if "urllib3" in path.read_text()]
    assert {path.relative_to(PACKAGE).parts[0] for path in users} == {"api", "sources"}
    for path in users:
        names = {name.name for node in ast.walk(tree(path)) for name in _taken(node)}
        assert not names & REPEATS, shown(path)
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".urlopen"):
                said = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                assert said.get("retries") == "False", shown(path)


def _taken(node: ast.AST) -> list[ast.alias]:
    """What a file takes from urllib3 by name."""
    match node:
        case ast.ImportFrom(module=str(module), names=names) if module.startswith("urllib3"):
            return names
        case _:
            return []


def test_tests_are_named_once() -> None:
    """Without packages below tests/, two files of one name would hide each other."""
    names = sorted(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [one for one, other in pairwise(names) if one == other] == []
