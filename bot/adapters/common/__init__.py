"""What every platform's adapter needs in the same way; it may import values and pure rules, and no platform."""
