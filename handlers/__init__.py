"""Doors: tables that say which command reaches which service method, over which transport.

May import services and models. Holds no rule about the business and no query.
"""
