"""The media process: forwards RTP between the parties of a call and records it, without ever decoding a frame.

May import `models` only; the hub speaks to it over the internal API of `models/media.py`.
"""
