x, y = np.linspace(-2.1, 0.7, 900), np.linspace(-1.2, 1.2, 770)
c = x + 1j * y[:, None]
z, steps = np.zeros_like(c), np.zeros(c.shape, dtype=int)
for _ in range(ROUNDS):
    inside = np.abs(z) <= 2
    z[inside] = z[inside] ** 2 + c[inside]
    steps += inside
fig, ax = plt.subplots(figsize=(9, 7.2), layout="constrained")
shade = np.where(steps == ROUNDS, 0, np.log1p(steps))
ax.imshow(shade, extent=(x[0], x[-1], y[0], y[-1]), cmap="magma", origin="lower")
ax.set(title="The Mandelbrot set", xlabel="real part", ylabel="imaginary part")
ax.grid(visible=False)
fig.savefig("mandelbrot.png")
area = (steps == ROUNDS).mean() * (x[-1] - x[0]) * (y[-1] - y[0])
facts.append({
    "chart": "in_words",
    "headline": f"The Mandelbrot set on {c.size:,} points: {(steps == ROUNDS).sum():,} of them never escape.",
    "points": [f"That makes an area of about {area:.3f}; the best known estimate is 1.507."],
})
