import type zh from './zh'

const en: typeof zh = {
  skip: 'Skip to content', navigation: 'Main navigation', docs: 'API documentation', signOut: 'Sign out', otherLanguage: '切换到中文',
  dark: 'Dark mode', light: 'Light mode', retry: 'Try again', remove: 'Remove', delete: 'Delete', cancel: 'Cancel', close: 'Close', save: 'Save',
  saved: 'Saved', unsaved: 'Unsaved changes', leave: 'There are unsaved changes. Leave all the same?', edit: 'Edit', back: 'Back', copy: 'Copy', copied: 'Copied', notCopied: 'The browser does not let us copy; please select it by hand', more: 'More', action: 'Action',
  error: { network: 'No connection; please check the network and try again', status: 'The server answered {status}', unknown: 'Something went wrong on this page; please reload it', old: 'The console was updated; please reload the page', request: 'request' },
  page: { 'sign-in': 'Sign in', sandbox: 'Sandbox', robots: 'Robots', robot: 'Robot', work: 'Commands', admin: 'Admin', health: 'Health', users: 'Users', codes: 'Activation codes', logs: 'Logs' },
  status: {
    online: 'online', offline: 'offline', deleted: 'deleted', pending: 'pending', sent: 'sent', success: 'success', failed: 'failed', expired: 'expired',
    unused: 'unused', used: 'used', disabled: 'disabled', active: 'active', ok: 'ok', degraded: 'degraded', away: 'away', down: 'down',
    debug: 'debug', info: 'info', warn: 'warning', error: 'error',
  },
  signIn: {
    title: 'Sign in to Hongyan', way: 'How to sign in', byPhone: 'Phone code', byToken: 'With a token', phone: 'Phone number', code: 'Code', send: 'Send code', again: 'Again in {s} s',
    sent: 'The code is on its way; please look at your messages.', token: 'Access token', refreshToken: 'Refresh token (optional)', enter: 'Sign in',
  },
  sandbox: {
    talks: 'Talks', talk: 'Talk', details: 'Details', messages: 'Messages', line: { connecting: 'connecting', live: 'live', away: 'reconnecting' },
    newFriend: 'Friend', newGroup: 'Group', friend: 'Friend', group: 'Group', unread: 'unread', empty: 'No talks yet', emptyHint: 'Make a friend or a group, and talk to the robot as one of them.',
    tests: 'Testing {name}', unbound: 'No robot is bound', noMessages: 'No messages yet', noMessagesHint: 'Say something and see what the robot answers. In a group, mention it.', unboundHint: 'Choose a robot in the details: without one nobody answers.',
    choose: 'Choose a talk', earlier: 'Earlier messages', wasRecalled: 'This message was recalled', robot: 'Robot', everybody: 'everybody', picture: 'Picture', file: 'File', quoted: 'a message',
    reply: 'Reply', recall: 'Recall', refused: 'Not sent: {why}', notSent: 'Not delivered yet; it is being sent again', sending: 'Sending…', writing: 'Writing…', replyTo: 'Reply to: {text}', as: 'Speak as', mention: 'Mention',
    nobody: 'Nobody here can speak', write: 'Message', writeAs: 'Say something as {name}…', send: 'Send', nick: 'Name', sex: 'Sex', sexes: { unknown: 'unknown', female: 'female', male: 'male' },
    avatar: 'Picture address', groupName: 'Group name', firstMember: 'First member', member: 'Member', newMember: 'Add member', role: 'Role', roles: { owner: 'owner', admin: 'admin', member: 'member', unknown: 'unknown' },
    card: 'Name in the group', memberTitle: 'Title', members: '{n} members', underTest: 'Robot under test', isBound: 'Bound: it answers', isUnbound: 'Unbound: nobody answers', nobodyBound: 'None', noRobots: 'No robots yet; make one first:',
    deleteFriend: 'Delete this friend?', deleteGroup: 'Dismiss this group?', dismiss: 'Dismiss group', removeMember: 'Remove this member?',
  },
  segment: { image: 'picture', record: 'voice', video: 'video', file: 'file', face: 'face', location: 'location', share: 'share', contact: 'contact', music: 'music', keyboard: 'buttons', button: 'button' },
  robots: {
    create: 'Create robot', filter: 'Status', all: 'All', none: 'No robots yet', noneHint: 'Create one, choose who answers for it, and try it in the sandbox.', noneSuch: 'No robots like that',
    messages: 'messages', answersToday: 'answers today', active: 'Active {at}', made: 'Created {at}', name: 'Name', mode: 'Who answers', provider: 'AI provider', code: 'code',
    modes: { builtin: 'Built-in AI', third_party: 'Webhook', agent: 'Agent program' },
    about: { builtin: 'Hongyan asks an AI provider.', third_party: 'Messages go to your webhook, which decides what is answered; with Dify and no webhook, Dify answers.', agent: 'Your program connects with the API key and answers.' },
    providers: { doubao: 'Doubao', deepseek: 'DeepSeek', kimi: 'Kimi', openai: 'OpenAI', custom: 'Custom (OpenAI-compatible)', dify: 'Dify', echo: 'Echo (development)' },
    removed: 'The robot was deleted', removeAsk: 'Its API key dies and its connections close; this cannot be undone. Delete it?', tabs: { figures: 'Statistics', brain: 'Settings and test', key: 'API key' },
    model: 'Model', usual: "the provider's usual one", systemPrompt: 'System prompt', scenario: 'Scenario', temperature: 'Temperature', maxTokens: 'Most tokens', context: 'Messages of context', limit: 'Answers a day',
    delayMin: 'Least delay (s)', delayMax: 'Most delay (s)', ownAccount: 'Use my own AI account', baseUrl: 'Base URL', apiKey: 'API key', keyKept: 'set; empty leaves it',
    webhooks: 'Webhooks', messageUrl: 'Message webhook', resultUrl: 'Result webhook', secret: 'Signing secret', secretKept: 'empty leaves it', sign: 'Sign webhooks', replyAll: 'Answer in groups without being mentioned', private: 'Only I may talk to it',
  },
  key: { title: 'API key', about: 'Agent programs and third parties act for the robot with it. A new one ends the old one at once.', once: 'Shown this once; keep it now:', ask: 'The old key dies at once, and connections that use it close.', renew: 'Make a new key' },
  test: {
    title: 'Test the answer', about: 'Really asks, and counts for the daily limit.', words: 'Words to test with', go: 'Test', saveAndGo: 'Save and test', ok: 'answered', failed: 'failed', body: 'What the other side really said',
    by: { ai: 'AI provider', webhook: 'your webhook', echo: 'echo', agent: 'agent program', none: 'nobody' },
  },
  figures: {
    range: 'Range', days: '{n} days', from: 'From', to: 'to', messages: 'Messages', answers: 'AI answers', response: 'Average response time', success: 'Command success rate', cost: 'AI cost',
    byDay: 'Messages and answers by day', none: 'Nothing happened in this time', noCommands: 'No command ended in this time', topContacts: 'Top contacts', topGroups: 'Top groups', nobody: 'None', asTable: 'As a table', date: 'Date',
  },
  work: {
    send: 'Send a test message', commands: 'Commands', deliveries: 'Webhook deliveries', status: 'Status', all: 'All', to: 'To', toHint: 'Contacts or groups, separated by commas', what: 'Content', at: 'Time', result: 'Result',
    kind: 'Kind', kinds: { message: 'Message webhook', result: 'Result webhook' }, types: { text: 'Text', image: 'Image', file: 'File' }, why: 'Why', last: 'Last try', address: 'File address', code: 'error code',
    attempts: 'try {n}', again: 'It is tried again', once: 'Deliver again', sent: 'The command is on its way', noCommands: 'No commands', noCommandsHint: 'Each time the robot speaks in WeCom, that is a command.',
    noDeliveries: 'No deliveries', noDeliveriesHint: 'With a webhook set, each delivery stands here.',
  },
  users: {
    name: 'User', role: 'Role', all: 'All', roles: { user: 'user', admin: 'admin' }, seen: 'Last sign-in', none: 'No users', enable: 'Enable', disable: 'Disable', enabled: 'Enabled', disabled: 'Disabled',
    disableAsk: "The user's tokens die at once, and connections close. Disable?",
  },
  codes: {
    generate: 'Generate codes', export: 'Export CSV', code: 'Code', validity: 'Validity', price: 'Price', owner: 'Owner', device: 'Device', expires: 'Expires', none: 'No codes',
    unbind: 'Unbind', unbound: 'Unbound', unbindAsk: "The device's connection closes. Unbind?", disableAsk: 'Devices that run on it are cut off; this cannot be undone. Disable?', disabled: 'Disabled',
    made: '{n} were made:', count: 'How many', validityDays: 'Validity (days from the first activation)', forUser: 'For the user with number (optional)',
  },
  logs: {
    type: 'Type', level: 'Level', allTypes: 'All types', allLevels: 'All levels', message: 'Message', address: 'Address', none: 'No entries',
    types: { application: 'application', api: 'API', error: 'error', audit: 'audit', websocket: 'connection', ai: 'AI' },
  },
  health: {
    database: 'Database', version: 'Version', at: 'Time', connections: 'Connections', outbox: 'Outbox', jobs: 'Jobs waiting', tookMs: 'Database took', down: 'Not as they should be: {names}', relays: 'Relays', noRelays: 'No relay is running',
    name: 'Name', since: 'Since', seen: 'Heard of', processes: 'Processes', ofThisHost: 'Handlers and jobs of this host; others are on their own pages.', running: 'Running', pool: 'Database connections',
  },
}
export default en
