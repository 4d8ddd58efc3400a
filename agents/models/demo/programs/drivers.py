import matplotlib.pyplot as plt
import pandas as pd

sales = pd.read_csv("sales.csv", parse_dates=["week"]).dropna()
sales["month"] = sales["week"].dt.month_name()

# How much of the differences in revenue is left once each row is compared with the mean of its group?
explained = {}
for name in ["product", "region", "month"]:
    means = sales.groupby(name)["revenue"].transform("mean")
    explained[name] = 1 - (sales["revenue"] - means).var() / sales["revenue"].var()
explained = pd.Series(explained).sort_values()
print(explained.round(3).to_string())

plt.style.use("seaborn-v0_8-whitegrid")
ax = (100 * explained).plot.barh(color="#2b6cb0", figsize=(8, 3), title="What goes with the revenue of a row")
ax.bar_label(ax.containers[0], fmt="{:.0f}%", padding=4)
ax.set_xlabel("percent of the differences explained")
ax.margins(x=0.1)
ax.grid(visible=False)
plt.savefig("sales_drivers.png", dpi=150, bbox_inches="tight")

first, second, last = explained.index[::-1]
print()
print(f"- The {first} explains {explained[first]:.0%} of the differences in revenue between the rows.")
print(f"- The {second} explains {explained[second]:.0%}, the {last} {explained[last]:.0%}.")
print("- This shows what goes together with the revenue, not what causes it.")
