plt.rc("figure", figsize=SIZE)
plt.rc("savefig", dpi=150)
plt.rc("axes", grid=True, axisbelow=True, titlelocation="left", titleweight="bold", titlepad=12)
plt.rc("axes", prop_cycle=plt.cycler(color=COLORS))  #? MANY
plt.rc("axes.spines", top=False, right=False)
plt.rc("grid", alpha=0.3)
plt.rc("date", converter="concise")  #? TIMES
plt.rc("text", parse_math=False)  # a $ in a name is only a $
