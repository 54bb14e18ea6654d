// Messages of several talks in one line.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace hy {

// `items` came sorted by their messages' ids, into which several hosts' clocks have gone: between
// talks that is good enough, within one it is not. Each talk keeps its places, and fills them in
// the order of its numbers.
template <class Item, class ChannelOf, class NumberOf>
void keep_talk_order(std::vector<Item>& items, ChannelOf channel_of, NumberOf number_of) {
    std::map<int64_t, std::vector<size_t>> places;
    for (size_t i = 0; i < items.size(); ++i) places[channel_of(items[i])].push_back(i);
    for (const auto& [channel, at] : places) {
        std::vector<Item> talk;
        for (const size_t i : at) talk.push_back(std::move(items[i]));
        std::sort(talk.begin(), talk.end(), [&](const Item& a, const Item& b) { return number_of(a) < number_of(b); });
        for (size_t k = 0; k < at.size(); ++k) items[at[k]] = std::move(talk[k]);
    }
}

}  // namespace hy
