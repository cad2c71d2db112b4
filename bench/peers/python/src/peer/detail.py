from peer.http import answer, authorize, session_id
from peer.observed import Problem, observed
from peer.session import by_the_clock, detail, id_of, now_ms
from peer.table import undelivered, whole


@observed
def handler(event):
    project = authorize(event, "transfers:read")
    wanted, uuid = session_id(event)
    found = whole(project, uuid)
    if not found or id_of(found[0]) != wanted:
        raise Problem(404, "not-found", "There is no such session.")
    session, request = found
    now = now_ms()
    waiting = undelivered(session) if session["sent"] else []
    return answer(200, detail(by_the_clock(session, now), request, waiting, now), event)
