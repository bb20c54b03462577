"""One film of a recorded visit, made afterwards by a process of its own: decode, arrange, mix, encode, seal."""
