// Uploads in an S3-compatible service: a stack of its own over s3rver. That one knows no signatures of version 4, so a
// gatekeeper stands before it who computes each by another implementation (aws4). Skipped without a port for the stack.
import assert from 'node:assert';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);
const S3rver = require('s3rver');
const aws4 = require('aws4');
const run = promisify(execFile);
const root = process.env.HONGYAN_TEST_ROOT;
const port = Number(process.env.HONGYAN_TEST_FREE_PORT || 0);
const options = { skip: !port && 'no port is given for a stack of its own' };
const base = `http://127.0.0.1:${port}`;
const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), randomBytes(100_000)]);
let folder, store, storePort, gate, token, other;

async function openStore() {
    store = new S3rver({ port: storePort ?? 0, address: '127.0.0.1', silent: true, directory: join(folder, 'bucket'),
        configureBuckets: [{ name: 'uploads' }] });
    storePort = (await store.run()).port;
}

const keys = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };
const refused = [];

// Whether the request's own signature is the one that aws4 makes of it.
function isSigned(request) {
    const [path, query = ''] = request.url.split('?');
    const given = new URLSearchParams(query);
    if (given.has('X-Amz-Signature')) {
        const signature = given.get('X-Amz-Signature');
        const rest = query.split('&').filter((part) => !part.startsWith('X-Amz-Signature=')).join('&');
        const made = aws4.sign({ host: request.headers.host, path: `${path}?${rest}`, method: 'GET', service: 's3',
            region: 'us-east-1', signQuery: true }, keys);
        return new URLSearchParams(made.path.split('?')[1]).get('X-Amz-Signature') === signature;
    }
    const proof = request.headers.authorization ?? '';
    const names = /SignedHeaders=([^,]+)/.exec(proof)?.[1].split(';') ?? [];
    const headers = Object.fromEntries(names.map((name) => [name, request.headers[name]]));
    const made = aws4.sign({ host: request.headers.host, path, method: request.method, headers, service: 's3',
        region: 'us-east-1' }, keys);
    const signature = (text) => /Signature=(\w+)/.exec(text)?.[1];
    return names.length > 0 && signature(made.headers.Authorization) === signature(proof);
}

async function openGate() {
    gate = http.createServer((request, answer) => {
        if (!isSigned(request)) {
            refused.push(request.url);
            answer.writeHead(403).end('SignatureDoesNotMatch');
            request.resume();
            return;
        }
        const onward = http.request({ host: '127.0.0.1', port: storePort, path: request.url, method: request.method,
            headers: request.headers }, (said) => { answer.writeHead(said.statusCode, said.headers); said.pipe(answer); });
        onward.on('error', () => answer.destroy());
        request.pipe(onward);
    });
    await new Promise((done) => gate.listen(0, '127.0.0.1', done));
}

function stack(script, ...words) {
    const secret = join(folder, 'secret');
    const env = { PATH: process.env.PATH, HOME: folder, HONGYAN_VAR: join(folder, 'var'), HONGYAN_PORT: `${port}`,
        HONGYAN_RATE_LIMIT: 'off', HONGYAN_FILES_STORE: 's3', HONGYAN_FILES_S3_URL: `http://127.0.0.1:${gate.address().port}`,
        HONGYAN_FILES_S3_BUCKET: 'uploads', HONGYAN_FILES_S3_KEY_ID: 'S3RVER', HONGYAN_FILES_S3_SECRET_FILE: secret,
        HONGYAN_FILES_S3_PATH_STYLE: 'on' };
    return run(`${root}/infra/dev/${script}`, words, { env, timeout: 120_000 });
}

async function signIn(code) {
    const answer = await fetch(`${base}/ocms/auth/weapp/token`, { method: 'POST', body: JSON.stringify({ code }),
        headers: { 'Content-Type': 'application/json' } });
    return (await answer.json()).access_token;
}

