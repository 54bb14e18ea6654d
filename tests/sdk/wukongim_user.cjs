// One user of the unmodified SDK, in a process of its own (the SDK is a singleton): told what to do by lines of JSON on
// stdin, and telling what happens by lines on stdout. Usage: node wukongim_user.cjs BUNDLE WS_MODULE
'use strict';
const [bundle, wsModule] = process.argv.slice(2);
const tell = (event) => process.stdout.write(JSON.stringify(event) + '\n');
console.log = () => {};
globalThis.WebSocket = require(wsModule);
process.on('unhandledRejection', (e) => tell({ event: 'sdk-error', why: String(e) }));
process.on('uncaughtException', (e) => tell({ event: 'sdk-error', why: String(e) }));

const { WKSDK, Channel, Message, MessageText, MessageStatus, Conversation, Mention, Setting, ConnectStatus, SyncOptions } =
    require(bundle);
const sdk = WKSDK.shared();
let api = '';
let token = '';

// Our REST as an app calls it in the SDK's callbacks.
async function call(method, path, body) {
    const answer = await fetch(api + path, {
        method,
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
    });
    const read = await answer.json();
    if (!read.success) throw new Error(`${path}: ${read.message}`);
    return read.data;
}

function message(fields) {
    const m = new Message();
    Object.assign(m, fields);
    m.setting = new Setting();
    m.status = MessageStatus.Normal;
    const bytes = new Uint8Array(Buffer.from(fields.payload, 'base64'));
    m.content = sdk.getMessageContent(JSON.parse(Buffer.from(bytes)).type);
    m.content.decode(bytes);
    return m;
}

sdk.config.provider.syncConversationsCallback = async () =>
    (await call('POST', '/conversation/sync', { msg_count: 5 })).map((c) => {
        const conversation = new Conversation();
        conversation.channel = new Channel(c.channel_id, c.channel_type);
        conversation.unread = c.unread;
        conversation.timestamp = c.timestamp;
        conversation.extra = {};
        const last = c.recents[0];
        if (last)
            conversation.lastMessage = message({
                messageID: last.message_idstr, messageSeq: last.message_seq, clientMsgNo: last.client_msg_no,
                fromUID: last.from_uid, timestamp: last.timestamp, payload: last.payload, channel: conversation.channel,
            });
        return conversation;
    });
sdk.config.provider.syncMessagesCallback = async (channel, options) => {
    const query = new URLSearchParams({
        channelId: channel.channelID, channelType: channel.channelType, lastMessageSeq: options.startMessageSeq, limit: options.limit,
    });
    return (await call('GET', `/message/sync?${query}`)).map((m) => message({
        messageID: m.messageId, messageSeq: m.messageSeq, clientMsgNo: m.clientMsgNo, fromUID: m.fromUid,
        timestamp: m.timestamp / 1000, payload: m.payload, channel,
    }));
};

const shown = (m) => ({
    id: m.messageID, seq: m.messageSeq, from: m.fromUID, channel: m.channel.channelID, type: m.channel.channelType,
    text: m.content.text, dot: m.header && m.header.reddot,
});

sdk.connectManager.addConnectStatusListener((status, reason) => {
    tell({ event: 'status', status: ConnectStatus[status], reason });
    // Otherwise its heartbeat connects again after some minutes.
    if (status === ConnectStatus.ConnectKick || status === ConnectStatus.ConnectFail) sdk.disconnect();
});
// Its own messages come here too, without an id.
sdk.chatManager.addMessageListener((m) => { if (m.messageID !== undefined) tell({ event: 'message', ...shown(m) }); });
sdk.chatManager.addMessageStatusListener((ack) =>
    tell({ event: 'ack', n: ack.clientSeq, id: ack.messageID.toString(), seq: ack.messageSeq, reason: ack.reasonCode }));

const commands = {
    connect(c) {
        api = c.api;
        token = c.access;
        Object.assign(sdk.config, { addr: c.ws, uid: c.uid, token: c.token, deviceFlag: c.flag ?? 1 });
        sdk.connect();
    },
    disconnect() {
        sdk.disconnect();
        // A drop that was being mended when this was called would never be mended again.
        sdk.connectManager.lockReconnect = false;
        tell({ event: 'disconnected' });
    },
    async send(c) {
        const text = new MessageText(c.text);
        if (c.mention) {
            text.mention = new Mention();
            text.mention.uids = c.mention;
        }
        const sent = await sdk.chatManager.send(text, new Channel(c.to, c.type ?? 1));
        tell({ event: 'sent', n: sent.clientSeq });
    },
    async conversations() {
        const list = await sdk.conversationManager.sync({});
        tell({ event: 'conversations', list: list.map((c) => ({
            channel: c.channel.channelID, unread: c.unread, last: c.lastMessage && c.lastMessage.content.text })) });
    },
    async history(c) {
        const options = new SyncOptions();
        options.startMessageSeq = c.after;
        options.limit = 100;
        const list = await sdk.chatManager.syncMessages(new Channel(c.channel, c.type ?? 1), options);
        tell({ event: 'history', list: list.map(shown) });
    },
};
require('readline').createInterface({ input: process.stdin }).on('line', async (line) => {
    const command = JSON.parse(line);
    try {
        await commands[command.do](command);
    } catch (e) {
        tell({ event: 'sdk-error', why: String(e) });
    }
}).on('close', () => process.exit(0));
