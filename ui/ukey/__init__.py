"""The page UKey 与自检."""
