"""Writes compound files (OLE) of small streams, as Outlook saves a message in one."""

import struct
from collections.abc import Mapping

_SECTOR, _MINI = 512, 64
_END, _FREE, _FAT, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file of these streams, each shorter than 4,096 bytes; `folder/name` lies in a storage."""
    folders = list(dict.fromkeys(path.rpartition("/")[0] for path in streams if "/" in path))
    mini, mini_fat = bytearray(), []
    entries: list[tuple[str, int, int, int, int, int]] = []  # name, kind, next sibling, first child, start, size
    top = [*folders, *(path for path in streams if "/" not in path)]
    names = [*top, *(path for path in streams if "/" in path)]
    number = {name: at + 1 for at, name in enumerate(names)}
    for name in names:
        folder, _, short = name.rpartition("/")
        beside = top if name in top else [path for path in streams if path.startswith(f"{folder}/")]
        after = beside[beside.index(name) + 1] if beside[-1] != name else None
        sibling = number[after] if after else _NONE
        if name in folders:
            child = number[next(path for path in streams if path.startswith(f"{name}/"))]
            entries.append((name, 1, sibling, child, 0, 0))
            continue
        data = streams[name]
        count = -(-len(data) // _MINI)
        start = len(mini_fat) if count else _END
        mini_fat += [*range(len(mini_fat) + 1, len(mini_fat) + count), _END] if count else []
        mini += data.ljust(count * _MINI, b"\0")
        entries.append((short if folder else name, 2, sibling, _NONE, start, len(data)))
    directory = b"".join(_entry(*one) for one in [("Root Entry", 5, _NONE, 1, 0, len(mini)), *entries])
    parts = [_padded(directory), _padded(struct.pack(f"<{len(mini_fat)}I", *mini_fat), b"\xff"), _padded(bytes(mini))]
    # The sectors in order: the table of sectors, the directory, the table of small sectors, the small sectors.
    fat, starts = [_FAT], []
    for part in parts:
        starts.append(len(fat))
        fat += [*range(len(fat) + 1, len(fat) + len(part) // _SECTOR), _END]
    parts[0] = parts[0][: 128 - 12] + struct.pack("<I", starts[2]) + parts[0][128 - 8 :]
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, starts[0], 0, 4096,
        starts[1], len(parts[1]) // _SECTOR, _END, 0, 0,
    )  # fmt: skip
    header += struct.pack("<108I", *[_FREE] * 108)
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(_SECTOR, b"\xff")
    assert len(table) == _SECTOR
    return header + table + b"".join(parts)


def _entry(name: str, kind: int, sibling: int, child: int, start: int, size: int) -> bytes:
    written = name.encode("utf-16-le") + b"\0\0"
    return struct.pack(
        "<64sHBBIII16xI16xIQ", written.ljust(64, b"\0"), len(written), kind, 1, _NONE, sibling, child, 0, start, size
    )


def _padded(data: bytes, fill: bytes = b"\0") -> bytes:
    return data.ljust(max(1, -(-len(data) // _SECTOR)) * _SECTOR, fill)
