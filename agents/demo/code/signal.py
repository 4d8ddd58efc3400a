rng = np.random.default_rng(1)
rate, seconds = 500, 4
t = np.arange(0, seconds, 1 / rate)
clean = np.sin(2 * np.pi * 7 * t) + 0.6 * np.sin(2 * np.pi * 23 * t)
noisy = clean + rng.normal(scale=1.0, size=t.size)
spectrum = 2 * np.abs(np.fft.rfft(noisy)) / t.size
hertz = np.fft.rfftfreq(t.size, 1 / rate)
peaks = hertz[np.argsort(spectrum)[-2:]]
fig, (top, bottom) = plt.subplots(2, figsize=(9, 6), layout="constrained")
top.plot(t[:500], noisy[:500], color="#a0aec0", linewidth=0.9, label="measured")
top.plot(t[:500], clean[:500], color=COLOR, linewidth=1.8, label="without noise")
top.set(title="A noisy signal", xlabel="seconds")
top.legend(frameon=False, loc="upper right")
bottom.plot(hertz, spectrum, color=COLOR)
bottom.set(title="Its spectrum", xlabel="hertz", ylabel="amplitude", xlim=(0, 60))
for peak in peaks:
    bottom.annotate(f"{peak:.2f} Hz", (peak, spectrum[hertz == peak][0]), (5, -2), textcoords="offset points")
fig.savefig("signal.png")
facts.append({
    "chart": "in_words",
    "headline": f"The spectrum finds the two tones in the noise: {min(peaks):.2f} and {max(peaks):.2f} hertz.",
    "points": ["They were put in at 7 and 23 hertz, under noise as strong as the stronger tone.",
               f"{t.size:,} samples over {seconds} seconds tell frequencies apart to {1 / seconds} hertz."],
})