function upload(bytes, type = 'image/png', name = '照片.png') {
    const form = new FormData();
    form.append('file', new Blob([bytes], { type }), name);
    return fetch(`${base}/ocms/upload/file`, { method: 'POST', body: form, headers: { Authorization: `Bearer ${token}` } });
}
const read = (path, headers = {}) => fetch(path.startsWith('/') ? base + path : path, { headers });
const mine = { get Authorization() { return `Bearer ${token}`; } };
// s3rver keeps an object in some files of its key's name.
const objects = () => readdirSync(join(folder, 'bucket', 'uploads')).filter((name) => name.endsWith('_object')).length;

before(async () => {
    if (!port) return;
    folder = mkdtempSync(join(tmpdir(), 'hy-s3-'));
    writeFileSync(join(folder, 'secret'), 'S3RVER\n');
    await openStore();
    await openGate();
    await stack('run.sh', '--no-build');
    token = await signIn('s3_alice');
    other = await signIn('s3_bob');
}, { timeout: 120_000 });

after(async () => {
    if (!port) return;
    await stack('stop.sh');
    await store?.close();
    gate?.closeAllConnections();
    gate?.close();
    rmSync(folder, { recursive: true, force: true });
}, { timeout: 60_000 });

test('what is uploaded is in the bucket, and comes back as it was', options, async () => {
    const answer = await upload(png);
    assert.equal(answer.status, 200);
    const said = await answer.json();
    assert.equal(objects(), 1);
    assert.deepEqual(readdirSync(join(folder, 'var/files/tmp')), []);
    const back = await read(said.file_path, mine);
    assert.equal(back.status, 200);
    assert.ok(png.equals(Buffer.from(await back.arrayBuffer())));
    assert.equal(back.headers.get('content-type'), 'image/png');
    assert.match(back.headers.get('content-disposition'), /^inline; filename\*=UTF-8''/);
    assert.equal(back.headers.get('content-security-policy'), 'sandbox');
    const part = await read(said.file_path, { ...mine, Authorization: mine.Authorization, Range: 'bytes=0-7' });
    assert.equal(part.status, 206);
    assert.ok(png.subarray(0, 8).equals(Buffer.from(await part.arrayBuffer())));
});

test('each signature is what another implementation makes of the request', options, () => {
    assert.deepEqual(refused, []);
});

test('nobody else reads it, and the way behind nginx is closed', options, async () => {
    const said = await (await upload(png)).json();
    assert.equal((await read(said.file_path, { Authorization: `Bearer ${other}` })).status, 403);
    assert.equal((await read(said.file_path)).status, 401);
    const key = said.file_path.split('/')[3];
    assert.equal((await read(`/_s3/${key}`, mine)).status, 404);
    assert.equal((await fetch(`http://127.0.0.1:${gate.address().port}/uploads/${key}`)).status, 403);
});

test('ten megabytes go through', options, async () => {
    const large = Buffer.concat([png.subarray(0, 8), randomBytes(10 * 1024 * 1024 - 8)]);
    const answer = await upload(large);
    assert.equal(answer.status, 200);
    const back = await read((await answer.json()).file_path, mine);
    assert.ok(large.equals(Buffer.from(await back.arrayBuffer())));
});

test('what may not be shown is handed out as bytes', options, async () => {
    const said = await (await upload(Buffer.from('<script>alert(1)</script>'), 'text/plain', 'a.html')).json();
    const back = await read(said.file_path, mine);
    assert.equal(back.headers.get('content-type'), 'application/octet-stream');
    assert.match(back.headers.get('content-disposition'), /^attachment/);
});

test('a store that is away, or lets us not in, is said so, and nothing is left behind', options, async () => {
    const before = objects();
    writeFileSync(join(folder, 'secret'), 'another\n');
    assert.equal((await upload(png)).status, 503);
    writeFileSync(join(folder, 'secret'), 'S3RVER\n');
    await store.close();
    assert.equal((await upload(png)).status, 503);
    assert.deepEqual(readdirSync(join(folder, 'var/files/tmp')), []);
    await openStore();
    assert.equal((await upload(png)).status, 200);
    assert.equal(objects(), before + 1);
});
