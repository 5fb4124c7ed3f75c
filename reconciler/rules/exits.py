"""What every exit code means: `reconciler explain 5`."""

from collections.abc import Mapping

EXITS: Mapping[str, str] = {
    "0": "Done, in sync, or started and running (without --wait).",
    "1": "Something failed, or a standing failure: a desired job failed and waits for a person.",
    "2": "Changes are pending; only with plan --detailed-exitcode.",
    "3": "Refused: a guard, a protection, a foreign or damaged state. Nothing was sent.",
    "4": "Another process holds the lock of the state.",
    "5": "Unsettled: it is not known whether something happened. A person must look, or wait; run "
    "apply again, it looks for what was made before it makes anything.",
    "6": "The deadline came. Run the same command again: it goes on from there.",
    "64": "The command line asks for what cannot be done.",
    "65": "The manifest or a dataset is invalid.",
    "130": "Interrupted. Everything done so far is in the state.",
}
