"""ARCHITECTURE.md describes the project that is here: every room, every floor, and every path that it names."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def section(heading: str) -> str:
    """The text below one heading of the page."""
    [found] = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def rooms() -> set[str]:
    """The folders and modules directly below assistant/."""
    package = ROOT / "assistant"
    folders = {path.parent.name for path in package.glob("*/__init__.py")}
    modules = {path.stem for path in package.glob("*.py") if not path.stem.startswith("__")}
    return folders | modules


def test_the_page_describes_every_room_once_and_no_other() -> None:
    described = re.findall(r"^\| `(\w+)` \| \S", section("Rooms of `assistant/`"), re.MULTILINE)
    assert sorted(described) == sorted(rooms())


def test_every_room_stands_on_one_floor() -> None:
    floors = re.findall(r"^\d+\. (.+)$", section("Floors"), re.MULTILINE)
    assert sorted(room for floor in floors for room in re.findall(r"`(\w+)`", floor)) == sorted(rooms())


def test_every_path_on_the_page_exists() -> None:
    paths = re.findall(r"`((?:assistant|corpus|eval|indexes|scripts|tests|training)/[\w./-]*)`", PAGE)
    assert len(paths) > 15
    assert [path for path in paths if not (ROOT / path).exists()] == []
