"""What things mean: one file or folder per noun, every method `(unit, command) -> reply`.

May import models. Knows no socket, no request and no status code; what it needs from outside is named in `ports.py`.
"""
