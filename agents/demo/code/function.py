x = np.linspace(START, STOP, 1000)
with np.errstate(all="ignore"):
    curves = CURVES
fig, ax = plt.subplots(layout="constrained")
for name, y in curves.items():
    ax.plot(x, y, linewidth=2, label=name)
low, high = np.nanpercentile(np.where(np.isfinite([*curves.values()]), [*curves.values()], np.nan), [3, 97])
if max(np.nanmax(np.abs(y)) for y in curves.values()) > 10 * max(abs(low), abs(high), 1e-9):
    ax.set_ylim(low - (high - low) / 4, high + (high - low) / 4)  # poles would squash the rest
ax.axhline(0, color="#4a5568", linewidth=0.8)
ax.set(title=TITLE, xlabel="x")
fig.legend(loc="outside right upper", frameon=False)
fig.savefig(PNG)
said = []
for name, y in curves.items():
    zeros = x[:-1][(np.sign(y[:-1]) * np.sign(y[1:]) < 0) & (np.abs(np.diff(y)) < 1)]
    where = ", ".join(f"{zero:.2f}" for zero in zeros[:6]) + (" and further on" if len(zeros) > 6 else "")
    crossings = f"changes sign near {where}" if len(zeros) else "never changes sign"
    said.append(f"{name} lies between {np.nanmin(y):,.4g} and {np.nanmax(y):,.4g} here and {crossings}.")
facts.append({"chart": "in_words", "headline": said[0], "points": said[1:]})
