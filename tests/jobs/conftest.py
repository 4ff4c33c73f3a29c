from tests.jobs.runners import start_runner

__all__ = ["start_runner"]
