"""Every promise about speed, by name: what is measured, against what, and how much it may take."""

from collections.abc import Callable, Mapping
from subprocess import CalledProcessError

from bench import octodns, uploads
from bench.compare import Case
from bench.ground import Ground
from bench.process import Command, Missing, found
from bench.stage import Stage

HUNDRED, THOUSAND, SMALL, LARGE = 100, 1_000, 10_000, 100_000
MEGABYTES = 1024
"""Of the large dataset: long enough that a start does not show."""
COUNTED = 64
"""Megabytes whose tokens are counted."""
PICTURED = 256
"""Megabytes with images."""


def start(ground: Ground, option: str) -> Case:
    """What a shell feels at each TAB: nothing heavy is imported."""
    del ground
    yardstick = Command(("-c", "import click"))
    subject = Command(("-m", "reconciler", option))
    return Case(option.strip("-"), "against import click", subject, yardstick, 1.3, rounds=15)


def complete(ground: Ground) -> Case:
    """An address at a TAB: a shell's user waits for it, 200 ms at most."""
    folder = ground.stage(HUNDRED).folder
    environ = {"_RECONCILER_COMPLETE": "bash_complete", "COMP_LINE": "reconciler show jobs."}
    subject = Command(("-m", "reconciler"), folder, environ)
    what = "an address of 100, against import click"
    return Case("complete", what, subject, Command(("-c", "import click")), 2.3, rounds=15)


def plan(ground: Ground) -> Case:
    """The whole loop with nothing to do, against only listing the same objects."""
    stage = ground.stage(SMALL, others=SMALL)
    what = "10,000 in sync in an account of 20,000, against the SDK only listing it"
    return Case("plan-10k", what, _plan(stage), _listing(stage, "sdk_list"), 0.40)


def plan_alone(ground: Ground) -> Case:
    """The same where the account holds nothing else: the least that there is to list."""
    stage = ground.stage(SMALL)
    what = "10,000 in sync and nothing else, against the SDK only listing them"
    return Case("plan-10k-alone", what, _plan(stage), _listing(stage, "sdk_list"), 0.40)


def plan_peer(ground: Ground) -> Case:
    """The same against another reconciler that is written in Python."""
    try:
        yardstick = octodns.plan_of(ground.file("octodns"), SMALL)
    except (OSError, CalledProcessError) as error:
        raise Missing(f"octoDNS cannot be installed: {error}") from error
    what = "10,000 in sync, against octoDNS with as many records"
    return Case("plan-octodns", what, _plan(ground.stage(SMALL)), yardstick, 0.25, rounds=3)


def start_plan(ground: Ground) -> Case:
    """All that a plan imports, and the models of a manifest made ready."""
    del ground
    yardstick = Command(("-c", "import openai"))
    what = "all imports and models of a plan, against import openai"
    return Case("start-plan", what, Command(("-m", "bench.programs.start_plan")), yardstick, 0.45)


def start_again(ground: Ground) -> Case:
    """The same where the manifest did not change."""
    del ground
    yardstick = Command(("-c", "import openai"))
    what = "all imports of a plan that recalls its manifest, against import openai"
    program = Command(("-m", "bench.programs.start_plan", "again"))
    return Case("start-again", what, program, yardstick, 0.36)


def growth(ground: Ground) -> Case:
    """Ten times the resources."""
    subject, yardstick = _plan(ground.stage(LARGE)), _plan(ground.stage(SMALL))
    return Case("plan-growth", "100,000, against 10,000", subject, yardstick, 11.0, rounds=3)


def parse(ground: Ground) -> Case:
    """YAML with a place for each key, against PyYAML's C loader, which keeps none."""
    manifest = str(ground.manifest(SMALL))
    ours, theirs = (_timed(name, manifest) for name in ("parse_marks", "parse_yaml"))
    return Case("parse", "10,000 entries, against CSafeLoader", ours, theirs, 0.30)


def load_growth(ground: Ground) -> Case:
    """Reading and checking ten times the entries."""
    ours, yardstick = (_timed("load", str(ground.manifest(size))) for size in (LARGE, SMALL))
    what = "a manifest of 100,000, against 10,000"
    return Case("load-growth", what, ours, yardstick, 11.0, rounds=3)


def digest(ground: Ground) -> Case:
    """Hashing a dataset, against OpenSSL's own program."""
    data = str(ground.dataset(MEGABYTES))
    return Case(
        "digest", f"{MEGABYTES} MB, against openssl", _timed("digest", data), _openssl(data), 1.03
    )


def scan(ground: Ground) -> Case:
    """Hash and rules in one pass, on all cores, against the hash alone."""
    data = str(ground.dataset(MEGABYTES))
    what = f"hash and rules of {MEGABYTES} MB on all cores, against openssl"
    return Case("scan", what, _timed("scan", data), _openssl(data), 4.6, 150, rounds=3)


