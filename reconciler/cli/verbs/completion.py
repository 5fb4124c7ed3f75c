"""`reconciler completion`: the script that a shell keeps."""

from reconciler.cli.completion import script
from reconciler.cli.settings import Settings


def print_script(settings: Settings, /, shell: str) -> int:
    """The script, as it is: a shell reads it."""
    settings.out.result(script(shell).rstrip("\n"), shell=shell, script=script(shell))
    return 0
