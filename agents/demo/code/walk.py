rng = np.random.default_rng(7)
walks = rng.choice([-1, 1], size=(WALKS, STEPS)).cumsum(axis=1)
fig, ax = plt.subplots(layout="constrained")
ax.plot(walks.T, linewidth=0.8, alpha=0.7)
n = np.arange(1, STEPS + 1)
ax.plot(n, np.sqrt(n), "k--", linewidth=1.5, label="square root of the steps")
ax.plot(n, -np.sqrt(n), "k--", linewidth=1.5)
ax.set(title=f"{len(walks)} random walks", xlabel="steps", ylabel="distance from the start")
ax.legend(frameon=False, loc="upper left")
fig.savefig("random_walks.png")
inside = np.mean(np.abs(walks[:, -1]) <= np.sqrt(STEPS))
facts.append({
    "chart": "in_words",
    "headline": f"After {walks.shape[1]:,} steps the walkers are {np.abs(walks[:, -1]).mean():.1f} away "
                "from the start on average.",
    "points": [f"{inside:.0%} of them end within the square root of the number of steps; theory says about 68%.",
               f"The farthest any of them ever got is {np.abs(walks).max():,}."],
})
