// WuKongIM's own JavaScript SDK, unmodified, against the real stack: login, send, receive, offline then sync, group,
// kick, reconnect; two of them talk to each other, to a JSON-RPC client, and to a robot.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import WebSocket from 'ws';
import { Events, User, Way, api, person, request, token } from './stack.mjs';

const script = fileURLToPath(new URL('wukongim_user.cjs', import.meta.url));
const bundle = process.env.HONGYAN_TEST_WUKONGIM_BUNDLE;
const wsModule = process.env.HONGYAN_TEST_WS_MODULE;

class Sdk extends User {
    constructor() { super(script, bundle, wsModule); }
    async connect(who, { level = 0, ws = who.wsUrl, pass } = {}) {
        this.uid = who.uid;
        this.tell({ do: 'connect', api, access: who.access, uid: who.uid, ws, token: pass ?? (await token(who.access, level)) });
        return this;
    }
    async connected() {
        await this.next((e) => e.event === 'status' && e.status === 'Connected', 'connected');
        return this;
    }
    async send(to, text, more = {}) {
        this.tell({ do: 'send', to, text, ...more });
        const { n } = await this.next((e) => e.event === 'sent', 'sent');
        return this.next((e) => e.event === 'ack' && e.n === n, `ack of ${n}`);
    }
    message(text) { return this.next((e) => e.event === 'message' && e.text === text, `message ${text}`); }
}

// Everybody of a test; ended with it.
function cast(t) {
    const users = [];
    t.after(() => Promise.all(users.map((user) => user.end())));
    return async (who, options) => {
        const user = new Sdk();
        users.push(user);
        await user.connect(who, options);
        return options?.refused ? user : user.connected();
    };
}

async function group(owner, ...others) {
    const channelId = `sdk-${Date.now()}-${Math.floor(Math.random() * 1e9)}`;
    await request('POST', '/api/v1/im/channel/create', owner.access, { channelId, channelType: 2 });
    await request('POST', '/api/v1/im/channel/subscriber/add', owner.access,
        { channelId, channelType: 2, subscribers: others.map((o) => o.uid) });
    return channelId;
}

test('two of them talk to each other', async (t) => {
    const join = cast(t);
    const [a, b] = [await person(), await person()];
    const [alice, bob] = [await join(a), await join(b)];
    const ack = await alice.send(b.uid, '你好');
    assert.equal(ack.reason, 1);
    assert.equal(ack.seq, 1);
    const got = await bob.message('你好');
    assert.equal(got.from, a.uid);
    assert.equal(got.channel, a.uid);
    assert.equal(got.id, ack.id);
    assert.equal(got.dot, true);
    assert.equal((await bob.send(a.uid, 'and you')).seq, 2);
    assert.equal((await alice.message('and you')).channel, b.uid);
});

test('a wrong token is refused', async (t) => {
    const who = await person();
    const user = await cast(t)(who, { pass: 'wrong', refused: true });
    const refused = await user.next((e) => e.event === 'status' && e.status === 'ConnectFail');
    assert.equal(refused.reason, 2);
});

test('refusals have their reasons', async (t) => {
    const join = cast(t);
    const [a, b] = [await person(), await person()];
    const alice = await join(a);
    assert.equal((await alice.send('nobody-at-all', 'x')).reason, 3);
    assert.equal((await alice.send('no-such-group', 'x', { type: 2 })).reason, 5);
    const bobs = await group(b, await person());
    assert.equal((await alice.send(bobs, 'x', { type: 2 })).reason, 3);
});

test('who was away finds everything by syncing', async (t) => {
    const join = cast(t);
    const [a, b] = [await person(), await person()];
    const [alice, bob] = [await join(a), await join(b)];
    await alice.send(b.uid, 'one');
    await bob.message('one');
    bob.tell({ do: 'disconnect' });
    await bob.next((e) => e.event === 'disconnected');
    for (const text of ['two', 'three', 'four']) await alice.send(b.uid, text);
    await bob.connect(b);
    await bob.connected();
    bob.tell({ do: 'conversations' });
    const { list } = await bob.next((e) => e.event === 'conversations');
    assert.deepEqual(list, [{ channel: a.uid, unread: 4, last: 'four' }]);
    bob.tell({ do: 'history', channel: a.uid, after: 1 });
    const history = (await bob.next((e) => e.event === 'history')).list;
    assert.deepEqual(history.map((m) => [m.seq, m.text]), [[2, 'two'], [3, 'three'], [4, 'four']]);
    await request('POST', '/api/v1/im/conversations/clearUnread', b.access, { channel_id: a.uid, channel_type: 1 });
    bob.tell({ do: 'conversations' });
    assert.equal((await bob.next((e) => e.event === 'conversations')).list[0].unread, 0);
});

