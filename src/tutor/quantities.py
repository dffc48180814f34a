"""
Quantities as people type them: "48", "48 GB", "4.8e10 bytes", "7B", "3/4", "75 %", "1.2 x 10^9".

One function. Knows nothing of cards. Not covered: compound units ("tokens per second" is a name like any other).
"""

import re
from math import isfinite
from typing import Final, NamedTuple

from tutor.sums import calculated


class Quantity(NamedTuple):
    """A value in a unit; "" where it has none."""

    value: float
    unit: str


_FIGURE = r"[+-]?(?:\d{1,3}(?:[,_ ]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?|\.\d+)(?:e[+-]?\d+)?"
_NUMBER = re.compile(
    rf"(?P<figure>{_FIGURE})"
    rf"(?:\s*(?P<sign>/|\^|\*\*)\s*(?P<second>{_FIGURE}))?"
    r"(?:\s*[x×*·]\s*10\s*(?:\^|\*\*)\s*(?P<power>[+-]?\d+))?"
    r"\s*(?P<rest>.*)",
    re.I | re.S,
)
_AROUND = re.compile(r"^(?:about|approximately|approx\.?|around|roughly|circa|ca\.?|it is|it's|[~≈=$€])\s*", re.I)
_PERCENT = re.compile(r"per ?cent(?:age points?)?|percentage points?", re.I)
_SCALES: Final = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mio": 1e6, "million": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9, "t": 1e12,
    "trillion": 1e12, "hundred": 1e2, "dozen": 12.0,
}  # fmt: skip
# What is measured, and how many of it one of each unit is, by the names that people type (in small letters).
_TABLE: Final = """
bytes 1 byte bytes | 0.125 bit bits | 1e3 kb kilobyte kilobytes | 1e6 mb megabyte megabytes
bytes 1e9 gb gigabyte gigabytes | 1e12 tb terabyte terabytes | 1024 kib | 1048576 mib | 1073741824 gib
bytes 1099511627776 tib | 125 kbit | 125e3 mbit | 125e6 gbit
seconds 1 s sec secs second seconds | 1e-3 ms millisecond milliseconds | 1e-6 us µs μs microsecond microseconds
seconds 1e-9 ns nanosecond nanoseconds | 60 min mins minute minutes | 3600 h hr hrs hour hours | 86400 day days
share 1 share | 0.01 % percent
flops 1 flop flops | 1e9 gflop gflops | 1e12 tflop tflops | 1e15 pflop pflops
"""


def _units() -> dict[str, Quantity]:
    """A unit as it is typed -> how many of what it measures."""
    units = {}
    for line in _TABLE.strip().splitlines():
        measure, _, rest = line.partition(" ")
        for group in rest.split(" | "):
            one, *names = group.split()
            units.update({name: Quantity(float(one), measure) for name in names})
    return units


_UNITS: Final = _units()


def read(text: str, unit: str = "") -> float | str | None:
    """
    The value of what was typed, in `unit`; without a unit of its own it is taken to be in `unit`.

    Of "50 * 4 = 200, since ..." it is what stands behind the last "=". Where it is in a unit that measures something
    else, that unit; None where it is no number.
    """
    plain = _PERCENT.sub("%", " ".join(text.replace("−", "-").split())).rpartition("=")[2].strip()
    unit = _PERCENT.sub("%", unit)
    while plain != (plain := _AROUND.sub("", plain)):
        pass
    plain = _spelled(plain)
    found = _NUMBER.fullmatch(plain)
    value = _value(found) if found else None
    if found is None or value is None or _GOES_ON.match(found["rest"]):
        return _worked_out(plain)
    rest = re.split(r"[,;(]\s", found["rest"].strip(" ."))[0].strip()
    scale, _, counted = unit.lower().partition(" ")
    if scale not in _SCALES:
        return _in_unit(value, rest, unit)
    # Asked in billions, 7 billion is 7, and so is 7,000,000,000.
    if rest.lower().partition(" ")[0] in _SCALES or value >= _SCALES[scale]:
        value /= _SCALES[scale]
    return _in_unit(value, rest, counted or "share of a scale")


# What stands behind a number that is the beginning of a sum.
_GOES_ON = re.compile(r"[-+*/^×·]|x\s*\d|\(\s*[-\d(]|\w+\(|ln\b|log\b|sqrt\b")
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
)
_ONES += "eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SPELLED: Final = {
    **{word: n for n, word in enumerate(_ONES.split())},
    **{word: 10 * n for n, word in enumerate(_TENS.split(), 2)},
}
_SPELLED_NUMBER = re.compile(rf"({'|'.join(_SPELLED)})(?:[- ]({'|'.join(_ONES.split()[1:10])}))?\b", re.I)


def _spelled(plain: str) -> str:
    """With a number in words at the beginning in figures: "forty-eight GB" is "48 GB", "one in 50" is "1/50"."""
    if found := _SPELLED_NUMBER.match(plain):
        value = _SPELLED[found[1].lower()] + (_SPELLED[found[2].lower()] if found[2] else 0)
        plain = f"{value}{plain[found.end() :]}"
    return re.sub(rf"^({_FIGURE}) (?:in|out of|of) ({_FIGURE})", r"\1/\2", plain, flags=re.I)


def _worked_out(plain: str) -> float | None:
    """The value of a sum that was typed instead of its result; None where it is none."""
    if len(plain) > 80:
        return None
    told = re.sub(r"\bln\b", "log", plain.lower().replace("^", "**"))
    told = re.sub(r"[×·]|(?<=\d)\s*x\s*(?=\d)", "*", told)
    told = re.sub(r"\b(log2?|sqrt|exp) (\d+(?:\.\d+)?)", r"\1(\2)", told)
    told = re.sub(r"(?<=\d)\s*(?=(?:log2?|sqrt|exp|pi)\b)", "*", told)
    try:
        value = calculated(told.strip())
    except ValueError:
        return None
    return value if isfinite(value) else None


def _value(found: re.Match[str]) -> float | None:
    try:
        value = _figure(found["figure"])
        if found["sign"]:
            second = _figure(found["second"])
            value = value / second if found["sign"] == "/" else value**second
        value = float(value * 10.0 ** int(found["power"] or 0))
        return value if isfinite(value) else None
    except (ArithmeticError, ValueError, TypeError):
        return None


def _figure(text: str) -> float:
    """A figure with commas at thousands ("1,024") or for the point ("0,5")."""
    grouped = re.fullmatch(r"([+-]?\d{1,3}(?:[,_ ]\d{3})+)(.*)", text)
    if grouped and not text.startswith(("0,", "-0,", "+0,")):
        text = re.sub(r"[,_ ]", "", grouped[1]) + grouped[2]
    return float(text.replace(",", "."))


def _in_unit(value: float, rest: str, unit: str) -> float | str | None:
    wanted = _UNITS.get(unit.lower() or "share")
    first, _, after = rest.lower().partition(" ")
    byte = first == "b" and wanted is not None and wanted.unit == "bytes"  # 48 B of memory are no billions
    if first in _SCALES and not byte:
        value, rest = value * _SCALES[first], after.strip()
    if not rest:
        return value
    typed = _UNITS["byte"] if byte else _UNITS.get(rest.lower())
    if typed is not None and wanted is not None and typed.unit == wanted.unit:
        return value * typed.value / wanted.value
    if not re.search(r"[^\W\d_]", rest):
        return None
    # Of what has no table the name is not looked at ("12 words" for 12 tokens), but a rate is no amount.
    rate = re.search(r"\bper\b|/", rest) and not re.search(r"\bper\b|/", unit)
    return rest if typed or rate or (unit and wanted) else value
