// The stack as tests of SDKs need it: people who have signed in, requests, a user of an SDK as a process, a way that can
// be cut.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { createInterface } from 'node:readline';

export const url = process.env.HONGYAN_TEST_URL;
export const api = `${url}/api/v1/im`;
const patience = 20_000;

export async function request(method, path, token, body) {
    const answer = await fetch(url + path, {
        method,
        headers: { ...(token && { Authorization: `Bearer ${token}` }), 'Content-Type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
}

let people = 0;
// A new account: its access token, uid and addresses.
export async function person() {
    const code = `sdk_${process.pid}_${Date.now()}_${++people}`;
    const access = (await request('POST', '/ocms/auth/weapp/token', null, { code })).access_token;
    const config = (await request('GET', '/api/v1/im/config', access)).data;
    return { access, ...config };
}
export async function token(access, level = 0) {
    return (await request('POST', '/api/v1/im/token', access, { deviceLevel: level })).data.token;
}

// Something that tells events; waited for, never slept for.
export class Events {
    constructor() { this.seen = []; this.waiting = []; }
    add(event) {
        this.seen.push(event);
        for (const wait of [...this.waiting]) wait();
    }
    // The first event that was not taken yet and fits; it is taken then.
    async next(fits, what = String(fits)) {
        const end = Date.now() + patience;
        for (;;) {
            const at = this.seen.findIndex(fits);
            if (at >= 0) return this.seen.splice(at, 1)[0];
            const left = end - Date.now();
            if (left <= 0) throw new Error(`did not come: ${what}; came: ${JSON.stringify(this.seen)}`);
            await new Promise((go) => {
                const timer = setTimeout(done, left);
                const self = this;
                function done() {
                    clearTimeout(timer);
                    self.waiting.splice(self.waiting.indexOf(done), 1);
                    go();
                }
                this.waiting.push(done);
            });
        }
    }
}

// A user of an SDK: a script that takes commands and tells events by lines of JSON.
export class User extends Events {
    constructor(script, ...args) {
        super();
        this.child = spawn(process.execPath, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
        createInterface({ input: this.child.stdout }).on('line', (line) => this.add(JSON.parse(line)));
    }
    tell(command) { this.child.stdin.write(JSON.stringify(command) + '\n'); }
    async end() {
        this.child.stdin.end();
        if (this.child.exitCode === null) await once(this.child, 'exit');
    }
}

// A way to the stack that tests can cut: what passes it is dropped at once.
export class Way {
    constructor(target) { this.target = new URL(target); this.sockets = new Set(); }
    async open() {
        this.server = net.createServer((from) => {
            const to = net.connect(Number(this.target.port), this.target.hostname);
            for (const [one, other] of [[from, to], [to, from]]) {
                this.sockets.add(one);
                one.pipe(other);
                one.on('error', () => {});
                one.on('close', () => { this.sockets.delete(one); other.destroy(); });
            }
        });
        this.server.listen(0, '127.0.0.1');
        await once(this.server, 'listening');
        return `ws://127.0.0.1:${this.server.address().port}${this.target.pathname}`;
    }
    cut() { for (const socket of this.sockets) socket.destroy(); }
    close() { this.cut(); this.server.close(); }
}
