"""RFC 8628 section 6.1: codes for eyes and thumbs."""

import pytest

from mcpserver.oauth.authorize.user_codes import ALPHABET, mint_user_code, read_user_code, shown
from mcpserver.sources import Sources


def test_code_has_eight_letters_that_spell_no_word() -> None:
    codes = {mint_user_code(Sources()) for _ in range(100)}
    assert len(codes) == 100
    assert {len(code) for code in codes} == {8}
    assert set("".join(codes)) <= set(ALPHABET)
    assert not set(ALPHABET) & set("AEIOUY0123456789")


@pytest.mark.parametrize("byte", range(0, 256, 17))
def test_every_random_number_makes_a_code(byte: int) -> None:
    code = mint_user_code(Sources(token_bytes=lambda size: bytes([byte]) * size))
    assert read_user_code(shown(code)) == code


@pytest.mark.parametrize(
    "typed",
    [
        "WDJB-MJHT",
        "wdjbmjht",
        " wdjb mjht\n",
        "WDJB\u2013MJHT",
        "w.d.j.b.m.j.h.t",
        "WDJB_MJHT",
        "\uff37\uff24\uff2a\uff22\uff2d\uff2a\uff28\uff34",
    ],
)
def test_code_is_read_in_any_case_width_and_with_any_separators(typed: str) -> None:
    assert read_user_code(typed) == "WDJBMJHT"


@pytest.mark.parametrize(
    "typed",
    ["", "WDJB-MJH", "WDJB-MJHTB", "WDJB-MJHA", "WDJB-MJH1", "\u0412DJB-MJHT", "\udc80", "--------", "stra\u00dfe"],
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_user_code(typed) is None


def test_code_is_shown_in_two_halves() -> None:
    assert shown("WDJBMJHT") == "WDJB-MJHT"
