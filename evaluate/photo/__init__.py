"""What a network sees in photographs: faces found, asked about, drawn."""
