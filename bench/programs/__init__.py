"""Programs that the cases run, each a process of its own: `python -m bench.programs.NAME`."""
