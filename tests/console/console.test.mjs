// The console's pages, each as a person uses it, against the real stack: at a desk and on a phone, light and dark. Each
// must say nothing to the browser's console (the page's policy would complain there), have no serious fault for axe, fit
// its window, and open with at most six calls.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as house from './house.mjs';

let user, provider, bot;

before(async () => {
    user = await house.person();
    provider = await house.standIn(house.openai);
    bot = await house.robot(user, '客服小鸿', {
        aiMode: 'builtin', aiProvider: 'openai', aiModel: 'stand-in', aiBaseUrl: `${provider.url}/v1`, aiApiKey: 'sk-mine',
    });
});
after(async () => {
    await house.close();
    provider?.close();
});

async function fine(page, name) {
    assert.deepEqual(await house.faults(page), [], `${name}: axe`);
    assert.ok((await house.overflow(page)) <= 0, `${name}: wider than its window`);
    await house.shot(page, name);
    assert.deepEqual(page.complaints, [], `${name}: the browser's console`);
}
// Opened, with its calls counted once nothing more is asked.
async function opened(who, to, options, ready) {
    const page = await house.pageOf(who, options);
    await page.goto(to);
    await ready(page);
    await page.waitForLoadState('networkidle');
    assert.ok(page.calls.length <= 6, `${to} opens with ${page.calls}`);
    return page;
}
// From a list that opens, by the keyboard.
async function choose(page, list, option) {
    await page.getByRole('combobox', { name: list }).focus();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('option', { name: option, exact: true }).click();
}
const heading = (name) => (page) => page.getByRole('heading', { name, level: 1 }).waitFor();

test('axe sees what is wrong', async () => {
    const page = await house.pageOf(null);
    await page.goto('/console/');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.evaluate(() => document.querySelector('main').append(document.createElement('button')));
    assert.match((await house.faults(page)).join(), /button-name/);
    await page.context().close();
});

test('signing in: by a code, with a token, and not', async () => {
    const page = await house.pageOf(null);
    await page.goto('/console/robots');
    await page.getByRole('heading', { name: '登录鸿雁' }).waitFor();
    await fine(page, 'sign-in');
    const phone = house.newPhone();
    await page.getByLabel('手机号').fill(phone);
    await page.getByRole('button', { name: '获取验证码' }).click();
    await page.getByText('验证码已发送').waitFor();
    await page.getByLabel('验证码', { exact: true }).fill('000000');
    await page.getByRole('button', { name: '登录' }).click();
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.innerText(), /验证码错误或已过期 \(请求编号 [0-9a-f]{32}\)/);
    await fine(page, 'sign-in-refused');
    await page.getByLabel('验证码', { exact: true }).fill(await house.codeOf(phone));
    await page.keyboard.press('Enter');
    // Where one wanted to go.
    await page.getByRole('heading', { name: '机器人', level: 1 }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: '机器人', level: 1 }).waitFor();
    await page.getByRole('button', { name: '退出' }).click();
    await page.getByRole('heading', { name: '登录鸿雁' }).waitFor();
    assert.equal(await page.evaluate(() => localStorage.getItem('hongyan.session')), null);
    await page.getByText('已有 Token').click();
    await page.getByLabel('访问 Token').fill('nonsense');
    await page.getByRole('button', { name: '登录' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('访问 Token').fill(user.token);
    await page.getByRole('button', { name: '登录' }).click();
    // Who left on purpose begins anew.
    await page.getByRole('heading', { name: '沙盒', level: 1 }).waitFor();
    await page.context().close();
});

test('a session that ran out is renewed once, and ends where it cannot be', async () => {
    const somebody = await house.person();
    const page = await house.pageOf({ ...somebody, token: 'worn.out.token' });
    await page.goto('/console/robots');
    await heading('机器人')(page);
    await page.getByText('还没有机器人').first().waitFor();
    assert.equal(page.calls.filter((one) => one.endsWith('/refresh-token')).length, 1);
    await page.evaluate(() => localStorage.setItem('hongyan.session', JSON.stringify({ token: 'a.b.c', refreshToken: 'd.e.f', user: null })));
    await page.reload();
    await page.getByRole('heading', { name: '登录鸿雁' }).waitFor();
    await page.context().close();
});

