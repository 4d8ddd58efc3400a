import json
from pathlib import Path


def outline(data):
    """What is inside what, three levels deep, the upper levels first."""
    level = [((), data)]
    for _ in range(4):
        below = []
        for where, value in level:
            kind, inside = type(value).__name__, value.values() if isinstance(value, dict) else value
            if isinstance(value, list | dict):
                kind += f" of {len(value):,} {type(next(iter(inside), None)).__name__}"
            yield f"  {json.dumps(where)} {kind}"
            if isinstance(value, dict):
                below += [((*where, key), value[key]) for key in list(value)[:40]]
        level = below


for path in PATHS:
    raw = Path(path).read_bytes()
    try:
        data, layout = json.loads(raw), "one JSON value"
    except json.JSONDecodeError:
        data, layout = [json.loads(line) for line in raw.splitlines() if line.strip()], "JSON lines"
    print(f"{path}: {len(raw):,} bytes, {layout}")
    room = ROOM // len(PATHS) - 80
    for line in outline(data):
        room -= len(line)
        if room < 0:
            break
        print(line)
