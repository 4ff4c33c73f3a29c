"""The peer's routes."""

import os
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import bcrypt
import jwt
from fastapi import Depends, FastAPI, HTTPException
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bench.peer.database import session
from bench.peer.schemas import Credentials, Figures, StatusIn, TaskIn, TaskOut, TaskPage, Token
from bench.peer.tables import Task, User

SECRET = os.environ["SECRET_KEY"]
LIFETIME = timedelta(minutes=30)

app = FastAPI()
Database = Annotated[AsyncSession, Depends(session)]
Bearer = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]


async def current_user(database: Database, bearer: Bearer) -> User:
    """Whom the token stands for."""
    try:
        claims = jwt.decode(bearer.credentials, SECRET, algorithms=["HS256"])
    except jwt.PyJWTError as error:
        raise HTTPException(401, "The token is not valid") from error
    user = await database.get(User, int(claims["sub"]))
    if user is None:
        raise HTTPException(401, "The token is not valid")
    return user


Caller = Annotated[User, Depends(current_user)]


async def own_task(task_id: int, database: Database, user: Caller) -> Task:
    """A task of the caller's; an admin has all."""
    wanted = select(Task).where(Task.id == task_id)
    if user.role != "admin":
        wanted = wanted.where(Task.user_id == user.id)
    task = await database.scalar(wanted)
    if task is None:
        raise HTTPException(404, "There is no such task")
    return task


Own = Annotated[Task, Depends(own_task)]


@app.post("/auth/login")
async def login(given: Credentials, database: Database) -> Token:
    """Give a token."""
    user = await database.scalar(select(User).where(User.username == given.username))
    if user is None or not await run_in_threadpool(
        bcrypt.checkpw, given.password.encode(), user.password_hash.encode()
    ):
        raise HTTPException(401, "The name or the password is wrong")
    claims = {"sub": str(user.id), "exp": datetime.now(UTC) + LIFETIME}
    return Token(access_token=jwt.encode(claims, SECRET, algorithm="HS256"))


@app.get("/tasks/{task_id}", response_model=TaskOut)
async def get_task(task: Own) -> Task:
    """One task."""
    return task


@app.get("/tasks", response_model=TaskPage)
async def list_tasks(  # noqa: PLR0917  (FastAPI takes parameters of a query as arguments)
    database: Database,
    user: Caller,
    status: str | None = None,
    q: str | None = None,
    page: int = 1,
    per_page: int = 20,
) -> dict[str, object]:
    """A page of the caller's tasks, newest first."""
    wanted = select(Task)
    if user.role != "admin":
        wanted = wanted.where(Task.user_id == user.id)
    if status:
        wanted = wanted.where(Task.status == status)
    if q:
        wanted = wanted.where(or_(Task.title.icontains(q), Task.description.icontains(q)))
    total = await database.scalar(wanted.with_only_columns(func.count()))
    newest = wanted.order_by(Task.created_at.desc(), Task.id.desc())
    tasks = await database.scalars(newest.limit(per_page).offset((page - 1) * per_page))
    return {"items": tasks.all(), "total": total, "page": page, "per_page": per_page}


@app.post("/tasks", status_code=201, response_model=TaskOut)
async def create_task(given: TaskIn, database: Database, user: Caller) -> Task:
    """Make a task."""
    task = Task(**given.model_dump(), user_id=user.id)
    database.add(task)
    await database.commit()
    await database.refresh(task)
    return task


@app.put("/tasks/{task_id}/status", response_model=TaskOut)
async def set_status(given: StatusIn, task: Own, database: Database) -> Task:
    """Change the status."""
    if given.status != task.status:
        task.status = given.status
        done = given.status == "done"
        task.completed_at = datetime.now(UTC).replace(tzinfo=None) if done else None
    await database.commit()
    return task


@app.get("/analytics")
async def analytics(start_date: date, end_date: date, database: Database, user: Caller) -> Figures:
    """Tasks created in a period, by status and owner."""
    shown = [Task.created_at >= start_date, Task.created_at < end_date + timedelta(days=1)]
    if user.role != "admin":
        shown.append(Task.user_id == user.id)
    by_status = select(Task.status, func.count()).where(*shown).group_by(Task.status)
    by_user = select(User.username, func.count()).join(Task).where(*shown).group_by(User.username)
    return Figures(
        by_status=dict((await database.execute(by_status)).tuples().all()),
        by_user=dict((await database.execute(by_user)).tuples().all()),
    )
