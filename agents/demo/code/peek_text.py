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


for path in PATHS:
    lines, encoding = read(path)
    size = Path(path).stat().st_size
    if any("\0" in line for line in lines[:100]):
        print(f"{path}: {size:,} bytes, not text, begins with {Path(path).read_bytes()[:8]}")
        continue
    print(f"{path}: {size:,} bytes, {len(lines):,} lines, {encoding}")
    spread = range(0, len(lines), len(lines) // 12 + 1)
    for n in sorted({*range(len(lines))[:15], *spread, *range(len(lines))[-3:]}):
        print(f"{n + 1:>9,}| {lines[n][:4000]}")
