"""`python -m reconciler` and the `reconciler` command."""

import signal


def main() -> None:
    """Run the command line; until it takes ^C itself, that ends what has begun nothing."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from reconciler.cli.main import main as run  # noqa: PLC0415  # a ^C within it is no traceback

    run()


if __name__ == "__main__":
    main()
