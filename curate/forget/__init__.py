"""Takes pictures out of a workspace for good: by name, source or person, and everything like them.

choose.py      what was asked for -> the pictures it means, each with the reason why
alike.py       copies of a picture and of its faces, verified by pixels
sheet.py       a contact sheet of what is about to go
gone.py        what is taken out of a table's rows and of a line of text
erase.py       does it, so that a kill leaves nothing half: journal first
exported.py    which exports still hold it
tombstones.py  what is remembered: a keyed digest, so that it is not taken in again
"""
