"""Archives of strangers: what reading one raises."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib

BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    UnicodeDecodeError,
    EOFError,
    OSError,
    NotImplementedError,
)
"""What `zipfile` raises on damaged members, names that are no text (UnicodeDecodeError), and ways of packing that it
does not know (NotImplementedError)."""
