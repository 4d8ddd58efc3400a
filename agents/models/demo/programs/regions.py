import matplotlib.pyplot as plt
import pandas as pd

sales = pd.read_csv("sales.csv", parse_dates=["week"])
revenue = sales.groupby("region")["revenue"].sum().sort_values()
print(revenue.round(2).to_string())

plt.style.use("seaborn-v0_8-whitegrid")
ax = revenue.plot.barh(color="#2b6cb0", figsize=(8, 4), title="Revenue by region", ylabel="")
ax.bar_label(ax.containers[0], fmt="{:,.0f}", padding=4)
ax.set_xticks([])
ax.grid(visible=False)
ax.margins(x=0.15)
plt.savefig("revenue_by_region.png", dpi=150, bbox_inches="tight")

share = revenue / revenue.sum()
print()
print(f"- {revenue.idxmax()} leads with a revenue of {revenue.max():,.0f}, {share.max():.0%} of all.")
print(f"- {revenue.idxmin()} comes last with {revenue.min():,.0f}, {share.min():.0%} of all.")
print(f"- {sales['revenue'].isna().sum()} of {len(sales)} rows have no revenue and add nothing.")