test('the sandbox: a talk with the robot, live, recalled, quoted, after a reload', async () => {
    const empty = await opened(user, '/console/sandbox', {}, (page) => page.getByText('还没有会话').waitFor());
    await fine(empty, 'sandbox-empty');
    // A friend is made by hand.
    await empty.getByRole('button', { name: '好友' }).click();
    await empty.getByLabel('ID').fill('zhangsan');
    await empty.getByLabel('昵称').fill('张三');
    await house.shot(empty, 'sandbox-new-friend');
    await empty.getByRole('button', { name: '保存' }).click();
    await empty.getByRole('heading', { name: '张三' }).waitFor();
    // Nobody is bound; the words are stored.
    await empty.getByText('未绑定机器人').waitFor();
    await choose(empty, '被测机器人', '客服小鸿');
    await empty.getByText('测试对象：客服小鸿').waitFor();
    await empty.context().close();

    const page = await opened(user, '/console/sandbox', {}, (one) => one.getByText('已连接').waitFor());
    const other = await opened(user, '/console/sandbox', {}, (one) => one.getByText('已连接').waitFor());
    await page.getByLabel('消息内容').fill('营业时间？');
    await page.keyboard.press('Enter');
    const log = page.getByRole('log');
    await log.getByText('答：营业时间？', { exact: true }).waitFor();
    // What one page says the other hears, once.
    await other.getByRole('log').getByText('答：营业时间？', { exact: true }).waitFor();
    assert.equal(await other.getByRole('log').locator('article').count(), 2);
    assert.equal(await log.locator('article').count(), 2);
    await log.locator('article').last().hover();
    await log.locator('article').last().getByRole('button', { name: '回复' }).click();
    await page.getByLabel('消息内容').fill('谢谢');
    await page.keyboard.press('Enter');
    await log.locator('blockquote', { hasText: '客服小鸿: 答：营业时间？' }).waitFor();
    await log.getByText('答：谢谢', { exact: true }).waitFor();
    await fine(page, 'sandbox-talk');
    await log.locator('article').first().hover();
    await log.locator('article').first().getByRole('button', { name: '撤回' }).click();
    await other.getByRole('log').getByText('消息已撤回').first().waitFor();
    // A picture, from a file.
    const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
    await page.locator('input[type=file]').setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: png });
    await page.getByRole('button', { name: '发送' }).click();
    await log.locator('img.picture').waitFor();
    await page.waitForFunction(() => document.querySelector('img.picture')?.naturalWidth === 1);
    await log.getByText('答：[图片]', { exact: true }).waitFor();
    // The same after a reload.
    const said = async (one) => (await one.getByRole('log').locator('article').allInnerTexts()).length;
    const before = await said(page);
    await page.reload();
    await page.getByRole('log').getByText('答：谢谢', { exact: true }).waitFor();
    assert.equal(await said(page), before);
    assert.deepEqual(page.complaints, []);
    await other.context().close();
    await page.context().close();
});

test('the sandbox: an answer is seen while it is written', async () => {
    const writer = await house.person();
    const slow = await house.slowProvider(['你好', '，世界']);
    const robot = await house.robot(writer, '慢慢说', {
        aiMode: 'builtin', aiProvider: 'openai', aiModel: 'm', aiBaseUrl: `${slow.url}/v1`, aiApiKey: 'sk-mine',
    });
    await house.request('POST', '/api/v1/sandbox/self/bind', writer.token, { robotId: robot });
    await house.request('POST', '/api/v1/sandbox/friend/create', writer.token, { id: 'f', nick: '阿福', avatar: 'a' });
    const page = await opened(writer, '/console/sandbox', {}, (one) => one.getByText('已连接').waitFor());
    await page.getByLabel('消息内容').fill('说吧');
    await page.keyboard.press('Enter');
    const log = page.getByRole('log');
    await log.getByText('你好', { exact: true }).waitFor();
    await log.getByText('正在输入…').waitFor();
    await fine(page, 'sandbox-writing');
    await house.eventually(() => slow.held.length === 1, 'the provider waits');
    slow.go();
    await log.getByText('你好，世界', { exact: true }).waitFor();
    await log.getByText('正在输入…').waitFor({ state: 'detached' });
    assert.equal(await log.locator('article').count(), 2);
    await page.context().close();
    slow.close();
});

