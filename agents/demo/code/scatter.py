points = df[[X, Y]].dropna()
slope, start = np.polyfit(points[X], points[Y], 1)
r = points[X].corr(points[Y])
fig, ax = plt.subplots(layout="constrained")
shown = points.sample(min(len(points), 5000), random_state=1)
ax.scatter(shown[X], shown[Y], s=18, alpha=ALPHA, color=COLOR, linewidths=0)  #? ONE
sizes = points.groupby([X, Y]).size().reset_index(name="rows")  #? BUBBLES
area = 900 * sizes["rows"] / sizes["rows"].max()  #? BUBBLES
ax.scatter(sizes[X], sizes[Y], s=area, alpha=0.6, color=COLOR, linewidths=0, label="area: number of rows")  #? BUBBLES
ax.margins(0.12)  #? BUBBLES
for name, group in df.loc[shown.index].groupby(SPLIT):  #? SPLIT
    ax.scatter(group[X], group[Y], s=22, alpha=0.7, linewidths=0, label=str(name)[:30])  #? SPLIT
along = np.linspace(points[X].min(), points[X].max(), 100)
ax.plot(along, start + slope * along, color="#2d3748", linewidth=1.5, label=f"straight-line fit, r = {r:.2f}")
ax.xaxis.set_major_formatter("{x:,.10g}")
ax.set_yscale("log", subs=[2, 5])  #? LOG
ax.yaxis.set_major_formatter("{x:,.10g}")
ax.yaxis.set_minor_formatter("{x:,.10g}")  #? LOG
ax.set(title=TITLE, xlabel=XLABEL, ylabel=YLABEL)
fig.legend(loc="outside lower right", ncols=4, frameon=False)
fig.savefig(PNG)
facts.append({"chart": "scatter", "x": X, "y": Y,
              "rows": len(points), "r": float(r), "slope": float(slope)})
