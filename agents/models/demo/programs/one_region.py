import matplotlib.pyplot as plt
import pandas as pd

sales = pd.read_csv("sales.csv", parse_dates=["week"])
region = sales[sales["region"] == "North"]
products = region.pivot_table(index="week", columns="product", values="revenue", aggfunc="sum")
months = products.resample("MS").sum()
print(months.round(2).to_string())

plt.style.use("seaborn-v0_8-whitegrid")
ax = months.plot.area(figsize=(9, 4.5), alpha=0.8, title="Revenue in the region North", xlabel="")
ax.legend(bbox_to_anchor=(1, 1))
ax.yaxis.set_major_formatter("{x:,.0f}")
plt.savefig("one_region.png", dpi=150, bbox_inches="tight")

total = products.sum()
print()
print(f"- North had a revenue of {total.sum():,.0f} in {len(products)} weeks.")
print(f"- {total.idxmax()} brought most of it: {total.max():,.0f}, {total.max() / total.sum():.0%}.")
