import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

data = pd.read_csv("FILE")
data = data.set_axis([" ".join(str(name).split()) for name in data.columns], axis="columns")
data = data.replace([np.inf, -np.inf], np.nan)  # what is infinite counts as a gap
dates, numbers, groups = {}, {}, {}
print(f"- {len(data):,} rows, {len(data.columns):,} columns, gaps: {data.isna().sum().sum():,}")

for name, column in list(data.items())[:40]:
    known = column.dropna()
    if known.empty:
        told = "no values"
    elif is_datetime64_any_dtype(known):
        dates[name] = known
        told = f"dates from {known.min():%Y-%m-%d} to {known.max():%Y-%m-%d}"
    elif is_numeric_dtype(known) and not is_bool_dtype(known):
        numbers[name] = known.astype(float)
        told = f"numbers from {known.min():,.8g} to {known.max():,.8g}, mean {known.mean():,.8g}"
    else:
        groups[name] = counts = known.astype(str).value_counts()
        told = f"labels, distinct: {len(counts):,}, such as {counts.index[0][:40]!r} ({counts.iloc[0]:,})"
    print(f"- {name[:60]} has {told}, gaps: {len(column) - len(known):,}")

plt.style.use("seaborn-v0_8-whitegrid")
plt.rc("text", parse_math=False)  # a $ in a name is only a $
numbers = {name: known for name, known in numbers.items() if known.nunique() > 1}
groups = {name: counts[::-1] for name, counts in groups.items() if 1 < len(counts) <= 12}
shown = [*numbers, *groups][:9]
if shown:
    rows = -(-len(shown) // 3)
    fig, axes = plt.subplots(rows, 3, figsize=(12, 3 * rows), layout="constrained", squeeze=False)
    for name, ax in zip(shown, axes.flat, strict=False):
        ax.set_title(name[:40])
        if name in numbers:
            ax.hist(numbers[name], bins=30, color="#2b6cb0")
        else:
            labels = [label[:20] for label in groups[name].index]
            ax.barh(range(len(labels)), groups[name], tick_label=labels, color="#718096")
    for ax in axes.flat[len(shown) :]:
        ax.axis("off")
    plt.savefig("PROFILE_columns.png", dpi=120)

days = next((known for known in dates.values() if known.nunique() > 1), None)
if days is not None and numbers:
    every = "D" if days.max() - days.min() < pd.Timedelta(days=100) else "MS"
    means = data.loc[days.index, list(numbers)[:4]].set_index(days).resample(every).mean()
    means.plot(subplots=True, figsize=(10, 2.2 * len(means.columns)), marker=".", xlabel="")
    plt.suptitle(f"Means per {'day' if every == 'D' else 'month'} of {days.name[:40]}")
    plt.savefig("PROFILE_over_time.png", dpi=120, bbox_inches="tight")