test('the sandbox: nothing is lost or doubled while the line is away', async () => {
    const page = await house.pageOf(user);
    await page.goto('/console/sandbox');
    await page.getByText('已连接').waitFor();
    const log = page.getByRole('log');
    await log.locator('article').first().waitFor();
    await page.waitForLoadState('networkidle');
    const before = await log.locator('article').count();
    await page.context().setOffline(true);
    await page.getByLabel('消息内容').fill('离线时说的');
    await page.keyboard.press('Enter');
    await page.getByText('尚未送达').waitFor();
    await house.shot(page, 'sandbox-offline');
    // Kept over a reload: what was written is in the storage.
    const kept = () => page.evaluate(() => Object.entries(localStorage).filter(([key]) => key.startsWith('hongyan.unsent.')).map(([, value]) => value));
    assert.match((await kept())[0], /离线时说的/);
    // Another page of the same browser changes nothing of it.
    const other = await page.context().newPage();
    await other.close();
    // Said elsewhere meanwhile.
    await house.sandbox(user, 'webhook', {
        type: 'friend', event: 'message', subEvent: 'friend', contact: { scene: 'friend', peer: 'zhangsan', name: '' },
        sender: { userId: 'zhangsan', nick: '张三' }, elements: [{ type: 'text', text: '别处说的' }],
    });
    await page.context().setOffline(false);
    await log.getByText('答：别处说的', { exact: true }).waitFor();
    await log.getByText('答：离线时说的', { exact: true }).waitFor();
    await page.getByText('已连接').waitFor();
    assert.equal(await log.locator('article').count(), before + 4);
    assert.equal(await page.getByText('尚未送达').count(), 0);
    assert.deepEqual(await kept(), []);
    // Said while another page of the console is looked at.
    await page.getByRole('link', { name: '机器人' }).click();
    await heading('机器人')(page);
    await say('离开时说的');
    await page.getByRole('link', { name: '沙盒' }).click();
    await log.getByText('答：离开时说的', { exact: true }).waitFor();
    // More than one reading holds was said while nobody listened: no hole is left.
    await page.context().setOffline(true);
    await page.evaluate(() => dispatchEvent(new Event('offline')));
    for (let i = 1; i <= 60; ++i) await say(`第${i}句`);
    await page.context().setOffline(false);
    await log.getByText('答：第60句', { exact: true }).waitFor();
    await house.eventually(async () => (await log.getByText(/^第\d+句$/).count()) === 60, 'all sixty');
    await page.context().close();
});

const say = (text, elements = [{ type: 'text', text }], friend = 'zhangsan', nick = '张三') => house.sandbox(user, 'webhook', {
    type: 'friend', event: 'message', subEvent: 'friend', contact: { scene: 'friend', peer: friend, name: '' },
    sender: { userId: friend, nick }, elements,
});

test('the sandbox: a talk that is heard before it is opened has its history; odd words harm nobody', async () => {
    await house.sandbox(user, 'friend/create', { id: 'wangwu', nick: '王五', avatar: 'x' });
    for (let i = 1; i <= 3; ++i) await say(`旧${i}`, undefined, 'wangwu', '王五');
    const page = await house.pageOf(user);
    await page.goto('/console/sandbox');
    await page.getByText('已连接').waitFor();
    await page.getByRole('button', { name: /张三/ }).click();
    await page.getByRole('log').locator('article').first().waitFor();
    await say('现在', [{ type: 'keyboard', rows: [null, { buttons: [null, { label: '是' }] }, 7] }, { type: 'text', text: '现在' }, { type: 'image', file: 'javascript:alert(1)' }], 'wangwu', '王五');
    await page.getByRole('button', { name: /王五.*未读/ }).click();
    const log = page.getByRole('log');
    await log.getByText('旧1', { exact: true }).waitFor();
    await log.getByText('现在', { exact: true }).waitFor();
    await log.getByText('是', { exact: true }).waitFor();
    assert.deepEqual(page.complaints, []);
    await house.sandbox(user, 'friend/delete', { id: 'wangwu' });
    await page.context().close();
});

