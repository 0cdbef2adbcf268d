"""The documentation keeps up with the settings."""

from pathlib import Path

from attrs import fields

from webclient.settings import RULES, Settings

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "web-client.md"


def test_every_setting_is_documented_with_its_default() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for setting in fields(Settings):
        line = next(line for line in text.splitlines() if line.startswith(f"| `{setting.name}` |"))
        assert f"`WEBCLIENT_{setting.name.upper()}`" in line
        assert setting.default == "" or f"`{setting.default}`" in line
        assert setting.name in RULES
