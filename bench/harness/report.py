"""The report: tables and plots of one run, below the hand-written part of docs/performance.md."""

import os
import pathlib
import platform
import re
import statistics
import subprocess
from datetime import datetime, timezone

import cost
import plot
from laptop import CALLERS, Laptop
from relay import Relayed, middle
from world import BINARIES, IMPLEMENTATIONS, ROOT

GENERATED = "<!-- Below: written by bench/run. Above: by hand. -->"
NAMES = {"rust": "Rust", "node": "Node.js", "python": "Python"}
TITLES = {
    "create": "create", "message": "message of the contact", "webhook": "message by webhook", "detail": "detail",
    "list": "list of ten, one status", "list_all": "list of ten, all statuses",
}


def table(head: list[str], rows: list[list]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def times(peer: float, ours: float) -> str:
    return f"{peer / ours:.{1 if peer > ours else 2}f}×" if ours else "–"


def version(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "not there"


class Report:
    def __init__(self, profile: str, stack_profile: str, arguments: str):
        self.plots: dict[str, str] = {}
        self.parts: list[str] = []
        self.profile, self.stack_profile, self.arguments = profile, stack_profile, arguments

    def write(self):
        page, folder = ROOT / "docs/performance.md", ROOT / "docs/performance"
        folder.mkdir(exist_ok=True)
        for name, svg in self.plots.items():
            (folder / f"{name}.svg").write_text(svg)
        hand = page.read_text().split(GENERATED)[0].rstrip() if page.exists() else "# Performance"
        page.write_text("\n".join([hand, "", GENERATED, "", *self.parts]).rstrip() + "\n")

    def add(self, title: str, *blocks: str):
        self.parts += [f"## {title}", ""]
        for block in blocks:
            self.parts += [block, ""]

    def shown(self, name: str, svg: str, what: str) -> str:
        self.plots[name] = svg
        return f"![{what}](performance/{name}.svg)"

    def machine(self, started: datetime, load: tuple):
        cpu = re.search(r"model name\s*:\s*(.+)", pathlib.Path("/proc/cpuinfo").read_text())
        memory = int(re.search(r"MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())[1]) / 1024 / 1024
        commit = version("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
        rows = [
            ["run", f"{started:%Y-%m-%d %H:%M} UTC, `{' '.join(['bench/run', self.arguments]).strip()}`"],
            ["commit", f"`{commit}`"],
            ["machine", f"{platform.machine()}, {os.cpu_count()} processors ({cpu[1] if cpu else 'unknown'}), {memory:.0f} GB, {platform.system()} {platform.release().split('-')[0]}"],
            ["load of the machine, before and after", f"{load[0]:.1f} and {os.getloadavg()[0]:.1f}"],
            ["functions", f"{self.profile}"],
            ["local stack with its DynamoDB", self.stack_profile],
            ["Node.js, Python", f"{version('node', '--version')}, {version(str(ROOT / 'target/bench/python/venv/bin/python'), '--version')}"],
            ["valgrind", version("valgrind", "--version")],
        ]
        self.parts = ["## The run", "", table(["", ""], rows), "", *self.parts]

    def functions(self, compared: dict):
        operations = list(dict.fromkeys(operation for _, operation in compared))

        def rows(column: str, ratio: bool = True) -> list[list]:
            found = []
            for operation in operations:
                ours, *peers = [getattr(compared[it, operation], column) for it in IMPLEMENTATIONS]
                found.append([TITLES[operation], f"{ours:.2f}", *(f"{it:.2f}" for it in peers), *(times(it, ours) for it in peers)])
            return found

        head = ["", "Rust", "Node.js", "Python", "Node.js ÷ Rust", "Python ÷ Rust"]
        bars = lambda column: [(TITLES[it], {name: getattr(compared[name, it], column) for name in IMPLEMENTATIONS}) for it in operations]  # noqa: E731
        self.add(
            "Functions side by side",
            "Milliseconds, but for the memory. CPU is that of the whole process, by the kernel's clock; starts are medians, of warm "
            "invocations the first third is left out. Wall time contains the local DynamoDB's, which is the same for all.",
            "**Start, CPU**: from the process's start to its first request for work.", table(head, rows("start_cpu")),
            self.shown("start", plot.bars("CPU from start to the first request for work", "ms", bars("start_cpu")), "CPU of a start"),
            "**Start, wall.**", table(head, rows("start_wall")),
            "**First invocation, CPU.**", table(head, rows("first_cpu")),
            "**First invocation, wall.**", table(head, rows("first_wall")),
            "**Warm invocation, CPU**, the mean.", table(head, rows("warm_cpu")),
            self.shown("warm", plot.bars("CPU of a warm invocation", "ms", bars("warm_cpu")), "CPU of a warm invocation"),
            "**Warm invocation, wall**, the median.", table(head, rows("warm_wall")),
            "**Peak memory** after these invocations, MiB.", table(head, rows("peak")),
            self.shown("memory", plot.bars("Peak memory", "MiB", bars("peak")), "Peak memory"),
        )

    def archives(self, sizes: dict):
        rows = []
        for operation in (name for name in BINARIES if ("rust", name) in sizes):
            ours = sizes["rust", operation][1]
            cells = [f"{sizes[it, operation][1]:,}" for it in IMPLEMENTATIONS]
            ratios = [times(sizes[it, operation][1], ours) for it in IMPLEMENTATIONS[1:]]
            rows.append([f"`{BINARIES[operation]}`", f"{sizes['rust', operation][0]:,}", *cells, *ratios])
        self.add(
            "Archives", "Bytes of the zip that is deployed. Lambda brings Node.js and Python, and the Rust runtime is in the binary. Node.js: "
            "one minified file with the SDK. Python: one archive for all functions, with boto3 in the pinned version as AWS advises; without "
            f"boto3, of which Lambda's image has some version, too, {sizes['boto3']:,} less.",
            table(["", "Rust, binary", "Rust, zip", "Node.js, zip", "Python, zip", "Node.js ÷ Rust", "Python ÷ Rust"], rows),
        )

    def units(self, units: dict):
        rows = []
        for operation in dict.fromkeys(operation for _, operation in units):
            for implementation in IMPLEMENTATIONS:
                it = units[implementation, operation]
                rows.append([f"{TITLES[operation]}, {NAMES[implementation]}", it.trips, f"{it.read:g}", f"{it.write:g}", ", ".join(it.operations)])
        self.add("Trips and units", "Of one warm invocation, counted by a proxy before DynamoDB.", table(["", "trips", "read", "write", "calls"], rows))

    def instructions(self, counted: dict):
        if not counted:
            return self.add("Instructions", "Not counted: valgrind is not there, or the run was told not to.")
        rows = []
        for (implementation, operation), it in counted.items():
            ours = counted.get(("rust", operation))
            ratios = [times(it[name], ours[name]) if implementation != "rust" and ours else "" for name in ("start", "warm")]
            rows.append([f"{TITLES[operation]}, {NAMES[implementation]}", *(f"{it[name]:.2f}" for name in ("start", "first", "warm")), *ratios])
        self.add(
            "Instructions", "Millions, by cachegrind: to the first request for work; of the first invocation; of a warm one, the mean of forty "
            "after twenty. Compilers of a running program (V8) have done less by then than in the times above.",
            table(["", "start", "first", "warm", "start ÷ Rust", "warm ÷ Rust"], rows),
        )

    def memory(self, curves: dict):
        rows = []
        for (implementation, operation), curve in curves.items():
            by_count = {count: (peak, now) for count, peak, now in curve}
            last = curve[-1]
            tenth = min(by_count, key=lambda count: abs(count - last[0] // 5))
            rows.append([f"`{BINARIES[operation]}`, {NAMES[implementation]}", f"{by_count[0][0]:.1f}", f"{by_count[1][0]:.1f}", f"{by_count[tenth][1]:.1f}",
                         f"{last[2]:.1f}", f"{last[1]:.1f}", f"{last[0]:,}"])
        plots = []
        for operation in dict.fromkeys(operation for _, operation in curves):
            series = {name: [(count, now) for count, _, now in curves[name, operation]] for name in IMPLEMENTATIONS if (name, operation) in curves}
            svg = plot.lines(f"Memory of {BINARIES[operation]}", "invocations", "MiB", series)
            plots.append(self.shown(f"memory-{operation}", svg, f"Memory of {BINARIES[operation]}"))
        self.add(
            "Memory over time", "MiB of resident memory. Mixed invocations: of ten one names a session that is not there, and one is refused for its body.",
            table(["", "at the start", "after the first", "after a fifth", "at the end", "peak", "invocations"], rows), *plots,
        )

    def scale(self, by_size: dict, messages: list):
        rows = [[f"{operation}, {size:,} sessions", f"{it.wall:.2f}", f"{it.wall_p95:.2f}", f"{it.cpu:.2f}", it.units.trips, f"{it.units.read:g}"]
                for (operation, size), it in by_size.items()]
        sizes = sorted({size for _, size in by_size})
        ratios = []
        for operation in dict.fromkeys(operation for operation, _ in by_size):
            small, large = by_size[operation, sizes[0]], by_size[operation, sizes[-1]]
            same = "equal units" if small.units.read == large.units.read else "other units"
            ratios.append(f"**{operation}: {large.wall / small.wall:.2f}** in wall time, {large.cpu / small.cpu:.2f} in the function's CPU, {same}")
        series = {operation: [(size, by_size[operation, size].wall) for size in sizes] for operation in dict.fromkeys(operation for operation, _ in by_size)}
        said = [[f"{number:,}", f"{it.wall:.2f}", f"{it.cpu:.2f}", it.units.trips, f"{it.units.read:g}", f"{it.units.write:g}"] for number, it in messages]
        self.add(
            "Scale",
            f"p50 at {sizes[-1]:,} sessions over p50 at {sizes[0]:,}: {'; '.join(ratios)}. A page of 25, and details of random sessions; the sizes in turn, in another order each time.",
            table(["", "p50, ms", "p95, ms", "CPU, ms", "trips", "read units"], rows),
            self.shown("scale", plot.lines("p50 by sessions of the project", "sessions", "ms", series, decades=True), "p50 by sessions"),
            *([] if not said else [
            "A session with many messages, of which none is settled: what one more costs (times: median of the hundred before it).",
            table(["message", "wall, ms", "CPU, ms", "trips", "read units", "write units"], said)]),
        )

    def relay(self, out: Relayed, back: dict[str, Relayed], ways: dict[str, dict[str, list[float]]]):
        def made_of(way: str) -> str:
            return table(["", "p50, ms", "p95, ms"], [[name, *(f"{it:.1f}" for it in middle(values))] for name, values in ways[way].items()])

        def row(name: str, relayed: Relayed) -> list:
            accepted, (p50, p95) = statistics.median(relayed.accepted), middle(relayed.arrived)
            return [name, f"{accepted:.0f}", f"{p50:.0f}", f"{p95:.0f}", f"{p50 - accepted:.0f}"]

        self.add(
            "Relay on the local stack",
            "Milliseconds from the request: until it is answered, which is when its write is committed, and until the other side has it.",
            table(["", "answered, p50", "arrived, p50", "arrived, p95", "between, p50"], [
                row("message to the contact centre", out), row("callback to who waits at the feed", back["feed"]),
                row("callback to an event endpoint", back["webhook"]),
            ]),
            "What the way of a message to the contact centre is made of, by when the table was asked for what (through the proxy, which costs about a millisecond a call):",
            made_of("out"),
            "And that of a callback to an event endpoint, in the same way:",
            made_of("back"),
        )

    def laptop(self, found: Laptop):
        delivered = [[f"{it.messages:,} over {it.sessions}", f"{it.messages / it.seconds:.0f}", f"{it.cpu_ms:.1f}", f"{it.kilobytes:.1f}", it.busy] for it in found.delivered]
        answered = []
        for it in found.answered:
            statuses = ", ".join(f"{count} × {status}" for status, count in sorted(it.statuses.items()))
            answered.append([f"{it.pace} a second", statuses, f"{it.p50:.0f}", f"{it.p95:.0f}"])
        self.add(
            "The laptop",
            f"One local stack as it is: gateway, functions, stream, queues, clock and database in one process. {CALLERS} callers send as fast as they are "
            "answered; the rate is that of messages that the contact centre has. Callers and contact centre are Python on the same processors.",
            table(["messages of the contact, over sessions", "a second", "CPU a message, ms", "memory a message, KB", "503, sent again"], delivered),
            "Callbacks at a pace, into ten sessions:",
            table(["", "answered", "p50, ms", "p95, ms"], answered),
            f"While nothing happens, with {found.sessions} sessions: {found.idle * 100:.1f} % of a processor.",
            f"Rounds of {found.gone.messages:,} messages over ten sessions, which are then ended and erased; each begins when all that the last one said is gone. "
            f"The process then has {', '.join(f'{mib:.0f}' for mib in found.gone.mib)} MiB; {found.gone.rows:.1f} rows a message are left, "
            "by which a repetition would be known.",
        )

    def cost(self, lives: dict):
        rows, sums = {}, {}
        for name, life in lives.items():
            for line in cost.million(life):
                rows.setdefault(line.component, []).append(line)
            sums[name] = sum(line.dollars for line in cost.million(life))
        priced = [[name, lines[0].amount, f"{lines[0].dollars:.0f}", lines[1].amount, f"{lines[1].dollars:.0f}"] for name, lines in rows.items()]
        priced.append(["**sum**", "", f"**{sums['lean']:.0f}**", "", f"**{sums['rich']:.0f}**"])
        phases = [[name, *(f"{value:g}" for life in lives.values() for value in life.phases[name])] for name in lives["lean"].phases]
        phases.append(["**sum**", *(f"**{value:g}**" for life in lives.values() for value in life.units)])
        compared = []
        for name, life in lives.items():
            read, write = life.units
            documented = cost.DOCUMENTED[name]
            compared.append(f"{name}: {write:g} write and {read:g} read units measured, {documented[1]} and {documented[0]} documented")
        self.add(
            "A million transfers",
            "One transfer with twenty messages, from the request to the removal, on the local stack with everything that it runs, counted before "
            "DynamoDB. It is removed by the request to erase it, a minute after its end, which itself costs some ten write units. "
            "Rich: a summary and metadata of 4 KB, a history of 50 turns.",
            f"The session's row, which each message writes, had up to {max(lives['lean'].row):,} bytes (rich: {max(lives['rich'].row):,}); each kilobyte "
            "that is begun costs two units a message.",
            table(["units by phase", "lean, read", "lean, write", "rich, read", "rich, write"], phases),
            "USD for a million (us-east-1, the prices and counts of [cost.md](cost.md)):",
            table(["", "lean", "$", "rich", "$"], priced),
            f"Against cost.md: {'; '.join(compared)}.",
        )


def now() -> datetime:
    return datetime.now(timezone.utc)
