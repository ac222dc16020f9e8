#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Stands where relays are and writes down what each visit shows to them.

record.py FOLDER BIN OUT VISITS LIES DESKS

FOLDER has the network file, codes/ (empty, answered, burn.*) and relay1 and
relay2 with their sockets; relays are called http://relayN.example, and have
doors (http://aaaa... and bbbb....onion) for what desks do there that is no cover. Every
client has a SOCKS socket of its own here, so each request is somebody's. VISITS
of each kind are made for each of LIES (a,b), many at a time and in mixed order,
while DESKS (a,b) make their cover, by FOLDER/v/NAME, under one of the lies each.
Says "ready" when they may begin. OUT: one line of JSON for each client, and one for each desk.

Relay 1 lies:
    honest    as it is
    absent    every GET: absent
    taken     every PUT: taken
    swallow   every RING: queued, for the page after the newest, and thrown away
    effort    the first try of every RING: 17, with a small effort
    again     every RING: 19
    slow      every answer comes later by a drawn time
    cut       one line in 12 is closed without an answer
    withheld  no page of a board for reports is there
Relay 2 is honest.
"""
import asyncio
import hashlib
import json
import os
import random
import sys
import time

CELL = 16384
OPS = ["NOP", "PUT", "GET", "BURN", "RING", "NOTE"]
ABSENT, TAKEN, QUEUED, MORE_EFFORT, AGAIN = 4, 2, 6, 17, 19
EFFORT = 3
CUT_ONE_IN = 12
PACE = "4"
CLIENT_SECONDS = 400
AT_ONCE = 120
COVER_SECONDS = 300
KINDS = ["write", "empty", "answers", "burn"]  # and TWICE, and cover
TWICE = ["reply", "attach"]  # two visits, with up to a minute between
FILE_MOST = 100000
EVERY = 2.0  # seconds from a client of a kind to the next
# As by Tor, circuits and answers take their time, and more than computing does.
CIRCUIT = (0.05, 0.3)
DELAY = (0.02, 0.12)
SLOW = (0, 0.6)


def cell(status, effort=0, page=0):
    head = bytes([1, status, effort, 0]) + bytes(4) + page.to_bytes(8, "little")
    return head + bytes(CELL - len(head))


def http(status, body=b""):
    return (b"HTTP/1.1 %s\r\nContent-Type: application/octet-stream\r\n"
            b"Content-Length: %d\r\n\r\n" % (status, len(body))) + body


async def message(reader):
    """Head and body of a request or an answer; None at the end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        return head, await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError, ValueError):
        return None


