# Whoever uses the house while it is upgraded: requests one after another, each on a connection of its own, and talks between
# users and agents. Ends when /root/load.stop is there, and writes /root/load.json: what failed, what was acknowledged.
# load.py ADDRESS TOKEN ROBOT=KEY...
import asyncio
import json
import os
import sys
import urllib.error
import urllib.request

import websockets

address, token, robots = sys.argv[1], sys.argv[2], dict(word.split("=", 1) for word in sys.argv[3:])
report = {"requests": 0, "failed": [], "written": [], "acknowledged": 0, "answered": 0, "reconnects": 0, "ends": {}, "slowest_s": 0.0}
loop_time = asyncio.get_event_loop_policy().new_event_loop().time


def stopped():
    return os.path.exists("/root/load.stop")


def ask(path, body=None):
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(f"https://{address}{path}", data)
    request.add_header("Authorization", f"Bearer {token}")
    request.add_header("Content-Type", "application/json")
    began = loop_time()
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        report["failed"].append(f"{path} {error.code} {error.read()[:100]!r}")
    except Exception as error:
        report["failed"].append(f"{path} {error!r}")
    finally:
        report["requests"] += 1
        report["slowest_s"] = max(report["slowest_s"], round(loop_time() - began, 2))


def requests(robot):
    asked_at = 0.0
    while not stopped():
        made = ask("/ocms/conversations/", {"robot_id": robot, "title": "load"})
        if made:
            report["written"].append(made["id"])
        for path in ("/ocms/robots/", f"/ocms/robots/{robot}", "/api/v1/im/config"):
            ask(path)
        # workbot's own limit stands whatever an address may ask.
        if loop_time() - asked_at > 4:
            asked_at = loop_time()
            ask("/api/user/info")


# A connection that comes back, as clients make it: `talk(line)` until it ends for good.
async def connected(query, talk):
    while True:
        try:
            async with websockets.connect(f"wss://{address}/ocms/v1/stream?{query}", open_timeout=10) as line:
                if await talk(line):
                    return
        except (OSError, websockets.WebSocketException, asyncio.TimeoutError) as error:
            report["reconnects"] += 1
            report["ends"][f"{type(error).__name__} {error}"] = report["ends"].get(f"{type(error).__name__} {error}", 0) + 1
            await asyncio.sleep(0.3)


# What it heard is confirmed by its pong: an answer that a connection took along is its own to say again.
async def agent(key, over):
    unacknowledged = {}

    async def talk(line):
        for answer in list(unacknowledged.values()):
            await line.send(answer)
        while not over.is_set():
            try:
                frame = json.loads(await asyncio.wait_for(line.recv(), 0.5))
            except asyncio.TimeoutError:
                continue
            if frame.get("type") == "ack":
                unacknowledged.pop(frame["clientMsgId"], None)
            if frame.get("type") != "message":
                continue
            said = frame["data"]
            answer = {"text": "re:" + said["text"], "conversationId": said["conversationId"], "clientMsgId": "re:" + said["id"]}
            unacknowledged[answer["clientMsgId"]] = json.dumps({"type": "message", "data": answer})
            await line.send(unacknowledged[answer["clientMsgId"]])
        return True

    await connected(f"apiKey={key}", talk)


async def user(robot, over):
    number = 0
    acknowledged, answered = set(), set()

    async def talk(line):
        nonlocal number
        while True:
            if number in acknowledged and f"re:{number}" in answered:
                if stopped():
                    return True
                number += 1
            await line.send(json.dumps({"text": str(number), "conversationId": "load", "clientMsgId": f"{robot}-{number}"}))
            while number not in acknowledged or f"re:{number}" not in answered:
                frame = json.loads(await asyncio.wait_for(line.recv(), 20))
                if frame.get("type") == "ack":
                    acknowledged.add(int(frame["clientMsgId"].rsplit("-", 1)[1]))
                elif frame.get("type") == "error":
                    report["failed"].append(f"said {number}: {frame['detail']}")
                elif frame.get("sender") == "Robot":
                    answered.add(frame["text"])

    await connected(f"token={token}&robotId={robot}", talk)
    report["acknowledged"] += len(acknowledged)
    report["answered"] += len(answered)
    over.set()


async def main():
    work = [asyncio.to_thread(requests, robot) for robot in robots]
    for robot, key in robots.items():
        over = asyncio.Event()
        work += [user(robot, over), agent(key, over)]
    tasks = [asyncio.ensure_future(one) for one in work]
    while not stopped():
        await asyncio.sleep(0.5)
    # Whoever still waits for an answer then will not get one.
    ended, left = await asyncio.wait(tasks, timeout=45)
    report["failed"] += [repr(one.exception()) for one in ended if one.exception()]
    report["stuck"] = [str(one.get_coro().cr_frame.f_locals) for one in left]
    with open("/root/load.json", "w") as file:
        json.dump(report, file)
    os._exit(0)


asyncio.run(main())
