"""The step `export`: kept faces in the formats that others read, with a data-set card and Croissant metadata."""