def scan_alone(ground: Ground) -> Case:
    """The same in one process."""
    data = str(ground.dataset(MEGABYTES))
    what = f"hash and rules of {MEGABYTES} MB in one process, against openssl"
    return Case("scan-alone", what, _timed("scan", data, "1"), _openssl(data), 6.5, 150, rounds=3)


def scan_cores(ground: Ground) -> Case:
    """The same on all cores of this machine, two of them at least, against one process."""
    data = str(ground.dataset(MEGABYTES))
    what = f"{MEGABYTES} MB on all cores, against one process"
    return Case("scan-cores", what, _timed("scan", data), _timed("scan", data, "1"), 0.56, rounds=3)


def scan_images(ground: Ground) -> Case:
    """Rows that are nearly all base64, in which there is nothing to look for."""
    data = str(ground.pictures(PICTURED))
    what = f"{PICTURED} MB of images in one process, against openssl"
    return Case("scan-images", what, _timed("scan", data, "1"), _openssl(data), 5.0, 150, rounds=3)


def count_tokens(ground: Ground) -> Case:
    """The tokens of a dataset counted exactly, against estimating them; all else is the same."""
    data = str(ground.dataset(COUNTED))
    exact, about = _timed("scan", data, "0", "o200k_base"), _timed("scan", data, "0")
    return Case(
        "scan-tokens", f"{COUNTED} MB counted, against estimated", exact, about, 10, rounds=3
    )


def validate_again(ground: Ground) -> Case:
    """A large dataset that did not change, against a small one: neither is read."""
    large, small = (ground.validated(megabytes) for megabytes in (MEGABYTES, 1))
    what = f"{MEGABYTES} MB unchanged, against 1 MB"
    return Case("validate-again", what, large, small, 1.1, rounds=9)


def list_files(ground: Ground) -> Case:
    """The files of the large stage."""
    stage, kind = ground.stage(LARGE), "files"
    ours, sdk = _listing(stage, "our_list", kind), _listing(stage, "sdk_list", kind)
    return Case("list-files", "50,000, against the SDK", ours, sdk, 0.12, rounds=5)


def list_jobs(ground: Ground) -> Case:
    """The jobs of the small stage."""
    stage, kind = ground.stage(SMALL), "jobs"
    ours, sdk = _listing(stage, "our_list", kind), _listing(stage, "sdk_list", kind)
    return Case("list-jobs", "5,000, against the SDK", ours, sdk, 0.15)


def save(ground: Ground) -> Case:
    """Encoding and saving a state, against saving bytes that are ready."""
    state, target = str(ground.stage(SMALL).state), str(ground.file("saved.json"))
    ours, bare = (_timed(name, state, target) for name in ("save_state", "save_bytes"))
    return Case("save-state", "10,000, against write, fsync, rename", ours, bare, 5.0)


CASES: Mapping[str, Callable[[Ground], Case]] = {
    "help": lambda ground: start(ground, "--help"),
    "version": lambda ground: start(ground, "--version"),
    "complete": complete,
    "plan-10k": plan,
    "plan-10k-alone": plan_alone,
    "plan-octodns": plan_peer,
    "plan-growth": growth,
    "start-plan": start_plan,
    "start-again": start_again,
    "parse": parse,
    "load-growth": load_growth,
    "digest": digest,
    "scan": scan,
    "scan-alone": scan_alone,
    "scan-cores": scan_cores,
    "scan-images": scan_images,
    "scan-tokens": count_tokens,
    "validate-again": validate_again,
    "upload": uploads.plain,
    "upload-tls": uploads.secure,
    "upload-tls-loopback": uploads.unlimited,
    "upload-memory": uploads.memory,
    "upload-many": uploads.many,
    "list-files": list_files,
    "list-jobs": list_jobs,
    "save-state": save,
}

SPLITS: Mapping[str, int] = {
    "stages-1k": THOUSAND,
    "stages-10k": SMALL,
    "stages-100k": LARGE,
}
"""Plans whose stages are shown, by name: so many resources, in sync."""


WIRES: Mapping[str, tuple[str, int]] = {
    f"wire-{place}-{name}": (place, size)
    for place in ("postgres", "s3")
    for name, size in (("1k", THOUSAND), ("10k", SMALL))
}
"""States whose way to their server is counted, by name: the kind of place, and so many records."""


def _timed(name: str, *arguments: str) -> Command:
    return Command(("-m", f"bench.programs.{name}", *arguments), says_seconds=True)


def _plan(stage: Stage) -> Command:
    arguments = ("-m", "reconciler", "plan", "--detailed-exitcode")
    return Command(arguments, stage.folder, stage.environ)


def _listing(stage: Stage, name: str, *arguments: str) -> Command:
    return Command(("-m", f"bench.programs.{name}", *arguments), stage.folder, stage.environ)


def _openssl(path: str) -> Command:
    return Command(("dgst", "-sha256", path), program=found("openssl"))
