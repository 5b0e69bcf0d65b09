"""Site and drive numbers out of the codes that product ids have for them."""

from __future__ import annotations

from ai4mars_nav.dataset.errors import BadInput
from ai4mars_nav.dataset.product import Product, mask_name, parse_product

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = "0123456789"


def product_of(name: str) -> Product | None:
    """What a product id says, with or without its archive's version; None for other names."""
    try:
        return parse_product(name)
    except BadInput:
        return None


def type_of(name: str) -> str:
    """The three letters of a product id that say what it is: EDR, RAS, XYL; empty without any."""
    try:
        other = mask_name(name, "???")
    except BadInput:
        return ""
    at = other.index("???")
    return name[at : at + 3].upper()


def site_and_drive(product: Product) -> tuple[int | None, int | None]:
    """The numbers behind the codes of a product id; None where it has none, or no known code."""
    decode = _mer if product.mission == "mer" else _wide
    return decode(product.site), decode(product.drive)


def _mer(code: str) -> int | None:
    """Two characters: 00 to 99, then A0 to A9 and AA to AZ, B0 ..., ZZ, then 0A to 9Z."""
    if len(code) != 2 or not code.isalnum():
        return None
    if code.isdigit():
        return int(code)
    first, second = code[0], code[1]
    if first in _LETTERS:
        return 100 + 36 * _LETTERS.index(first) + (_DIGITS + _LETTERS).index(second)
    return 1036 + 26 * int(first) + _LETTERS.index(second)


def _wide(code: str) -> int | None:
    """Three or four characters: digits, then letters in front: A00 is 1000, A000 is 10000."""
    if code.isdigit():
        return int(code)
    if code[:1] in _LETTERS and code[1:].isdigit():
        ones = int(10 ** (len(code) - 1))
        return 10 * ones + ones * _LETTERS.index(code[0]) + int(code[1:])
    return None
