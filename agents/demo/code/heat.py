r = df[COLUMNS].corr()
names = [str(name)[:24] for name in r]
fig, ax = plt.subplots(figsize=(3.5 + 0.5 * len(r), 2.5 + 0.42 * len(r)), layout="constrained")
image = ax.imshow(r, cmap="RdBu_r", vmin=-1, vmax=1)
for (i, j), value in np.ndenumerate(r):
    ink = "white" if abs(value) > 0.6 else "black"
    ax.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=8, color=ink)
ax.set_xticks(range(len(r)), names, rotation=45, ha="right")
ax.set_yticks(range(len(r)), names)
ax.set_title(TITLE)
ax.grid(visible=False)
fig.colorbar(image, label="correlation", shrink=0.8)
fig.savefig(PNG)
pairwise = r.where(np.triu(np.ones(r.shape, dtype=bool), 1)).stack().sort_values(key=abs, ascending=False)
facts.append({"chart": "heat", "columns": len(r),
              "top": [[*names, float(value)] for names, value in pairwise.head(3).items()]})
