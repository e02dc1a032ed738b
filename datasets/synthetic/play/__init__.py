"""What happens: ways, gaits and gestures, acts at shelves, scripts, scenarios, and the truth of them."""