test('the sandbox: another account sees nothing of the one before', async () => {
    const other = await house.person();
    await house.sandbox(other, 'friend/create', { id: 'zhangsan', nick: '别人的张三', avatar: 'x' });
    const page = await house.pageOf(user);
    await page.goto('/console/sandbox');
    await page.getByText('已连接').waitFor();
    await page.getByRole('button', { name: /张三/ }).click();
    await page.getByRole('log').locator('article').first().waitFor();
    await page.getByLabel('消息内容').fill('没有说出口的话');
    await page.getByRole('button', { name: '退出' }).click();
    await page.getByText('已有 Token').click();
    await page.getByLabel('访问 Token').fill(other.token);
    await page.getByRole('button', { name: '登录' }).click();
    await page.getByRole('heading', { name: '别人的张三' }).waitFor();
    await page.getByText('还没有消息').waitFor();
    assert.equal(await page.getByRole('log').locator('article').count(), 0);
    assert.equal(await page.getByLabel('消息内容').inputValue(), '');
    assert.equal(await page.getByText('客服小鸿').count(), 0);
    await page.context().close();
});

test('the sandbox: a group, where only mentions are answered', async () => {
    const page = await house.pageOf(user);
    await page.goto('/console/sandbox');
    await page.getByText('已连接').waitFor();
    await page.getByRole('button', { name: '群', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('ID').fill('family');
    await dialog.getByLabel('群名称').fill('相亲相爱一家人');
    await dialog.getByRole('button', { name: '保存' }).click();
    await page.getByRole('heading', { name: '相亲相爱一家人' }).waitFor();
    await page.getByRole('button', { name: '添加成员' }).click();
    await page.getByRole('dialog').getByLabel('ID').fill('lisi');
    await page.getByRole('dialog').getByLabel('昵称').fill('李四');
    await page.getByRole('dialog').getByRole('button', { name: '保存' }).click();
    await page.getByText('成员 3').waitFor();
    await page.getByLabel('消息内容').fill('没有提及');
    await page.keyboard.press('Enter');
    await choose(page, '发言人', '李四');
    await page.getByRole('button', { name: '@ 提及' }).click();
    await page.getByRole('menuitem', { name: '客服小鸿' }).click();
    await page.keyboard.type('在吗');
    await page.keyboard.press('Enter');
    const log = page.getByRole('log');
    await log.getByText(/^答：.*在吗$/).waitFor();
    assert.equal(await log.locator('article').count(), 3);
    await fine(page, 'sandbox-group');
    await page.context().close();
});

test('the sandbox on a phone: the list, then the talk, then who is in it', async () => {
    const page = await opened(user, '/console/sandbox', { phone: true }, (one) => one.getByRole('button', { name: /张三/ }).waitFor());
    await fine(page, 'phone-sandbox-list');
    await page.getByRole('button', { name: /相亲相爱一家人/ }).click();
    await page.getByRole('log').locator('article').first().waitFor();
    await fine(page, 'phone-sandbox-talk');
    await page.getByRole('button', { name: '详情' }).click();
    await page.getByText('成员 3').waitFor();
    await fine(page, 'phone-sandbox-details');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: '返回' }).click();
    await page.getByRole('button', { name: /张三/ }).waitFor();
    await page.context().close();
});

