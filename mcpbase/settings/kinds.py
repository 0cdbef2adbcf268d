"""Kinds of settings: a text from a flag or the environment, or a value from a TOML file, becomes the value of
a field.
"""

import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network

from attrs import frozen

NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
"""The pattern of a host's name."""


@frozen
class Kind:
    """What a setting accepts. ``accepts`` completes "It accepts ..."; ``parse`` raises ValueError; ``metavar`` stands
    for it in help; ``shown`` leaves out what an error must not quote.
    """

    accepts: str
    parse: Callable[[object], object]
    metavar: str = "TEXT"
    shown: Callable[[str], str] = str


def whole_number(low: int, high: int, unit: str = "") -> Kind:
    def parse(value: object) -> int:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value.strip()):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError
        return value

    return Kind(f"a whole number from {low} to {high}{unit and f' ({unit})'}", parse, unit.upper() or "NUMBER")


def or_zero(kind: Kind) -> Kind:
    """Accept zero, where it means never, besides numbers of that kind."""

    def parse(value: object) -> object:
        zero = value.strip() == "0" if isinstance(value, str) else value == 0 and not isinstance(value, bool)
        return 0 if zero else kind.parse(value)

    return Kind(f"0, or {kind.accepts}", parse, kind.metavar)


def one_of(*words: str) -> Kind:
    """Accept one of some words in any letter case."""

    def parse(value: object) -> str:
        given = line(value).lower()
        for word in words:
            if word.lower() == given:
                return word
        raise ValueError

    return Kind(f"{', '.join(words[:-1])} or {words[-1]}", parse, "WORD")


def switch() -> Kind:
    words = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}

    def parse(value: object) -> bool:
        if isinstance(value, bool):
            return value
        word = line(value).lower()
        if word not in words:
            raise ValueError
        return words[word]

    return Kind("on or off", parse, "on|off")


def several(kind: Kind) -> Kind:
    """Accept a list in TOML, words separated by commas or spaces elsewhere."""

    def parse(value: object) -> tuple[object, ...]:
        words = [word for word in re.split(r"[,\s]+", value) if word] if isinstance(value, str) else value
        if not isinstance(words, list):
            raise ValueError
        return tuple(kind.parse(word) for word in words)

    return Kind(f"several, separated by commas (a list in TOML), each {kind.accepts}", parse, f"{kind.metavar},...")


def line(value: object) -> str:
    """Return one line of printable text without surrounding space. Raises ValueError, like every ``parse``."""
    if not isinstance(value, str) or not (text := value.strip()) or not text.isprintable():
        raise ValueError
    return text


def host(value: object) -> str:
    """Return an IP address or a host name. Raises ValueError."""
    text = line(value)
    try:
        ip_address(text)
    except ValueError:
        if not NAME.fullmatch(text):
            raise
    return text


def network(value: object) -> str:
    return str(ip_network(line(value)))


LINE = Kind("one line of text", line)
HOST = Kind("a host name or an IP address of this machine", host, "HOST")
NETWORK = Kind("an IP address or a network such as 10.0.0.0/8", network, "NETWORK")
FILE = Kind("the path of a file", line, "FILE")
