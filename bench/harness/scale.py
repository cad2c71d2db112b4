"""Whether anything costs more because there is more of it: sessions of a project, messages of a session."""

import copy
import random
import secrets
import statistics
import time
from dataclasses import dataclass

import operations
from functions import Sessions, check
from meter import Meter, Units
from world import PROJECT, World

ROUNDS = 300


@dataclass
class AtSize:
    wall: float
    wall_p95: float
    cpu: float
    units: Units


def uuid7(milliseconds: int) -> str:
    tail = secrets.token_hex(10)
    head = f"{milliseconds:012x}"
    return f"{head[:8]}-{head[8:]}-7{tail[:3]}-{random.choice('89ab')}{tail[3:6]}-{tail[6:18]}"


def seed(world: World, likeness: list[dict], table: str, count: int, say) -> list[str]:
    """Fills a table with copies of a session, a second apart; gives some of their ids."""
    world.new_table(table)
    old = likeness[0]["pk"]["S"].split("#")[2]
    began, now, ids, rows = time.monotonic(), int(time.time() * 1000), [], []
    for number in range(count):
        transfer = uuid7(now - number * 1000)
        for row in likeness:
            # Nothing in a row but its key names the session.
            rows.append({**row, "pk": {"S": row["pk"]["S"].replace(old, transfer)}})
        if number % max(1, count // 200) == 0:
            conversation, channel = likeness[0]["conversation"]["S"], likeness[0]["channel"]["S"]
            ids.append(f"agent_transfer:{transfer}:{conversation}:{channel}")
        if len(rows) >= 1_000 or number == count - 1:
            world.dynamodb.put_all(table, rows)
            rows = []
    say(f"{count} sessions in {time.monotonic() - began:.0f} s")
    return ids


def sessions(world: World, made: Sessions, asked: list[str], sizes: list[int], say) -> dict[tuple[str, int], AtSize]:
    """List and detail, of all sizes in turn."""
    transfer = made.read[0].split(":")[1]
    rows = [row for row in world.dynamodb.scan(world.table("rust")) if row["pk"]["S"] == f"{PROJECT}#session#{transfer}"]
    likeness = sorted((row for row in rows if row["sk"]["S"].startswith("record")), key=lambda row: row["sk"]["S"])
    ids = {size: seed(world, likeness, f"scale-{size}", size, say) for size in sizes}
    ask = {"list": lambda size: operations.listing("status=pending&limit=25"), "detail": lambda size: operations.detail(random.choice(ids[size]))}
    results = {}
    for operation, event in ((name, ask[name]) for name in asked if name in ask):
        meters = {size: Meter(world.dynamodb.endpoint) for size in sizes}
        for size, meter in meters.items():
            with world.function("rust", operation, table=f"scale-{size}", dynamodb=meter.endpoint) as function:
                for _ in range(2):
                    meter.taken()
                    check(operation, function.invoke(event(size)).answer)
        running = {size: world.function("rust", operation, table=f"scale-{size}") for size in sizes}
        done = {size: [] for size in sizes}
        for turn in range(ROUNDS):
            # In another order each time: who comes right after whom shows.
            for size in random.sample(sizes, len(sizes)):
                invocation = running[size].invoke(event(size))
                check(operation, invocation.answer)
                if turn >= 20:
                    done[size].append(invocation)
        for size in sizes:
            running[size].close()
            walls = sorted(it.wall for it in done[size])
            cpu = statistics.median(it.cpu for it in done[size])
            results[operation, size] = AtSize(statistics.median(walls), walls[int(len(walls) * 0.95)], cpu, copy.copy(meters[size].units))
            say(f"{operation} at {size}: {results[operation, size]}")
    return results


def messages(world: World, made: Sessions, total: int, say) -> list[tuple[int, AtSize]]:
    """What a message costs after so many others of its session: the middle of the hundred before it."""
    session = made.read[-1]
    meter = Meter(world.dynamodb.endpoint)
    points, results, recent = sorted({1, 100, 1_000, total // 2, total}), [], []
    with world.function("rust", "message") as function, world.function("rust", "message", dynamodb=meter.endpoint) as metered:
        check("message", metered.invoke(operations.message(session)).answer)
        for number in range(2, total + 2):
            if number - 1 in points:
                meter.taken()
                check("message", metered.invoke(operations.message(session)).answer)
                walls = [it.wall for it in recent] or [0]
                cpu = statistics.median([it.cpu for it in recent] or [0])
                results.append((number, AtSize(statistics.median(walls), max(walls), cpu, meter.taken())))
                say(f"message {number}: {results[-1][1]}")
                continue
            invocation = function.invoke(operations.message(session))
            check("message", invocation.answer)
            recent = [*recent[-99:], invocation]
    return results
