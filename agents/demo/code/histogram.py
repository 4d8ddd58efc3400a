values = df[VALUE].dropna()
low, middle, high = values.quantile([0.25, 0.5, 0.75])
far = values[(values < low - 1.5 * (high - low)) | (values > high + 1.5 * (high - low))]
fig, ax = plt.subplots(layout="constrained")
ax.hist(values, bins=BINS, color=COLOR, edgecolor="white")
ax.axvline(middle, color="#2d3748", linestyle="--", linewidth=1.2, label=f"median {number(middle)}")
ax.xaxis.set_major_formatter("{x:,.10g}")
ax.set_yscale("log", subs=[2, 5])  #? LOG
ax.yaxis.set_major_formatter("{x:,.10g}")
ax.yaxis.set_minor_formatter("{x:,.10g}")  #? LOG
ax.set(title=TITLE, xlabel=LABEL, ylabel="rows")
ax.legend(frameon=False)
fig.savefig(PNG)
facts.append({"chart": "histogram", "value": VALUE, "rows": len(values), "mean": float(values.mean()),
              "sum": float(values.sum()), "quarters": [float(low), float(middle), float(high)],
              "low": float(values.min()), "high": float(values.max()), "far": len(far)})
