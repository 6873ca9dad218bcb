"""Escaping: text that a stranger may have written, made harmless where a forge or a terminal will show it.

Nothing that goes through here can open a tag or a comment, notify a person by an @mention, link another pull
request by its number, leave the place it was put in, or move the cursor of a terminal.
"""

import re

_ESCAPE_SEQUENCES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)", re.DOTALL)
_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]<>#|~&$])")
_LIVE = re.compile(r"([@#])(?=\S)")
_AUTOLINKS = re.compile(r"(?i)(?<=www)(\.)|(?<=:)(/)(?=/)")
_SAFE_URL = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/%-]*)?")

_BREAKER = "\u200b"
"""A space without width. After an @ or a # it is the only thing that keeps a forge from making a link of them."""


def plain(text: str) -> str:
    """The text in lines of printable characters: no colours, no control or direction marks, tabs as four spaces."""
    lines = _BREAKS.sub("\n", _ESCAPE_SEQUENCES.sub("", text)).expandtabs(4)
    return "".join(character for character in lines if character == "\n" or character.isprintable())


def one_line(text: str, limit: int) -> str:
    """The plain text in one line of at most so many characters, the last of which says if some are missing."""
    # A line of a few words is not worth reading a megabyte for.
    words = " ".join(plain(text[: limit * 20]).split())
    return words if len(words) <= limit else f"{words[: limit - 1]}…"


def prose(text: str, limit: int) -> str:
    """One line that Markdown shows as it is written, with nothing live in it."""
    escaped = _PUNCTUATION.sub(r"\\\1", one_line(text, limit))
    return _LIVE.sub(rf"\1{_BREAKER}", _AUTOLINKS.sub(r"\\\g<0>", escaped))


def code(text: str, limit: int) -> str:
    """One line as inline code, in which nothing is live; empty text stays empty, and one with backticks prose."""
    words = _without_comments(one_line(text, limit))
    return prose(words, limit + 1) if "`" in words else f"`{words}`" if words else ""


def fenced(text: str, limit: int) -> str:
    """The lines as a block of code whose fence is longer than any run of backticks within; the middle may go."""
    words = _without_comments(_shortened(plain(text).strip("\n"), limit))
    fence = "`" * max(3, _longest_run(words) + 1)
    return f"{fence}text\n{words}\n{fence}"


def link(url: str, limit: int) -> str:
    """The URL as a link if it is a plain one; as code if there is anything in it that would need a second look."""
    return f"<{url}>" if _SAFE_URL.fullmatch(url) and len(url) <= limit else code(url, limit)


def _without_comments(text: str) -> str:
    # Comments are never live in code; but a program that looks for our marker reads the source.
    return text.replace("<!--", "<! --")


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _shortened(text: str, limit: int) -> str:
    half = (limit - 3) // 2
    return text if len(text) <= limit else f"{text[:half]}\n…\n{text[-half:]}"
