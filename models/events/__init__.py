"""The catalogue: every command, signal and fact that crosses the wire, one file per noun.

Commands and signals are imperative, facts are past tense. Never imports documents.
"""
