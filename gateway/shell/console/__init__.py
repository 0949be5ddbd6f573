"""The console: server-rendered pages over the same reads as the HTTP interface.

No page needs a script: scripts only make them live. Nothing is loaded from anywhere else.
"""
