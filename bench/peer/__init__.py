"""What Taskapp is compared with: a task API as its peers are written.

FastAPI, SQLAlchemy's async ORM on asyncpg, Pydantic, JWT, uvicorn with two workers. It is written
in good faith: indexes for its queries, a pool of 20 connections, passwords checked beside the event
loop, no access log. It has no revocation, limits, events, request ids or log of operations, which
Taskapp does have while it is measured.
"""
