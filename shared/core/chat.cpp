#include "core/chat.h"

#include <algorithm>

#include "base/text.h"
#include "core/contacts.h"
#include "core/friends.h"
#include "core/people.h"
#include "core/replies.h"

namespace hy::chat {

namespace {

constexpr int64_t kMostRobots = 50;  // that one message wakes
constexpr const char* kRobotsIn =
    "SELECT r.id FROM channel_members m JOIN robots r ON r.id = m.member_id"
    " WHERE m.channel_id = ? AND m.member_type = 1 AND r.deleted_at IS NULL AND (r.reply_all = 1 OR r.public_id IN (";

struct Place {
    channels::Channel channel;
    std::optional<robots::Robot> partner;  // a robot, spoken to in private
    std::vector<robots::Robot> listening;  // robots of a group that some of what is said may wake; in order of id
};

Error no_such_type() { return Error(Fault::bad_request, "channel.type"); }

// Where openim.friend_verify is on, only who stands in the other's list may write.
void require_friend(db::Session& s, const House& house, const Speaker& speaker, const Principal& other) {
    if (!house.config.openim.friend_verify || speaker.who.type != PrincipalType::account) return;
    if (other == speaker.who || friends::has(s, other.id, speaker.who)) return;
    throw Error(Fault::forbidden, "friend.needed");
}

Place private_place(db::Session& s, const House& house, const Speaker& speaker, const std::string& id) {
    // Nearly always two people who have met.
    if (speaker.who.type == PrincipalType::account && people::valid_id(id) && !id.starts_with("robot_"))
        if (const auto known = channels::met(s, speaker.who, speaker.id, id)) {
            if (known->blocked) throw Error(Fault::forbidden, "peer.blocked");
            const bool first = known->channel.first == speaker.who;
            require_friend(s, house, speaker, first ? known->channel.second : known->channel.first);
            return {known->channel, {}, {}};
        }
    const auto person = people::partner(s, speaker.id, id);
    Place place;
    if (person.who.type == PrincipalType::robot) {
        const auto partner = robots::find_partner(s, person.who.id, speaker.who.id);
        if (!partner) throw Error(Fault::not_found, "user.not_found");
        if (!robots::may_talk(partner->robot, speaker.who.id)) throw Error(Fault::forbidden, "robot.private");
        place.partner = partner->robot;
    } else if (contacts::blocks(s, person.who.id, speaker.who)) {
        throw Error(Fault::forbidden, "peer.blocked");
    } else {
        require_friend(s, house, speaker, person.who);
    }
    place.channel = channels::person(s, house, speaker.who, person.who);
    return place;
}

// Robots that are mentioned, by their ids.
std::vector<std::string> mentioned(const std::vector<Said>& said) {
    std::vector<std::string> found;
    for (const Said& one : said)
        for (const auto& id : one.draft.content.at)
            if (id.starts_with("robot_") && people::valid_id(id) && found.size() < kMostRobots) found.push_back(id);
    return found;
}

// Robots are held before the channel is, as everywhere.
std::vector<robots::Robot> robots_listening(db::Session& s, const Speaker& speaker, int64_t channel,
                                            const std::vector<Said>& said) {
    std::vector<std::string> names = mentioned(said);
    if (names.empty()) names.emplace_back();
    std::vector<db::Param> wanted(names.begin(), names.end());
    const std::string sql = kRobotsIn + db::placeholders(wanted) + ")) ORDER BY r.id LIMIT ?";
    wanted.insert(wanted.begin(), channel);
    wanted.emplace_back(kMostRobots);
    std::vector<int64_t> ids;
    db::Rows rows = s.query(sql, wanted);
    while (rows.next()) ids.push_back(rows.integer(1));
    std::vector<robots::Robot> found;
    for (const int64_t id : ids)
        if (const auto partner = robots::find_partner(s, id, speaker.who.id))
            if (robots::may_talk(partner->robot, speaker.who.id)) found.push_back(partner->robot);
    return found;
}

Place group_place(db::Session& s, const House& house, const Speaker& speaker, const std::string& id,
                  const std::vector<Said>& said) {
    Place place;
    const auto group = groups::living(s, id);
    place.channel = group.channel;
    const auto member = channels::member(s, place.channel.id, speaker.who);
    if (!member) throw Error(Fault::forbidden, "group.member");
    const bool rules = member->role != channels::Role::member;
    if (member->muted_until > house.clock.now_ms()) throw Error(Fault::forbidden, "group.muted", "member");
    if (group.muted && !rules) throw Error(Fault::forbidden, "group.muted", "group");
    // A robot's message never wakes another.
    if (speaker.who.type == PrincipalType::account)
        place.listening = robots_listening(s, speaker, place.channel.id, said);
    return place;
}

Place place_of(db::Session& s, const House& house, const Speaker& speaker, const Address& address,
               const std::vector<Said>& said) {
    if (speaker.muted) throw Error(Fault::forbidden, "account.muted");
    if (address.type == 1) return private_place(s, house, speaker, address.id);
    if (address.type == 2) return group_place(s, house, speaker, address.id, said);
    throw no_such_type();
}

// In a group the message is for others too: a robot that was woken too often just sleeps on.
void wake_in_group(db::Session& s, const House& house, const Speaker& speaker, const Place& place,
                   const messages::Message& message, const messages::Draft& draft, outbox::Pushes& pushes) {
    for (const auto& robot : place.listening) {
        const auto& at = draft.content.at;
        const bool asked = std::find(at.begin(), at.end(), robot.public_id) != at.end();
        if (!asked && !robot.reply_all) continue;
        try {
            robots::count_wake(s, house, robot, speaker.who.id);
        } catch (const Error& tired) {
            if (tired.fault != Fault::too_many) throw;
            continue;
        }
        replies::wake(s, house, robot, place.channel, message, draft, asked, pushes);
    }
}

// Before anything of it is written. What was said before is no new message.
void count_wake(db::Session& s, const House& house, const Speaker& speaker, const robots::Robot& robot,
                const messages::Draft& draft) {
    const bool known =
        !draft.client_no.empty() && messages::find_by_number(s, draft.sender, draft.client_no).has_value();
    if (!known) robots::count_wake(s, house, robot, speaker.who.id);
}

messages::Message say_one(db::Session& s, const House& house, const Speaker& speaker, Place& place, const Said& said,
                          outbox::Pushes& pushes) {
    messages::Draft draft = said.draft;
    draft.sender = speaker.who;
    draft.sender_id = speaker.id;
    draft.sender_name = speaker.name;
    draft.sender_face = speaker.face;
    draft.conn = speaker.conn;
    if (!said.stored) return messages::pass_on(house, place.channel, draft, pushes);
    if (place.partner) count_wake(s, house, speaker, *place.partner, draft);
    const auto appended = messages::append(s, house, place.channel, draft, pushes);
    if (appended.repeated) return appended.message;
    place.channel.last_seq = appended.message.seq;
    place.channel.last_at = appended.message.created_at;
    if (place.partner) replies::wake(s, house, *place.partner, place.channel, appended.message, draft, true, pushes);
    wake_in_group(s, house, speaker, place, appended.message, draft, pushes);
    return appended.message;
}

// The speaker's own; all else is the house's, and ends the transaction.
bool speakers_fault(const Error& error) {
    return error.fault != Fault::unavailable && error.fault != Fault::internal && error.fault != Fault::upstream &&
           !dynamic_cast<const db::Duplicate*>(&error);
}

}  // namespace

std::vector<Outcome> say(db::Session& s, const House& house, const Speaker& speaker, const Address& address,
                         const std::vector<Said>& said, outbox::Pushes& pushes) {
    std::vector<Outcome> outcomes(said.size());
    std::optional<Place> place;
    for (size_t i = 0; i < said.size(); ++i) try {
            if (!place) place = place_of(s, house, speaker, address, said);
            outcomes[i].message = say_one(s, house, speaker, *place, said[i], pushes);
        } catch (const Error& error) {
            if (!speakers_fault(error)) throw;
            outcomes[i].fault = error;
            // It would say the same of all others.
            if (!place) std::fill(outcomes.begin(), outcomes.end(), Outcome{error, {}});
            if (!place) return outcomes;
        }
    return outcomes;
}

std::optional<View> view(db::Session& s, const Speaker& who, const Address& address) {
    View view;
    if (address.type == 1) {
        const auto person = people::partner(s, who.id, address.id, people::Gone::taken);
        auto channel = channels::find_person(s, who.who, person.who);
        // Who is gone can be told from nobody by those alone who talked with them.
        if (!channel && !people::find(s, person.id)) throw Error(Fault::not_found, "user.not_found");
        if (!channel) return std::nullopt;
        view.channel = *channel;
    } else if (address.type == 2) {
        const auto group = groups::living(s, address.id);
        view.channel = group.channel;
        view.from = group.history_from;
    } else {
        throw no_such_type();
    }
    const auto member = channels::member(s, view.channel.id, who.who);
    if (!member) throw Error(Fault::forbidden, "group.member");
    view.member = *member;
    view.from = std::max({view.from, member->visible_from, member->cleared_seq + 1});
    return view;
}

std::optional<channels::Channel> group_named(db::Session& s, int64_t robot, const std::string& label) {
    constexpr std::string_view kPrefix = "group_";
    if (!label.starts_with(kPrefix)) return std::nullopt;
    const auto number = to_int(std::string_view(label).substr(kPrefix.size()));
    auto channel = number ? channels::find(s, *number) : std::nullopt;
    if (!channel || channel->kind != channels::Kind::group) return std::nullopt;
    if (!channels::member(s, channel->id, robot_principal(robot))) return std::nullopt;
    return channel;
}

}  // namespace hy::chat
