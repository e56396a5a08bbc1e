"""How far raters agree, and what they agree on: statistics over answers, without tables and files."""
