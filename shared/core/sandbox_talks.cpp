#include "core/sandbox_talks.h"

#include "base/text.h"
#include "core/events.h"
#include "core/replies.h"

namespace hy::sandbox {

namespace {

constexpr const char* kHeads = "SELECT id, last_seq FROM channels WHERE kind = 5 AND channel_key LIKE ?";
constexpr std::string_view kPrefix = "sandbox_";
constexpr const char* kPlaceOf = "SELECT channel_id, seq FROM messages WHERE message_id = ?";

// "a3:f:17", "a3:g:4": of an account and the number of its friend or group.
std::string key_of(int64_t account, bool in_group, int64_t number) {
    return account_principal(account).key() + (in_group ? ":g:" : ":f:") + std::to_string(number);
}

channels::Channel channel_of(db::Session& s, const House& house, int64_t account, bool in_group, int64_t number) {
    const std::string key = key_of(account, in_group, number);
    if (auto found = channels::find_by_key(s, channels::Kind::sandbox, key)) return *found;
    return channels::create_bench(s, house, key, account);
}

// Who speaks, where.
struct Place {
    bool in_group = false;
    int64_t number = 0;
    Person speaker;
    std::optional<Group> group;
};

Place place_of(db::Session& s, int64_t account, const Report& report) {
    if (!report.in_group) {
        const auto peer = find_person(s, account, report.peer);
        if (!peer || !peer->is_friend || (!report.sender.empty() && report.sender != report.peer))
            throw Error(Fault::not_found, "sandbox.friend");
        return {false, peer->id, *peer, {}};
    }
    const Group there = group(s, account, report.peer);
    const auto speaker = member(s, account, there, report.sender);
    if (!speaker || speaker->person.id == 0) throw Error(Fault::not_found, "sandbox.member");
    return {true, there.id, speaker->person, there};
}

}  // namespace

Reported report(db::Session& s, const House& house, int64_t account, const Report& report, outbox::Pushes& pushes) {
    const Place place = place_of(s, account, report);
    // Held before the channel is, as everywhere.
    const auto robot = robot_of(s, account);
    const auto partner = robot ? robots::find_partner(s, robot->id, account) : std::nullopt;
    const auto channel = channel_of(s, house, account, place.in_group, place.number);
    messages::Draft draft;
    draft.sender = guest_principal(place.speaker.id);
    draft.sender_id = place.speaker.public_id;
    draft.sender_name = place.speaker.nick;
    draft.client_no = report.number;
    draft.form = kForm;
    draft.raw = report.event;
    draft.content = report.content;
    const bool asked = !place.in_group || report.asks_self;
    const bool wakes = partner && (asked || partner->robot.reply_all);
    // Before anything of it is written. What was said before is no new message.
    const bool known = !report.number.empty() && messages::find_by_number(s, draft.sender, report.number).has_value();
    if (wakes && !known) robots::count_wake(s, house, partner->robot, account);
    auto appended = messages::append(s, house, channel, draft, pushes);
    if (appended.repeated) return {std::move(appended.message), true};
    if (place.group) note_spoken(s, house, place.group->id, place.speaker.id);
    if (wakes) replies::wake(s, house, partner->robot, channel, appended.message, draft, asked, pushes);
    return {std::move(appended.message), false};
}

std::optional<Talk> talk(db::Session& s, int64_t account, bool in_group, const std::string& peer) {
    Talk found{in_group, peer, {}, {}};
    int64_t number = 0;
    if (in_group) {
        const Group there = group(s, account, peer);
        number = there.id;
        found.name = there.name;
    } else {
        const auto person = find_person(s, account, peer);
        if (!person || !person->is_friend) throw Error(Fault::not_found, "sandbox.friend");
        number = person->id;
        found.name = person->nick;
    }
    const auto channel = channels::find_by_key(s, channels::Kind::sandbox, key_of(account, in_group, number));
    if (!channel) return std::nullopt;
    found.channel = *channel;
    return found;
}

std::optional<Talk> talk_of(db::Session& s, const channels::Channel& channel) {
    const auto parts = split(channel.key, ':');
    if (channel.kind != channels::Kind::sandbox || parts.size() != 3) return std::nullopt;
    const int64_t number = to_int(parts[2]).value_or(0);
    if (parts[1] == "g") {
        const auto there = find_group(s, number);
        return there ? std::optional(Talk{true, there->public_id, there->name, channel}) : std::nullopt;
    }
    const auto person = find_person(s, number);
    if (!person || !person->is_friend) return std::nullopt;
    return Talk{false, person->public_id, person->nick, channel};
}

std::string place_of(db::Session& s, const channels::Channel& channel) {
    const auto talk = talk_of(s, channel);
    if (!talk) return {};
    const Self self = find(s, channel.account);
    json::Writer w;
    w.begin_object().field("type", talk->in_group ? "group" : "friend").field("id", talk->id).field("name", talk->name);
    w.field("nick", self.nick).field("sex", self.sex).end_object();
    return std::move(w).take();
}

std::vector<std::pair<int64_t, int64_t>> talk_heads(db::Session& s, int64_t account) {
    std::vector<std::pair<int64_t, int64_t>> found;
    db::Rows rows = s.query(kHeads, {account_principal(account).key() + ":%"});
    while (rows.next()) found.emplace_back(rows.integer(1), rows.integer(2));
    return found;
}

std::optional<channels::Channel> talk_named(db::Session& s, int64_t robot, std::string_view conversation) {
    if (!conversation.starts_with(kPrefix)) return std::nullopt;
    const auto number = to_int(conversation.substr(kPrefix.size()));
    auto channel = number ? channels::find(s, *number) : std::nullopt;
    if (!channel || channel->kind != channels::Kind::sandbox) return std::nullopt;
    return find(s, channel->account).robot == robot ? channel : std::nullopt;
}

std::optional<channels::Channel> talk_with(db::Session& s, int64_t robot, std::string_view recipient) {
    const auto number = recipient.starts_with(kPrefix) ? to_int(recipient.substr(kPrefix.size())) : std::nullopt;
    const int64_t account = number ? owner_of_person(s, *number) : 0;
    if (!account || find(s, account).robot != robot) return std::nullopt;
    return channels::find_by_key(s, channels::Kind::sandbox, key_of(account, false, *number));
}

void note_answer(db::Session& s, const House& house, const channels::Channel& channel) {
    const auto parts = split(channel.key, ':');
    if (channel.kind == channels::Kind::sandbox && parts.size() == 3 && parts[1] == "g")
        note_spoken(s, house, to_int(parts[2]).value_or(0), 0);
}

void recall(db::Session& s, const House& house, int64_t account, uint64_t message, outbox::Pushes& pushes) {
    db::Rows rows = s.query(kPlaceOf, {message});
    const auto channel = rows.next() ? channels::find(s, rows.integer(1)) : std::nullopt;
    if (!channel || channel->kind != channels::Kind::sandbox || channel->account != account)
        throw Error(Fault::not_found, "message.not_found");
    const auto said = messages::find(s, channel->id, rows.integer(2));
    if (!said) throw Error(Fault::not_found, "message.not_found");
    if (!messages::empty(s, house, *said, {})) return;
    json::Writer w;
    w.begin_object().field("channel", channel->id).field("id", std::to_string(message)).end_object();
    events::append(s, house, account, "sandbox.recall", w.text(), pushes);
}

}  // namespace hy::sandbox
