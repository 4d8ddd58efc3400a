from pathlib import Path


def read(path):
    """The lines of a text file, and the first encoding that fits it."""
    start = Path(path).read_bytes()[:2]
    encodings = ["utf-16"] if start in (b"\xff\xfe", b"\xfe\xff") else ENCODINGS
    for encoding in [*encodings, "latin-1"]:
        try:
            return Path(path).read_text(encoding=encoding).split("\n"), encoding
        except UnicodeError:
            continue


FIT


for path in PATHS:
    lines, encoding = read(path)
    size = Path(path).stat().st_size
    if any("\0" in line for line in lines[:100]):
        print(f"{path}: {size:,} bytes, not text, begins with {Path(path).read_bytes()[:8]}")
        continue
    print(f"{path}: {size:,} bytes, {len(lines):,} lines, {encoding}")
    room = ROOM // len(PATHS) - 80
    many = min(15, max(4, room // (2 * max(map(len, lines[:15])) + 35)))  # fewer lines where they are long
    between = range(0, len(lines), len(lines) // many + 1)
    shown = sorted({*range(len(lines))[:many], *between, *range(len(lines))[-3:]})
    for n, line in zip(shown, fit([lines[n] for n in shown], room)):
        print(f"{n + 1:>9,}| {line}")
