// The rules. A talk is a channel of an account with a robot (kinds 1 and 3); only talks have
// a place in the account's history.
#include "support/house_check.h"

namespace hy::test {

namespace {

// The lower of what both sides of a talk have cleared: up to there housekeeping may have taken
// messages and history rows away. Deleting a robot clears its side.
#define HY_BOTH_CLEARED(channel) "(SELECT MIN(b.cleared_seq) FROM channel_members b WHERE b.channel_id = " channel ")"
// What the account of a talk has hidden.
#define HY_ACCOUNT_CLEARED(channel, account)                                                       \
    "(SELECT COALESCE(MAX(h.cleared_seq), 0) FROM channel_members h WHERE h.channel_id = " channel \
    " AND h.member_type = 0 AND h.member_id = " account ")"
// What client_numbers keeps of a number; in the column's character set, whatever the session's is.
#define HY_HASH(number) "CONVERT(LEFT(SHA2(" number ", 256), 32) USING ascii)"

// How often something was audited of each; once for all, since audit has no index by what it is of.
#define HY_AUDITED(action) "(SELECT target, COUNT(*) AS times FROM audit WHERE action = '" action "' GROUP BY target)"

// clang-format off
const HouseRule kRules[] = {
    // ---- people -------------------------------------------------------------------------
    {"an identity has its account", Holds::always, "weapp_identities accounts",
     "SELECT CONCAT(w.appid, ' ', w.openid) FROM weapp_identities w LEFT JOIN accounts a ON a.id = w.account_id"
     " WHERE a.id IS NULL"},
    {"a sign-in makes account and identity together", Holds::signed_in, "accounts weapp_identities",
     "SELECT CONCAT('account ', a.id) FROM accounts a LEFT JOIN weapp_identities w ON w.account_id = a.id"
     " WHERE a.phone IS NULL AND w.openid IS NULL AND a.status <> 2 AND a.registered = 0"},
    {"an account has one identity of an app", Holds::always, "weapp_identities",
     "SELECT CONCAT('account ', account_id) FROM weapp_identities GROUP BY appid, account_id HAVING COUNT(*) > 1"},
    {"a login has its account and sane times", Holds::always, "token_families",
     "SELECT f.id FROM token_families f LEFT JOIN accounts a ON a.id = f.account_id"
     " WHERE a.id IS NULL OR f.generation < 1 OR f.rotated_at < f.created_at OR f.expires_at <= f.rotated_at"},
    {"a reuse is audited with the login it ended", Holds::young, "token_families audit",
     "SELECT CONCAT('audit ', u.id) FROM audit u LEFT JOIN token_families f ON f.id = u.target"
     " WHERE u.action = 'token.reuse' AND f.revoked_at IS NULL"},
    {"an account's events are numbered without a hole", Holds::young, "accounts events",
     "SELECT CONCAT('account ', a.id) FROM accounts a LEFT JOIN"
     " (SELECT account_id, COUNT(*) AS n, MAX(event_seq) AS last FROM events GROUP BY account_id) e"
     " ON e.account_id = a.id WHERE a.event_seq <> COALESCE(e.n, 0) OR a.event_seq <> COALESCE(e.last, 0)"},
    {"an event has its account, and is not above its last number", Holds::always, "events accounts",
     "SELECT CONCAT('account ', e.account_id, ' event ', e.event_seq) FROM events e"
     " LEFT JOIN accounts a ON a.id = e.account_id WHERE a.id IS NULL OR e.event_seq > a.event_seq OR e.event_seq < 1"},

    {"a closed account has given up what was its", Holds::always, "accounts weapp_identities",
     "SELECT CONCAT('account ', a.id) FROM accounts a LEFT JOIN weapp_identities w ON w.account_id = a.id"
     " WHERE a.status = 2 AND (a.phone IS NOT NULL OR w.openid IS NOT NULL AND a.erased = 1)"},
    {"an erased account has nothing", Holds::always,
     "accounts robots channels friends token_families blocks files file_uses channel_members",
     "SELECT CONCAT('account ', a.id) FROM accounts a WHERE a.status = 2 AND a.erased = 1 AND ("
     " EXISTS (SELECT 1 FROM robots r WHERE r.owner_id = a.id AND (r.deleted_at IS NULL OR r.purged_at IS NULL))"
     " OR EXISTS (SELECT 1 FROM channels c WHERE c.account_id = a.id)"
     " OR EXISTS (SELECT 1 FROM friends f WHERE f.account_id = a.id OR f.friend_type = 0 AND f.friend_id = a.id)"
     " OR EXISTS (SELECT 1 FROM token_families t WHERE t.account_id = a.id)"
     " OR EXISTS (SELECT 1 FROM blocks b WHERE b.account_id = a.id OR b.blocked_type = 0 AND b.blocked_id = a.id)"
     " OR EXISTS (SELECT 1 FROM files f LEFT JOIN file_uses u ON u.file_key = f.file_key"
     "  WHERE f.owner_type = 0 AND f.owner_id = a.id AND u.file_key IS NULL)"
     " OR EXISTS (SELECT 1 FROM channel_members m JOIN channels c ON c.id = m.channel_id"
     "  WHERE m.member_type = 0 AND m.member_id = a.id AND c.kind <> 1))"},
    {"a code by SMS has its time and its tries", Holds::always, "sms_codes",
     "SELECT phone FROM sms_codes WHERE expires_at <= sent_at OR tries_left < 0 OR tries_left > 5"},
    {"a quota that was used counts", Holds::always, "quotas",
     "SELECT CONCAT(name, ' ', subject) FROM quotas WHERE used < 0 OR name = ''"},

    // ---- robots -------------------------------------------------------------------------
    {"a brain is a robot's, and its delays are in order", Holds::always, "robot_brains robots",
     "SELECT CONCAT('robot ', b.robot_id) FROM robot_brains b LEFT JOIN robots r ON r.id = b.robot_id"
     " WHERE r.id IS NULL OR b.reply_delay_min > b.reply_delay_max OR (b.base_url <> '' AND b.api_key IS NULL)"},
    {"a code that was used has its robot and its end", Holds::always, "activation_codes robots",
     "SELECT c.code FROM activation_codes c LEFT JOIN robots r ON r.id = c.robot_id WHERE c.status IN (1, 2)"
     " AND (r.id IS NULL OR c.first_activated_at IS NULL OR c.last_activated_at < c.first_activated_at"
     " OR c.expires_at IS NULL OR c.expires_at <= c.first_activated_at)"},
    {"a code that was not used has never run", Holds::always, "activation_codes",
     "SELECT code FROM activation_codes WHERE status = 0 AND (first_activated_at IS NOT NULL OR expires_at IS NOT NULL)"},
    {"a robot's code was bound to its owner or to nobody", Holds::always, "activation_codes robots",
     "SELECT c.code FROM activation_codes c JOIN robots r ON r.id = c.robot_id"
     " WHERE c.account_id IS NOT NULL AND COALESCE(r.owner_id, 0) <> c.account_id"},
    {"a device runs under a used code of its robot", Holds::always, "robot_devices activation_codes",
     "SELECT CONCAT('robot ', d.robot_id) FROM robot_devices d LEFT JOIN activation_codes c ON c.id = d.code_id"
     " WHERE c.id IS NULL OR c.robot_id <> d.robot_id OR c.status = 0 OR c.expires_at <> d.expires_at"},
    {"a device that is gone stands in the history", Holds::always, "robot_devices device_history",
     "SELECT CONCAT('robot ', d.robot_id) FROM robot_devices d LEFT JOIN device_history h ON h.robot_id = d.robot_id"
     " WHERE d.device_id IS NULL AND h.id IS NULL"},
    {"a robot has its owner", Holds::always, "robots accounts",
     "SELECT CONCAT('robot ', r.id) FROM robots r LEFT JOIN accounts a ON a.id = r.owner_id"
     " WHERE r.owner_id IS NOT NULL AND a.id IS NULL"},
    {"a robot lives with a key, a deleted one has none", Holds::always, "robots",
     "SELECT CONCAT('robot ', id) FROM robots WHERE by_code = 0 AND (deleted_at IS NULL) = (api_key_hash IS NULL)"
     " OR deleted_at IS NOT NULL AND api_key_hash IS NOT NULL"},
    {"a deleted robot is audited once, a living one never", Holds::always, "robots audit",
     "SELECT CONCAT('robot ', r.id) FROM robots r LEFT JOIN " HY_AUDITED("robot.delete")
     " u ON u.target = r.public_id WHERE (r.deleted_at IS NOT NULL) <> COALESCE(u.times, 0)"},
    {"a robot's version counts its keys and its end", Holds::always, "robots audit",
     "SELECT CONCAT('robot ', r.id) FROM robots r LEFT JOIN " HY_AUDITED("robot.api_key")
     " u ON u.target = r.public_id WHERE r.ver - 1 - (r.deleted_at IS NOT NULL) <> COALESCE(u.times, 0)"},
    {"wakes are of a robot and an account", Holds::always, "robot_wakes",
     "SELECT CONCAT('robot ', w.robot_id, ' account ', w.account_id) FROM robot_wakes w"
     " LEFT JOIN robots r ON r.id = w.robot_id LEFT JOIN accounts a ON a.id = w.account_id"
     " WHERE r.id IS NULL OR a.id IS NULL OR w.wakes < 1"},
    {"a refused address was refused", Holds::always, "refused_addresses",
     "SELECT address FROM refused_addresses WHERE refusals < 1 OR minute < 1"},

    // ---- WeCom --------------------------------------------------------------------------
    {"a talk in WeCom is a channel of its robot", Holds::always, "wecom_talks channels",
     "SELECT CONCAT('channel ', c.id) FROM channels c LEFT JOIN wecom_talks t ON t.channel_id = c.id"
     " WHERE c.kind = 4 AND (t.channel_id IS NULL OR t.robot_id <> c.robot_id OR c.account_id IS NOT NULL)"},
    {"who wrote in WeCom is a contact of the talk's robot", Holds::always, "messages wecom_contacts channels",
     "SELECT CONCAT('message ', m.message_id) FROM messages m JOIN channels c ON c.id = m.channel_id"
     " LEFT JOIN wecom_contacts w ON w.id = m.sender_id WHERE m.sender_type = 2"
     " AND (c.kind <> 4 OR w.id IS NULL OR w.robot_id <> c.robot_id)"},
    {"a command is a robot's, and its state has its times", Holds::always, "commands robots",
     "SELECT c.command_id FROM commands c LEFT JOIN robots r ON r.id = c.robot_id WHERE r.id IS NULL"
     " OR c.status NOT BETWEEN 0 AND 4 OR (c.status = 1 AND (c.sent_at IS NULL OR c.sent_to IS NULL))"
     " OR (c.status >= 2) <> (c.finished_at IS NOT NULL) OR (c.status IN (2, 3) AND c.result IS NULL)"},
    {"an answer in WeCom is a command, and one only", Holds::young, "messages channels commands",
     "SELECT CONCAT('robot ', c.robot_id) FROM channels c JOIN messages m ON m.channel_id = c.id"
     " WHERE c.kind = 4 AND m.sender_type = 1 GROUP BY c.robot_id"
     " HAVING COUNT(*) > (SELECT COUNT(*) FROM commands k WHERE k.robot_id = c.robot_id)"},
    {"a job is of a known kind, and says of what", Holds::always, "jobs",
     "SELECT CONCAT('job ', id) FROM jobs WHERE kind NOT IN ('reply', 'command', 'result', 'after_send', 'push') OR payload = '' OR tenant = ''"},
    {"a reply is due for a message that is there", Holds::young, "jobs messages",
     "SELECT CONCAT('job ', j.id) FROM jobs j LEFT JOIN messages m ON m.channel_id = SUBSTRING_INDEX(j.payload, ' ', 1)"
     " AND m.seq = SUBSTRING_INDEX(SUBSTRING_INDEX(j.payload, ' ', 2), ' ', -1) WHERE j.kind = 'reply' AND m.seq IS NULL"
     " AND EXISTS (SELECT 1 FROM channels c WHERE c.id = SUBSTRING_INDEX(j.payload, ' ', 1))"},
    {"a result to tell is a command's that ended", Holds::always, "jobs commands",
     "SELECT CONCAT('job ', j.id) FROM jobs j LEFT JOIN commands c ON c.command_id = j.job_key AND c.status >= 2"
     " WHERE j.kind = 'result' AND c.id IS NULL"},
    {"a webhook is a robot's, and signs with a secret", Holds::always, "third_parties robots",
     "SELECT CONCAT('robot ', t.robot_id) FROM third_parties t LEFT JOIN robots r ON r.id = t.robot_id"
     " WHERE r.id IS NULL OR (t.signs = 1 AND t.secret IS NULL)"},
    {"a delivery is a robot's and was tried", Holds::always, "deliveries robots",
     "SELECT d.delivery_id FROM deliveries d LEFT JOIN robots r ON r.id = d.robot_id"
     " WHERE r.id IS NULL OR d.attempts < 1 OR d.status NOT BETWEEN 0 AND 2"},
    {"an outside memory is of a talk", Holds::always, "brain_sessions channels",
     "SELECT CONCAT('channel ', b.channel_id) FROM brain_sessions b LEFT JOIN channels c ON c.id = b.channel_id"
     " WHERE c.id IS NULL OR b.session = ''"},
    {"a robot's days add up to all time", Holds::always, "robot_days",
     "SELECT CONCAT('robot ', robot_id) FROM robot_days GROUP BY robot_id HAVING"
     " SUM(IF(day = 0, messages, -messages)) <> 0 OR SUM(IF(day = 0, answers, -answers)) <> 0"
     " OR SUM(IF(day = 0, finished, -finished)) <> 0 OR SUM(IF(day = 0, succeeded, -succeeded)) <> 0"
     " OR SUM(IF(day = 0, response_ms, -response_ms)) <> 0 OR SUM(IF(day = 0, cost_micros, -cost_micros)) <> 0"},
    {"who wrote adds up, days to months", Holds::always, "talk_spans",
     "SELECT CONCAT('robot ', robot_id) FROM talk_spans GROUP BY robot_id, kind, subject_id"
     " HAVING SUM(IF(span < 1000000, messages, -messages)) <> 0"},
    {"what was written in WeCom is counted once, or waits to be", Holds::young, "messages tallies talk_spans",
     "SELECT CONCAT('contact ', m.sender_id) FROM messages m WHERE m.sender_type = 2 GROUP BY m.sender_id"
     " HAVING COUNT(*) <> (SELECT COUNT(*) FROM tallies t WHERE t.kind = 0 AND t.contact_id = m.sender_id)"
     " + (SELECT COALESCE(SUM(p.messages), 0) FROM talk_spans p WHERE p.kind = 0 AND p.span > 1000000"
     " AND p.subject_id = m.sender_id)"},
    {"an entry of the log has its kind and level", Holds::always, "logs",
     "SELECT CONCAT('entry ', id) FROM logs WHERE type NOT BETWEEN 0 AND 5 OR level NOT BETWEEN 0 AND 3"},

    // ---- channels -----------------------------------------------------------------------
    {"a talk names an account and a robot, and is called after them", Holds::always, "channels",
     "SELECT CONCAT('channel ', c.id) FROM channels c"
     " LEFT JOIN accounts a ON a.id = c.account_id LEFT JOIN robots r ON r.id = c.robot_id"
     " WHERE c.kind NOT IN (4, 5) AND ((c.account_id IS NULL) <> (c.robot_id IS NULL) OR (c.account_id IS NOT NULL AND"
     " (a.id IS NULL OR r.id IS NULL OR (c.kind = 1 AND c.channel_key <> CONCAT('a', a.id, ':r', r.id)))))"},
    {"a talk has two members, its account and its robot", Holds::always, "channels channel_members",
     "SELECT CONCAT('channel ', c.id) FROM channels c WHERE c.robot_id IS NOT NULL AND c.kind <> 4 AND 2 <>"
     " (SELECT COALESCE(SUM(CASE WHEN (m.member_type = 0 AND m.member_id = c.account_id)"
     " OR (m.member_type = 1 AND m.member_id = c.robot_id) THEN 1 ELSE 10 END), 0)"
     " FROM channel_members m WHERE m.channel_id = c.id)"},
    {"a member is somebody, in a channel", Holds::always, "channel_members",
     "SELECT CONCAT('channel ', m.channel_id, ' member ', m.member_type, ':', m.member_id) FROM channel_members m"
     " LEFT JOIN channels c ON c.id = m.channel_id LEFT JOIN accounts a ON m.member_type = 0 AND a.id = m.member_id"
     " LEFT JOIN robots r ON m.member_type = 1 AND r.id = m.member_id"
     " WHERE c.id IS NULL OR (a.id IS NULL AND r.id IS NULL)"},
    {"a member's marks are within the channel's numbers", Holds::always, "channel_members channels",
     "SELECT CONCAT('channel ', m.channel_id, ' member ', m.member_type, ':', m.member_id) FROM channel_members m"
     " JOIN channels c ON c.id = m.channel_id WHERE m.read_seq NOT BETWEEN 0 AND c.last_seq"
     " OR m.delivered_seq NOT BETWEEN 0 AND c.last_seq OR m.cleared_seq NOT BETWEEN 0 AND c.last_seq"
     " OR m.visible_from NOT BETWEEN 1 AND c.last_seq + 1"},
    {"a group has its row, and only a group", Holds::always, "channels channel_groups",
     "SELECT CONCAT('channel ', c.id) FROM channels c LEFT JOIN channel_groups g ON g.channel_id = c.id"
     " WHERE (c.kind = 2) = (g.channel_id IS NULL) UNION ALL"
     " SELECT CONCAT('group ', g.channel_id) FROM channel_groups g LEFT JOIN channels c ON c.id = g.channel_id"
     " WHERE c.id IS NULL"},
    {"a living group has one owner, a dissolved one nobody", Holds::always, "channel_groups channel_members",
     "SELECT CONCAT('group ', g.channel_id) FROM channel_groups g LEFT JOIN channel_members m"
     " ON m.channel_id = g.channel_id GROUP BY g.channel_id, g.deleted_at"
     " HAVING (g.deleted_at IS NULL AND SUM(COALESCE(m.role, 0) = 2) <> 1)"
     " OR (g.deleted_at IS NOT NULL AND COUNT(m.member_id) > 0)"},
    {"a person channel names its two", Holds::always, "channels",
     "SELECT CONCAT('channel ', id) FROM channels WHERE (kind = 1) <> (peers LIKE '_% _%')"},
    {"what nobody counts is among the quiet, counted in its order", Holds::always, "messages quiet_messages",
     "SELECT CONCAT('channel ', m.channel_id, ' number ', m.seq) FROM messages m LEFT JOIN quiet_messages q"
     " ON q.channel_id = m.channel_id AND q.seq = m.seq WHERE (m.flags & 3 <> 0) = (q.seq IS NULL) UNION ALL"
     " SELECT CONCAT('quiet ', q.channel_id, ' number ', q.seq) FROM quiet_messages q JOIN quiet_messages p"
     " ON p.channel_id = q.channel_id AND p.seq < q.seq WHERE p.n >= q.n"},
    {"who is blocked is there", Holds::always, "blocks accounts robots",
     "SELECT CONCAT('account ', b.account_id) FROM blocks b LEFT JOIN accounts a ON a.id = b.account_id"
     " LEFT JOIN accounts x ON b.blocked_type = 0 AND x.id = b.blocked_id"
     " LEFT JOIN robots r ON b.blocked_type = 1 AND r.id = b.blocked_id"
     " WHERE a.id IS NULL OR (x.id IS NULL AND r.id IS NULL)"},
    {"a friend is somebody, in somebody's list", Holds::always, "friends accounts robots",
     "SELECT CONCAT('account ', f.account_id) FROM friends f LEFT JOIN accounts a ON a.id = f.account_id"
     " LEFT JOIN accounts x ON f.friend_type = 0 AND x.id = f.friend_id AND x.id <> f.account_id"
     " LEFT JOIN robots r ON f.friend_type = 1 AND r.id = f.friend_id"
     " WHERE a.id IS NULL OR (x.id IS NULL AND r.id IS NULL)"},
    // ---- test benches -------------------------------------------------------------------
    {"a bench is somebody's, and tests a robot of his", Holds::always, "sandboxes accounts robots",
     "SELECT CONCAT('bench ', b.account_id) FROM sandboxes b LEFT JOIN accounts a ON a.id = b.account_id"
     " LEFT JOIN robots r ON r.id = b.robot_id WHERE a.id IS NULL OR (b.robot_id IS NOT NULL AND"
     " (r.id IS NULL OR r.deleted_at IS NOT NULL OR r.owner_id <> b.account_id))"},
    {"who plays at a bench plays at one", Holds::always, "sandbox_people sandboxes",
     "SELECT CONCAT('person ', p.id) FROM sandbox_people p LEFT JOIN sandboxes b ON b.account_id = p.account_id"
     " WHERE b.account_id IS NULL OR p.public_id IN ('', 'sandbox')"},
    {"a bench's group has people of that bench", Holds::always, "sandbox_groups sandbox_members sandbox_people",
     "SELECT CONCAT('group ', m.group_id) FROM sandbox_members m LEFT JOIN sandbox_groups g ON g.id = m.group_id"
     " LEFT JOIN sandbox_people p ON p.id = m.person_id WHERE g.id IS NULL OR"
     " (m.person_id <> 0 AND (p.id IS NULL OR p.account_id <> g.account_id))"},
    {"a talk at a bench is between its people and a robot", Holds::always, "channels messages sandbox_people",
     "SELECT CONCAT('message ', m.message_id) FROM messages m JOIN channels c ON c.id = m.channel_id"
     " LEFT JOIN sandbox_people p ON m.sender_type = 3 AND p.id = m.sender_id"
     " WHERE (c.kind = 5 OR m.sender_type = 3) AND (c.kind <> 5 OR c.account_id IS NULL OR c.robot_id IS NOT NULL"
     " OR m.sender_type NOT IN (1, 3) OR (m.sender_type = 3 AND (p.id IS NULL OR p.account_id <> c.account_id)))"},
    {"a device that was there is somebody's", Holds::always, "device_ends accounts",
     "SELECT CONCAT('account ', d.account_id) FROM device_ends d LEFT JOIN accounts a ON a.id = d.account_id"
     " WHERE a.id IS NULL"},
    {"words lead to messages of people and groups", Holds::always, "message_terms channels",
     "SELECT DISTINCT CONCAT('channel ', t.channel_id) FROM message_terms t LEFT JOIN channels c ON c.id = t.channel_id"
     " WHERE c.id IS NULL OR c.kind NOT IN (1, 2) OR t.seq < 1 OR t.seq > c.last_seq"},
    {"one row says how far words are written down", Holds::always, "search_state",
     "SELECT 'search_state' FROM DUAL WHERE (SELECT COUNT(*) FROM search_state WHERE id = 1) <> 1"},
    {"who hid a message is in its talk, and there is one", Holds::always, "hidden_messages channels",
     "SELECT CONCAT('account ', h.account_id) FROM hidden_messages h LEFT JOIN channels c ON c.id = h.channel_id"
     " WHERE c.id IS NULL OR h.seq < 1 OR h.seq > c.last_seq"},
    {"who asked to be a friend asked another, and was answered when it was", Holds::always, "friend_requests accounts",
     "SELECT CONCAT('account ', q.from_id) FROM friend_requests q LEFT JOIN accounts a ON a.id = q.from_id"
     " LEFT JOIN accounts b ON b.id = q.to_id WHERE a.id IS NULL OR b.id IS NULL OR q.from_id = q.to_id"
     " OR q.state NOT IN (-1, 0, 1) OR (q.state = 0) <> (q.handled_at IS NULL)"},
    {"who asked to be in a group asked one, and was answered by somebody", Holds::always,
     "group_requests channel_groups accounts",
     "SELECT CONCAT('account ', q.account_id) FROM group_requests q LEFT JOIN accounts a ON a.id = q.account_id"
     " LEFT JOIN channel_groups g ON g.channel_id = q.channel_id WHERE a.id IS NULL OR g.channel_id IS NULL"
     " OR q.state NOT IN (-1, 0, 1) OR (q.state = 0) <> (q.handled_at IS NULL) OR (q.state = 0) <> (q.handled_by = 0)"},
    {"a login is good for everything, or for talking", Holds::always, "token_families accounts",
     "SELECT f.id FROM token_families f JOIN accounts a ON a.id = f.account_id"
     " WHERE f.scope NOT IN ('', 'im') OR (f.scope = 'im' AND a.registered = 0)"},
    {"a robot rules no group", Holds::always, "channel_members",
     "SELECT CONCAT('channel ', channel_id) FROM channel_members WHERE member_type = 1 AND role <> 0"},
    {"a conversation has its channel, and a channel of conversations its conversation", Holds::always,
     "conversations channels",
     "SELECT CONCAT('conversation ', v.id) FROM conversations v LEFT JOIN channels c ON c.id = v.channel_id"
     " AND c.kind = 3 AND c.account_id = v.account_id AND c.robot_id = v.robot_id"
     " AND c.channel_key = CONCAT('a', v.account_id, ':r', v.robot_id, ':', v.public_id) WHERE c.id IS NULL UNION ALL"
     " SELECT CONCAT('channel ', c.id) FROM channels c LEFT JOIN conversations v ON v.channel_id = c.id"
     " WHERE c.kind = 3 AND v.id IS NULL"},
    {"an id of our making is one conversation", Holds::always, "conversations",
     "SELECT public_id FROM conversations WHERE by_client = 0 GROUP BY public_id HAVING COUNT(*) > 1"},
    {"in a deleted conversation nothing is left to see of what its account said", Holds::always,
     "conversations messages",
     "SELECT CONCAT('conversation ', v.id, ' number ', m.seq) FROM conversations v JOIN messages m"
     " ON m.channel_id = v.channel_id AND m.sender_type = 0 WHERE v.deleted_at IS NOT NULL"
     " AND m.seq > " HY_ACCOUNT_CLEARED("v.channel_id", "v.account_id")},

    // ---- messages -----------------------------------------------------------------------
    {"a channel's numbers have no hole and end at its last", Holds::always, "channels messages",
     "SELECT CONCAT('channel ', c.id, ' has ', n.rows_there, ' of ', n.low, '..', n.high, ', last ', c.last_seq)"
     " FROM channels c JOIN (SELECT channel_id, COUNT(*) AS rows_there, MIN(seq) AS low, MAX(seq) AS high"
     " FROM messages GROUP BY channel_id) n ON n.channel_id = c.id"
     " WHERE n.high <> c.last_seq OR n.rows_there <> n.high - n.low + 1 OR n.low < 1"},
    {"a channel's numbers begin at 1, but for what both sides cleared", Holds::young, "channels messages",
     "SELECT CONCAT('channel ', c.id, ' begins at ', n.low) FROM channels c"
     " JOIN (SELECT channel_id, MIN(seq) AS low FROM messages GROUP BY channel_id) n ON n.channel_id = c.id"
     " WHERE n.low > 1 AND n.low - 1 > COALESCE(" HY_BOTH_CLEARED("c.id") ", 0)"},
    {"a channel that counted has its messages, but for what both sides cleared", Holds::young, "channels messages",
     "SELECT CONCAT('channel ', c.id, ' last ', c.last_seq) FROM channels c WHERE c.last_seq > 0"
     " AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.channel_id = c.id)"
     " AND c.last_seq > COALESCE(" HY_BOTH_CLEARED("c.id") ", 0)"},
    {"a message is in a channel", Holds::always, "messages channels",
     "SELECT CONCAT('message ', m.message_id) FROM messages m LEFT JOIN channels c ON c.id = m.channel_id"
     " WHERE c.id IS NULL"},
    {"a talk's messages are its account's or its robot's", Holds::always, "messages channels",
     "SELECT CONCAT('message ', m.message_id) FROM messages m JOIN channels c ON c.id = m.channel_id"
     " WHERE c.robot_id IS NOT NULL AND c.kind <> 4 AND NOT ((m.sender_type = 0 AND m.sender_id = c.account_id)"
     " OR (m.sender_type = 1 AND m.sender_id = c.robot_id))"},
    {"an account that wrote has read", Holds::always, "messages channel_members",
     "SELECT CONCAT('channel ', m.channel_id, ' member ', m.member_type, ':', m.member_id) FROM channel_members m"
     " WHERE m.member_type = 0 AND m.read_seq < (SELECT COALESCE(MAX(w.seq), 0) FROM messages w WHERE w.channel_id = m.channel_id"
     " AND w.sender_type = m.member_type AND w.sender_id = m.member_id)"},
    {"a message with a client's number has the number's row", Holds::young, "messages client_numbers",
     "SELECT CONCAT('message ', m.message_id) FROM messages m LEFT JOIN client_numbers n"
     " ON n.sender_type = m.sender_type AND n.sender_id = m.sender_id AND n.no_hash = " HY_HASH("m.client_no")
     " AND n.channel_id = m.channel_id AND n.seq = m.seq WHERE m.client_no <> '' AND n.seq IS NULL"},
    {"a client's number has its message, but for what both sides cleared", Holds::young, "client_numbers messages",
     "SELECT CONCAT('channel ', n.channel_id, ' number ', n.seq) FROM client_numbers n"
     " LEFT JOIN messages m ON m.channel_id = n.channel_id AND m.seq = n.seq"
     " AND m.sender_type = n.sender_type AND m.sender_id = n.sender_id"
     // A talk that went with its robot leaves them to their age.
     " WHERE (m.seq IS NULL AND n.seq > COALESCE(" HY_BOTH_CLEARED("n.channel_id") ", 0)"
     " AND EXISTS (SELECT 1 FROM channels c WHERE c.id = n.channel_id))"
     " OR n.no_hash <> " HY_HASH("m.client_no")},
    {"a sender's number is one message", Holds::young, "messages",
     "SELECT CONCAT('sender ', sender_type, ':', sender_id, ' number ', client_no) FROM messages"
     " WHERE client_no <> '' GROUP BY sender_type, sender_id, client_no HAVING COUNT(*) > 1"},

    // ---- history ------------------------------------------------------------------------
    {"what can be seen of a talk is in its account's history", Holds::always, "messages ocms_log",
     "SELECT CONCAT('message ', m.message_id) FROM messages m JOIN channels c ON c.id = m.channel_id"
     " LEFT JOIN ocms_log l ON l.channel_id = m.channel_id AND l.account_id = c.account_id AND l.seq = m.seq"
     " WHERE c.robot_id IS NOT NULL AND c.kind <> 4 AND l.n IS NULL"
     " AND m.seq > " HY_ACCOUNT_CLEARED("c.id", "c.account_id")},
    {"a message is in a history once", Holds::always, "ocms_log",
     "SELECT CONCAT('channel ', channel_id, ' number ', seq) FROM ocms_log GROUP BY channel_id, account_id, seq"
     " HAVING COUNT(*) > 1"},
    {"the history knows nothing that was not said, but for what both sides cleared", Holds::always,
     "ocms_log messages channels",
     "SELECT CONCAT('account ', l.account_id, ' n ', l.n) FROM ocms_log l LEFT JOIN channels c"
     " ON c.id = l.channel_id AND c.account_id = l.account_id AND c.robot_id IS NOT NULL"
     " LEFT JOIN messages m ON m.channel_id = l.channel_id AND m.seq = l.seq"
     " WHERE c.id IS NULL OR (m.seq IS NULL AND l.seq > COALESCE(" HY_BOTH_CLEARED("l.channel_id") ", 0))"},
    {"a history's numbers are not above its head", Holds::always, "ocms_log ocms_heads",
     "SELECT CONCAT('account ', l.account_id, ' n ', l.n) FROM ocms_log l LEFT JOIN ocms_heads h"
     " ON h.account_id = l.account_id WHERE h.account_id IS NULL OR l.n > h.last_n OR l.n < 1"},
    {"a history's head is sane and its account's", Holds::always, "ocms_heads accounts",
     "SELECT CONCAT('account ', h.account_id) FROM ocms_heads h LEFT JOIN accounts a ON a.id = h.account_id"
     " WHERE a.id IS NULL OR h.cleared_n NOT BETWEEN 0 AND h.last_n"},
    {"a history of which nothing was hidden has no hole", Holds::young, "ocms_heads ocms_log channel_members",
     "SELECT CONCAT('account ', h.account_id, ' last ', h.last_n) FROM ocms_heads h WHERE h.cleared_n = 0"
     " AND h.last_n <> (SELECT COUNT(*) FROM ocms_log l WHERE l.account_id = h.account_id)"
     " AND NOT EXISTS (SELECT 1 FROM channel_members m WHERE m.member_type = 0 AND m.member_id = h.account_id"
     " AND m.cleared_seq > 0)"},
    // The page that the clearing mark falls into is counted row by row; older ones are never read.
    {"a history's pages hold true totals", Holds::always, "ocms_gone ocms_log ocms_heads",
     "SELECT CONCAT('account ', p.account_id, ' page ', p.page, ' says ', p.gone) FROM ocms_gone p"
     " LEFT JOIN ocms_heads h ON h.account_id = p.account_id WHERE h.account_id IS NULL OR"
     " ((p.page > h.cleared_n DIV 1000 OR h.cleared_n = 0) AND"
     " LEAST(h.last_n + 1, (p.page + 1) * 1000) - GREATEST(1, p.page * 1000) - p.gone <>"
     " (SELECT COUNT(*) FROM ocms_log l WHERE l.account_id = p.account_id"
     " AND l.n >= p.page * 1000 AND l.n < (p.page + 1) * 1000))"},
    {"a history's gaps are counted", Holds::always, "ocms_gone ocms_log ocms_heads",
     "SELECT CONCAT('account ', h.account_id, ' last ', h.last_n) FROM (SELECT account_id, last_n,"
     " IF(cleared_n = 0, 1, (cleared_n DIV 1000 + 1) * 1000) AS low FROM ocms_heads) h"
     " WHERE GREATEST(0, h.last_n - h.low + 1) -"
     " COALESCE((SELECT SUM(p.gone) FROM ocms_gone p WHERE p.account_id = h.account_id"
     " AND p.page >= h.low DIV 1000), 0) <>"
     " (SELECT COUNT(*) FROM ocms_log l WHERE l.account_id = h.account_id AND l.n >= h.low)"},
    {"hidden rows of a history wait for housekeeping, or are gone", Holds::always,
     "ocms_log conversations ocms_heads channel_members",
     "SELECT CONCAT('account ', l.account_id, ' n ', l.n) FROM ocms_log l JOIN channel_members m"
     " ON m.channel_id = l.channel_id AND m.member_type = 0 AND m.member_id = l.account_id AND l.seq <= m.cleared_seq"
     " LEFT JOIN ocms_heads h ON h.account_id = l.account_id LEFT JOIN conversations v ON v.channel_id = l.channel_id"
     " WHERE NOT (h.rows_left = 1 AND l.n <= h.cleared_n) AND COALESCE(v.rows_left, 0) = 0"},

    // ---- files --------------------------------------------------------------------------
    {"a file has its owner and a size", Holds::always, "files",
     "SELECT f.file_key FROM files f LEFT JOIN accounts a ON f.owner_type = 0 AND a.id = f.owner_id"
     " LEFT JOIN robots r ON f.owner_type = 1 AND r.id = f.owner_id"
     " WHERE (a.id IS NULL AND r.id IS NULL) OR f.size < 1"},
    {"a file's use is of a file, in a channel", Holds::always, "file_uses files channels",
     "SELECT u.file_key FROM file_uses u LEFT JOIN files f ON f.file_key = u.file_key"
     " LEFT JOIN channels c ON c.id = u.channel_id WHERE f.file_key IS NULL OR c.id IS NULL"},
    {"a message's file is used in its channel", Holds::young, "messages file_uses",
     "SELECT CONCAT('message ', m.message_id) FROM messages m WHERE m.content LIKE '%\"media\":{\"file\":\"%'"
     " AND NOT EXISTS (SELECT 1 FROM file_uses u WHERE u.channel_id = m.channel_id"
     " AND u.file_key = JSON_UNQUOTE(JSON_EXTRACT(m.content, '$.media.file')))"},

    // ---- deliveries ---------------------------------------------------------------------
    {"what waits for an agent was said to its robot by somebody", Holds::always,
     "agent_queue messages channels",
     "SELECT CONCAT('robot ', q.robot_id, ' channel ', q.channel_id, ' number ', q.seq) FROM agent_queue q"
     " LEFT JOIN channels c ON c.id = q.channel_id AND (c.robot_id = q.robot_id OR c.kind IN (2, 5))"
     " LEFT JOIN messages m ON m.channel_id = q.channel_id AND m.seq = q.seq AND m.message_id = q.message_id"
     " WHERE c.id IS NULL OR (m.seq IS NOT NULL AND m.sender_type NOT IN (0, 3))"
     " OR (m.seq IS NULL AND q.seq > COALESCE(" HY_BOTH_CLEARED("q.channel_id") ", 0))"},
    {"nothing waits for a deleted robot", Holds::always, "agent_queue robots",
     "SELECT CONCAT('robot ', q.robot_id, ' channel ', q.channel_id, ' number ', q.seq) FROM agent_queue q"
     " LEFT JOIN robots r ON r.id = q.robot_id WHERE r.id IS NULL OR r.deleted_at IS NOT NULL"},
    {"no talk is given to agents of a deleted robot", Holds::always, "agent_talks robots",
     "SELECT CONCAT('robot ', t.robot_id, ' channel ', t.channel_id) FROM agent_talks t"
     " LEFT JOIN robots r ON r.id = t.robot_id WHERE r.id IS NULL OR r.deleted_at IS NOT NULL"},
    {"a queued message is with a living connection of its robot, or with none", Holds::always,
     "agent_queue connections",
     "SELECT CONCAT('robot ', q.robot_id, ' channel ', q.channel_id, ' number ', q.seq) FROM agent_queue q"
     " LEFT JOIN connections c ON c.conn = q.conn AND c.principal_type = 1 AND c.principal_id = q.robot_id"
     " WHERE (q.conn IS NULL) <> (q.sent_at IS NULL) OR (q.conn IS NOT NULL AND (c.conn IS NULL OR q.sends < 1))"},
    {"a talk is with a living connection of its robot, or with none", Holds::always, "agent_talks connections channels",
     "SELECT CONCAT('robot ', t.robot_id, ' channel ', t.channel_id) FROM agent_talks t"
     " LEFT JOIN channels h ON h.id = t.channel_id AND (h.robot_id = t.robot_id OR h.kind IN (2, 5))"
     " LEFT JOIN connections c ON c.conn = t.conn AND c.principal_type = 1 AND c.principal_id = t.robot_id"
     " WHERE h.id IS NULL OR (t.conn IS NOT NULL AND c.conn IS NULL)"},
    {"a connection is somebody's, on a relay", Holds::settled, "connections relays",
     "SELECT c.conn FROM connections c LEFT JOIN relays r ON r.id = c.relay_id"
     " LEFT JOIN accounts a ON c.principal_type = 0 AND a.id = c.principal_id"
     " LEFT JOIN robots b ON c.principal_type = 1 AND b.id = c.principal_id"
     " WHERE r.id IS NULL OR (a.id IS NULL AND b.id IS NULL)"},
    {"an outbox row is pairs of a subject and a payload", Holds::always, "outbox",
     "SELECT CONCAT('outbox ', id) FROM outbox WHERE pushes = '' OR RIGHT(pushes, 1) <> '\\n'"
     " OR (LENGTH(pushes) - LENGTH(REPLACE(pushes, '\\n', ''))) % 2 <> 0 OR pushes NOT REGEXP '^(live|ctl)[.]'"},
    {"everything has been published", Holds::settled, "outbox", "SELECT CONCAT('outbox ', id) FROM outbox"},
};
// clang-format on

std::string quoted(std::string_view name) {
    std::string text;
    for (const char c : name) text += c == '\'' ? std::string("''") : std::string(1, c);
    return text;
}

bool asked(Holds holds, const HouseState& state) {
    switch (holds) {
        case Holds::settled: return state.settled;
        case Holds::young: return state.young;
        case Holds::signed_in: return state.signed_in;
        default: return true;
    }
}

}  // namespace

std::span<const HouseRule> house_rules() { return kRules; }

// All rules as one statement: asking them one by one costs more than answering them.
std::vector<std::string> check_house(const Asker& ask, const HouseState& state) {
    std::string sql;
    for (const HouseRule& rule : kRules) {
        if (!asked(rule.holds, state)) continue;
        sql += (sql.empty() ? "(SELECT CAST(CONCAT('" : " UNION ALL (SELECT CAST(CONCAT('") + quoted(rule.name) +
               ": ', t.broken) AS CHAR) FROM (SELECT '' AS broken FROM DUAL WHERE 1 = 0 UNION ALL " + rule.sql +
               ") t LIMIT 5)";
    }
    return ask(sql);
}

std::string joined(const std::vector<std::string>& faults) {
    std::string text;
    for (const auto& fault : faults) text += (text.empty() ? "" : "; ") + fault;
    return text;
}

}  // namespace hy::test
