#include "core/wecom.h"

#include "base/encode.h"
#include "base/text.h"
#include "json/writer.h"

namespace hy::wecom {

namespace {

constexpr const char* kFind =
    "SELECT channel_id, robot_id, group_name, contact, room_type FROM wecom_talks WHERE channel_id = ?";
constexpr const char* kInsert =
    "INSERT INTO wecom_talks (channel_id, robot_id, group_name, contact, room_type) VALUES (?, ?, ?, ?, ?)";
constexpr const char* kWroteLast = "UPDATE wecom_talks SET contact = ?, room_type = ? WHERE channel_id = ?";
constexpr const char* kRunAt = "UPDATE wecom_talks SET last_run_at = GREATEST(last_run_at, ?) WHERE channel_id = ?";
constexpr const char* kLastRunAt = "SELECT last_run_at FROM wecom_talks WHERE channel_id = ?";
constexpr const char* kFindContact = "SELECT id FROM wecom_contacts WHERE robot_id = ? AND name = ?";
constexpr const char* kInsertContact = "INSERT INTO wecom_contacts (robot_id, name, created_at) VALUES (?, ?, ?)";
constexpr const char* kContactOf = "SELECT name FROM wecom_contacts WHERE id = ? AND robot_id = ?";
constexpr const char* kContactName = "SELECT name FROM wecom_contacts WHERE id = ?";

std::string hash(std::string_view text) { return to_hex(auth::sha256(text)); }

constexpr std::string_view kPrefix = "wecom_";

std::string private_key(int64_t robot, const std::string& contact) {
    return robot_principal(robot).key() + ":c:" + hash(contact);
}
std::string channel_key(const robots::Robot& robot, const Report& report) {
    if (!report.in_group()) return private_key(robot.id, report.contact);
    return robot_principal(robot.id).key() + ":g:" + hash(report.group);
}

// What makes two reports the same one. Where a device tells no time, the same words are another message a minute later.
std::string identity(const House& house, const Report& r) {
    std::string text = "report";
    if (r.timestamp.empty()) text += std::to_string(house.clock.now_ms() / 60'000);
    for (const std::string& part : {std::to_string(r.room_type), r.group, r.contact, r.raw_spoken,
                                    std::to_string(r.text_type), r.timestamp, r.file_hash})
        text += "\n" + std::to_string(part.size()) + ":" + part;
    return "report:" + hash(text);
}

// What a webhook is told, and what other doors do not need.
std::string raw_of(const Report& r) {
    json::Writer w;
    w.begin_object().field("spoken", r.spoken).field("rawSpoken", r.raw_spoken).field("receivedName", r.contact);
    w.field("groupName", r.group).field("groupRemark", r.group_remark).field("roomType", r.room_type);
    w.field("atMe", r.at_me).field("textType", r.text_type).field("timestamp", r.timestamp).end_object();
    return std::move(w).take();
}

channels::Channel channel_of(db::Session& s, const House& house, const robots::Robot& robot, const Report& report) {
    const std::string key = channel_key(robot, report);
    const std::string group = report.in_group() ? report.group : "";
    if (const auto found = channels::find_by_key(s, channels::Kind::wecom, key)) {
        const auto talk = find(s, found->id);
        if (talk && (talk->contact != report.contact || talk->room_type != report.room_type))
            s.execute(kWroteLast, {report.contact, report.room_type, found->id});
        return *found;
    }
    const auto made = channels::create_wecom(s, house, key, robot.id);
    s.execute(kInsert, {made.id, robot.id, group, report.contact, report.room_type});
    return made;
}

int64_t contact_of(db::Session& s, const House& house, int64_t robot, const std::string& name) {
    db::Rows rows = s.query(kFindContact, {robot, name});
    if (rows.next()) return rows.integer(1);
    try {
        s.execute(kInsertContact, {robot, name, house.clock.now_ms()});
    } catch (const db::Duplicate&) {
        throw db::Retry{};
    }
    return static_cast<int64_t>(s.last_insert_id());
}

Content content_of(const Report& report) {
    Content content;
    content.text = report.spoken;
    if (!report.file) return content;
    content.kind = kind_of_mime(report.file->mime);
    content.media = Media{report.file->key, "", report.file->mime, report.file->name, report.file->size};
    return content;
}

}  // namespace

std::optional<Talk> find(db::Session& s, int64_t channel) {
    db::Rows rows = s.query(kFind, {channel});
    if (!rows.next()) return std::nullopt;
    return Talk{rows.integer(1), rows.integer(2), rows.text(3), rows.text(4), rows.integer(5)};
}

int64_t not_before(db::Session& s, int64_t channel, int64_t at) {
    s.execute(kRunAt, {at, channel});
    db::Rows rows = s.query(kLastRunAt, {channel});
    return rows.next() ? rows.integer(1) : at;
}

std::string contact_name(db::Session& s, int64_t contact) {
    db::Rows rows = s.query(kContactName, {contact});
    return rows.next() ? rows.text(1) : std::string();
}

Reported report(db::Session& s, const House& house, const robots::Robot& robot, const Report& report,
                outbox::Pushes& pushes) {
    Reported done{{}, false, channel_of(s, house, robot, report), {}};
    messages::Draft& draft = done.draft;
    draft.sender = contact_principal(contact_of(s, house, robot.id, report.contact));
    draft.sender_name = report.contact;
    draft.client_no = identity(house, report);
    draft.number_alone = true;
    draft.form = "wecom";
    draft.raw = raw_of(report);
    draft.content = content_of(report);
    auto appended = messages::append(s, house, done.channel, draft, pushes);
    done.message = std::move(appended.message);
    done.repeated = appended.repeated;
    if (!done.repeated && report.file) files::note_use(s, report.file->key, done.channel.id);
    return done;
}

std::optional<messages::Message> find_reported(db::Session& s, const House& house, const robots::Robot& robot,
                                               const Report& report) {
    db::Rows rows = s.query(kFindContact, {robot.id, report.contact});
    if (!rows.next()) return std::nullopt;
    return messages::find_by_number(s, contact_principal(rows.integer(1)), identity(house, report));
}

std::optional<channels::Channel> talk_named(db::Session& s, int64_t robot, std::string_view conversation) {
    if (!conversation.starts_with(kPrefix)) return std::nullopt;
    const auto number = to_int(conversation.substr(kPrefix.size()));
    if (!number) return std::nullopt;
    auto channel = channels::find(s, *number);
    if (!channel || channel->kind != channels::Kind::wecom || channel->robot != robot) return std::nullopt;
    return channel;
}

std::optional<channels::Channel> talk_with(db::Session& s, int64_t robot, std::string_view recipient) {
    const auto number = recipient.starts_with(kPrefix) ? to_int(recipient.substr(kPrefix.size())) : std::nullopt;
    if (!number) return std::nullopt;
    db::Rows rows = s.query(kContactOf, {*number, robot});
    if (!rows.next()) return std::nullopt;
    return channels::find_by_key(s, channels::Kind::wecom, private_key(robot, rows.text(1)));
}

}  // namespace hy::wecom
