"""The window: PySide6 pages over the workflows of :mod:`app`. No rule and no input or output lives here."""
