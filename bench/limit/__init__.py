"""What this machine can do with the same parts and nothing else: each part alone, and the stripped path of all of them."""
