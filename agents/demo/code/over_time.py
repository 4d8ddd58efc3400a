series = df.groupby(pd.Grouper(key=DATE, freq=FREQ))[VALUE].agg(HOW).dropna()  #? FREQ
series = df.groupby(DATE)[VALUE].agg(HOW).dropna()  #? RAW
peak = series.idxmax()
fig, ax = plt.subplots(layout="constrained")
ax.plot(series, color=COLOR, linewidth=1.8)
ax.fill_between(series.index, series, color=COLOR, alpha=0.12)  #? ZERO
ax.plot(peak, series[peak], "o", color=COLOR)
ax.annotate(number(series[peak]), (peak, series[peak]), (0, 7), textcoords="offset points", ha="center")
ax.set_yscale("log", subs=[2, 5])  #? LOG
ax.yaxis.set_major_formatter("{x:,.10g}")
ax.yaxis.set_minor_formatter("{x:,.10g}")  #? LOG
ax.set_ylim(bottom=0, top=1.1 * series.max())  #? ZERO
ax.locator_params(axis="y", integer=True)  #? WHOLE
ax.set(title=TITLE, ylabel=LABEL)
fig.savefig(PNG)
series.to_csv(CSV, float_format="%.12g")
facts.append({"chart": "over_time", "value": VALUE, "date": DATE, "how": HOW, "every": EVERY,
              "points": len(series), "start": pairs(series.head(2)), "end": pairs(series.tail(2)),
              "top": pairs(series.nlargest(3)), "bottom": pairs(series.nsmallest(3))})
