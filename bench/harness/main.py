"""Measures everything and writes docs/performance.md: bench/run --help."""

import argparse
import os
import pathlib
import shutil
import sys
import time

import functions
import laptop
import life
import relay
import scale
from report import Report, now
from world import BINARIES, IMPLEMENTATIONS, ROOT, World

PARTS = ["functions", "units", "instructions", "memory", "scale", "relay", "laptop", "cost"]
COUNTED_OF_PEERS = ["detail"]
# Where cargo builds.
BUILT = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="50,000 mixed invocations, and lists of a million sessions")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything: whether it runs, not how fast")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--operations", nargs="+", choices=functions.OPERATIONS, default=functions.OPERATIONS, metavar="OPERATION",
                        help=f"of {', '.join(functions.OPERATIONS)}; only their binaries are needed")
    parser.add_argument("--binaries", type=pathlib.Path, default=BUILT / "lambda", help="folder of <function>/bootstrap (target/lambda)")
    parser.add_argument("--stack", type=pathlib.Path, default=BUILT / "debug/agent-transfer", help="the local stack's program")
    parser.add_argument("--profile", default="release, as deployed", help="how the binaries were built, for the report")
    parser.add_argument("--dry", action="store_true", help="print, and leave docs/performance.md alone")
    return parser.parse_args()


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main():
    asked = arguments()
    needed = {BINARIES[operation.removesuffix('_all')] for operation in asked.operations}
    missing = [name for name in sorted(needed) if not (asked.binaries / name / "bootstrap").exists()]
    if missing:
        sys.exit(f"{', '.join(missing)}: not in {asked.binaries}. tests/release-binaries makes them (a quarter of an hour).")
    part = 10 if asked.quick else 1
    shown = " ".join(word for word in sys.argv[1:] if word.lstrip("-") in {"long", "quick", "only", "operations", *PARTS, *functions.OPERATIONS})
    report, began, load = Report(asked.profile, "unoptimised, as `cargo run` starts it", shown), now(), os.getloadavg()
    world = World(asked.stack, asked.binaries)
    try:
        say(f"the stack runs: {world.stack.api}")
        sessions = {name: functions.Sessions(world, name) for name in IMPLEMENTATIONS}
        if "functions" in asked.only:
            report.functions(functions.compare(world, sessions, asked.operations, 10 // part or 2, 300 // part, say))
            report.archives(functions.archives(world, asked.operations))
        if "units" in asked.only:
            report.units(functions.units(world, sessions, asked.operations))
        if "instructions" in asked.only:
            report.instructions(counted(world, sessions, asked.operations) if shutil.which("valgrind") else {})
        if "memory" in asked.only:
            report.memory(curves(world, sessions, asked.operations, (50_000 if asked.long else 5_000) // part))
        if "scale" in asked.only:
            sizes = [size // part for size in (1_000, 10_000, 100_000, *([1_000_000] if asked.long else []))]
            by_size = scale.sessions(world, sessions["rust"], asked.operations, sizes, say)
            many = scale.messages(world, sessions["rust"], 10_000 // part, say) if "message" in asked.operations else []
            report.scale(by_size, many)
        if "relay" in asked.only:
            report.relay(*relay.measure(world, 100 // part), relay.traced(world, asked.stack, 20 // part))
        if "laptop" in asked.only:
            report.laptop(laptop.measure(asked.stack, part, say))
        if "cost" in asked.only:
            report.cost(life.lives(world, asked.stack, say))
    finally:
        world.close()
    report.machine(began, load)
    if asked.dry:
        print("\n".join(report.parts))
    else:
        report.write()
        say("docs/performance.md is written")


def counted(world: World, sessions: dict, operations: list[str]) -> dict:
    found = {}
    for operation in operations:
        for name in IMPLEMENTATIONS if operation in COUNTED_OF_PEERS else ["rust"]:
            try:
                found[name, operation] = functions.instructions(world, sessions[name], operation)
                say(f"instructions of {operation}, {name}: {found[name, operation]}")
            except RuntimeError as error:
                # Not every machine's valgrind runs every program.
                say(f"instructions of {operation}, {name} were not counted: {str(error)[:200]}")
    return found


def curves(world: World, sessions: dict, operations: list[str], total: int) -> dict:
    found = {}
    for operation in (it for it in operations if it in BINARIES):
        for name in IMPLEMENTATIONS if operation in ("message", "detail") else ["rust"]:
            found[name, operation] = functions.memory(world, sessions[name], operation, total)
            say(f"memory of {operation}, {name}: {found[name, operation][-1]}")
    return found


if __name__ == "__main__":
    main()
