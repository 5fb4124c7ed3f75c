"""What the bench tells of a process is that process's own."""

import resource

from bench.process import Command, run


def test_the_peak_of_memory_is_the_command_s_own() -> None:
    """And not that of the bench, with which the kernel begins what the bench itself starts."""
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    small = run(Command(("-S", "-c", "print(0.5)"), says_seconds=True))
    assert (small.seconds, small.code, small.output) == (0.5, 0, "0.5\n")
    assert small.megabytes < 30 < ours


def test_a_command_that_fails_says_so() -> None:
    """With its exit code and what it wrote."""
    failed = run(Command(("-S", "-c", "import sys; sys.exit('no')"), says_seconds=True))
    assert (failed.code, failed.error) == (1, "no\n")
    assert run(Command(("-S", "-c", "import os; os.kill(os.getpid(), 9)"))).code == -9
