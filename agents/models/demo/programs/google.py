import matplotlib.pyplot as plt
import pandas as pd
from matplotlib import cbook

prices = pd.DataFrame(cbook.get_sample_data("goog.npz")["price_data"])
price = prices.set_index("date")["close"]
print(price.describe().round(2).to_string())

plt.style.use("seaborn-v0_8-whitegrid")
ax = price.plot(figsize=(9, 4.5), color="#2b6cb0", label="closing price", title="Google share price")
price.rolling(200).mean().plot(ax=ax, color="#dd6b20", label="mean of the last 200 days")
ax.set(xlabel="", ylabel="US dollars")
ax.legend()
plt.savefig("google_share_price.png", dpi=150, bbox_inches="tight")

first, last = price.index[[0, -1]]
fall = price / price.cummax() - 1
print()
print(f"- Google went from {price[first]:.2f} dollars ({first:%d %b %Y}) to {price[last]:.2f} ({last:%d %b %Y}).")
print(f"- It was highest at {price.max():.2f} dollars on {price.idxmax():%d %b %Y}.")
print(f"- The deepest fall from a high was {fall.min():.0%}, reached on {fall.idxmin():%d %b %Y}.")
