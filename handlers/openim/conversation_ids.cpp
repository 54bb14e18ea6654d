#include "conversation_ids.h"

#include <algorithm>

#include "core/people.h"

namespace hy::openim {

namespace {

constexpr std::string_view kSingle[] = {"single_", "si_"}, kGroup[] = {"group_", "sg_"};

std::optional<std::string> without(const std::string& text, std::span<const std::string_view> prefixes) {
    for (const auto prefix : prefixes)
        if (text.starts_with(prefix)) return text.substr(prefix.size());
    return std::nullopt;
}

// Who the other of the two may be.
std::vector<std::string> others(const std::string& me, const std::string& two) {
    std::vector<std::string> found;
    if (two.starts_with(me + "_")) found.push_back(two.substr(me.size() + 1));
    if (two.ends_with("_" + me)) found.push_back(two.substr(0, two.size() - me.size() - 1));
    std::erase_if(found, [](const std::string& id) { return !people::valid_id(id); });
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

}  // namespace

chat::Address address_of(db::Session& s, const std::string& me, const std::string& conversation) {
    if (auto id = without(conversation, kGroup)) return {2, *id};
    const auto two = without(conversation, kSingle);
    if (!two) throw Error(Fault::bad_request, "channel.id");
    const auto candidates = others(me, *two);
    if (candidates.size() == 1) return {1, candidates[0]};
    const auto there = people::find(s, candidates);
    if (there.size() != 1) throw Error(Fault::bad_request, "channel.id");
    return {1, there.begin()->first};
}

std::string conversation_of(const channels::Channel& channel) {
    if (channel.kind == channels::Kind::group) return "group_" + channel.key;
    const auto& [low, high] = std::minmax(channel.first_id, channel.second_id);
    return "single_" + low + "_" + high;
}

std::optional<chat::View> view_named(db::Session& s, const chat::Speaker& speaker, const std::string& conversation) {
    try {
        return chat::view(s, speaker, address_of(s, speaker.id, conversation));
    } catch (const Error& error) {
        if (of_the_house(error)) throw;
        return std::nullopt;
    }
}

}  // namespace hy::openim
