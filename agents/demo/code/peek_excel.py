import pandas as pd


FIT


sheets = [
    (path, sheet, rows)
    for path in PATHS
    for sheet, rows in pd.read_excel(path, sheet_name=None, header=None).items()
][:SHEETS]
for path, sheet, rows in sheets:
    print(f"{path}: sheet {sheet!r}, {len(rows):,} rows")
    some = pd.concat([rows[:15], rows[15:][-3:]])
    texts = ["\t".join("" if pd.isna(cell) else " ".join(str(cell).split())[:100] for cell in row) for row in some.values]
    for n, text in zip(some.index, fit(texts, ROOM // len(sheets) - 80)):
        print(f"{n + 1:>9,}| {text}")
