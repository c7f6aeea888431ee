"""Numbers as people write them, in the one form that a column of the data has."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

SIGNS = r"[$€£¥₩₹₽฿]"
CODES = "rmb|cny|usd|eur|gbp|jpy|hkd"
CURRENCY = re.compile(
    rf"^(?:us\$|hk\$|nt\$|{SIGNS}|{CODES})\s*"
    rf"|\s*(?:{SIGNS}|元|块|圆|美元|欧元|人民币|{CODES})$",
    re.IGNORECASE,
)
SCALES = {
    **{"百": 1e2, "千": 1e3, "万": 1e4, "百万": 1e6, "千万": 1e7, "亿": 1e8},
    **{"k": 1e3, "m": 1e6, "mn": 1e6, "b": 1e9, "bn": 1e9},
    **{"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12},
}
WORDS = "百万|千万|百|千|万|亿|k|mn|bn|(?:thousand|million|billion|trillion)s?"
SCALED = re.compile(rf"^(.*?\d)\s*({WORDS})$", re.IGNORECASE)
AMOUNT = re.compile(r"^(.*?\d)\s*([MB])$")
PLAIN = re.compile(r"^(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$", re.IGNORECASE | re.ASCII)
THOUSANDS = re.compile(r"^\d{1,3}(?:,\d{3})+(?:\.\d+)?$")
SPACED = re.compile(r"^\d{1,3}(?:[ '’\u00a0\u202f]\d{3})+(?:[.,]\d+)?$")
COMMAS = re.compile(r"^\d{1,3}(?:\.\d{3})+,\d+$|^\d+,\d+$|^[1-9]\d{0,2}(?:\.\d{3}){2,}$")
DOTTED = re.compile(r"^[1-9]\d{0,2}\.\d{3}$")
LONGEST_FIELD = 64  # a longer one is no number, and no date
HAN = re.compile(r"^[零一二三四五六七八九十百千万亿]+(?:点[零一二三四五六七八九]+)?$")
HAN_DIGITS = "零一二三四五六七八九"
HAN_SCALES = {"十": 10, "百": 100, "千": 1000}
HAN_MYRIADS = {"万": 10**4, "亿": 10**8}
ENOUGH_DIGITS = 15  # a scaled number is exact to these


@dataclass(frozen=True)
class NumberForm:
    """`thousands_dot`: 1.234 are thousands, since no field of the column has a decimal point."""

    decimal_comma: bool
    thousands_dot: bool
    unit: str | None


def read_number(field: str, form: NumberForm) -> float | None:
    """With thousands separators, a currency, a percent sign (the number before it), 万 or 亿,
    Chinese numerals or parentheses for negative. None: none of these."""
    if len(field) > LONGEST_FIELD:
        return None
    text, unit = field.strip(), form.unit
    text = text[: -len(unit)] if unit and text.endswith(unit) else text
    text = unicodedata.normalize("NFKC", text).strip()
    sign = 1.0
    if text.startswith("(") and text.endswith(")"):
        sign, text = -1.0, text[1:-1].strip()
    is_money = CURRENCY.search(text) is not None
    text = CURRENCY.sub("", text).strip()
    if text[:1] in ("-", "−", "–", "负") and text:
        sign, text = -sign, text[1:].strip()
    text = CURRENCY.sub("", text.removeprefix("+"))
    text = re.sub(r"\s*[%‰]$", "", text).strip()
    han = text.replace("两", "二").replace("〇", "零")
    if HAN.match(han):
        value: float | None = _han(han)
    else:
        value = _scaled(text, form, is_money)
    return None if value is None or not math.isfinite(value) else sign * value


def _scaled(text: str, form: NumberForm, is_money: bool) -> float | None:
    """2B is a base or a room, $2B and 1.5B are amounts; a small m is metres."""
    found = SCALED.match(text)
    if not found and (is_money or re.search(r"\.\d|\d{3}", text)):
        found = AMOUNT.match(text)
    if not found:
        return _digits(text, form)
    value = _digits(found[1], form)
    scale = SCALES[re.sub(r"(?<=ion|and)s$", "", found[2].lower())]
    return None if value is None else float(f"{value * scale:.{ENOUGH_DIGITS}g}")


def _digits(text: str, form: NumberForm) -> float | None:
    if (form.decimal_comma and COMMAS.match(text)) or (form.thousands_dot and DOTTED.match(text)):
        return float(text.replace(".", "").replace(",", "."))
    if PLAIN.match(text):
        return float(text)
    if THOUSANDS.match(text):
        return float(text.replace(",", ""))
    if SPACED.match(text):
        return float(re.sub(r"[ '’\u00a0\u202f]", "", text).replace(",", "."))
    return None


def _han(text: str) -> float:
    """一百二十 is 120, 一万二 is 12000, 三百五 is 350, 零点八五 is 0.85."""
    whole, _, fraction = text.partition("点")
    total, section, digit, last = 0, 0, 0, 1
    is_digits = all(character in HAN_DIGITS for character in whole)
    for character in whole:
        if character in HAN_MYRIADS:
            last = HAN_MYRIADS[character]
            total = (total + section + digit or 1) * last
            section = digit = 0
        elif character in HAN_SCALES:
            last = HAN_SCALES[character]
            section += (digit or 1) * last
            digit = 0
        else:
            digit = (10 * digit if is_digits else 0) + HAN_DIGITS.index(character)
            last = 10 if character == "零" else last
    tail = digit * (last // 10 if last >= 100 and "零" not in whole else 1)
    decimals = "".join(str(HAN_DIGITS.index(character)) for character in fraction)
    try:
        return total + section + tail + float(f"0.{decimals or 0}")
    except OverflowError:
        return math.inf