test('robots: made, set, tested, watched, given a key, deleted', async () => {
    const page = await opened(user, '/console/robots', {}, (one) => one.getByText('客服小鸿').waitFor());
    await fine(page, 'robots');
    await page.getByRole('button', { name: '创建机器人' }).click();
    await page.getByLabel('名称').fill('新机器人');
    await page.getByRole('dialog').getByRole('button', { name: '创建机器人' }).click();
    await page.getByRole('heading', { name: '新机器人' }).waitFor();
    await page.getByText('这段时间没有活动').waitFor();
    await page.getByRole('tab', { name: '设置与测试' }).click();
    await page.getByLabel('名称').fill('改了名的机器人');
    await page.getByRole('button', { name: '保存', exact: true }).click();
    await page.getByRole('heading', { name: '改了名的机器人' }).waitFor();
    await page.getByText('有未保存的更改').waitFor({ state: 'detached' });
    // A provider that refuses is shown as it is.
    const refusing = await house.standIn(() => ({ status: 401, body: { error: { message: 'Incorrect API key' } } }));
    await page.getByText('使用自己的 AI 账号').click();
    await page.getByLabel('接口地址').fill(`${refusing.url}/v1`);
    await page.getByLabel('API Key', { exact: true }).first().fill('sk-wrong');
    await page.getByLabel('系统提示词').fill('你是一个客服。');
    await page.getByText('有未保存的更改').waitFor();
    await page.getByRole('button', { name: '保存并测试' }).click();
    await page.getByText('HTTP 401', { exact: true }).waitFor();
    await page.getByText('Incorrect API key').waitFor();
    await fine(page, 'robot-test-failed');
    // The key was sent once, and is not sent again.
    await page.getByText('有未保存的更改').waitFor({ state: 'detached' });
    assert.ok(await page.getByRole('button', { name: '保存', exact: true }).isDisabled());
    await page.getByLabel('接口地址').fill(`${provider.url}/v1`);
    await page.getByLabel('API Key', { exact: true }).first().fill('sk-mine');
    await page.getByRole('button', { name: '保存并测试' }).click();
    await page.getByText('答：你好', { exact: true }).waitFor();
    assert.equal(provider.asked.at(-1).body.messages[0].content, '你是一个客服。');
    await page.getByRole('tab', { name: 'API Key' }).click();
    await page.getByRole('button', { name: '重新生成' }).click();
    await page.getByRole('tooltip').getByRole('button', { name: '重新生成' }).click();
    await page.getByText(/^sk-api-\w{48}$/).waitFor();
    await house.shot(page, 'robot-key');
    // Shown this once.
    await page.reload();
    await page.getByRole('tab', { name: 'API Key' }).click();
    assert.equal(await page.getByText(/sk-api-/).count(), 0);
    await page.getByRole('button', { name: '删除' }).click();
    await page.getByRole('tooltip').getByRole('button', { name: '删除' }).click();
    await heading('机器人')(page);
    await page.getByText('改了名的机器人').waitFor({ state: 'detached' });
    assert.deepEqual(page.complaints, []);
    refusing.close();
    await page.context().close();
});

test('a robot that is away from somebody else is shown as a refusal', async () => {
    const stranger = await house.person();
    const page = await house.pageOf(stranger);
    await page.goto(`/console/robots/${bot}`);
    await page.getByRole('alert').first().waitFor();
    assert.match(await page.getByRole('alert').first().innerText(), /无权访问该机器人 \(请求编号 [0-9a-f]{32}\)/);
    await fine(page, 'robot-refused');
    await page.context().close();
});

test('statistics of a robot, as charts and as tables', async () => {
    await house.eventually(async () => (await house.request('GET', `/api/robots/${bot}/statistics`, user.token)).totalAICalls >= 4, 'counted');
    const page = await opened(user, `/console/robots/${bot}`, {}, (one) => one.locator('canvas').first().waitFor());
    await fine(page, 'robot-statistics');
    await page.getByText('以表格查看').first().click();
    await page.getByRole('table').first().waitFor();
    await page.getByText('7 天').click();
    await page.waitForFunction(() => document.querySelectorAll('figure table tbody').length && document.querySelector('figure table tbody').rows.length === 7);
    await page.getByRole('button', { name: '深色模式' }).click();
    await page.getByRole('button', { name: 'Switch to English' }).click();
    await page.getByRole('tab', { name: 'Statistics' }).waitFor();
    await fine(page, 'robot-statistics-dark-english');
    // Remembered.
    await page.reload();
    await page.getByRole('tab', { name: 'Statistics' }).waitFor();
    assert.ok(await page.evaluate(() => document.documentElement.classList.contains('dark')));
    await page.context().close();
});

