"""Ratios against peers, measured in one run on one machine. Never asserted in tests: machines differ."""
