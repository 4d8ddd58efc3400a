import json
from pathlib import Path


def outline(data, where=()):
    """Print what is inside what, three levels deep."""
    kind, inside = type(data).__name__, data.values() if isinstance(data, dict) else data
    if isinstance(data, list | dict):
        kind += f" of {len(data):,} {type(next(iter(inside), None)).__name__}"
    print(f"  {json.dumps(where)} {kind}")
    if isinstance(data, dict) and len(where) < 3:
        for key in list(data)[:40]:
            outline(data[key], (*where, key))


for path in PATHS:
    raw = Path(path).read_bytes()
    try:
        data, layout = json.loads(raw), "one JSON value"
    except json.JSONDecodeError:
        data, layout = [json.loads(line) for line in raw.splitlines() if line.strip()], "JSON lines"
    print(f"{path}: {len(raw):,} bytes, {layout}")
    outline(data)
