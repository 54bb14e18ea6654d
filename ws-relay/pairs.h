// [[channel, number], …] as handlers say it.
#pragma once
#include "json/value.h"

namespace hy::relay {

// `use(channel, number)` for each; what is none is passed over.
template <typename Use>
void each_pair(const json::Value* list, const Use& use) {
    if (!list || !list->array()) return;
    for (const auto& item : *list->array())
        if (const auto* pair = item.array(); pair && pair->size() == 2)
            use((*pair)[0].integer().value_or(0), (*pair)[1].integer().value_or(0));
}

}  // namespace hy::relay
