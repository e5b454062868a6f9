"""The training ground: a bureau, a unit and a software UKey, for `run.py demo`. Plays both sides; never shipped."""
