"""Tests of the shell: processes, sockets, files."""
