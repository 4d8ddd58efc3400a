limit = LIMIT
sieve = np.ones(limit + 1, dtype=bool)
sieve[:2] = False
for n in range(2, int(limit**0.5) + 1):
    if sieve[n]:
        sieve[n * n :: n] = False
primes = np.flatnonzero(sieve)
primes = primes[:FIRST]  #? FIRST
x = np.arange(2, primes[-1] + 1)
fig, ax = plt.subplots(layout="constrained")
ax.step(primes, np.arange(1, len(primes) + 1), where="post", color=COLOR, linewidth=1.8, label="primes up to x")
ax.plot(x, x / np.log(x), "--", color="#dd6b20", label="x / ln x")
ax.set(title="How many primes there are", xlabel="x")
ax.xaxis.set_major_formatter("{x:,.0f}")
ax.legend(frameon=False)
fig.savefig("primes.png")
np.savetxt("primes.txt", primes, fmt="%d")
gaps = np.diff(primes)
facts.append({
    "chart": "in_words",
    "headline": f"There are {len(primes):,} primes up to {primes[-1]:,}, the largest of them.",
    "points": [f"They begin {', '.join(map(str, primes[:10]))}; all of them are in primes.txt.",
               f"The widest gap is {gaps.max()}, after {primes[gaps.argmax()]:,}."],
})
