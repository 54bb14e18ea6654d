// The stack as the console's tests need it: people who signed in, robots with brains that answer or do not, pages.
import { execFileSync } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromium } from 'playwright-core';

export const url = process.env.HONGYAN_TEST_URL;
const logs = path.join(process.env.HONGYAN_TEST_VAR, 'log');
export const shots = process.env.HONGYAN_TEST_SHOTS;
export const patience = 15_000;

export async function request(method, to, token, body) {
    const answer = await fetch(url + to, {
        method,
        headers: { ...(token && { Authorization: `Bearer ${token}` }), 'Content-Type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${to}: ${answer.status} ${text}`);
    const value = JSON.parse(text);
    return value.data ?? value;
}

export async function eventually(look, what = 'it') {
    const end = Date.now() + patience;
    for (;;) {
        const found = await look();
        if (found) return found;
        if (Date.now() > end) throw new Error(`did not happen: ${what}`);
        await new Promise((go) => setTimeout(go, 50));
    }
}

// The code that was last sent to a phone.
export async function codeOf(phone) {
    return eventually(async () => {
        const lines = (await readFile(path.join(logs, 'sms.log'), 'utf8')).trim().split('\n');
        return lines.map((line) => JSON.parse(line)).reverse().find((one) => one.phone === phone)?.code;
    }, `a code for ${phone}`);
}
export const newPhone = () => `135${String(Math.floor(Math.random() * 1e8)).padStart(8, '0')}`;

export async function person(phone = newPhone()) {
    await request('POST', '/api/user/send-sms', null, { phone });
    const user = await request('POST', '/api/user/login', null, { phone, code: await codeOf(phone) });
    return { phone, ...user };
}
// Made one by the operator's tool, which knows none of the tests' settings.
let admin;
export const administrator = () => (admin ??= makeAdmin());
async function makeAdmin() {
    const somebody = await person();
    const config = path.join(process.env.HONGYAN_TEST_VAR, 'etc/hongyan.conf');
    execFileSync(path.join(process.env.HONGYAN_TEST_BIN, 'hongyanctl'), ['admin', 'grant', String(somebody.userId), `--config=${config}`], {
        env: { PATH: process.env.PATH },
    });
    await eventually(() => request('GET', '/api/admin/health', somebody.token).catch(() => null), 'an administrator');
    return { ...somebody, role: 'admin' };
}

// A provider or webhook on loopback; `answer` gives {status, body} for what was asked.
export async function standIn(answer) {
    const asked = [];
    const server = http.createServer((req, res) => {
        let body = '';
        req.on('data', (some) => (body += some));
        req.on('end', () => {
            const one = { path: req.url, body: JSON.parse(body || '{}') };
            asked.push(one);
            const said = answer(one);
            res.writeHead(said.status ?? 200, { 'Content-Type': 'application/json' });
            res.end(JSON.stringify(said.body));
        });
    });
    await new Promise((go) => server.listen(0, '127.0.0.1', go));
    return { url: `http://127.0.0.1:${server.address().port}`, asked, close: () => server.close() };
}
// One that says its answer piece by piece, and waits before each but the first until it is told to go on.
export async function slowProvider(pieces) {
    const held = [];
    const go = () => held.shift()?.();
    const server = http.createServer(async (req, res) => {
        req.resume();
        res.writeHead(200, { 'Content-Type': 'text/event-stream' });
        for (const [i, piece] of pieces.entries()) {
            if (i > 0) await new Promise((on) => held.push(on));
            const last = i === pieces.length - 1 ? { finish_reason: 'stop' } : {};
            res.write(`data: ${JSON.stringify({ choices: [{ delta: { content: piece }, ...last }] })}\n\n`);
        }
        res.end('data: [DONE]\n\n');
    });
    await new Promise((on) => server.listen(0, '127.0.0.1', on));
    return { url: `http://127.0.0.1:${server.address().port}`, go, held, close: () => server.close() };
}
export const openai = ({ body }) => ({
    body: {
        choices: [{ message: { role: 'assistant', content: `答：${body.messages.at(-1).content}` } }],
        usage: { prompt_tokens: 1000, completion_tokens: 500 },
    },
});

export async function robot(user, name, settings = {}) {
    const { robotId } = await request('POST', '/api/robots', user.token, { name, ...settings });
    return robotId;
}
export const sandbox = (user, call, body = {}) => request('POST', `/api/v1/sandbox/${call}`, user.token, body);

// ---- pages -------------------------------------------------------------------------------

let browser;
export async function open() {
    browser ??= await chromium.launch({
        executablePath: process.env.HONGYAN_TEST_CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-dev-shm-usage', '--font-render-hinting=none'],
    });
    return browser;
}
export const close = () => browser?.close();

// A page of somebody who has signed in (or nobody). What the browser or the page's policy complains about, and each call,
// is written down.
export async function pageOf(user, { phone = false, dark = false, locale = 'zh-CN' } = {}) {
    const context = await (await open()).newContext({
        baseURL: url,
        locale,
        timezoneId: 'Asia/Shanghai',
        colorScheme: dark ? 'dark' : 'light',
        viewport: phone ? { width: 390, height: 844 } : { width: 1280, height: 800 },
        hasTouch: phone,
        reducedMotion: 'reduce',
    });
    if (user) {
        const kept = { token: user.token, refreshToken: user.refreshToken, user: { ...user, token: undefined, refreshToken: undefined } };
        await context.addInitScript((session) => {
            if (!sessionStorage.getItem('test.signed')) localStorage.setItem('hongyan.session', session);
            sessionStorage.setItem('test.signed', '1');
        }, JSON.stringify(kept));
    }
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    page.complaints = [];
    page.calls = [];
    page.on('console', (message) => {
        if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) page.complaints.push(message.text());
    });
    page.on('pageerror', (error) => page.complaints.push(String(error)));
    page.on('request', (one) => {
        const at = new URL(one.url()).pathname;
        if (/^\/(api|ocms)\//.test(at)) page.calls.push(`${one.method()} ${at}`);
    });
    return page;
}

// What axe calls serious or critical.
let axe;
export async function faults(page) {
    axe ??= await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    // Given by the driver, which the page's policy does not bind.
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    return found.violations
        .filter((one) => one.impact === 'serious' || one.impact === 'critical')
        .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | ')}`);
}

// How far the page is wider than its window.
export const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

export async function shot(page, name) {
    if (!shots) return;
    await page.screenshot({ path: path.join(shots, `${name}.png`) });
    await stat(path.join(shots, `${name}.png`));
}
