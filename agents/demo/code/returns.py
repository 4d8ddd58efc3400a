ends = price.groupby(price.index.year).last()
change = ends / ends.shift(fill_value=price.iloc[0]) - 1
fig, ax = plt.subplots(layout="constrained")
bars = ax.bar(change.index.astype(str), 100 * change, color=["#2f855a" if up else "#c53030" for up in change > 0])
ax.bar_label(bars, [f"{value:+.0%}" for value in change], padding=3)
ax.axhline(0, color="#4a5568", linewidth=1)
ax.set(title="Change of the share price in each year", ylabel="percent")
ax.grid(axis="x", visible=False)
ax.margins(y=0.12)
fig.savefig("google_by_year.png")
ends.to_csv("google_by_year.csv", float_format="%.12g")
facts.append({
    "chart": "in_words",
    "headline": f"The best year was {change.idxmax()} ({change.max():+.0%}), the worst {change.idxmin()} "
                f"({change.min():+.0%}); the first and the last year are not whole.",
})
