"""The page 办件."""
