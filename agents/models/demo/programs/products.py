import matplotlib.pyplot as plt
import pandas as pd

sales = pd.read_csv("sales.csv", parse_dates=["week"])
products = sales.groupby("product")[["units", "revenue"]].sum().sort_values("revenue")
print(products.round(2).to_string())

plt.style.use("seaborn-v0_8-whitegrid")
axes = products.plot.barh(subplots=True, layout=(1, 2), figsize=(10, 3.5), legend=False, ylabel="", sharex=False)
for ax in axes.flat:
    ax.bar_label(ax.containers[0], fmt="{:,.0f}", padding=4)
    ax.set_xticks([])
    ax.grid(visible=False)
    ax.margins(x=0.25)
plt.tight_layout()
plt.savefig("products.png", dpi=150, bbox_inches="tight")

units, revenue = products["units"], products["revenue"]
print()
print(f"- {units.idxmax()} sells most: {units.max():,} units, {units.max() / units.sum():.0%} of all.")
print(
    f"- {revenue.idxmax()} earns most: {revenue.max():,.0f}, {revenue.max() / revenue.sum():.0%} of all revenue."
)
