"""From a folder of scraped photographs to clean, deduplicated, normalised faces."""