class Client:
    """Whoever uses one SOCKS socket."""

    def __init__(self, folder, name, kind, lie):
        self.folder, self.name, self.kind, self.lie = folder, name, kind, lie
        self.path = os.path.join(folder, "v", name)
        self.seen = []
        self.tried = set()
        self.newest = {}
        self.conns = 0
        self.serving = set()

    async def __aenter__(self):
        self.server = await asyncio.start_unix_server(self.serve, self.path)
        return self

    async def __aexit__(self, *_):
        self.server.close()
        os.unlink(self.path)

    async def greet(self, r, w):
        """SOCKS5 with a name and a password: who, where."""
        n = (await r.readexactly(2))[1]
        await r.readexactly(n)
        w.write(b"\5\2")
        await r.readexactly(1)
        user = await r.readexactly((await r.readexactly(1))[0])
        await r.readexactly((await r.readexactly(1))[0])
        w.write(b"\1\0")
        await r.readexactly(4)
        host = await r.readexactly((await r.readexactly(1))[0])
        await r.readexactly(2)
        w.write(b"\5\0\0\1\0\0\0\0\0\0")
        return user.decode(), host.decode()

    async def serve(self, r, w):
        me = asyncio.current_task()
        self.serving.add(me)  # or nobody holds it
        try:
            user, host = await self.greet(r, w)
            relay = 1 if host.startswith(("relay1.", "a")) else 2
            await asyncio.sleep(random.uniform(*CIRCUIT))
            self.conns += 1
            conn = self.conns
            while (m := await message(r)) is not None:
                at = {"r": relay, "u": user, "c": conn, "t": time.monotonic(),
                      "lie": self.lie}
                known = host.startswith("relay")
                if known:
                    self.note(at, m)
                answer = await self.answer(at if known else None, relay, m)
                at["e"] = time.monotonic()
                if known:
                    self.seen.append(at)
                if answer is None:
                    break
                at["down"] = len(answer[0]) + len(answer[1])
                w.write(answer[0] + answer[1])
                await w.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self.serving.discard(me)
            w.close()

    def note(self, at, m):
        head, body = m
        method, path = head.split(b" ", 2)[:2]
        at["m"] = method.decode()
        at["p"] = path.decode()
        at["head"] = len(head) - len(path)
        at["up"] = len(body)
        if len(body) == CELL:
            at["op"] = OPS[body[1]] if body[1] < len(OPS) else "?"
            at["board"] = body[2]
            at["nonce"] = body[8:16].hex()
            at["address"] = body[16:48].hex()
            at["secret"] = body[48:80].hex()
            at["entry"] = body[384:416].hex()
            at["box"] = hashlib.blake2b(body[384:], digest_size=16).hexdigest()

    async def pass_on(self, relay, m):
        """A line for each: relays take so many only."""
        r, w = await asyncio.open_unix_connection(
            os.path.join(self.folder, "relay%d" % relay, "sock"))
        w.write(m[0] + m[1])
        got = await message(r)
        w.close()
        return got

    async def answer(self, at, relay, m):
        lie = self.lie if at is not None and relay == 1 else "honest"
        told = self.lied(lie, at) if lie != "honest" else None
        if lie == "cut" and random.randrange(CUT_ONE_IN) == 0:
            return None
        await asyncio.sleep(random.uniform(*DELAY))
        if lie == "slow":
            await asyncio.sleep(random.uniform(*SLOW))
        if told is not None:
            whole = http(b"200 OK", told) if told else http(b"404 Not Found")
            at["st"] = told[1] if told else 404
            head, _, body = whole.partition(b"\r\n\r\n")
            return head + b"\r\n\r\n", body
        got = await self.pass_on(relay, m)
        if at is not None and got is not None:
            self.note_answer(at, got)
        return got

    def note_answer(self, at, got):
        at["http"] = int(got[0].split(b" ", 2)[1])
        if "op" in at and len(got[1]) == CELL:
            at["st"] = got[1][1]
            at["page"] = int.from_bytes(got[1][8:16], "little")
        elif at["p"] == "/v1/status":
            at["newest"] = {}
            for line in got[1].decode().splitlines():
                w = line.split()
                if w[0] == "board":
                    at["newest"][w[1]] = int(w[2])
            self.newest[at["r"]] = at["newest"]

    def lied(self, lie, at):
        """A cell; b"" for 404; None: the truth."""
        op = at.get("op")
        if lie == "absent" and op == "GET":
            return cell(ABSENT)
        if lie == "taken" and op == "PUT":
            return cell(TAKEN)
        if lie == "swallow" and op == "RING":
            at["page"] = self.newest[1][str(at["board"])] + 1
            return cell(QUEUED, 0, at["page"])
        if lie == "effort" and op == "RING" and at["entry"] not in self.tried:
            self.tried.add(at["entry"])
            return cell(MORE_EFFORT, EFFORT)
        if lie == "again" and op == "RING":
            return cell(AGAIN)
        if (lie == "withheld" and at["p"].startswith("/v1/board/")
                and not at["p"].startswith("/v1/board/0/")):
            return b""
        return None

    def dump(self, out):
        self.seen.sort(key=lambda at: at["t"])
        out.write(json.dumps({"kind": self.kind, "name": self.name,
                              "lie": self.lie, "seen": self.seen}) + "\n")
        out.flush()


