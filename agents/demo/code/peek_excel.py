import pandas as pd

for path in PATHS:
    for sheet, rows in pd.read_excel(path, sheet_name=None, header=None).items():
        print(f"{path}: sheet {sheet!r}, {len(rows):,} rows")
        for n, row in pd.concat([rows[:15], rows[15:][-3:]]).iterrows():
            cells = ["" if pd.isna(cell) else " ".join(str(cell).split())[:100] for cell in row[:300]]
            print(f"{n + 1:>9,}| " + "\t".join(cells))
