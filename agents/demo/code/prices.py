price = df.set_index("date")["adj_close"]
peak, fall = price.idxmax(), price / price.cummax() - 1
fig, (top, bottom) = plt.subplots(2, sharex=True, height_ratios=(3, 1), layout="constrained")
top.plot(price, color=COLOR, linewidth=1.2, label="closing price")
top.plot(price.rolling(50).mean(), color="#dd6b20", linewidth=1.5, label="mean of 50 days")
top.plot(price.rolling(200).mean(), color="#4a5568", linewidth=1.5, label="mean of 200 days")
top.plot(peak, price[peak], "o", color=COLOR)
top.annotate(f"{price[peak]:,.2f}", (peak, price[peak]), (0, 7), textcoords="offset points", ha="center")
top.set_yscale("log", subs=[2, 5])  #? LOG
top.yaxis.set_major_formatter("{x:,.0f}")
top.yaxis.set_minor_formatter("{x:,.10g}")  #? LOG
top.set(title="Google share price", ylabel="US dollars")
top.legend(frameon=False, loc="upper left")
bottom.fill_between(price.index, df["volume"].to_numpy() / 1e6, step="mid", color="#a0aec0")
bottom.set(ylabel="million shares")
fig.savefig("google_share_price.png")
facts.append({
    "chart": "in_words",
    "headline": f"Google went from {price.iloc[0]:,.2f} to {price.iloc[-1]:,.2f} dollars between "
                f"{price.index[0]:%-d %b %Y} and {price.index[-1]:%-d %b %Y}, "
                f"{price.iloc[-1] / price.iloc[0] - 1:+.0%}.",
    "points": [f"It peaked at {price[peak]:,.2f} dollars on {peak:%-d %b %Y}.",
               f"The deepest fall from a peak was {fall.min():.0%}, reached on {fall.idxmin():%-d %b %Y}.",
               f"On an average day {df['volume'].mean() / 1e6:,.1f} million shares changed hands."],
})