test('commands and callbacks: sent, failed and why, tried again', async () => {
    const receiver = await house.standIn(() => ({ status: 200, body: { code: 0 } }));
    const mine = await house.robot(user, '企业微信', { aiMode: 'third_party', aiProvider: 'echo' });
    const page = await opened(user, `/console/commands/${mine}`, {}, (one) => one.getByText('没有指令').waitFor());
    await fine(page, 'work-empty');
    await page.getByRole('button', { name: '发送测试消息' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('发给').fill('张三、李四');
    await dialog.getByLabel('内容').fill('你好！');
    await dialog.getByRole('button', { name: '发送测试消息' }).click();
    await page.getByText('张三、李四').waitFor();
    await page.getByRole('cell', { name: '等待中' }).waitFor();
    // A device fails at it until it is given up.
    const admin = await house.administrator();
    const { codes } = await house.request('POST', '/api/admin/activation-codes', admin.token, { count: 1, validityPeriod: 30 });
    await house.request('POST', `/api/robots/${mine}/activation-code`, user.token, { code: codes[0].code });
    const device = await house.request('POST', '/api/robot-ids/activate', null, { code: codes[0].code, deviceInfo: { deviceId: `console-${Date.now()}` } });
    await house.request('POST', '/api/robot/third-party/config', user.token, { robotId: mine, resultCallbackUrl: `${receiver.url}/result`, messageCallbackUrl: '' });
    const fail = async (times) => {
        for (let i = 0; i < times; ++i) {
            const [command] = await house.eventually(async () => {
                const due = (await house.request('GET', `/api/robot/commands?robotId=${mine}`, device.token)).commands;
                return due.length && due;
            }, 'a command');
            await house.request('POST', '/api/robot/command-result', device.token, { robotId: mine, commandId: command.commandId, errorCode: 7, errorReason: '未找到联系人' });
        }
    };
    await fail(4);
    // Seen without a reload.
    await page.getByText('未找到联系人 (7)').waitFor();
    await page.getByRole('cell', { name: '失败', exact: true }).waitFor();
    await fine(page, 'work-failed');
    await page.getByRole('button', { name: '重试' }).click();
    const [again] = await house.eventually(async () => {
        const due = (await house.request('GET', `/api/robot/commands?robotId=${mine}`, device.token)).commands;
        return due.length && due;
    }, 'the command again');
    await house.request('POST', '/api/robot/command-result', device.token, { robotId: mine, commandId: again.commandId, errorCode: 0 });
    await page.getByRole('cell', { name: '成功', exact: true }).waitFor();
    await page.getByRole('radio', { name: '回调' }).locator('..').click();
    // Each round of the command is told by itself: the failure, and the success after it.
    const row = page.getByRole('row', { name: `dlv_${again.commandId}.1` });
    await row.getByText('成功').waitFor();
    await page.getByRole('row', { name: `dlv_${again.commandId}` }).nth(1).waitFor();
    await house.eventually(() => receiver.asked.length >= 2, 'both deliveries');
    const seen = receiver.asked.length;
    await row.getByRole('button', { name: '再投一次' }).click();
    await house.eventually(() => receiver.asked.length > seen, 'a second delivery');
    assert.equal(receiver.asked.at(-1).body.commandId, again.commandId);
    assert.equal(receiver.asked.at(-1).body.errorCode, 0);
    await row.getByText('成功').waitFor();
    await fine(page, 'work-deliveries');
    receiver.close();
    await page.context().close();
});

test('administration: health, users, codes, logs', async () => {
    const admin = await house.administrator();
    const health = await opened(admin, '/console/admin', {}, (one) => one.getByText('workbot-robots').waitFor());
    await fine(health, 'admin-health');
    await health.getByRole('link', { name: '用户' }).click();
    await health.getByText(user.phone).waitFor();
    await fine(health, 'admin-users');
    await health.getByRole('link', { name: '激活码' }).click();
    await health.getByRole('button', { name: '生成激活码' }).click();
    await health.getByRole('dialog').getByLabel('数量').fill('3');
    await health.getByRole('dialog').getByRole('button', { name: '生成激活码' }).click();
    await health.getByText('已生成 3 个').waitFor();
    const made = (await health.getByRole('dialog').locator('pre').innerText()).split('\n');
    assert.equal(made.length, 3);
    await house.shot(health, 'admin-codes-made');
    await health.getByRole('button', { name: '关闭', exact: true }).click();
    await health.getByRole('row', { name: made[0] }).waitFor();
    const downloading = health.waitForEvent('download');
    await health.getByRole('button', { name: '导出 CSV' }).click();
    const stream = await (await downloading).createReadStream();
    let csv = '';
    for await (const some of stream) csv += some;
    for (const code of made) assert.match(csv, new RegExp(`^${code},unused,30,50`, 'm'));
    const row = health.getByRole('row', { name: made[0] });
    await row.getByRole('button', { name: '禁用' }).click();
    await health.getByRole('tooltip').getByRole('button', { name: '禁用' }).click();
    await row.getByText('已禁用').waitFor();
    await fine(health, 'admin-codes');
    await health.getByRole('link', { name: '日志' }).click();
    await choose(health, '级别', '错误');
    await health.getByRole('button', { name: '展开' }).or(health.locator('.el-table__expand-icon')).first().click();
    await health.locator('pre').first().waitFor();
    await fine(health, 'admin-logs');
    await health.context().close();
    // For nobody else.
    const page = await house.pageOf(user);
    await page.goto('/console/admin/health');
    await page.getByRole('heading', { name: '沙盒' }).waitFor();
    assert.equal(await page.getByRole('link', { name: '管理' }).count(), 0);
    await page.context().close();
});

test('pages look again with one call every five seconds', async () => {
    const page = await opened(user, '/console/robots', {}, (one) => one.getByText('客服小鸿').waitFor());
    const before = page.calls.length;
    await house.robot(user, '刚刚来的');
    await page.getByText('刚刚来的').waitFor();
    assert.equal(page.calls.length - before, 1);
    await page.context().close();
});

test('phones and darkness', async () => {
    const admin = await house.administrator();
    for (const [name, who, to, options] of [
        ['phone-sign-in-dark', null, '/console/', { phone: true, dark: true }],
        ['phone-robots', user, '/console/robots', { phone: true }],
        ['phone-robot-dark', user, `/console/robots/${bot}`, { phone: true, dark: true }],
        ['phone-work', user, '/console/commands', { phone: true }],
        ['phone-health', admin, '/console/admin/health', { phone: true }],
        ['phone-codes-dark', admin, '/console/admin/codes', { phone: true, dark: true }],
        ['sandbox-dark', user, '/console/sandbox', { dark: true }],
        ['health-dark-english', admin, '/console/admin/health', { dark: true, locale: 'en-GB' }],
        ['robots-english', user, '/console/robots', { locale: 'en-GB' }],
    ]) {
        const page = await opened(who, to, options, async (one) => {
            await one.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' });
            await one.locator('.el-loading-mask').first().waitFor({ state: 'detached' });
        });
        await fine(page, name);
        await page.context().close();
    }
});

test('the house away, in words', async () => {
    const page = await house.pageOf(user);
    await page.goto('/console/robots');
    await heading('机器人')(page);
    await page.route('**/api/robots?*', (route) => route.fulfill({
        status: 503, headers: { 'X-Request-Id': 'f'.repeat(32) }, json: { code: 503, message: '服务暂时不可用', data: null },
    }));
    await page.getByRole('alert').waitFor();
    assert.match(await page.getByRole('alert').innerText(), /服务暂时不可用 \(请求编号 f{32}\)/);
    await fine(page, 'robots-away');
    await page.unroute('**/api/robots?*');
    await page.getByRole('button', { name: '重试' }).click();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await page.context().close();
});

test('what a page carries: its policy, its size, no tokens in addresses', async () => {
    const answer = await fetch(`${house.url}/console/`);
    const policy = answer.headers.get('content-security-policy');
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    const page = await house.pageOf(user);
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    let bytes = 0;
    const addresses = [];
    session.on('Network.loadingFinished', (event) => (bytes += event.encodedDataLength));
    page.on('request', (request) => addresses.push(request.url()));
    await page.goto('/console/sandbox');
    await page.getByText('已连接').waitFor();
    await page.waitForLoadState('networkidle');
    assert.ok(bytes > 50_000 && bytes < 300_000, `${bytes} bytes`);
    for (const address of addresses) assert.ok(!address.includes(user.token), address);
    const took = await page.evaluate(() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd);
    console.log(`# the sandbox: ${Math.round(bytes / 1000)} KB compressed, its page was there after ${Math.round(took)} ms`);
    await page.context().close();
});

test('the descriptions of all APIs in one place', async () => {
    const page = await house.pageOf(null);
    await page.goto('/docs/');
    for (const api of ['ocms', 'workbot', 'wukongim', 'openim', 'openim-sdk', 'sandbox'])
        await page.getByRole('link', { name: api, exact: true }).first().waitFor();
    await fine(page, 'docs');
    await page.getByRole('navigation').getByRole('link', { name: 'sandbox' }).click();
    await page.getByText('/api/v1/sandbox/webhook').first().waitFor();
    await house.shot(page, 'docs-sandbox');
    await page.goto('/api/docs');
    await page.getByText('/api/robots/{robotId}/brain/test').first().waitFor();
    assert.deepEqual(page.complaints, []);
    await page.context().close();
});
