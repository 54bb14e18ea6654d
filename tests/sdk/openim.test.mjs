// OpenIM's own JavaScript client, unmodified, against the real stack: every call of its list (openim_drive.mjs), two of them in
// one group with one of WuKongIM's, and what becomes of tokens.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { OpenIm, WuKong, api, cast, node, ws } from './sdks.mjs';
import { person, request } from './stack.mjs';

const local = (name) => fileURLToPath(new URL(name, import.meta.url));

let made = 0;
// A user of the operator's own system, and its token.
async function registered() {
    const userID = `oim${process.pid}x${Date.now()}x${++made}`;
    const fine = (answer) => { assert.equal(answer.errCode, 0, JSON.stringify(answer)); return answer.data; };
    fine(await request('POST', '/api/v3/auth/user_register', null, { secret: 'openIM123', users: [{ userID, nickname: `N${made}` }] }));
    const got = fine(await request('POST', '/api/v3/auth/user_token', null, { secret: 'openIM123', userID, platformID: 5 }));
    return { userID, token: got.token };
}

test('its whole list', async (t) => {
    const people = [await registered(), await registered(), await registered()];
    const [a, b, c] = people;
    const child = spawn(process.execPath, [...node, local('openim_drive.mjs'), '--api', api, '--ws', ws, '--user', a.userID, '--token', a.token,
        '--peer', b.userID, '--peerToken', b.token, '--third', c.userID, '--thirdToken', c.token], { stdio: ['ignore', 'pipe', 'inherit'] });
    let steps = 0;
    for await (const line of createInterface({ input: child.stdout })) {
        const step = /^(PASS|FAIL|SKIP) (.*)$/.exec(line);
        if (!step) continue;
        ++steps;
        await t.test(step[2].split(' - ')[0], () => assert.equal(step[1], 'PASS', step[2]));
    }
    assert.ok(steps >= 85, `${steps} steps`);
});

test('one of each kind in one group', async (t) => {
    const join = cast(t);
    const [a, b, c] = [await person(), await person(), await person()];
    const group = `mixed-${Date.now()}-${Math.floor(Math.random() * 1e9)}`;
    await request('POST', '/api/v1/im/channel/create', a.access, { channelId: group, channelType: 2 });
    await request('POST', '/api/v1/im/channel/subscriber/add', a.access, { channelId: group, channelType: 2, subscribers: [b.uid, c.uid] });
    const alice = await join(new OpenIm()).connect(a.uid, a.access);
    const carol = await join(new OpenIm()).connect(c.uid, c.access);
    const bob = await join(new WuKong()).connect(b);
    const ack = await bob.say(group, '从那边来', 2);
    for (const one of [alice, carol]) {
        const heard = await one.message('从那边来');
        assert.deepEqual([heard.group, heard.from, heard.seq], [group, b.uid, ack.seq]);
    }
    const said = await alice.say({ group }, '从这边去');
    const heard = await bob.message('从这边去');
    assert.deepEqual([heard.channel, heard.from, heard.seq], [group, a.uid, ack.seq + 1]);
    assert.equal((await carol.message('从这边去')).id, said.id);
    // Its own echo brings the number.
    assert.equal((await alice.message('从这边去')).seq, heard.seq);
    const conversation = `sg_${group}`;
    await alice.ask({ do: 'revoke', conversation, id: said.id }, 'done');
    assert.equal((await carol.next((e) => e.event === 'revoked', 'revoked')).id, said.id);
    // Who was away finds everything, and knows how much of it is new.
    await carol.ask({ do: 'read', conversation }, 'done');
    carol.tell({ do: 'disconnect' });
    await carol.next((e) => e.event === 'disconnected', 'disconnected');
    for (const text of ['一', '二', '三']) await bob.say(group, text, 2);
    const again = await join(new OpenIm()).connect(c.uid, c.access);
    assert.equal((await again.ask({ do: 'conversation', group }, 'conversation')).unread, 3);
    const { list } = await again.ask({ do: 'history', conversation, count: 10 }, 'history');
    assert.deepEqual(list.map((m) => [m.seq - ack.seq, m.text ?? m.type]), [[0, '从那边来'], [1, 2101], [2, '一'], [3, '二'], [4, '三']]);
    // What one says in private is heard at the other door, too.
    await alice.say({ to: b.uid }, '只给你');
    assert.equal((await bob.message('只给你')).channel, a.uid);
    await bob.say(a.uid, '收到');
    assert.equal((await alice.message('收到')).from, b.uid);
});

test('a wrong token is refused for good', async (t) => {
    const user = cast(t)(new OpenIm());
    const who = await registered();
    user.tell({ do: 'connect', user: who.userID, token: 'wrong', api, ws });
    assert.equal((await user.next((e) => e.event === 'refused', 'refused')).code, 1502);
    await user.next((e) => e.event === 'token-invalid', 'token-invalid');
});
