"""What metrics, the canonical log line and scrapers cost: alone in microseconds, and together at saturation, on against off."""
