// One user of OpenIM's own JavaScript client, unmodified: told what to do by lines of JSON on stdin, and telling what happens
// by lines on stdout. Usage: node --experimental-websocket openim_user.mjs
import { createInterface } from 'node:readline';

const tell = (event) => process.stdout.write(JSON.stringify(event) + '\n');
for (const name of ['log', 'info', 'debug', 'warn', 'dir', 'error']) console[name] = () => {};
process.on('unhandledRejection', (e) => tell({ event: 'sdk-error', why: String(e?.message ?? JSON.stringify(e)) }));
const { getSDK, CbEvents } = await import('@openim/client-sdk/lib/index.modern.mjs');
const sdk = getSDK();

const shown = (m) => ({
    id: m.clientMsgID, seq: m.seq, from: m.sendID, group: m.groupID, type: m.contentType, text: m.textElem?.content,
});
sdk.on(CbEvents.OnRecvNewMessages, ({ data }) => { for (const m of data) tell({ event: 'message', ...shown(m) }); });
sdk.on(CbEvents.OnNewRecvMessageRevoked, ({ data }) => tell({ event: 'revoked', id: data.clientMsgID, by: data.revokerID }));
sdk.on(CbEvents.OnSyncServerFinish, () => tell({ event: 'synced' }));
sdk.on(CbEvents.OnSyncServerFailed, ({ errMsg }) => tell({ event: 'sdk-error', why: errMsg }));
sdk.on(CbEvents.OnKickedOffline, () => tell({ event: 'kicked' }));
sdk.on(CbEvents.OnConnectFailed, ({ errCode }) => tell({ event: 'refused', code: errCode }));
sdk.on(CbEvents.OnUserTokenInvalid, () => tell({ event: 'token-invalid' }));

const commands = {
    connect: (c) => sdk.login({ userID: c.user, token: c.token, platformID: c.platform ?? 5, apiAddr: c.api, wsAddr: c.ws, logLevel: 5 }),
    async disconnect() { await sdk.logout(); tell({ event: 'disconnected' }); },
    async send(c) {
        const message = (await sdk.createTextMessage(c.text)).data;
        const { data } = await sdk.sendMessage({ recvID: c.group ? '' : c.to, groupID: c.group ?? '', message });
        tell({ event: 'sent', ...shown(data) });
    },
    async conversation(c) {
        const { data } = await sdk.getOneConversation({ sourceID: c.group ?? c.to, sessionType: c.group ? 3 : 1 });
        tell({ event: 'conversation', id: data.conversationID, unread: data.unreadCount, name: data.showName });
    },
    async history(c) {
        const { data } = await sdk.getAdvancedHistoryMessageList({ conversationID: c.conversation, count: c.count, startClientMsgID: '' });
        tell({ event: 'history', list: data.messageList.map(shown) });
    },
    async revoke(c) { await sdk.revokeMessage({ conversationID: c.conversation, clientMsgID: c.id }); tell({ event: 'done' }); },
    async read(c) { await sdk.markConversationMessageAsRead(c.conversation); tell({ event: 'done' }); },
};
createInterface({ input: process.stdin }).on('line', async (line) => {
    const command = JSON.parse(line);
    try {
        await commands[command.do](command);
    } catch (e) {
        tell({ event: 'failed', code: e?.errCode, why: String(e?.errMsg ?? e?.message ?? e) });
    }
}).on('close', () => process.exit(0));
