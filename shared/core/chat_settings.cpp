#include "core/chat_settings.h"

#include "core/events.h"
#include "json/writer.h"

namespace hy::chat_settings {

namespace {
constexpr const char* kFind =
    "SELECT channel_id, pinned, notify, ex FROM channel_members WHERE member_type = 0 AND member_id = ?"
    " AND channel_id IN (";
constexpr const char* kChange =
    "UPDATE channel_members SET pinned = COALESCE(?, pinned), notify = COALESCE(?, notify), ex = COALESCE(?, ex)"
    " WHERE channel_id = ? AND member_type = 0 AND member_id = ?";
constexpr const char* kUnannounced =
    "SELECT channel_id FROM channel_members WHERE member_type = 0 AND member_id = ? AND notify > 0 LIMIT 1000";
constexpr const char* kHide = "INSERT IGNORE INTO hidden_messages (account_id, channel_id, seq) VALUES ";
constexpr const char* kShowAgain = "DELETE FROM hidden_messages WHERE account_id = ? AND channel_id = ?";
constexpr const char* kHidden =
    "SELECT seq FROM hidden_messages WHERE account_id = ? AND channel_id = ? AND seq BETWEEN ? AND ?";
}  // namespace

std::map<int64_t, Settings> find(db::Session& s, int64_t account, const std::vector<int64_t>& channels) {
    std::map<int64_t, Settings> found;
    if (channels.empty()) return found;
    std::vector<db::Param> params(channels.begin(), channels.end());
    const std::string sql = kFind + db::placeholders(params) + ")";
    params.insert(params.begin(), account);
    db::Rows rows = s.query(sql, params);
    while (rows.next())
        found[rows.integer(1)] = {rows.integer(2) != 0, static_cast<Notify>(rows.integer(3)), rows.text(4)};
    return found;
}

void change(db::Session& s, const House& house, int64_t account, const channels::Channel& channel,
            const Changes& changes, outbox::Pushes& pushes) {
    const auto number = [](const auto& value) {
        return value ? std::optional<int64_t>(static_cast<int64_t>(*value)) : std::nullopt;
    };
    if (s.execute(kChange, {db::nullable(number(changes.pinned)), db::nullable(number(changes.notify)),
                            db::nullable(changes.ex), channel.id, account}) == 0)
        throw Error(Fault::forbidden, "group.member");
    json::Writer w;
    w.begin_object().field("channel", channel.id).field("at", house.clock.now_ms());
    messages::write_place(w, channel);
    w.end_object();
    events::append(s, house, account, "chat.settings", w.text(), pushes);
}

std::vector<int64_t> unannounced(db::Session& s, int64_t account) {
    std::vector<int64_t> found;
    db::Rows rows = s.query(kUnannounced, {account});
    while (rows.next()) found.push_back(rows.integer(1));
    return found;
}

void hide(db::Session& s, const House& house, int64_t account, const channels::Channel& channel,
          const std::vector<int64_t>& seqs, outbox::Pushes& pushes) {
    std::string marks;
    json::Writer w;
    w.begin_object().field("channel", channel.id).field("at", house.clock.now_ms());
    messages::write_place(w, channel);
    w.key("seqs").begin_array();
    for (const int64_t seq : seqs) w.number(seq);
    w.end_array().end_object();
    std::vector<db::Param> params;
    for (const int64_t seq : seqs) {
        marks += marks.empty() ? "(?,?,?)" : ",(?,?,?)";
        params.insert(params.end(), {account, channel.id, seq});
    }
    if (params.empty()) return;
    s.execute(kHide + marks, params);
    events::append(s, house, account, "chat.hidden", w.text(), pushes);
}

void show_again(db::Session& s, int64_t account, int64_t channel) { s.execute(kShowAgain, {account, channel}); }

std::set<int64_t> hidden(db::Session& s, int64_t account, int64_t channel, int64_t from, int64_t to) {
    std::set<int64_t> found;
    db::Rows rows = s.query(kHidden, {account, channel, from, to});
    while (rows.next()) found.insert(rows.integer(1));
    return found;
}

void drop_hidden(db::Session& s, int64_t account, std::vector<messages::Message>& some) {
    if (some.empty()) return;
    const auto [low, high] = std::minmax(some.front().seq, some.back().seq);
    const auto gone = hidden(s, account, some.front().channel, low, high);
    if (!gone.empty()) std::erase_if(some, [&](const auto& message) { return gone.contains(message.seq); });
}

std::vector<messages::Message> newest(db::Session& s, int64_t account, int64_t channel, int64_t from, int64_t limit) {
    std::vector<messages::Message> found;
    for (int64_t below = INT64_MAX; static_cast<int64_t>(found.size()) < limit;) {
        auto some = messages::newest(s, channel, from, below, limit - static_cast<int64_t>(found.size()), false);
        if (some.empty()) break;
        below = some.back().seq;
        drop_hidden(s, account, some);
        std::move(some.begin(), some.end(), std::back_inserter(found));
    }
    return found;
}

}  // namespace hy::chat_settings
