"""The console: server-rendered pages over the same reads as the HTTP interface.

No page needs a script: scripts only make them live. Nothing is loaded from anywhere else.
"""

ROUTES = (
    ("GET", "/console", "get_submissions"),
    ("GET", "/console/submissions/{id}", "get_submission"),
    ("GET", "/console/file", "get_file"),
    ("POST", "/console/file", "post_file"),
    ("GET", "/console/health", "get_health"),
    ("POST", "/console/orders", "post_order"),
    ("GET", "/console/login", "get_login"),
    ("POST", "/console/login", "post_login"),
    ("GET", "/console/static/{name}", "get_static"),
    ("GET", "/docs", "get_docs"),
)
"""Method, path, and what answers it in `handlers.py`, which is loaded when somebody looks."""
