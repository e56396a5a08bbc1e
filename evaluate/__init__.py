"""How well a network recognises expressions, with intervals, what it confuses and why."""
