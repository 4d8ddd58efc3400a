prices = df.set_index("Date")[NAMES].dropna()
worth = 100 * prices / prices.iloc[0]
times = (worth.iloc[-1] / 100).sort_values(ascending=False)
fig, ax = plt.subplots(layout="constrained")
for name in worth:  #? LINES
    ax.plot(worth[name], linewidth=1.6, label=name)  #? LINES
ax.set_yscale("log", subs=[2, 5])  #? LOG
ax.yaxis.set_major_formatter("{x:,.10g}")
ax.yaxis.set_minor_formatter("{x:,.10g}")  #? LOG
ax.set(title=f"Share prices, {worth.index[0]:%B %Y} = 100", ylabel="index")  #? LINES
fig.legend(loc="outside right upper", frameon=False)  #? LINES
bars = ax.bar(times.index, times, color=COLOR)  #? BARS
ax.bar_label(bars, [f"{value:,.1f} times" for value in times], padding=3)  #? BARS
ax.set(title=f"Share price in {worth.index[-1]:%B %Y}, times that of {worth.index[0]:%B %Y}", ylabel="times")  #? BARS
ax.grid(axis="x", visible=False)  #? BARS
fig.savefig("share_prices.png")
worth.to_csv("share_prices.csv", float_format="%.12g")
facts.append({
    "chart": "in_words",
    "headline": f"{times.index[0]} did best: from {worth.index[0]:%B %Y} to {worth.index[-1]:%B %Y} "
                f"its price became {times.iloc[0]:,.1f} times what it was.",
    "points": [f"{name}: {value:,.1f} times." for name, value in times.iloc[1:].items()],
})
