"""The pages under `/docs`: plain HTML made from the generated documents, without scripts or foreign hosts.

May import nothing of the runtime; `hub/docs_pages.py` serves what is rendered here.
"""
