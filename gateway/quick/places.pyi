version: int
