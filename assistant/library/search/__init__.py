"""The searchers, by vector and by word: caches that follow what the engine has committed."""
