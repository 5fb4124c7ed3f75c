"""What the project promises about speed, measured: `python -m bench`.

Whole processes, in interleaved rounds, each against a yardstick of the same round. Ratios are
promised, milliseconds are only shown: they are those of one machine and of its load.
"""
