#include <algorithm>

#include "core/chat_settings.h"
#include "sdk_door.h"

namespace hy::openim {

std::string sdk_conversation_of(const channels::Channel& channel) {
    if (channel.kind == channels::Kind::group) return sdk::conversation_of_group(channel.key);
    return sdk::conversation_of(channel.first_id, channel.second_id);
}

namespace {

// As many of a row of numbers as are next to each other are read together.
constexpr int64_t kStep = 20;

struct Reader {
    db::Session& s;
    const House& house;
    const chat::View& view;
    const chat::Speaker& me;

    std::map<int64_t, messages::Message> read(int64_t from, int64_t to) const {
        std::map<int64_t, messages::Message> found;
        const auto hidden = chat_settings::hidden(s, me.who.id, view.channel.id, from, to);
        for (auto& message : messages::range(s, view.channel.id, std::max(from, view.from), to))
            if (!hidden.contains(message.seq)) found.emplace(message.seq, std::move(message));
        return found;
    }
};

}  // namespace

bool fill_messages(pb::PullMsgs& to, db::Session& s, const House& house, const chat::View& view,
                   const chat::Speaker& me, std::vector<int64_t> seqs, Room& room) {
    std::sort(seqs.begin(), seqs.end());
    seqs.erase(std::unique(seqs.begin(), seqs.end()), seqs.end());
    std::erase_if(seqs, [&](int64_t seq) { return seq < 1 || seq > view.channel.last_seq; });
    const Reader reader{s, house, view, me};
    // The newest first: what does not fit is what is furthest up.
    std::vector<pb::MsgData> found;
    bool all = true;
    for (size_t end = seqs.size(); end > 0 && all;) {
        size_t begin = end - 1;
        while (begin > 0 && seqs[end - 1] - seqs[begin - 1] < kStep) --begin;
        const auto there = reader.read(seqs[begin], seqs[end - 1]);
        std::vector<Principal> senders;
        for (const auto& [seq, message] : there) senders.push_back(message.sender);
        auto faces = profiles::of(s, senders);
        for (; end > begin && all; --end) {
            const auto at = there.find(seqs[end - 1]);
            pb::MsgData one;
            if (at == there.end() || (at->second.flags & messages::kCommand)) sdk::fill_nothing(one, seqs[end - 1]);
            else
                sdk::fill(one, shown(house, view.channel, at->second, faces[at->second.sender]),
                          at->second.sender == me.who);
            const size_t bytes = one.ByteSizeLong() + 16;
            all = bytes <= room.bytes || !room.any;
            if (!all) break;
            room.bytes -= std::min(room.bytes, bytes);
            room.any = true;
            found.push_back(std::move(one));
        }
    }
    for (auto one = found.rbegin(); one != found.rend(); ++one) *to.add_msgs() = std::move(*one);
    return all;
}

}  // namespace hy::openim
