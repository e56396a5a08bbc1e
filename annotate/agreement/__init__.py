"""How far the raters agree, and where they split."""
