rng = np.random.default_rng(3)
x, y = rng.uniform(-1, 1, size=(2, POINTS))
inside = x**2 + y**2 <= 1
so_far = 4 * inside.cumsum() / np.arange(1, len(x) + 1)
fig, (left, right) = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
left.scatter(x[:5000], y[:5000], s=3, c=np.where(inside[:5000], COLOR, "#cbd5e0"), linewidths=0)
left.set(title="Points that hit the circle", aspect="equal")
right.plot(so_far, color=COLOR)
right.axhline(np.pi, color="#dd6b20", linestyle="--", label="pi")
right.set(title="Estimate after so many points", xscale="log", ylim=(2.8, 3.5))
right.xaxis.set_major_formatter("{x:,.0f}")
right.legend(frameon=False)
fig.savefig("pi.png")
facts.append({
    "chart": "in_words",
    "headline": f"With {len(x):,} random points pi comes out as {so_far[-1]:.5f}, "
                f"off by {abs(so_far[-1] - np.pi):.5f}.",
    "points": [f"{inside.sum():,} of the points fell inside the circle."],
})
