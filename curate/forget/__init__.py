"""Takes pictures out of a workspace for good: by name, source or person, and everything like them.

`choose` turns what was asked for into the pictures it means, each with the reason why; `alike` finds their copies;
`sheet` draws them; `gone` says what goes out of a table's rows and of a text; `erase` does it, so that a kill leaves
nothing half; `exported` says which exports still hold them; `tombstones` is all that is remembered.
"""
