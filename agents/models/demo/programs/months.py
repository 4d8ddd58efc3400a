import matplotlib.pyplot as plt
import pandas as pd

sales = pd.read_csv("sales.csv", parse_dates=["week"])
month = sales["week"].dt.to_period("M")  # a week counts in the month in which it begins
months = sales.groupby(month).agg(weeks=("week", "nunique"), revenue=("revenue", "sum"))
print(months.round(2).to_string())

plt.style.use("seaborn-v0_8-whitegrid")
revenue, weeks = months["revenue"], months["weeks"]
ax = revenue.plot(color="#2b6cb0", marker="o", figsize=(9, 4), title="Revenue per month", xlabel="")
ax.yaxis.set_major_formatter("{x:,.0f}")
ax.set_ylim(bottom=0)
plt.savefig("revenue_per_month.png", dpi=150, bbox_inches="tight")

best, worst = revenue.idxmax(), revenue.idxmin()
print()
print(
    f"- The best month was {best.strftime('%B %Y')} with a revenue of {revenue[best]:,.0f} in {weeks[best]} weeks."
)
print(f"- The weakest was {worst.strftime('%B %Y')} with {revenue[worst]:,.0f} in {weeks[worst]} weeks.")
print(f"- On average a month brought {revenue.mean():,.0f}.")