test('a group hears what is said in it, one\'s other device too', async (t) => {
    const join = cast(t);
    const [a, b, c] = [await person(), await person(), await person()];
    const [alice, bob, carol, again] = [await join(a), await join(b), await join(c), await join(b)];
    const id = await group(a, b, c);
    assert.equal((await bob.send(id, 'to all', { type: 2 })).reason, 1);
    for (const user of [alice, carol]) {
        const got = await user.message('to all');
        assert.equal(got.channel, id);
        assert.equal(got.type, 2);
        assert.equal(got.dot, true);
    }
    const own = await again.message('to all');
    assert.equal(own.from, b.uid);
    assert.equal(own.dot, false);
    // Sent away, one hears nothing more; the others do.
    await request('POST', '/api/v1/im/channel/subscriber/remove', a.access, { channelId: id, channelType: 2, subscribers: [c.uid] });
    await alice.send(id, 'without carol', { type: 2 });
    await bob.message('without carol');
    await alice.send(c.uid, 'in private');
    await carol.message('in private');
    assert.equal(carol.seen.some((e) => e.text === 'without carol'), false);
});

test('a second master of the same flag sends the first away', async (t) => {
    const join = cast(t);
    const a = await person();
    const first = await join(a, { level: 1 });
    await join(a, { level: 1 });
    const kicked = await first.next((e) => e.event === 'status' && e.status === 'ConnectKick');
    assert.equal(kicked.reason, 12);
});

test('slaves stay side by side', async (t) => {
    const join = cast(t);
    const [a, b] = [await person(), await person()];
    const [one, two, bob] = [await join(a), await join(a), await join(b)];
    await bob.send(a.uid, 'to both');
    await one.message('to both');
    await two.message('to both');
});

test('a cut connection comes back by itself, and nothing is lost or doubled', async (t) => {
    const join = cast(t);
    const [a, b] = [await person(), await person()];
    const way = new Way(b.wsUrl);
    t.after(() => way.close());
    const [alice, bob] = [await join(a), await join(b, { ws: await way.open() })];
    await alice.send(b.uid, 'before');
    await bob.message('before');
    way.cut();
    await bob.next((e) => e.event === 'status' && e.status === 'Disconnect');
    await alice.send(b.uid, 'meanwhile');
    // Queued by the SDK, and sent when it is connected again.
    bob.tell({ do: 'send', to: a.uid, text: 'queued' });
    await bob.connected();
    assert.equal((await alice.message('queued')).from, b.uid);
    bob.tell({ do: 'history', channel: a.uid, after: 0 });
    const history = (await bob.next((e) => e.event === 'history')).list.map((m) => m.text);
    assert.deepEqual(history.slice(0, 2), ['before', 'meanwhile']);
    await alice.send(b.uid, 'after');
    await bob.message('after');
});

test('it talks with a JSON-RPC client', async (t) => {
    const join = cast(t);
    const [a, b] = [await person(), await person()];
    const alice = await join(a);
    const bob = new Events();
    const socket = new WebSocket(b.wsUrl);
    t.after(() => socket.terminate());
    socket.on('message', (data) => bob.add(JSON.parse(data)));
    await new Promise((go) => socket.on('open', go));
    const ask = (id, method, params) => {
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
        return bob.next((e) => e.id === id, `answer to ${method}`);
    };
    const connected = await ask('1', 'connect', { uid: b.uid, token: await token(b.access), deviceFlag: 2, deviceId: 'd' });
    assert.equal(connected.result.reasonCode, 1);
    await alice.send(b.uid, 'binary says');
    const { params } = await bob.next((e) => e.method === 'recv');
    assert.equal(JSON.parse(Buffer.from(params.payload, 'base64')).content, 'binary says');
    assert.equal(params.channelId, a.uid);
    socket.send(JSON.stringify({ method: 'recvack', params: { header: {}, messageId: params.messageId, messageSeq: params.messageSeq } }));
    const payload = Buffer.from(JSON.stringify({ type: 1, content: 'json says' })).toString('base64');
    const sent = await ask('2', 'send', { channelId: a.uid, channelType: 1, payload, clientMsgNo: 'n1' });
    assert.equal(sent.result.reasonCode, 1);
    assert.equal((await alice.message('json says')).id, sent.result.messageId);
    assert.ok((await ask('3', 'ping')).result);
});

test('a robot that is written to answers', async (t) => {
    const join = cast(t);
    const a = await person();
    const robot = await request('POST', '/ocms/robots/', a.access, { name: 'echo' });
    await request('PUT', `/api/robots/${robot.robot_id}`, a.access,
        { aiMode: 'builtin', aiProvider: 'echo', replyDelayMin: 0, replyDelayMax: 0 });
    const alice = await join(a);
    assert.equal((await alice.send(robot.robot_id, 'hi')).reason, 1);
    const answer = await alice.message('[echo] hi');
    assert.equal(answer.from, robot.robot_id);
    assert.equal(answer.channel, robot.robot_id);
    // In a group it speaks when it is spoken to.
    const id = await group(a, { uid: robot.robot_id });
    await alice.send(id, 'not for you', { type: 2 });
    await alice.send(id, 'for you', { type: 2, mention: [robot.robot_id] });
    const said = await alice.message('[echo] for you');
    assert.equal(said.channel, id);
    assert.equal(alice.seen.some((e) => e.text === '[echo] not for you'), false);
});
