series = df.groupby(pd.Grouper(key=DATE, freq=FREQ))[VALUE].agg(HOW).dropna()
labels = series.index.to_period(PERIOD).astype(str)
fig, ax = plt.subplots(layout="constrained")
bars = ax.bar(range(len(series)), series, color=COLOR)
ax.bar_label(bars, [number(value) for value in series], padding=3)  #? LABELS
step = len(series) // TICKS + 1
ax.set_xticks(range(len(series))[::step], labels[::step])
ax.set_yscale("log", subs=[2, 5])  #? LOG
ax.yaxis.set_major_formatter("{x:,.10g}")
ax.yaxis.set_minor_formatter("{x:,.10g}")  #? LOG
ax.locator_params(axis="y", integer=True)  #? WHOLE
ax.set(title=TITLE, ylabel=LABEL)
ax.grid(axis="x", visible=False)
fig.savefig(PNG)
series.to_csv(CSV, float_format="%.12g")
facts.append({"chart": "over_time", "value": VALUE, "date": DATE, "how": HOW, "every": EVERY,
              "points": len(series), "start": pairs(series.head(2)), "end": pairs(series.tail(2)),
              "top": pairs(series.nlargest(3)), "bottom": pairs(series.nsmallest(3))})
