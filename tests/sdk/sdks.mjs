// Users of the two public SDKs, as tests of both of them want them.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { User, api as wukongim, token, url } from './stack.mjs';

const local = (name) => fileURLToPath(new URL(name, import.meta.url));
export const api = `${url}/openim`;
export const ws = `${url.replace(/^http/, 'ws')}/openim/gateway`;
export const node = ['--experimental-websocket', '--no-warnings'];

export class OpenIm extends User {
    constructor() { super(...node, local('openim_user.mjs')); }
    async connect(user, pass) {
        this.user = user;
        this.tell({ do: 'connect', user, token: pass, api, ws });
        await this.next((e) => e.event === 'synced', 'synced');
        return this;
    }
    async ask(command, event) {
        this.tell(command);
        const answer = await this.next((e) => e.event === event || e.event === 'failed', event);
        assert.equal(answer.event, event, JSON.stringify(answer));
        return answer;
    }
    say(to, text) { return this.ask({ do: 'send', ...to, text }, 'sent'); }
    message(text) { return this.next((e) => e.event === 'message' && e.text === text, `message ${text}`); }
}

export class WuKong extends User {
    constructor() { super(local('wukongim_user.cjs'), process.env.HONGYAN_TEST_WUKONGIM_BUNDLE, process.env.HONGYAN_TEST_WS_MODULE); }
    async connect(who) {
        this.tell({ do: 'connect', api: wukongim, access: who.access, uid: who.uid, ws: who.wsUrl, token: await token(who.access) });
        await this.next((e) => e.event === 'status' && e.status === 'Connected', 'connected');
        return this;
    }
    async say(to, text, type) {
        this.tell({ do: 'send', to, text, type });
        const { n } = await this.next((e) => e.event === 'sent', 'sent');
        return this.next((e) => e.event === 'ack' && e.n === n, 'ack');
    }
    message(text) { return this.next((e) => e.event === 'message' && e.text === text, `message ${text}`); }
}

// Users who end with their test.
export function cast(t) {
    const users = [];
    t.after(() => Promise.all(users.map((user) => user.end())));
    return (user) => (users.push(user), user);
}
