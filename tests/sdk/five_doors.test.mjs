// One robot, five doors: the same robot, whose brain is an AI provider on loopback, is written to at ocms, in WeCom, with
// WuKongIM's SDK, with OpenIM's, and in the sandbox; it answers at each, and all five talks are in its statistics.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import WebSocket from 'ws';
import { OpenIm, WuKong, cast } from './sdks.mjs';
import { Events, person, request, url } from './stack.mjs';

const sockets = url.replace(/^http/, 'ws');
const data = async (...call) => (await request(...call)).data;

async function provider(t) {
    const asked = [];
    const server = http.createServer((req, res) => {
        let body = '';
        req.on('data', (some) => (body += some));
        req.on('end', () => {
            const text = JSON.parse(body).messages.at(-1).content;
            asked.push(text);
            res.setHeader('Content-Type', 'application/json');
            res.end(JSON.stringify({
                choices: [{ message: { role: 'assistant', content: `答：${text}` } }],
                usage: { prompt_tokens: 1000, completion_tokens: 500 },
            }));
        });
    });
    await new Promise((go) => server.listen(0, '127.0.0.1', go));
    t.after(() => server.close());
    return { url: `http://127.0.0.1:${server.address().port}/v1`, asked };
}

// A WebSocket whose frames are waited for.
class Line extends Events {
    constructor(t, address) {
        super();
        this.socket = new WebSocket(address);
        this.socket.on('message', (frame) => this.add(JSON.parse(frame)));
        t.after(() => this.socket.terminate());
    }
    opened() { return new Promise((go, fail) => this.socket.once('open', go).once('error', fail)); }
}

// An administrator by the operator's tool, which knows none of the tests' settings.
function makeAdmin(id) {
    const config = path.join(process.env.HONGYAN_TEST_VAR, 'etc/hongyan.conf');
    execFileSync(path.join(process.env.HONGYAN_TEST_BIN, 'hongyanctl'), ['admin', 'grant', id, `--config=${config}`], { env: { PATH: process.env.PATH } });
}

async function until(look, what) {
    const end = Date.now() + 20_000;
    for (;;) {
        const found = await look();
        if (found) return found;
        if (Date.now() > end) throw new Error(`did not happen: ${what}`);
        await new Promise((go) => setTimeout(go, 100));
    }
}

// The robot of a fresh activation code, on a device; its brain is the provider.
async function robotOnDevice(owner, ai) {
    const admin = await person();
    const { userId } = await data('GET', '/api/user/info', admin.access);
    makeAdmin(String(userId));
    const mine = await data('GET', '/api/user/info', owner.access);
    const { codes } = await until(
        () => data('POST', '/api/admin/activation-codes', admin.access, { count: 1, validityPeriod: 30, boundUserId: mine.userId }).catch(() => null),
        'an administrator');
    const device = await data('POST', '/api/robot-ids/activate', null, { code: codes[0].code, deviceInfo: { deviceId: `five-${process.pid}-${Date.now()}` } });
    await request('PUT', `/api/robots/${device.robotId}`, owner.access, {
        name: '五门', aiMode: 'builtin', aiProvider: 'openai', aiModel: 'stand-in', aiBaseUrl: ai.url, aiApiKey: 'sk-mine',
        aiContextLength: 0, replyDelayMin: 0, replyDelayMax: 0,
    });
    return device;
}

test('one robot, five doors', async (t) => {
    const join = cast(t);
    const ai = await provider(t);
    const owner = await person();
    const device = await robotOnDevice(owner, ai);
    const robot = device.robotId;

    await t.test('ocms', async (t) => {
        const line = new Line(t, `${sockets}/ocms/v1/stream?token=${owner.access}&robotId=${robot}`);
        await line.opened();
        line.socket.send(JSON.stringify({ text: '一', clientMsgId: 'five-1' }));
        await line.next((frame) => frame.text === '答：一', 'an answer at ocms');
    });
    await t.test('workbot', async (t) => {
        const line = new Line(t, `${sockets}/ws?robotId=${robot}&token=${device.token}`);
        await line.opened();
        await request('POST', '/api/robot/messages', device.token, {
            robotId: robot, spoken: '二', rawSpoken: '二', receivedName: '张三', roomType: 2, atMe: true, textType: 1,
        });
        const { data: command } = await line.next((frame) => frame.type === 'command', 'a command');
        assert.equal(command.commandParams.content, '答：二');
        assert.deepEqual(command.commandParams.titleList, ['张三']);
        await request('POST', '/api/robot/command-result', device.token, { robotId: robot, commandId: command.commandId, errorCode: 0 });
    });
    await t.test('wukongim', async () => {
        const user = await join(new WuKong()).connect(owner);
        assert.equal((await user.say(robot, '三')).reason, 1);
        const answer = await user.message('答：三');
        assert.equal(answer.from, robot);
    });
    await t.test('openim', async () => {
        const user = await join(new OpenIm()).connect(owner.uid, owner.access);
        await user.say({ to: robot }, '四');
        assert.equal((await user.message('答：四')).from, robot);
    });
    await t.test('sandbox', async (t) => {
        const sandbox = (call, body = {}) => data('POST', `/api/v1/sandbox/${call}`, owner.access, body);
        await sandbox('self/bind', { robotId: robot });
        await sandbox('friend/create', { id: 'f1', nick: '李四', avatar: 'a' });
        const line = new Line(t, `${sockets}/sandbox?authorization=${encodeURIComponent((await sandbox('url')).authKey)}`);
        await line.next((frame) => frame.action === 'init' && frame.param.robotId === robot, 'init');
        await sandbox('webhook', {
            type: 'friend', event: 'message', subEvent: 'friend', contact: { scene: 'friend', peer: 'f1', name: '' },
            sender: { userId: 'f1', nick: '李四' }, elements: [{ type: 'text', text: '五' }],
        });
        const { param } = await line.next((frame) => frame.action === 'sendMsg', 'an answer at the bench');
        assert.equal(param.elements.at(-1).text, '答：五');
    });
    await t.test('all of it in its statistics', async () => {
        const figures = await until(async () => {
            const found = await data('GET', `/api/robots/${robot}/statistics`, owner.access);
            return found.totalMessages >= 5 && found.totalAICalls >= 5 && found;
        }, 'five talks in the statistics');
        assert.equal(figures.totalMessages, 5);
        assert.equal(figures.totalAICalls, 5);
        assert.equal(figures.successRate, 100);
        const { list } = await data('GET', `/api/robots/${robot}/statistics/daily`, owner.access);
        assert.equal(list.reduce((sum, day) => sum + day.messages, 0), 5);
        assert.deepEqual([...ai.asked].sort(), ['一', '二', '三', '四', '五'].sort());
    });
});
