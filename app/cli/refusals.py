"""What argparse says in English about a command line, said in Chinese.

argparse has no catalogue of messages for itself, only sentences: they are read back here. One that is not known
(another version of Python) is shown as it is rather than lost.
"""

from __future__ import annotations

import re

_SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (
            r"argument (?P<name>.+?): invalid choice: (?P<value>.+?) \(choose from (?P<known>.+)\)",
            "{name}不能是 {value}",
        ),
        (r"the following arguments are required: (?P<name>.+)", "缺少 {name}"),
        (r"unrecognized arguments: (?P<value>.+)", "不认识 {value}"),
        (r"argument (?P<name>.+?): expected (?:one|at least one) argument", "{name} 后面要有一个值"),
        (r"argument (?P<name>.+?): invalid int value: (?P<value>.+)", "{name} 要填整数，这里是 {value}"),
        (r"argument (?P<name>.+?): ignored explicit argument (?P<value>.+)", "{name} 后面不带值，这里带了 {value}"),
        (r"ambiguous option: (?P<value>.+?) could match (?P<known>.+)", "{value} 不完整"),
    )
)


def in_chinese(message: str) -> str:
    """The sentence for a clerk, with what may be written instead where argparse told it."""
    for pattern, words in _SENTENCES:
        found = pattern.fullmatch(message)
        if found:
            facts = found.groupdict()
            said = words.format(**facts)
            return f"{said}；可用的有 {facts['known'].replace(chr(39), '')}" if "known" in facts else said
    return message
