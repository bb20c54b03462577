"""From an empty machine to a tree that can run. Standard library only: it is what installs everything else.

`python3 -m tools.setup run|test`. Each part is skipped when the content it depends on did not change.
"""