class Run:
    def __init__(self, argv):
        self.folder, self.bin, out, visits, lies, desks = argv[:6]
        self.out = open(out, "w")
        self.visits = int(visits)
        self.lies = lies.split(",")
        self.desks = [d for d in desks.split(",") if d]
        self.nothing = os.open(os.devnull, os.O_RDONLY)
        self.low = [os.dup(self.nothing) for _ in range(AT_ONCE)]
        self.at_once = asyncio.Semaphore(AT_ONCE)
        self.n = 0
        self.failed = 0

    def hand_over(self, code):
        """A pipe with the code in it: a client takes small numbers only."""
        r, w = os.pipe()
        os.write(w, code)
        fd = self.low.pop()
        os.dup2(r, fd)
        os.close(r)
        os.close(w)
        return fd

    def code(self, name):
        with open(os.path.join(self.folder, "codes", name), "rb") as f:
            return f.read()

    def command(self, kind):
        """Arguments, what it reads on standard input, and its code."""
        answered = self.code("answered")
        burns = sorted(n for n in os.listdir(os.path.join(self.folder, "codes"))
                       if n.startswith("burn."))
        text = b"They did not pay us.\n"
        if kind == "write":
            return ["report", "--to", "union", "--language", "en",
                    "--print-code"], text, None
        if kind == "attach":
            path = os.path.join(self.folder, "v", "file.%d" % self.n)
            with open(path, "wb") as f:
                f.write(os.urandom(random.randrange(1, FILE_MOST)))
            return ["report", "--to", "union", "--language", "en",
                    "--print-code", "--keep-metadata", "--attach", path], text, None
        if kind == "empty":
            return ["inbox"], b"", self.code("empty")
        if kind == "answers":
            return ["inbox"], b"", answered
        if kind == "burn":
            return ["burn", "--yes"], b"", self.code(random.choice(burns))
        return ["reply", "--to", "union"], text, answered

    async def client(self, kind, lie):
        args, text, code = self.command(kind)
        self.n += 1
        async with Client(self.folder, str(self.n), kind, lie) as c:
            argv = [os.path.join(self.bin, "tocsin"), args[0], "--network",
                    os.path.join(self.folder, "network"), "--socks",
                    "unix:" + c.path, "--pace", PACE] + args[1:]
            fds = () if code is None else (self.hand_over(code),)
            argv += [x for fd in fds for x in ("--code-fd", str(fd))]
            p = await asyncio.create_subprocess_exec(
                *argv, pass_fds=fds, stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
            for fd in fds:
                os.dup2(self.nothing, fd)
                self.low.append(fd)
            try:
                said, _ = await asyncio.wait_for(p.communicate(text), CLIENT_SECONDS)
            except asyncio.TimeoutError:
                p.kill()
                said = b"it did not end"
            if lie == "honest" and p.returncode != 0:
                self.failed += 1
                print("%s: exit %s: %s" % (kind, p.returncode, said.decode()))
        c.dump(self.out)

    async def later(self, kind, lie, seconds):
        await asyncio.sleep(random.uniform(0, seconds))
        async with self.at_once:
            await self.client(kind, lie)

    async def phase(self, covers):
        """All kinds and all lies at the same time, each client at a drawn one, so
        that a busy machine is one for all of them."""
        long = max(75, self.visits * len(self.lies) * EVERY)
        replies = max(20, long - 60)
        clients = []
        for lie in self.lies * self.visits:
            clients += [self.later(k, lie, long) for k in KINDS]
            clients += [self.later(k, lie, replies) for k in TWICE]
        await asyncio.gather(*clients)
        end = time.monotonic() + COVER_SECONDS
        while (lacks := self.lacking(covers)) and time.monotonic() < end:
            await asyncio.gather(*(self.later(random.choice(KINDS), lie, 4)
                                   for lie in lacks for _ in range(2)))

    def lacking(self, covers):
        """The lies under which desks have made too few visits."""
        n = {lie: 0 for lie in self.lies if covers}
        boxes = dict(n)
        for c in covers:
            ops = [at.get("op") for at in c.seen if at["r"] == 2]
            n[c.lie] += ops.count("BURN") // 2
            boxes[c.lie] += sum(1 for a, b in zip(ops, ops[1:])
                                if a != "PUT" and b == "PUT")
        # The last of each is interrupted. Of many lies each has a desk or two:
        # as many boxes would take too long.
        most = self.visits + len(covers) if len(self.lies) == 1 else 0
        return [lie for lie in n
                if n[lie] < self.visits + 1 or boxes[lie] < most]

    async def all(self):
        os.makedirs(os.path.join(self.folder, "v"), exist_ok=True)
        covers = [Client(self.folder, d, "cover",
                         self.lies[i % len(self.lies)])
                  for i, d in enumerate(self.desks)]
        for c in covers:
            await c.__aenter__()
        print("ready", flush=True)
        await self.phase(covers)
        for c in covers:
            c.dump(self.out)
            await c.__aexit__()
        print("recorded", flush=True)
        # Desks are still there; nobody waits for their lines.
        os._exit(1 if self.failed else 0)


if __name__ == "__main__":
    asyncio.run(Run(sys.argv[1:]).all())
