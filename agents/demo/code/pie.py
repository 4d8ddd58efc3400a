totals = df[BY].value_counts()  #? COUNT
totals = df.groupby(BY)[VALUE].sum().sort_values(ascending=False)  #? SUM
shown, rest = totals.head(TOP), totals.iloc[TOP:]
if len(rest):  #? OTHERS
    shown = pd.concat([shown, pd.Series({f"{len(rest):,} others": rest.sum()})])  #? OTHERS
shown = shown.sort_index()  #? INORDER
fig, ax = plt.subplots(figsize=(7, 5.5), layout="constrained")
slices, _, shares = ax.pie(
    shown, labels=[str(name)[:30] for name in shown.index], autopct=lambda share: f"{share:.0f}%" if share >= 3 else "",
    pctdistance=0.78, startangle=90, counterclock=False, wedgeprops={"width": 0.45, "edgecolor": "white"},
)
plt.setp(shares, color="white", weight="bold")
if len(rest):  #? OTHERS
    slices[-1].set_facecolor("#718096")  #? OTHERS
ax.text(0, 0, f"{number(totals.sum())}\nin all", ha="center", va="center", weight="bold")
ax.set_title(TITLE)
fig.savefig(PNG)
totals.to_csv(CSV, float_format="%.12g")
facts.append({"chart": "totals", "value": VALUE, "by": BY, "groups": len(totals),
              "all": float(totals.sum()), "top": pairs(totals.head(3)), "bottom": pairs(totals.tail(1))})
