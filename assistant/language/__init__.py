"""What we know of English before any model: sentences, sizes, negation, abbreviations."""
