"""The engine that runs inside the process: everything a library holds in one SQLite file."""
