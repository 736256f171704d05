"""Acts that start at the same moment on connections of their own, for tests of contested moves (PostgreSQL)."""

from threading import Barrier, Thread

from django.db import connection

from linkage.errors import Refusal


def together(*acts) -> list[str]:
    """Run the acts in threads; gives "done" or the code of the refusal of each, sorted. Anything else is raised here."""
    gate, outcomes, errors = Barrier(len(acts)), [], []

    def run(act):
        try:
            gate.wait(10)
            act()
            outcomes.append("done")
        except Refusal as refusal:
            outcomes.append(refusal.code)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    if errors:
        raise errors[0]
    return sorted(outcomes)
