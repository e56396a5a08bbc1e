"""Why a network answers as it does: what it looks at, what it takes a face for, which pictures it learnt that from."""
